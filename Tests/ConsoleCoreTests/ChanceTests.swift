import Foundation
import PartnerModel
import TerminalKit
import Testing

@testable import ConsoleCore

@Suite("Whatever happens, in whatever order")
struct ChanceTests {
  private static let keys: [Key] =
    CommandTable.entries.flatMap(\.keys) + [
      .paste("rm -rf\n"), .alt(.character("a")), .insert, .function(5), .control("c"), .delete,
    ]
    + "abcçİ東/!?🙂 \u{301}".unicodeScalars.map { .character(Character($0)) }

  private static func anyIncident(using chance: inout SplitMix) -> IncidentSummary {
    let severities: [Severity] = [.high, .medium, .low, .informational, .unknown, .unrecognised("odd")]
    let statuses: [IncidentStatus] = [.active, .inProgress, .resolved, .redirected, .unrecognised("new word")]
    let names = attack.map(\.displayName) + hostileNames
    return .sample(
      Int.random(in: 1...19, using: &chance), Int.random(in: 1...60, using: &chance),
      names.randomElement(using: &chance) ?? "", severities.randomElement(using: &chance) ?? .high,
      age: .random(in: -hour...(90 * day), using: &chance), status: statuses.randomElement(using: &chance) ?? .active,
      owner: Bool.random(using: &chance) ? "anna@northwind.example" : nil)
  }

  private static func anyWrite(using chance: inout SplitMix) -> IncidentWrite {
    let states: [WriteState] = [.draft, .queued, .sent, .confirmed, .failed, .unknown]
    return IncidentWrite(
      id: WriteID("\(Int.random(in: 0..<9, using: &chance))"), key: anyIncident(using: &chance).key,
      update: IncidentUpdate(status: .inProgress), state: states.randomElement(using: &chance) ?? .sent,
      operatorUPN: nil, intendedAt: noon.addingTimeInterval(.random(in: -hour...0, using: &chance)),
      problem: Bool.random(using: &chance) ? refusal : nil)
  }

  private static func anyReading(_ key: IncidentKey, using chance: inout SplitMix) -> IncidentReading {
    var incident = story
    incident.tenant = key.tenant
    incident.id = key.id
    if Bool.random(using: &chance) { incident.alerts = nil }
    if Bool.random(using: &chance) { incident.details = hostileNames.randomElement(using: &chance) }
    switch Int.random(in: 0..<4, using: &chance) {
    case 0: return .cached(incident, readAt: noon.addingTimeInterval(-hour))
    case 1: return .fresh(incident, readAt: noon)
    case 2: return .absentFromStore
    default: return .failed(PartnerError(.notFound, tenant: key.tenant))
    }
  }

  /// What comes of consents and sign-ins; the numbers are sometimes those that are waited for.
  private static func anyAccessEvent(_ state: ConsoleState, using chance: inout SplitMix) -> Event {
    let work = state.shared.access
    let tenant = TenantID.sample(Int.random(in: 1...19, using: &chance))
    let hostile = hostileNames.randomElement(using: &chance) ?? ""
    switch Int.random(in: 0..<9, using: &chance) {
    case 0:
      let checks = work.checks.randomElement(using: &chance)
      return .consentChecked(request: checks?.request ?? 1, checks?.tenants ?? [tenant])
    case 1:
      let steps: [ConsentRequestProgress] = [
        .link(url: consentURL + hostile, openedBy: nil, reason: hostile), .answered,
        .lagging(until: state.now.addingTimeInterval(30)), .ended(.refused(error: hostile, words: hostile)),
        .ended(.partial(missing: [.hunt])), .ended(.otherTenant(hostile)), .ended(.cancelled),
      ]
      return .consentProgressed(
        request: work.consent?.request ?? 1, steps.randomElement(using: &chance) ?? .answered)
    case 2:
      let changes = (0..<Int.random(in: 0...60, using: &chance)).map { index in
        ConsentChange(
          tenant: tenant, at: noon.addingTimeInterval(-Double(index) * hour), before: .granted, after: .partial,
          lost: [AppRole(hostile)], operatorUPN: hostile, problem: refusal)
      }
      return .consentHistoryLoaded(request: .random(in: 1...max(state.lastRequest, 1), using: &chance), tenant, changes)
    case 3: return .consentHistoryNotLoaded(request: state.lastRequest, tenant, hostile)
    case 4, 5:
      let steps: [SignInProgress] = [
        .link(url: signInURL + hostile, openedBy: hostile, reason: nil),
        .code(userCode: hostile, page: "https://microsoft.com/devicelogin", until: state.now), .signedIn(annaSignedIn),
        .failed(PartnerError(.signInFailed(.otherAccount(hostile)), tenant: nil)),
      ]
      return .signInProgressed(
        request: work.signIn?.request ?? 1, steps.randomElement(using: &chance) ?? .signedIn(annaSignedIn))
    case 8:
      return .consentLinksMade(
        request: .random(in: 0...max(state.lastRequest, 1), using: &chance), [tenant: consentURL + hostile])
    case 6: return Bool.random(using: &chance) ? .signInsChanged([annaSignedIn]) : .signedOut(request: 1, hostile)
    default:
      let states = AccessState.allCases
      return .tenantsChanged([
        (allStates.randomElement(using: &chance) ?? allStates[0]).with {
          $0.tenant.context = .user
          $0.drift = ConsentDrift(changedAt: state.now, seenAt: Bool.random(using: &chance) ? state.now : nil)
          $0.access = AccessRecord(
            state: states.randomElement(using: &chance) ?? .ok,
            relations: [relation(hostile, endsIn: day, roles: [hostile])],
            checkedAt: state.now, error: accessProblem(.noRelation))
        }
      ])
    }
  }

