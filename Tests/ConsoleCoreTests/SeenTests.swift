import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private func rows(_ count: Int) -> [IncidentSummary] {
  (0..<count).map { .sample($0 % 5 + 1, 1_000 + $0, "row \($0)", .medium, age: Double(count - $0) * minute) }
}

private func lasting(_ state: inout ConsoleState, _ event: Event) -> [Effect] {
  update(&state, event).filter { !$0.isUpkeep }
}

private let small = Size(columns: 80, rows: 24)
private let anna = IncidentUpdate(status: .inProgress, assignment: .to("anna@northwind.example"))

@Suite("Keys act on what the operator saw")
struct SeenTests {
  @Test("A row that comes above the first one does not get its claim")
  func pinnedFromTheStart() {
    let known = rows(200)
    var state = ConsoleState.loaded(allStates, known, size: small, hasDeadlines: false) { $0.view = .queue }
    let first = known[199]
    state.take(.incidentsChanged([.sample(1, 9_000, "news", .high, age: minute)]))
    #expect(state.queue.selectedSummary == first)
    #expect(state.news == (1, 1))
    #expect(lasting(&state, .key(.character("a"))) == [.update(first.key, anna, seen: first)])
  }

  @Test("After a claim the cursor stays on what was claimed, wherever it is sorted now")
  func staysOnTheClaimed() {
    var state = ConsoleState.loaded { $0.view = .queue }
    state.press(.character("a"))
    var claimed = attack[0]
    claimed.severity = .low
    state.take(.incidentsChanged([claimed]))
    #expect(state.queue.selectedSummary == claimed)
  }

  @Test("While a list is filled for the first time, a claim asks which incident it is meant for")
  func claimWhileFilling() {
    var state = ConsoleState.loaded([.healthy(1, "Contoso Ltd"), TenantOverview(tenant: allStates[13].tenant)], []) {
      $0.view = .queue
    }
    state.take(.syncProgressed(done: 1, of: 2), .incidentsChanged([attack[1]]), .incidentsChanged([attack[0]]))
    #expect(lasting(&state, .key(.character("a"))) == [])
    #expect(state.message?.text.text == "Rows were still coming in: a again claims Contoso Ltd #2184.")
    #expect(
      lasting(&state, .key(.character("a"))) == [.update(attack[0].key, anna, seen: attack[0])])
  }

  @Test("F29: a claim carries the incident as it was on the screen, not as the store has it meanwhile")
  func carriesWhatWasSeen() {
    var state = ConsoleState.loaded { $0.view = .queue }
    state.press(.enter)
    var read = story
    read.assignedTo = nil
    state.take(.incidentRead(request: 1, attack[0].key, .fresh(read, readAt: noon)))
    let seen = IncidentSummary(read, acknowledgedAt: nil, alertCount: nil)
    #expect(lasting(&state, .key(.character("a"))) == [.update(attack[0].key, anna, seen: seen)])
  }

  @Test("An incident that no list has is not told as active and free before it was read, and not claimed")
  func unknownIsNotClaimed() {
    var state = ConsoleState.loaded(allStates, []) { $0.view = .queue }
    let write = IncidentWrite(
      id: WriteID("w"), key: attack[0].key, update: anna, state: .failed, operatorUPN: nil, intendedAt: noon)
    state.take(.writesChanged([write]))
    state.press(.character("!"))
    #expect(state.screen.text.contains("severity ?   status ?   owner ?"))
    #expect(!state.screen.text.contains("unassigned  "))
    #expect(lasting(&state, .key(.character("a"))) == [])
    #expect(state.message?.text.text == "It was not read yet: there is nothing to claim that was seen.")
  }

  @Test("The first a on a colleague's incident says whose it is; the second takes it over")
  func takeover() {
    let bens = attack[4]
    var state = ConsoleState.loaded(allStates, [bens]) { $0.view = .queue }
    #expect(lasting(&state, .key(.character("a"))) == [])
    #expect(state.message?.text.text == "ben has it: a again takes it over.")
    var other = state
    other.press(.down)
    #expect(lasting(&other, .key(.character("a"))) == [], "another key in between asks again")
    #expect(lasting(&state, .key(.character("a"))) == [.update(bens.key, anna, seen: bens)])
  }

  @Test("While a filter looks for the row under the cursor, keys act on nothing; then on that row again")
  func filterFindsAgain() {
    let known = rows(60_000)
    var state = ConsoleState.loaded(allStates, known, size: small, hasDeadlines: false) { $0.view = .queue }
    state.press(.end)
    state.type("/row")
    state.press(.enter)
    #expect(state.queue.isWorking && state.queue.selected == nil)
    #expect(lasting(&state, .key(.character("a"))) == [])
    #expect(state.message?.text.text == "The filter is still looking for the row under the cursor.")
    state.work()
    #expect(state.queue.selectedSummary == known.first)
    #expect(state.queue.viewport.cursor == known.count - 1)
  }

  @Test("Whoever moves while a filter works stays where they went")
  func movesMeanwhile() {
    var state = ConsoleState.loaded(allStates, rows(60_000), size: small, hasDeadlines: false) { $0.view = .queue }
    state.press(.end)
    state.type("/row")
    state.press(.enter, .down, .down)
    let selected = state.queue.selectedSummary
    state.work()
    #expect(selected != nil && state.queue.selectedSummary == selected)
  }

  @Test("Esc takes a kept filter away first and keeps the row; then it goes back")
  func escapeDropsFilter() {
    var state = ConsoleState.loaded { $0.view = .queue }
    state.type("/phish")
    state.press(.enter)
    let selected = state.queue.selectedSummary
    state.press(.escape)
    #expect(state.queue.filter.isEmpty && state.queue.selectedSummary == selected)
    state.press(.escape)
    #expect(state.message?.text.text.hasPrefix("This is the top") == true)
  }

  @Test("What is first heard of a tenant is no news, what comes later is")
  func firstReadIsNoNews() {
    let never = TenantOverview(tenant: Tenant(id: .sample(2), name: "Adatum"))
    var state = ConsoleState.loaded(
      [.healthy(1, "Contoso Ltd"), never], rows(5), size: Size(columns: 80, rows: 24),
      hasDeadlines: false
    ) { $0.view = .queue }
    let first = (0..<200).map { IncidentSummary.sample(2, $0, "old", .high, age: day) }
    state.take(.incidentsChanged(first))
    #expect(state.queue.unseen.isEmpty)
    state.take(.incidentsChanged((0..<2_000).map { .sample(1, 5_000 + $0, "new", .high, age: hour) }))
    #expect(state.queue.unseen.count <= IncidentList.unseenLimit)
    #expect(state.screen.text.contains("99+ new"))
  }
}

