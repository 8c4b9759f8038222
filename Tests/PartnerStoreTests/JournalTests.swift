import Foundation
import GRDB
import PartnerModel
import Testing

@testable import PartnerStore

@Suite struct JournalTests {
  @Test("R11: only these events lead from one state to another")
  func transitions() {
    let allowed: [(WriteState?, JournalKind, WriteState)] = [
      (nil, .drafted, .draft), (nil, .intent, .queued), (.draft, .intent, .queued), (.draft, .abandoned, .failed),
      (.queued, .sent, .sent), (.queued, .abandoned, .failed), (.sent, .notSent, .queued),
      (.queued, .settledInEffect, .confirmed),
      (.sent, .confirmed, .confirmed), (.sent, .refused, .failed), (.sent, .unknown, .unknown),
      (.unknown, .confirmed, .confirmed), (.unknown, .refused, .failed), (.unknown, .settledInEffect, .confirmed),
      (.unknown, .settledNotInEffect, .failed), (.draft, .observed, .draft), (.queued, .observed, .queued),
      (.sent, .observed, .sent), (.confirmed, .observed, .confirmed), (.failed, .observed, .failed),
      (.unknown, .observed, .unknown),
    ]
    let states: [WriteState?] = [nil, .draft, .queued, .sent, .confirmed, .failed, .unknown]
    for state in states {
      for kind in JournalKind.allCases {
        let expected = allowed.first { $0.0 == state && $0.1 == kind }?.2
        #expect(kind.state(after: state) == expected, "\(String(describing: state)) \(kind)")
      }
    }
  }