  private static func anyEvent(_ state: ConsoleState, using chance: inout SplitMix) -> Event {
    switch Int.random(in: 0..<46, using: &chance) {
    case 40...45: return anyAccessEvent(state, using: &chance)
    case 0:
      return .resized(
        Size(columns: .random(in: 1...200, using: &chance), rows: .random(in: 1...60, using: &chance)))
    case 1:
      return .resized(Size(columns: .random(in: 60...200, using: &chance), rows: .random(in: 15...60, using: &chance)))
    case 2: return .ticked(state.now.addingTimeInterval(.random(in: -60...hour, using: &chance)))
    case 3: return .tenantsLoaded(allStates.shuffled(using: &chance))
    case 4:
      return .tenantsChanged([
        (allStates.randomElement(using: &chance) ?? allStates[0]).with {
          $0.counts = Bool.random(using: &chance) ? nil : IncidentCounts(high: .random(in: 0...9, using: &chance))
          $0.sync.lastSuccess = state.now
        }
      ])
    case 5, 6: return .incidentsChanged((0..<40).map { _ in anyIncident(using: &chance) })
    case 7: return .incidentsChanged([anyIncident(using: &chance)])
    case 8: return .queueLoaded(slice: (0..<30).map { _ in anyIncident(using: &chance) }, isLast: true)
    case 9: return .writesChanged([anyWrite(using: &chance)])
    case 10:
      let key = state.page?.key ?? attack[0].key
      return .incidentRead(request: state.lastRequest, key, anyReading(key, using: &chance))
    case 11:
      let tenant = state.tenantIncidents?.tenant ?? .sample(1)
      return .tenantIncidentsLoaded(
        request: state.tenantIncidents?.request ?? 0, tenant, (0..<30).map { _ in anyIncident(using: &chance) })
    case 12: return .syncing([.sample(Int.random(in: 1...18, using: &chance))])
    case 13: return .syncProgressed(done: .random(in: 0...9, using: &chance), of: 9)
    case 14: return .noticed(Notice(.warning, hostileNames.randomElement(using: &chance) ?? "", tenant: .sample(1)))
    case 15: return .updateNotTaken(anyIncident(using: &chance).key, PartnerError(.storage("disk full"), tenant: nil))
    case 16: return .portalOpened(.shown(url: "https://security.microsoft.com/\u{1B}[2J", reason: "x\u{7}"))
    case 17...19: return .workContinued
    case 20, 21:
      let count = Int.random(in: 2...6, using: &chance)
      return .keys(
        (0..<count).map { _ in keys.randomElement(using: &chance) ?? .enter }, at: .random(in: 0...900, using: &chance))
    default: return .key(keys.randomElement(using: &chance) ?? .enter)
    }
  }

  /// What must hold of a list at any moment between its jobs.
  private static func check(_ list: IncidentList) {
    let shown = (0..<list.count).map(list.slot(at:))
    #expect(Set(shown).count == shown.count, "each row once")
    if !list.isSorting {
      #expect(zip(shown, shown.dropFirst()).allSatisfy { list.precedes($0, $1) }, "rows are in order")
    }
    if !list.isSorting, let selected = list.selected {
      #expect(list.shownIndex(of: selected) != nil, "keys act on what is shown")
    }
    if list.count > 0 {
      #expect((0..<list.count).contains(list.viewport.cursor))
      if list.job == nil {
        #expect(list.selected == list.slot(at: list.viewport.cursor), "the cursor is on the selected row")
      }
    }
    for slot in shown where !list.includesClosed && slot != list.lingering {
      #expect(list.summary(slot).status.isOpen)
    }
  }

  /// `scripts/soak` asks for more of them.
  static let histories = UInt64(ProcessInfo.processInfo.environment["PARTNER_CONSOLE_HISTORIES"] ?? "") ?? 30