@Suite("A store that fails is not an empty one")
struct StoreFailureTests {
  @Test("F59: the queue says that the cache could not be read, is not loaded, and r tries again")
  func queue() {
    var state = ConsoleState.sample { $0.view = .queue }
    _ = start(&state)
    state.take(.tenantsLoaded(allStates), .queueNotLoaded("cache.db is damaged."))
    #expect(!state.queue.isLoaded)
    #expect(state.screen.text.contains("The cache could not be read: cache.db is damaged."))
    #expect(!state.screen.text.contains("No open incident"))
    #expect(lasting(&state, .key(.character("r"))).first == .loadQueue)
    state.take(.queueLoaded(slice: attack, isLast: true))
    #expect(state.queue.isLoaded && state.queue.loadFailure == nil && state.queue.count == attack.count)
  }

  @Test("A tenant's list says so as well, and an answer to another question changes nothing")
  func tenant() {
    var state = ConsoleState.loaded()
    state.press(.enter)
    let before = state
    state.take(.tenantIncidentsNotLoaded(request: 9, .sample(1), "busy"))
    #expect(state == before)
    state.take(.tenantIncidentsNotLoaded(request: 1, .sample(1), "busy"))
    #expect(state.tenantIncidents?.list.isLoaded == false)
    #expect(lasting(&state, .key(.character("r"))).first == .loadTenantIncidents(.sample(1), request: 1))
  }

  @Test("Tenants that could not be loaded stay unknown, and r tries again")
  func tenants() {
    var state = ConsoleState.sample()
    _ = start(&state)
    state.take(.tenantsNotLoaded("busy"))
    #expect(!state.tenants.isLoaded && state.tenants.coverage[.ok] == 0)
    #expect(lasting(&state, .key(.character("r"))).first == .loadTenants)
  }
}

@Suite("The page keeps up")
struct PageFreshnessTests {
  private var opened: ConsoleState {
    var state = ConsoleState.loaded { $0.view = .queue }
    state.press(.enter)
    return state
  }

