import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

@Suite("Answers carry their question")
struct AnswerTests {
  private var opened: ConsoleState {
    var state = ConsoleState.loaded { $0.view = .queue }
    state.press(.enter)
    return state
  }

  @Test("An answer to a page that was left is dropped")
  func stalePage() {
    var state = opened
    state.press(.escape, .down, .enter)
    let before = state
    state.take(.incidentRead(request: 1, attack[0].key, .fresh(story, readAt: noon)))
    #expect(state == before)
  }

  @Test("Incidents of another tenant than the one shown are dropped")
  func staleTenant() {
    var state = ConsoleState.loaded()
    state.press(.enter)
    let before = state
    state.take(
      .tenantIncidentsLoaded(request: 1, .sample(3), attack), .tenantIncidentsLoaded(request: 7, .sample(1), attack))
    #expect(state == before)
  }

  @Test("Rows of a tenant that was left are not painted again for the next one")
  func rowsAreTheirTenants() {
    var state = ConsoleState.loaded()
    var cache = RowCache()
    var other = attack[0]
    other.displayName = "Of the other tenant"
    for (step, incident) in [attack[0], other].enumerated() {
      state.press(.enter)
      state.take(.tenantIncidentsLoaded(request: step + 1, state.tenantIncidents?.tenant ?? .sample(0), [incident]))
      #expect(view(state, cache: &cache).text == state.screen.text)
      state.press(.escape)
    }
  }

  @Test("F72: a page keeps its incident when the row is refreshed away")
  func keepsTarget() {
    var state = opened
    state.take(.incidentRead(request: 1, attack[0].key, .fresh(story, readAt: noon)))
    state.take(
      .incidentsChanged(
        attack.map { incident in
          var closed = incident
          closed.status = .resolved
          return closed
        }))
    #expect(state.page?.key == attack[0].key)
    #expect(state.target?.key == attack[0].key)
    #expect(state.page?.incident == story)
  }

  @Test("What the store had never covers what the service said")
  func storeAfterService() {
    var state = opened
    var old = story
    old.displayName = "old"
    state.take(
      .incidentRead(request: 1, attack[0].key, .fresh(story, readAt: noon)),
      .incidentRead(request: 1, attack[0].key, .cached(old, readAt: noon.addingTimeInterval(-60))))
    #expect(state.page?.incident == story)
  }

  @Test("A failed read keeps what was there and says since when it is from")
  func failureKeeps() {
    var state = opened
    state.take(
      .incidentRead(request: 1, attack[0].key, .cached(story, readAt: noon.addingTimeInterval(-2 * hour))),
      .incidentRead(request: 1, attack[0].key, .failed(PartnerError(.outage(status: 503), tenant: .sample(1)))))
    let text = state.screen.text
    #expect(text.contains("read 2 h ago  last read failed"))
    #expect(text.contains("the service is failing (HTTP 503)"))
    #expect(text.contains("Suspicious PowerShell download"))
  }

  @Test("An incident that changed while its page is open is read again, once")
  func readsAgain() {
    var state = opened
    state.take(.incidentRead(request: 1, attack[0].key, .fresh(story, readAt: noon)))
    var changed = attack[0]
    changed.updatedAt = .ago(0)
    let effects = update(&state, .incidentsChanged([changed])).filter { !$0.isUpkeep }
    #expect(effects == [.readIncident(changed.key, request: 2)])
    #expect(update(&state, .incidentsChanged([changed])).filter { !$0.isUpkeep } == [])
  }

  @Test("Evidence that several alerts name is told once, with the worst verdict")
  func evidenceOnce() {
    var incident = story
    incident.alerts?[2].evidence = [device("FIN-LT-07", .malicious)]
    let items = incident.evidenceOverview.items
    #expect(items.map(\.subject) == ["j.doe@contoso.example", "FIN-LT-07", "powershell.exe", "Invoice 883"])
    #expect(items.map(\.alerts) == [2, 2, 1, 1])
    #expect(items[1].evidence.verdict == .malicious)
  }
}

@Suite("Time")
struct TimeTests {
  @Test(
    "Ages are no finer than they need to be",
    arguments: [
      (-5.0, "now"), (0, "now"), (9, "now"), (10, "10 s"), (59, "50 s"), (60, "1 m"), (3_599, "59 m"),
      (7_800, "2 h 10"),
      (10_800, "3 h"), (23_000, "6 h"), (86_399, "23 h"), (86_400, "1 d"), (345_600, "4 d"), (1e11, "3170 y"),
      (1e300, "9999 y"),
    ])
  func ages(seconds: TimeInterval, words: String) {
    #expect(Age(seconds: seconds).words == words)
  }

