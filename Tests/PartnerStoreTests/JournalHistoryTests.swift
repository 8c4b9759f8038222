import Foundation
import GRDB
import PartnerModel
import Testing

@testable import PartnerStore

@Suite struct JournalHistoryTests {
  private let key = IncidentKey(tenant: contoso, id: IncidentID("7"))

  private func changed(_ key: IncidentKey, _ before: String, _ after: String, at seconds: TimeInterval) -> JournalEntry
  {
    JournalEntry(
      .incidentChanged, at: noon + seconds, tenant: key.tenant, incident: key.id,
      observed: .init(
        changes: [FieldChange(field: .severity, before: .text(before), after: .text(after))],
        changedAt: Timestamp(noon + seconds), by: "ben@partner.example"))
  }

  @Test("observed changes of several incidents go in together and come back in their order; a bad one keeps all out")
  func batch() async throws {
    try await withFolder { (folder) async throws in
      let journal = try Journal.open(in: folder)
      let other = IncidentKey(tenant: fabrikam, id: key.id)
      try await journal.append([
        changed(key, "low", "medium", at: 1), changed(other, "low", "high", at: 2),
        changed(key, "medium", "high", at: 3),
      ])
      let mine = try await journal.observedChanges(of: [key])
      #expect(mine.map(\.changes.first?.after) == [.text("medium"), .text("high")])
      #expect(mine.map(\.seenAt) == [noon + 1, noon + 3] && mine.allSatisfy { $0.key == key })
      #expect(mine.first?.by == "ben@partner.example" && mine.first?.changedAt == Timestamp(noon + 1))
      #expect(try await journal.observedChanges(of: [other, key]).map(\.key) == [key, other, key])
      let before = try journal.entries()
      await #expect(throws: StoreError.self) {
        try await journal.append([
          changed(key, "high", "low", at: 4), JournalEntry(.confirmed, at: noon, write: WriteID("none")),
        ])
      }
      #expect(try journal.entries() == before)
      try await journal.append([])
      #expect(try journal.entries() == before)
      #expect(try await journal.verify().isIntact)
    }
  }

  @Test("the newest entries come first, some tenants' alone, and it is told whether there are older ones")
  func newest() async throws {
    try await withFolder { (folder) async throws in
      let journal = try Journal.open(in: folder)
      for number in 0..<6 { try await journal.intend(write("w\(number)", in: number % 2 == 0 ? contoso : fabrikam)) }
      try await journal.append(JournalEntry(.signIn, at: noon))
      func listed(_ tenants: Set<TenantID>?, _ limit: Int) async throws -> ([Int64], Bool) {
        let listing = try await journal.newestEntries(of: tenants, limit: limit)
        return (listing.entries.map(\.sequence), listing.hasOlder)
      }
      #expect(try await listed(nil, 3) == ([7, 6, 5], true))
      #expect(try await listed(nil, 7) == ([7, 6, 5, 4, 3, 2, 1], false))
      #expect(try await listed([contoso], 2) == ([5, 3], true))
      #expect(try await listed([contoso], 3) == ([5, 3, 1], false))
      #expect(try await listed([], 3) == ([], false))
      try withDatabase(journal.path) { (db) throws in
        try db.execute(sql: "DROP TRIGGER entriesAreNotChanged")
        try db.execute(sql: "UPDATE entries SET kind = 'guessed' WHERE sequence = 6")
      }
      let holed = try await journal.newestEntries(of: nil, limit: 100)
      #expect(holed.entries.map(\.sequence) == [7, 5, 4, 3, 2, 1] && holed.unreadable == [6])
    }
  }

  @Test("of an incident's alerts the journal keeps those that an undo or a conflict asks for, and no others")
  func trimmed() throws {
    let alerts = (0..<1_000).map {
      AlertImage(Alert(id: "al-\($0)", status: $0 < 2 ? .new : .resolved, incidentID: IncidentID("7")))
    }
    var image = IncidentImage(status: .active, assignedTo: nil)
    image.alerts = alerts
    let table: [(IncidentAction, intent: [String]?, sent: [String]?)] = [
      (.update(IncidentUpdate(status: .resolved)), nil, ["al-0", "al-1"]),
      (.update(IncidentUpdate(status: .active)), nil, nil), (.update(IncidentUpdate(addedTags: ["vip"])), nil, nil),
      (.updateAlert(id: "al-7", AlertUpdate(status: .new)), ["al-7"], ["al-7"]),
      (.commentAlert(id: "al-7", "Looked."), ["al-7"], ["al-7"]), (.comment("Looked."), nil, nil),
      (.moveAlerts(ids: ["al-7"], to: IncidentID("8"), comment: nil, reasons: []), ["al-7"], ["al-7"]),
    ]
    for (action, intent, sent) in table {
      try withFolder { (folder) throws in
        let journal = try Journal.open(in: folder)
        var meant = write("w")
        meant.action = action
        try journal.intend(meant, image: image)
        try journal.record(meant.id, .sent, at: noon, image: image)
        try journal.record(meant.id, .confirmed, at: noon, image: image)
        let kept = try journal.entries().map { $0.entry.image?.alerts?.map(\.id) }
        let after: [String]? = if case .update = action { nil } else { sent }
        #expect(kept == [intent, sent, after], "\(action)")
        #expect(try journal.entries().allSatisfy { $0.entry.image?.values == image.values })
        #expect(try Data(contentsOf: URL(filePath: journal.path + "-wal")).count < 200_000)
      }
    }
  }

  /// A journal of entries that each have texts of their own in every column.
  private func filled(_ folder: StateFolder) throws -> String {
    let journal = try Journal.open(in: folder)
    for number in 1...9 {
      try journal.append(
        JournalEntry(
          .intent, at: noon + Double(number), tenant: tenant(number), incident: IncidentID("incident-\(number)"),
          write: WriteID("write-\(number)"), operatorUPN: "operator-\(number)@partner.example",
          requestID: "request-\(number)", image: IncidentImage(status: .active, assignedTo: "owner-\(number)"),
          action: .comment("comment-\(number)"), problem: Problem(cause: "p", nextAction: "next-\(number)"),
          detail: "detail-\(number)"))
    }
    let path = journal.path
    journal.close()
    return path
  }

  private func flipped(_ bytes: Data, at place: Int) -> Data {
    var copy = bytes
    copy[place] ^= 1
    return copy
  }

  /// The report on a journal of these bytes; `nil` when it cannot even be opened.
  private func report(on bytes: Data) throws -> (report: ChainReport?, entries: [RecordedEntry]) {
    try withFolder { (folder) throws in
      let path = folder.path(of: "journal.db")
      try bytes.write(to: URL(filePath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      guard let journal = try? Journal.open(in: folder) else { return (nil, []) }
      defer { journal.close() }
      return (try? journal.verify(), (try? journal.entries()) ?? [])
    }
  }

  private static let columns = [
    "intent", "incident-5", "write-5", "operator-5", "request-5", "owner-5", "comment-5", "next-5", "detail-5",
  ]

  @Test("invariant 20: one flipped byte is found in every column, with the number of its entry", arguments: columns)
  func flippedText(column: String) throws {
    let bytes = try withFolder { (folder) throws in try Data(contentsOf: URL(filePath: filled(folder))) }
    var found = 0
    var from = bytes.startIndex
    var isPlaced = false
    while let range = bytes.range(of: Data(column.utf8), in: from..<bytes.endIndex) {
      from = range.upperBound
      found += 1
      let report = try report(on: flipped(bytes, at: range.lowerBound + 3)).report
      // A copy in an index is not the entry: what is amiss is told without a number.
      #expect(report?.isIntact != true, "\(column) at \(range.lowerBound)")
      guard let broken = report?.firstBroken else { continue }
      if column != "intent" { #expect(broken.sequence == 5 && report?.intact == 4) }
      #expect(broken.reason == "its content is not what was written" || broken.sequence == 9)
      isPlaced = true
    }
    #expect(found > 0 && isPlaced)
  }

  @Test("invariant 20: a flipped byte of a hash, of a time or of a tenant is found too, and told apart")
  func flippedBinary() throws {
    let (bytes, entries) = try withFolder { (folder) throws in
      let path = try filled(folder)
      return (try Data(contentsOf: URL(filePath: path)), try Journal.open(in: folder).entries())
    }
    func sought(_ part: Data) throws -> [ChainReport?] {
      var reports: [ChainReport?] = []
      var from = bytes.startIndex
      while let range = bytes.range(of: part, in: from..<bytes.endIndex) {
        from = range.upperBound
        reports.append(try report(on: flipped(bytes, at: range.upperBound - 1)).report)
      }
      return reports
    }
    let hash = try sought(Data(entries[4].hash))
    #expect(hash.compactMap(\.?.firstBroken).map(\.sequence) == [5])
    #expect(hash.compactMap(\.?.firstBroken).first?.reason == "its hash is not what was written")
    let micro = UInt64(bitPattern: (noon + 5).microseconds).bigEndian
    let time = try sought(withUnsafeBytes(of: micro) { Data($0) })
    #expect(time.compactMap(\.?.firstBroken).map(\.sequence) == [5])
    let tenants = try sought(tenant(5).blob)
    #expect(tenants.compactMap(\.?.firstBroken).map(\.sequence) == [5], "an index's is damage of the file")
    #expect(tenants.contains { $0?.fileDamage != nil } && tenants.allSatisfy { $0?.isIntact != true })
  }

  @Test("invariant 20: entries that read otherwise are never called intact, wherever a byte flips", arguments: 0..<4)
  func flippedAnywhere(seed: UInt64) throws {
    let (bytes, entries) = try withFolder { (folder) throws in
      let path = try filled(folder)
      return (try Data(contentsOf: URL(filePath: path)), try Journal.open(in: folder).entries())
    }
    var chance = SplitMix(seed: seed)
    for _ in 0..<60 {
      let place = Int.random(in: 0..<bytes.count, using: &chance)
      let seen = try report(on: flipped(bytes, at: place))
      if seen.report?.isIntact == true { #expect(seen.entries == entries, "byte \(place)") }
    }
  }
}