  @Test("A slow answer does not undo a claim that was confirmed meanwhile: it is read again, once")
  func olderAnswer() {
    var state = opened
    var claimed = attack[0]
    claimed.assignedTo = "anna@northwind.example"
    claimed.updatedAt = .ago(0)
    state.take(.incidentsChanged([claimed]))
    #expect(
      lasting(&state, .incidentRead(request: 1, attack[0].key, .fresh(story, readAt: noon)))
        == [.readIncident(attack[0].key, request: 2)])
    #expect(state.page?.summary == claimed && state.page?.incident == story)
    #expect(lasting(&state, .incidentRead(request: 2, attack[0].key, .fresh(story, readAt: noon))) == [])
  }

  @Test("A page that could not be read is read again when its tenant answers again")
  func recovers() {
    var state = opened
    let outage = PartnerError(.outage(status: 503), tenant: .sample(1))
    state.take(.incidentRead(request: 1, attack[0].key, .failed(outage)))
    let later = allStates[0].with { $0.sync.lastSuccess = noon.addingTimeInterval(5) }
    #expect(lasting(&state, .tenantsChanged([allStates[4]])) == [])
    #expect(lasting(&state, .tenantsChanged([later])) == [.readIncident(attack[0].key, request: 2)])
    var gone = opened
    gone.take(.incidentRead(request: 1, attack[0].key, .failed(PartnerError(.notFound, tenant: .sample(1)))))
    #expect(lasting(&gone, .tenantsChanged([later])) == [], "what is gone stays gone")
  }

  @Test("The cursor and what is unfolded stay with their alert when others come before it")
  func itemsKeepTheirNames() {
    var state = opened
    state.take(.incidentRead(request: 1, attack[0].key, .fresh(story, readAt: noon)))
    state.press(.down, .enter)
    let item = state.page?.itemAtCursor
    #expect(item == .alert(id: "a2", number: 0))
    var longer = story
    longer.alerts?.insert(Alert(id: "a0", title: "Before", severity: .low), at: 0)
    longer.alerts?.insert(Alert(id: "a0", title: "Same id", severity: .low), at: 0)
    state.press(.character("r"))
    state.take(.incidentRead(request: 2, attack[0].key, .fresh(longer, readAt: noon)))
    #expect(state.page?.itemAtCursor == item && state.page?.expanded == [.alert(id: "a2", number: 0)])
    #expect(state.screen.text.contains("powershell.exe was started by winword.exe"))
  }

  @Test("H26, H44: a huge text, comments and evidence without end cost no more than long ones")
  func huge() {
    var incident = story
    incident.details = String(repeating: "x\n", count: 1 << 20)
    incident.comments = (0..<2_000).map { IncidentComment(text: "comment \($0)") }
    incident.alerts?[0].evidence = (0..<2_000).map { device("host-\($0)", .suspicious) }
    var page = IncidentPageState(key: attack[0].key, summary: attack[0])
    let isOvertaken = page.take(.fresh(incident, readAt: noon))
    #expect(!isOvertaken)
    page.arrange(width: 80, write: nil, now: noon)
    #expect(page.rows.count < 15_000)
    let told = page.rows.compactMap { if case .text(let text, _) = $0 { text.text } else { nil } }
    #expect(told.contains("+1500 more: see the portal (o)."))
    let alert = page.rows.first { $0.item == .alert(id: "a1", number: 0) }
    #expect(alert.map { page.details(of: $0, width: 80).last?.text.text } == "+1950 more")
  }

  @Test(
    "A write is called what it is",
    arguments: [
      (IncidentUpdate(status: .inProgress, assignment: .to("anna@x.example")), "claim"),
      (
        IncidentUpdate(status: .inProgress, assignment: .to("ben@x.example")),
        "change (status in progress, given to ben)"
      ),
      (IncidentUpdate(status: .resolved), "change (status resolved)"),
      (IncidentUpdate(assignment: .nobody), "change (given to nobody)"),
    ])
  func writeNames(update: IncidentUpdate, words: String) {
    #expect(update.words(by: "Anna@x.example").text == words)
  }
}

@Suite("The frame tells the truth")
struct FrameTests {
  @Test("Before anything was read the number of incidents is unknown; while a part is missing it is a lower bound")
  func counts() {
    let never = TenantOverview(tenant: Tenant(id: .sample(2), name: "Adatum"))
    #expect(ConsoleState.loaded([never], []) { $0.view = .queue }.screen.text.contains("? incidents"))
    #expect(ConsoleState.loaded { $0.view = .queue }.screen.text.contains("9+ incidents"))
    let whole = ConsoleState.loaded([.healthy(1, "Contoso Ltd")], []) { $0.view = .queue }
    #expect(whole.screen.text.contains(" 0 incidents"))
  }