  @Test("An age reads the same up to the moment it says it changes", arguments: UInt64(0)..<300)
  func untilChange(seed: UInt64) {
    var chance = SplitMix(seed: seed)
    let age = Double(Int.random(in: 0...Int(pow(10, Double.random(in: 0...7.5, using: &chance))), using: &chance))
    let wait = Age.untilChange(age: age)
    #expect(Age(seconds: age + wait) != Age(seconds: age))
    #expect(Age(seconds: age + wait - 0.01) == Age(seconds: age))
    if let left = Age.untilChange(left: age + 0.5) {
      #expect(Age(seconds: age + 0.5 - left) != Age(seconds: age + 0.5) || left > age)
      #expect(Age(seconds: age + 0.5 - left + 0.01) == Age(seconds: age + 0.5))
    }
  }

  @Test(
    "The next tick is when a visible time changes, at least a second away, and is asked for once",
    arguments: [
      // It is 10:42:20: the clock changes after 40 s. An age of 5 m changes each full minute, a token's time left as well.
      (5 * minute, nil, 40.0), (4 * minute + 50, nil, 10), (4 * minute + 59.5, nil, 1),
      (5 * minute, 51 * minute + 7, 7.001),
      (5 * minute, 51 * minute, 1), (25, nil, 5),
    ] as [(TimeInterval, TimeInterval?, TimeInterval)])
  func ticks(read: TimeInterval, tokenLeft: TimeInterval?, expected: TimeInterval) {
    let tenant = TenantOverview.healthy(1, "Contoso Ltd", read: read).with {
      $0.token.expiresAt = tokenLeft.map(noon.addingTimeInterval)
    }
    var state = ConsoleState.sample([tenant], hasDeadlines: false)
    _ = start(&state)
    _ = update(&state, .tenantsLoaded([tenant]))
    let effects = update(&state, .ticked(noon))
    #expect(effects == [.tick(at: noon.addingTimeInterval(expected))])
    #expect(update(&state, .key(.down)) == [], "nothing new to wait for")
  }

  @Test("The visible tenants are watched; who is excluded is not")
  func watch() {
    var state = ConsoleState.sample(size: Size(columns: 80, rows: 24))
    _ = start(&state)
    let effects = update(&state, .tenantsLoaded(allStates))
    let watched = effects.compactMap { if case .watch(let tenants) = $0 { tenants } else { nil } }
    #expect(watched.count == 1)
    #expect(watched.first?.first == .sample(1))
    #expect(!(watched.first ?? []).contains(.sample(18)))
    state.press(.tab)
    #expect(state.watched == [])
    _ = update(&state, .queueLoaded(slice: attack, isLast: true))
    #expect(state.watched == [1, 3, 6, 7, 2, 5].map(TenantID.sample))
  }
}

@Suite("Tenants")
struct TenantTests {
  @Test(
    "Every order is what its name says",
    arguments: [
      (TenantSort.risk, [1, 3, 2]), (.name, [2, 14, 15]), (.synced, [2, 14, 8]), (.open, [1, 6, 3]),
    ])
  func orders(sort: TenantSort, first: [Int]) {
    var state = ConsoleState.loaded()
    while state.tenants.sort != sort { state.press(.character("s")) }
    let shown = state.tenants.order.prefix(3).map { state.tenants.rows[$0].id }
    #expect(shown == first.map(TenantID.sample))
    #expect(state.tenants.order.last.map { state.tenants.rows[$0].id } == .sample(18), "who is excluded comes last")
  }

  @Test("A change keeps the cursor on its tenant and the tenant on its line")
  func cursorStays() {
    var state = ConsoleState.loaded(size: Size(columns: 80, rows: 15))
    state.press(.end, .up, .up)
    let selected = state.tenants.selected
    let line = state.tenants.viewport.cursor - state.tenants.viewport.top
    state.take(.tenantsChanged([allStates[15].with { $0.counts?.unassignedHigh = 9 }]))
    #expect(state.tenants.selected == selected)
    #expect(state.tenants.viewport.cursor - state.tenants.viewport.top == line)
  }