  @Test("R11: an event that the state does not allow is refused and leaves no entry")
  func illegal() throws {
    try withFolder { (folder) throws in
      let journal = try Journal.open(in: folder)
      try journal.intend(write("a"))
      let refusals: [() throws -> Void] = [
        { try journal.intend(write("a")) },
        { try journal.record(WriteID("a"), .confirmed, at: noon) },
        { try journal.record(WriteID("b"), .sent, at: noon) },
        { try journal.record(WriteID("a"), .consentChecked, at: noon) },
        {
          try journal.append(
            JournalEntry(.sent, at: noon, tenant: fabrikam, incident: IncidentID("7"), write: WriteID("a")))
        },
        { try journal.append(JournalEntry(.intent, at: noon, write: WriteID("c"))) },
      ]
      for refusal in refusals { #expect(throws: StoreError.self) { try refusal() } }
      #expect(try journal.entries().count == 1)
    }
  }

  @Test("Writes are found page by page, the newest first, and by what they take back")
  func pages() throws {
    try withFolder { (folder) throws in
      let journal = try Journal.open(in: folder)
      for id in ["a", "b", "c", "d"] { try journal.intend(write(id)) }
      try journal.record(WriteID("a"), .sent, at: noon, detail: "merged into 9")
      var undoing = write("e")
      undoing.undoes = WriteID("b")
      try journal.intend(undoing)
      #expect(try journal.writes(.before(WriteID("d"), limit: 2)).map(\.id.rawValue) == ["c", "b"])
      #expect(try journal.writes(.before(WriteID("b"), limit: 2)).map(\.id.rawValue) == ["a"])
      #expect(try journal.writes(.before(WriteID("a"), limit: 2)) == [])
      #expect(try journal.writes(.before(WriteID("x"), limit: 2)) == [])
      #expect(try journal.writes(.undoing(WriteID("b"))).map(\.id.rawValue) == ["e"])
      #expect(try journal.writes(.undoing(WriteID("a"))) == [])
      #expect(try journal.entries().contains { $0.entry.detail == "merged into 9" })
    }
  }

  @Test("invariant 12: an intent is on disk before it returns, and comes back whole")
  func durable() throws {
    try withFolder { (folder) throws in
      let journal = try Journal.open(in: folder)
      #expect(journal.mode == .readWrite)
      #expect(try journal.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
      #expect(try journal.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
      let image = IncidentImage(status: .unrecognised("frozen"), assignedTo: nil)
      var first = write("a")
      first.before = image
      first.stateSince = first.intendedAt
      try journal.intend(first)
      var other = write("b", in: fabrikam)
      other.action = .update(IncidentUpdate(assignment: .nobody))
      other.stateSince = other.intendedAt
      try journal.intend(other)
      let reader = try Journal.open(in: folder)
      #expect(try reader.writes(.all) == [first, other])
      #expect(try reader.entries().map(\.entry.image) == [image, nil])
    }
  }

  @Test("a write's state, problem and order are told as its entries say")
  func folding() throws {
    try withFolder { (folder) throws in
      let journal = try Journal.open(in: folder)
      let problem = Problem(
        cause: "throttled", error: "TooManyRequests", code: 429, requestID: "r1", at: noon,
        nextAction: "Wait \"a bit\".", whoActs: .microsoft, summary: "busy", message: "It \"said\"\u{1B} no.")
      for id in ["a", "b", "c"] { try journal.intend(write(id)) }
      #expect(try journal.record(WriteID("a"), .sent, at: noon, requestID: "r1") == .sent)
      #expect(try journal.record(WriteID("a"), .notSent, at: noon, problem: problem) == .queued)
      #expect(try journal.writes(.one(WriteID("a"))).first?.problem == problem)
      try journal.record(WriteID("a"), .sent, at: noon)
      #expect(try journal.record(WriteID("a"), .confirmed, at: noon) == .confirmed)
      try journal.record(WriteID("b"), .abandoned, at: noon)
      #expect(try journal.writes(.all).map(\.state) == [.confirmed, .failed, .queued])
      #expect(try journal.writes(.all).map(\.problem) == [nil, nil, nil])
      #expect(try journal.writes(.pending).map(\.id.rawValue) == ["c"])
      #expect(try journal.writes(.recent(limit: 2)).map(\.id.rawValue) == ["c", "b"])
      #expect(try journal.writes(.one(WriteID("z"))).isEmpty)
    }
  }

  @Test("when a request last left is told, and that another process appended something")
  func sentAndVersion() throws {
    try withFolder { (folder) throws in
      let (ours, theirs) = (try Journal.open(in: folder), try Journal.open(in: folder))
      try ours.intend(write("a"))
      #expect(try ours.lastSent(of: WriteID("a")) == nil)
      let start = try ours.dataVersion()
      try ours.record(WriteID("a"), .sent, at: noon + 1)
      #expect(try ours.dataVersion() == start)
      try theirs.record(WriteID("a"), .notSent, at: noon + 2)
      try theirs.record(WriteID("a"), .sent, at: noon + 3)
      #expect(try ours.dataVersion() != start)
      #expect(try ours.lastSent(of: WriteID("a")) == noon + 3)
    }
  }

  @Test("invariant 20: audit entries hold operator, tenant, request id and UTC time, and are found by tenant")
  func audit() throws {
    try withFolder { (folder) throws in
      let journal = try Journal.open(in: folder)
      let entry = JournalEntry(
        .consentChanged, at: noon, tenant: contoso, operatorUPN: "anna@partner.example", requestID: "r9",
        problem: Problem(cause: "partial", nextAction: "Send the link."), detail: "granted to partial")
      #expect(try journal.append(entry) == 1)
      try journal.append(JournalEntry(.tokenFailed, at: noon, tenant: fabrikam))
      #expect(try journal.entries(tenants: [contoso]).map(\.entry) == [entry])
      #expect(try journal.entries(after: 1).map(\.sequence) == [2])
      #expect(try journal.writes(.all).isEmpty)
    }
  }

  @Test("the async form finishes what it began although its task is cancelled")
  func cancelled() async throws {
    try await withFolder { (folder) async throws in
      let journal = try Journal.open(in: folder)
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        try await journal.intend(write("a"))
      }
      try await task.value
      #expect(try await journal.writes(.pending).count == 1)
    }
  }

  @Test("the same events fold to the same writes after the journal is opened again", arguments: UInt64(0)..<20)
  func reopening(seed: UInt64) throws {
    try withFolder { (folder) throws in
      var chance = SplitMix(seed: seed)
      let journal = try Journal.open(in: folder)
      var expected: [WriteID: WriteState] = [:]
      for _ in 0..<80 {
        let id = "w\(Int.random(in: 0..<6, using: &chance))"
        let kind = JournalKind.allCases.filter(\.concernsWrite).randomElement(using: &chance) ?? .intent
        let key = write(id).key
        let entry = JournalEntry(
          kind, at: noon, tenant: key.tenant, incident: key.id, write: WriteID(id), action: write(id).action)
        if (try? journal.append(entry)) != nil { expected[WriteID(id)] = kind.state(after: expected[WriteID(id)]) }
      }
      let before = try journal.writes(.all)
      #expect(Dictionary(before.map { ($0.id, $0.state) }, uniquingKeysWith: { first, _ in first }) == expected)
      journal.close()
      let after = try Journal.open(in: folder)
      #expect(try after.writes(.all) == before)
      #expect(try after.writes(.pending) == before.filter(\.state.isPending))
      #expect(try after.verify().isIntact)
    }
  }
}