  @Test("A message that comes while a filter is typed hides neither the filter nor a row")
  func messageWhileTyping() {
    var state = ConsoleState.loaded(size: small) { $0.view = .queue }
    state.type("/phi")
    let body = state.layout.bodyHeight
    state.take(.noticed(Notice(.warning, String(repeating: "cache paused ", count: 20))))
    #expect(state.layout.bodyHeight == body && state.screen.cursor != nil)
    #expect(state.screen.text.contains("/phi") && state.screen.text.contains("cache paused"))
    state.press(.enter)
    state.take(.noticed(Notice(.warning, String(repeating: "cache paused ", count: 20))))
    #expect(state.layout.bodyHeight == body, "what nobody asked for takes one line")
  }

  @Test("A small window without crumbs tells the filter and the age of a page")
  func smallestTopLine() {
    var state = ConsoleState.loaded(size: FrameLayout.smallest) { $0.view = .queue }
    state.type("/phish")
    state.press(.enter)
    #expect(state.screen.lines[0].text.contains("filter phish"))
    state.press(.enter)
    state.take(.incidentRead(request: 1, attack[3].key, .absentFromStore))
    #expect(state.screen.lines[0].text.contains("⟳ reading"))
  }

  @Test("Invariant 9: a further root that is trusted is told on every screen")
  func extraRoot() {
    var configuration = ConsoleState.sample().settings.configuration
    configuration.app.trustCAFile = "/etc/ssl/extra.pem"
    let settings = ConsoleSettings(configuration: configuration, mode: "LAB")
    for size in [small, FrameLayout.smallest] {
      let state = ConsoleState(settings: settings, size: size, now: noon)
      #expect(state.screen.lines[0].text.contains("extra CA"))
    }
    #expect(!ConsoleState.loaded().screen.lines[0].text.contains("extra CA"))
  }

  @Test("Pages of the help are pages, and a taller window shows its end")
  func helpPages() {
    var state = ConsoleState.loaded(size: small)
    state.press(.character("?"), .pageDown)
    #expect((state.help?.top ?? 0) > 5)
    state.press(.end)
    state.take(.resized(Size(columns: 80, rows: 60)))
    #expect(state.help?.top == state.help?.lastTop(state.layout, in: state.shared))
  }

  @Test(
    "A row of the queue whose tenant is not fresh or not whole is marked, with the age of what is shown",
    arguments: [(14, "◌", "2 h"), (16, "◌", "25 m"), (1, "◌", "never"), (15, "◐", ""), (0, " ", "")])
  func marks(index: Int, glyph: String, age: String) {
    let tenant = allStates[index]
    let incident = IncidentSummary.sample(index + 1, 1, "Mass download", .high, age: 40 * day)
    for columns in [60, 80, 140] {
      let state = ConsoleState.loaded([tenant], [incident], size: Size(columns: columns, rows: 24)) { $0.view = .queue }
      let row = state.screen.lines[3].text
      #expect(row.dropFirst().hasPrefix(glyph) && row.contains(age + " "), "\(row)")
    }
  }

  @Test("High incidents do not hide that more of them may be unreadable")
  func partialAndHigh() {
    let row = allStates[0].with { $0.sync.unreadable = 3 }
    #expect(whatToKnow(row, now: noon, staleAfter: 900).words.text == "2 unassigned high, 3 unreadable")
  }

  @Test("A tenant's list tells how far it can be trusted at every width", arguments: [60, 80, 120, 160])
  func tenantHeads(columns: Int) {
    let size = Size(columns: columns, rows: 24)
    for (index, words) in [(16, "outage 503"), (14, "read 2 h ago"), (15, "3 unreadable"), (1, "never read")] {
      var state = ConsoleState.loaded([allStates[index]], [], size: size)
      state.press(.enter)
      state.take(.tenantIncidentsLoaded(request: 1, state.tenantIncidents?.tenant ?? .sample(0), []))
      #expect(state.screen.lines[2...3].map(\.text).joined().contains(words))
    }
  }