  @Test("Every consent state but granted has a word, a glyph and a next step", arguments: ConsentState.allCases)
  func everyState(consent: ConsentState) {
    let row = TenantOverview.refused(1, "Contoso Ltd", consent, code: 1)
    let advice = whatToKnow(row, now: noon, staleAfter: 900)
    if consent != .granted { #expect(!advice.words.isEmpty && !advice.next.isEmpty) }
    #expect(!Theme.word(row.consent, required: 3).isEmpty && Theme.glyph(consent).columns == 1)
  }
}

@Suite("Coverage")
struct CoverageTests {
  @Test(
    "The parts on screen add up to all tenants, at every width",
    arguments: [60, 66, 72, 80, 90, 100, 120, 140, 200])
  func addsUp(columns: Int) throws {
    for seconds in [0, 600, 1_000, 4_000, 1e6] {
      var state = ConsoleState.loaded(size: Size(columns: columns, rows: 24))
      state.take(.ticked(noon.addingTimeInterval(seconds)))
      let line = try #require(state.screen.lines.dropLast().last).text
      let parts = line.components(separatedBy: " = ")
      let numbers = parts[0].components(separatedBy: .decimalDigits.inverted).compactMap(Int.init)
      let total = parts.last.flatMap { Int($0.prefix { $0.isNumber }) }
      #expect(numbers.reduce(0, +) == total && total == allStates.count, "\(line)")
    }
  }

  @Test("What turns stale as time passes is counted as stale, also when the clock is set back")
  func staleByTime() {
    var state = ConsoleState.loaded()
    #expect(state.tenants.coverage[.ok] == 5)
    state.take(.ticked(noon.addingTimeInterval(day)))
    #expect(state.tenants.coverage[.ok] == 0 && state.tenants.coverage[.stale] == 6)
    state.take(.ticked(noon))
    #expect(state.tenants.coverage[.ok] == 5)
  }

  @Test("Unknown is never shown as zero")
  func unknownIsNotZero() {
    let tenants = [TenantOverview(tenant: Tenant(id: .sample(1), name: "Contoso Ltd"))]
    let state = ConsoleState.loaded(tenants, [])
    let row = state.screen.lines[3].text
    #expect(row.contains("?") && !row.contains("0"))
  }
}

@Suite("Absurd sizes")
struct SizeTests {
  @Test("H26: a name of a megabyte is cut before it is laid out, and says so")
  func megabyte() {
    let huge = String(repeating: "x", count: 1 << 20)
    #expect(SafeText(beginningOf: huge).text == String(repeating: "x", count: 600) + "…")
    var state = ConsoleState.loaded(allStates, [.sample(1, 1, huge, .high)], size: Size(columns: 200, rows: 50)) {
      $0.view = .queue
    }
    #expect(state.screen.lines[3].text.contains("xxx…"))
    state.press(.enter)
    #expect(state.screen.lines.allSatisfy { $0.width == 200 })
  }

  @Test("H41, F51: times from the year 1 to beyond 9999 are told, ordered and never trap")
  func absurdTimes() {
    let times = [-1e300, -6.2e10, 0, 2.5e11, 1e300, .infinity, .nan]
    let tenants = times.enumerated().map { index, time in
      TenantOverview.healthy(index + 1, "Tenant \(index)").with {
        $0.sync.lastSuccess = Date(timeIntervalSince1970: time)
        $0.token.expiresAt = Date(timeIntervalSince1970: time)
        $0.counts?.oldest = Timestamp(Date(timeIntervalSince1970: time.isFinite ? time : 0))
      }
    }
    let incidents = [Int64.min + 1, -621_355_968_000_000_000, 0, 2_534_023_007_999_999_999, .max].enumerated().map {
      var incident = IncidentSummary.sample(1, $0.offset, "old", .high)
      incident.createdAt = Timestamp(ticks: $0.element)
      incident.updatedAt = Timestamp(ticks: $0.element)
      return incident
    }
    var state = ConsoleState.loaded(tenants, incidents, hasDeadlines: false)
    for _ in TenantSort.allCases {
      state.press(.character("s"))
      #expect(state.screen.lines.count == 40)
    }
    state.press(.tab)
    for _ in IncidentSort.allCases { state.press(.character("s")) }
    state.work()
    #expect(state.queue.count == incidents.count)
    #expect(state.screen.lines.count == 40)
  }
}