  @Test(
    "H71, H73, F68: no event in any order traps, rows stay in order, coverage adds up",
    arguments: UInt64(0)..<max(histories, 1))
  func holds(seed: UInt64) {
    var chance = SplitMix(seed: seed)
    var state = ConsoleState.loaded(
      size: Size(columns: .random(in: 1...200, using: &chance), rows: .random(in: 1...60, using: &chance)),
      hasDeadlines: Bool.random(using: &chance)
    ) {
      $0.signs = seed % 2 == 0 ? .ascii : .all
      $0.configuration.tenants[0].context = .user
    }
    var cache = RowCache()
    for step in 0..<400 {
      let event = Self.anyEvent(state, using: &chance)
      let effects = update(&state, event)
      for case .tick(let moment) in effects { #expect(moment >= state.now.addingTimeInterval(1)) }
      #expect(state.tenants.coverage.total == allStates.count)
      let isJudgedNow = state.tenants.rows.allSatisfy { row in
        state.trust(in: row.id)?.sync == row.syncState(at: state.now, staleAfter: state.settings.staleAfter)
      }
      #expect(isJudgedNow, "what was judged of the tenants holds now")
      #expect(state.tenants.order.isEmpty || state.tenants.order.indices.contains(state.tenants.viewport.cursor))
      if step % 7 == 0 {
        Self.check(state.queue)
        if let list = state.tenantIncidents?.list { Self.check(list) }
        let screen = view(state, cache: &cache)
        // Not the screens themselves: a failure would print every cell of both.
        let fresh = state.screen
        let differing = zip(screen.lines, fresh.lines).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
        let lines = differing.map { "\(screen.lines[$0].text)\n\(fresh.lines[$0].text)" }.joined(separator: "\n")
        #expect(differing.isEmpty && screen.cursor == fresh.cursor, "the cache changes nothing, step \(step): \(lines)")
        #expect(seed % 2 == 1 || screen.text.utf8.allSatisfy { $0 < 0x80 }, "only ASCII where only ASCII can be shown")
        #expect(screen.lines.allSatisfy { $0.width == state.size.columns } && screen.lines.count == state.size.rows)
      }
    }
    state.work()
    state.take(.ticked(state.now.addingTimeInterval(90)))
    state.work()
    Self.check(state.queue)
    if state.queue.isLoaded { #expect(state.needs.count == state.needCount) }
    let keys = state.queue.keys
    let misplaced = state.queue.sorted.filter { slot in
      slot != state.queue.lingering
        && keys.key(of: state.queue.slots[slot], tables: state.queue.tables) != state.queue.sortKeys[slot]
    }
    #expect(misplaced.isEmpty, "every row stands where its deadline puts it now")
    let expected = state.queue.sorted.filter(state.queue.letsThrough)
    if state.queue.lingering == nil, state.queue.selected.map({ expected.contains($0) }) ?? true {
      #expect((0..<state.queue.count).map(state.queue.slot(at:)) == expected, "the filter lets through what matches")
    }
  }

  @Test("Sorting and filtering by slices end as in one go", arguments: UInt64(0)..<6)
  func slices(seed: UInt64) {
    var chance = SplitMix(seed: seed)
    let rows = (0..<9_000).map { number in
      IncidentSummary.sample(
        Int.random(in: 1...18, using: &chance), number, "row \(number % 97)",
        [.high, .medium, .low].randomElement(using: &chance) ?? .low,
        age: Double(Int.random(in: 0...5_000, using: &chance)))
    }
    var list = IncidentList(directory: ConsoleState.sample().directory, includesClosed: false, now: noon)
    list.take(rows, areChanges: false, completes: true)
    while list.isWorking { list.work() }
    #expect(list.count == rows.count)
    for sort in IncidentSort.allCases.reversed() {
      list.sort(by: sort)
      for word in ["row 1", "row 11", ["", "hig", "high", "breached"].randomElement(using: &chance) ?? ""]
        .prefix(Int.random(in: 1...3, using: &chance))
      {
        list.filter(by: WordFilter(word))
        if Bool.random(using: &chance) { list.work() }
      }
      while list.isWorking { list.work() }
      let all = (0..<list.slots.count).filter(list.letsThrough)
      #expect((0..<list.count).map(list.slot(at:)) == all.sorted(by: list.precedes))
    }
  }
}

extension IncidentList {
  /// What the filter should answer for a row, put together anew.
  fileprivate func letsThrough(_ slot: Int32) -> Bool {
    let row = summary(slot)
    let tenant = directory[row.key.tenant]
    let now = Timestamp(ticks: judgedAt).date
    let texts = [
      row.displayName, "#" + row.key.id.rawValue, tenant?.name ?? row.key.tenant.rawValue, tenant?.domain ?? "",
    ]
    let text = (texts + row.tags).joined(separator: "\n").foldedForSearch
    let state = SLA(of: row, policy: directory.policy(of: row.key.tenant), now: now).state.rawValue
    let values = [row.severity.wire, row.status.wire, directory.hasDeadlines ? state : ""] + (tenant?.groups ?? [])
    return filter.words.allSatisfy { word in
      text.contains(word) || values.contains { $0.foldedForSearch == word }
        || row.status == .inProgress && word == "in progress" || row.status == .awaitingAction && word == "waiting"
    }
      && filter.owners.allSatisfy { owner in
        switch owner {
        case .me: row.assignedTo == "anna@northwind.example"
        case .nobody: (row.assignedTo ?? "").isEmpty
        case .named(let name): row.assignedTo?.foldedForSearch.contains(name) ?? false
        }
      }
  }
}