  @Test(
    "H56, B35: the edge opens exactly the links that the core offers",
    arguments: [
      ("https://security.microsoft.com/i/1#x", PortalLink.allowed(host: "security.microsoft.com", path: "/i/1")),
      ("https://security.microsoft.com/i/1#x y", .notPlain),
      ("https://security.microsoft.com#@evil.example/", .allowed(host: "security.microsoft.com", path: "")),
      ("https://evil.example/#security.microsoft.com", .foreign(host: "evil.example")),
      (
        "https://security.microsoft.com/i/1?tid=\(TenantID.sample(1))",
        .allowed(host: "security.microsoft.com", path: "/i/1?tid=\(TenantID.sample(1))")
      ),
      ("https://security.microsoft.com/i/1?tid=\(TenantID.sample(2))", .foreignTenant),
      ("https://security.microsoft.com/i/1?a=b&TID=\(TenantID.sample(2))#x", .foreignTenant),
      ("https://security.microsoft.com/i/1?tenantId=x", .foreignTenant),
      ("https://evil.example/?tid=\(TenantID.sample(2))", .foreignTenant),
      ("https://security.microsoft.com/i/1?t%69d=\(TenantID.sample(2))", .foreignTenant),
      (
        "https://security.microsoft.com/i/1#tid=\(TenantID.sample(2))",
        .allowed(host: "security.microsoft.com", path: "/i/1")
      ),
    ])
  func links(url: String, answer: PortalLink) {
    #expect(PortalLink.check(url, hosts: ["security.microsoft.com"], tenant: .sample(1)) == answer)
  }
  @Test("B02: a 404 that may be passing is told in the bottom line and on the page, and the row stays open")
  func absentJustNow() {
    var state = ConsoleState.loaded(size: Size(columns: 120, rows: 40)) { $0.view = .queue }
    state.press(.enter)
    guard let key = state.page?.key, let before = state.page?.summary else {
      Issue.record("no page")
      return
    }
    let error = PartnerError(.absentJustNow, tenant: key.tenant, at: noon)
    state.take(.incidentRead(request: 1, key, .failed(error)))
    #expect(state.message?.text.text == "#\(key.id.rawValue) could not be read, 404 just now: it stays listed.")
    #expect(state.screen.lines.map(\.text).joined().contains("Could not be read, 404 just now at"))
    #expect(state.page?.summary == before)
    // It is looked at again when its tenant was read again.
    let row = allStates.first { $0.id == key.tenant }?.with { $0.sync.lastSuccess = noon.addingTimeInterval(9) }
    let effects = row.map { update(&state, .tenantsChanged([$0])) } ?? []
    #expect(effects.contains { if case .readIncident(key, _) = $0 { true } else { false } })
    state.press(.escape)
    let line = state.screen.lines.map(\.text).first { $0.contains(before.displayName.prefix(12)) }
    #expect(line?.contains("◌") == true)
    state.take(.incidentsChanged([before]))
    #expect(state.denied.isEmpty, "the list gives it")
  }

  @Test("B02: what the service does not have any more is told as gone, never as resolved")
  func gone() {
    #expect(IncidentStatus.gone.isOpen == false)
    #expect(Theme.words(.gone) == "gone")
    #expect(IncidentStatus(wire: "gone") == .unrecognised("gone"), "the service has no such word")
  }

  @Test("B03: a tenant of which a product is missing names it, and its lists do not count as whole")
  func leftOut() {
    let leftOut = Problem(
      cause: "answerPartial", error: "WDATP", code: 401, nextAction: "Ask their admin.")
    let row = allStates[15].with {
      $0.sync.unreadable = 0
      $0.sync.leftOut = leftOut
    }
    let advice = whatToKnow(row, now: noon, staleAfter: 900)
    #expect(advice.words == "Defender for Endpoint (WDATP) did not answer (401)")
    #expect(advice.next == "Ask their admin")
    #expect(row.syncState(at: noon, staleAfter: 900) == .partial)
    let high = allStates[0].with { $0.sync.leftOut = leftOut }
    #expect(whatToKnow(high, now: noon, staleAfter: 900).words == "2 unassigned high, WDATP missing")
    var state = ConsoleState.loaded([row], [], size: Size(columns: 120, rows: 40))
    state.press(.enter)
    state.take(.tenantIncidentsLoaded(request: 1, row.id, []))
    #expect(state.screen.lines.map(\.text).joined().contains("Incidents may be missing: Defender for Endpoint (WDATP)"))
  }
}
