import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

extension Effect {
  /// Asks that follow from what is on screen rather than from the key.
  var isUpkeep: Bool {
    switch self {
    case .watch, .tick, .continueWork, .loadHistory: true
    default: false
    }
  }
}

/// The effects of keys without the upkeep.
private func effects(of keys: [Key], on state: inout ConsoleState) -> [Effect] {
  keys.flatMap { update(&state, .key($0)) }.filter { !$0.isUpkeep }
}

private let mine = IncidentUpdate(status: .inProgress, assignment: .to("anna@northwind.example"))
private let queueStart: ConsoleState = .loaded { $0.view = .queue }

@Suite("Keys")
struct KeyTests {
  @Test(
    "The cursor stays in the list",
    arguments: [
      ([Key.down], 1), ([.up], 0), ([.down, .down, .up], 1), ([.character("G")], 8), ([.end, .down], 8),
      ([.pageDown], 8), ([.end, .home], 0), ([.control("d"), .character("g")], 0),
      ([.character("j"), .character("k")], 0),
      ([.end, .pageUp], 0),
    ])
  func cursor(keys: [Key], row: Int) {
    var state = queueStart
    #expect(effects(of: keys, on: &state).isEmpty)
    #expect(state.queue.viewport.cursor == row)
    #expect(state.queue.selected == state.queue.slot(at: row))
  }

  @Test(
    "A key asks for exactly this",
    arguments: [
      ([Key.character("q")], [Effect.quit]),
      ([.control("l")], [.redraw]),
      ([.enter], [.readIncident(attack[0].key, request: 1)]),
      ([.down, .character("l")], [.readIncident(attack[1].key, request: 1)]),
      ([.character("a")], [.update(attack[0].key, mine, seen: attack[0])]),
      ([.character("a"), .character("a")], [.update(attack[0].key, mine, seen: attack[0])]),
      (
        [.enter, .character("a")],
        [.readIncident(attack[0].key, request: 1), .update(attack[0].key, mine, seen: attack[0])]
      ),
      ([.character("o")], []),
      ([.character("o"), .character("o")], [.openPortal(attack[0].key, url: attack[0].webURL ?? "")]),
      ([.character("o"), .enter], [.openPortal(attack[0].key, url: attack[0].webURL ?? "")]),
      ([.character("o"), .down, .character("x")], []),
      ([.character("o"), .escape, .character("o")], []),
      ([.tab, .enter], [.loadTenantIncidents(.sample(1), request: 1)]),
      ([.escape], []), ([.character("x")], []), ([.paste("q\nq\n")], []),
      ([.character("?"), .character("q")], []),
      (
        [.enter, .character("r")],
        [
          .readIncident(attack[0].key, request: 1), .refresh([.sample(1)]), .readIncident(attack[0].key, request: 2),
        ]
      ),
      ([.character("/"), .character("q"), .enter], []),
    ] as [([Key], [Effect])])
  func asks(keys: [Key], expected: [Effect]) {
    var state = queueStart
    #expect(effects(of: keys, on: &state) == expected)
  }

  @Test(
    "A key that does not work says why",
    arguments: [
      ([Key.character("x")], "x does nothing here: ? lists the keys."),
      ([.escape], "This is the top: q quits, Tab switches between Tenants and Queue."),
      ([.tab, .enter, .tab], "Tab switches between Tenants and Queue: Esc goes back first."),
      ([.enter, .character("s")], "There is no list here: Esc goes back to one."),
      ([.tab, .character("a")], "Claim an incident: Enter opens the tenant's."),
      ([.end, .up, .character("a")], "It is yours already."),
      ([.character("n")], "/ filters here; on an incident's page it finds, and n goes on."),
      ([.enter, .character("n")], "/ looks for something on this page first."),
      ([.character("J")], "There is no preview: p shows it."),
      ([.enter, .character("/"), .character("z"), .character("z")], "No line of this page holds it."),
      ([.character("a"), .character("a")], "A write for it is under way: wait for its outcome."),
      ([.paste("x")], "Pasted text is ignored: the console takes keys only."),
    ])
  func saysWhy(keys: [Key], words: String) {
    var state = queueStart
    state.press(keys[0])
    for key in keys.dropFirst() { state.press(key) }
    #expect(state.message?.text.text == words)
  }

  @Test(
    "p closes the preview of a wide window; on a narrow one it shows it in the place of the rows, and Esc takes it away"
  )
  func preview() {
    var state = ConsoleState.loaded(size: Size(columns: 160, rows: 40)) { $0.view = .queue }
    let open = state.screen
    state.press(.character("p"))
    #expect(state.layout.mainWidth == 160 && state.screen.text != open.text)
    state.press(.character("p"))
    #expect(state.screen.text == open.text)
    state.take(.resized(Size(columns: 139, rows: 40)))
    let rows = state.screen
    state.press(.character("p"))
    #expect(state.screen.text.contains("Tenant") && state.screen.text != rows.text)
    #expect(state.layout.mainWidth == 139)
    state.press(.escape)
    #expect(state.screen.text == rows.text)
  }

  @Test("H71, H72: a paste changes nothing")
  func pasteIsIgnored() {
    var state = queueStart
    var pasted = state
    pasted.press(.paste("\nq\u{1B}[201~"))
    state.message = pasted.message
    state.calm = pasted.calm
    #expect(pasted == state)
  }

  @Test("Esc goes back one step at a time and loses nothing")
  func backByStep() {
    var state = queueStart
    state.press(.tab, .down)
    let tenants = state
    state.press(.enter)
    state.take(.tenantIncidentsLoaded(request: 1, state.tenantIncidents?.tenant ?? .sample(1), [attack[7]]))
    let list = state
    state.press(.enter, .down, .escape)
    #expect(state.place == .tenantIncidents && state.tenantIncidents == list.tenantIncidents)
    state.press(.left)
    #expect(state.place == .tenants && state.tenants == tenants.tenants)
  }

  @Test("Leaving with writes under way takes a second q")
  func leaving() {
    var state = queueStart
    state.press(.character("a"))
    #expect(effects(of: [.character("q")], on: &state) == [])
    #expect(state.message?.text.text == "1 write is not settled yet: that is done at the next start. q again quits.")
    var other = state
    #expect(effects(of: [.down, .character("q")], on: &other) == [], "another key in between asks again")
    #expect(effects(of: [.character("q")], on: &state) == [.quit])
    var small = queueStart
    small.press(.character("a"))
    small.take(.resized(Size(columns: 50, rows: 10)))
    #expect(effects(of: [.character("q")], on: &small) == [])
    #expect(small.screen.text.contains("q again quits"), "that it was asked is seen in a small window too")
    #expect(effects(of: [.character("q")], on: &small) == [.quit])
  }

  @Test(
    "q quits everywhere, but closes the help, whose bottom line says so",
    arguments: [[], [.tab], [.tab, .enter], [.enter], [.character("p")], [.character("o")]] as [[Key]])
  func quitsEverywhere(way: [Key]) {
    var state = queueStart
    _ = effects(of: way, on: &state)
    var asked = state
    #expect(effects(of: [.character("q")], on: &asked) == [.quit])
    #expect(effects(of: [.character("?"), .character("q")], on: &state) == [])
    #expect(state.place != .help)
    state.press(.character("?"))
    #expect(state.screen.lines.last?.text.contains("q close") ?? false)
  }

  @Test("What is under way and what is not known yet are counted apart")
  func openWrites() {
    var state = queueStart
    state.press(.character("a"))
    #expect(state.screen.text.contains("1 ↑ under way"))
    let key = state.queue.selectedSummary?.key
    let write = key.map {
      IncidentWrite(
        id: WriteID("w"), key: $0, update: IncidentUpdate(status: .inProgress), state: .unknown, operatorUPN: nil,
        intendedAt: noon)
    }
    state.take(.writesChanged([write].compactMap(\.self)))
    #expect(state.screen.text.contains("1 ‽ not known yet") && !state.screen.text.contains("under way"))
    state.press(.down, .character("a"))
    #expect(state.screen.text.contains("1 ↑ under way · 1 ‽ not known yet"))
    state.take(.resized(Size(columns: 80, rows: 24)))
    #expect(state.screen.text.contains("1 ↑ · 1 ‽"))
  }

  @Test("A word that is typed for a filter where there is none does nothing: it must not claim")
  func typingNowhere() {
    var state = queueStart
    state.screens.push(PlainScreen())
    #expect(effects(of: "/ransom".map { Key.character($0) }, on: &state) == [])
    #expect(state.place == PlainScreen.name)
    #expect(
      state.message?.text.text == "There is no list to filter here: what is typed is ignored until Esc.")
    #expect(effects(of: [.backspace, .character("a"), .escape], on: &state) == [])
    #expect(state.place == PlainScreen.name, "Esc ends the typing and nothing else")
    state.press(.character("/"), .down, .escape)
    #expect(state.place == .queue, "a key that is no letter ends it too")
  }

  @Test("Under 60x15 only leaving works")
  func tooSmall() {
    var state = ConsoleState.loaded(size: Size(columns: 59, rows: 20)) { $0.view = .queue }
    #expect(effects(of: [.character("a"), .enter, .character("q")], on: &state) == [.quit])
  }

  @Test("On every screen every key has one meaning, and every hint is in the map")
  func mapIsWhole() {
    for screen in ScreenTable.screens {
      // A key with two meanings has one of them on some screens only.
      let keys = CommandTable.entries.filter { $0.elsewhere.isEmpty || screen.commands.contains($0.command) }.flatMap(
        \.keys)
      let shared = keys.filter { key in keys.count { $0 == key } > 1 }
      let own = CommandTable.entries.filter { screen.commands.contains($0.command) }.flatMap(\.keys)
      #expect(shared.allSatisfy { key in own.count { $0 == key } == 1 }, "\(screen.name): \(shared)")
      for command in screen.hints { #expect(CommandTable.entry(of: command) != nil, "\(screen.name): \(command)") }
    }
  }
}

/// A screen that answers nothing but what it must.
private struct PlainScreen: ConsoleScreen {
  static let name: ScreenName = "plain"
  static let commands: Set<Command> = []
  static let hints: [Command] = [.back]
  func crumbs(in state: SharedState, under tenant: TenantID?, isShort: Bool) -> [SafeText] { ["Plain"] }
  mutating func follow(_ command: Command, _ layout: FrameLayout, in state: inout SharedState) -> Step? { nil }
  func lines(_ layout: FrameLayout, in state: SharedState, cache: inout RowCache) -> [Line] { [] }
}

@Suite("Claims and links")
struct ActionTests {
  private func claim(_ state: ConsoleState) -> (effects: [Effect], words: String?) {
    var state = state
    let asked = effects(of: [.character("a")], on: &state)
    return (asked, state.message?.text.text)
  }

  @Test("A claim is refused here when it cannot work, with the way to make it work")
  func obstacles() {
    let readOnly = ConsoleState.loaded {
      $0.view = .queue
      $0.readOnlyReason = "--read-only was given"
    }
    #expect(claim(readOnly) == ([], "Nothing can be changed: --read-only was given."))
    var second = queueStart
    second.take(.ownership(.readOnly("process 4711 has the state folder")))
    #expect(claim(second) == ([], "Nothing can be changed: process 4711 has the state folder."))
    var damaged = queueStart
    damaged.take(.unchangeable("journal.db is damaged"))
    #expect(claim(damaged) == ([], "Nothing can be changed: journal.db is damaged."))
    let nobody = ConsoleState.loaded(operatorUPN: nil) { $0.view = .queue }
    #expect(claim(nobody) == ([], "Who are you? Set operator.upn in the configuration to claim incidents."))
    var readers = allStates
    readers[0].consent.granted = [.readIncidents, .readAlerts]
    let reader = ConsoleState.loaded(readers) { $0.view = .queue }
    #expect(
      claim(reader)
        == ([], "Contoso Ltd did not grant SecurityIncident.ReadWrite.All: send the consent link."))
    readers[0].tenant.permissions = [.readIncidents, .readAlerts]
    let onlyRead = ConsoleState.loaded(readers) { $0.view = .queue }
    #expect(
      claim(onlyRead)
        == ([], "Nothing is changed in Contoso Ltd: its permissions in the configuration allow no changes."))
  }

  @Test("A claim shows as pending at once and never as done before the service said so")
  func neverBeforeTheService() {
    var state = queueStart
    state.press(.character("a"))
    let key = attack[0].key
    let before = state.queue.selectedSummary
    func write(_ stage: WriteState, _ id: String = "w") -> IncidentWrite {
      IncidentWrite(id: WriteID(id), key: key, update: mine, state: stage, operatorUPN: nil, intendedAt: noon)
    }
    #expect(state.writes.mark(for: key) == .pending)
    for stage in [WriteState.queued, .sent] {
      state.take(.writesChanged([write(stage)]))
      #expect(state.writes.mark(for: key) == .pending)
      #expect(state.queue.selectedSummary == before)
    }
    state.take(.writesChanged([write(.unknown)]))
    #expect(state.writes.mark(for: key) == .unknown)
    state.take(.writesChanged([write(.confirmed)]))
    #expect(state.writes.mark(for: key) == nil)
    #expect(state.message?.text.text == "Confirmed: Contoso Ltd #2184: claim.")
    state.take(.writesChanged([write(.confirmed, "older")]))
    #expect(state.message?.text.text == "Confirmed: Contoso Ltd #2184: claim.")
  }

  @Test("A claim that could not be kept is taken back, with the reason")
  func notKept() {
    var state = queueStart
    state.press(.character("a"))
    state.take(.updateNotTaken(attack[0].key, PartnerError(.storage("No space left on device"), tenant: nil)))
    #expect(state.writes.isEmpty)
    #expect(
      state.message?.text.text
        == "Nothing was sent for #2184: cannot be kept on this machine: No space left on device. Free space or fix permissions of the state folder, then do it again."
    )
  }

  @Test("A refusal stays marked until the operator has looked at it")
  func refusalStays() {
    var state = queueStart
    let write = IncidentWrite(
      id: WriteID("w"), key: attack[0].key, update: mine, state: .failed, operatorUPN: nil, intendedAt: noon,
      problem: refusal)
    state.take(.writesChanged([write]))
    #expect(state.writes.mark(for: write.key) == .refused)
    #expect(state.needs.prefix(2) == [.incident(attack[1].key), .incident(write.key)])
    state.press(.character("!"), .character("!"))
    #expect(state.page?.key == write.key)
    #expect(state.screen.text.contains("claim refused: app role missing (Forbidden 403)."))
    state.press(.escape)
    #expect(state.writes.mark(for: write.key) == nil)
  }

  @Test(
    "H56: a portal link opens only on https and a host of the cloud's portal",
    arguments: [
      ("http://security.microsoft.com/incidents/1", "Portal link refused: http://security.microsoft.com is not https."),
      ("https://evil.example/x", "Portal link refused: evil.example is not a portal of this cloud."),
      (
        "https://security.microsoft.com.evil.example/",
        "Portal link refused: security.microsoft.com.evil.example is not a portal of this cloud."
      ),
      (
        "https://security.microsoft.com:8443/", "Portal link refused: https://security.microsoft.com:8443 is not https."
      ),
      ("https://user@security.microsoft.com/", "Portal link refused: it is not a plain web address."),
      ("javascript:alert(1)", "Portal link refused: it is not a plain web address."),
      ("https://security.microsoft.com\\@evil.example/", "Portal link refused: it is not a plain web address."),
      ("", "The service gave no portal link for it."),
    ])
  func links(url: String, words: String) {
    var incident = attack[0]
    incident.webURL = url
    var state = ConsoleState.loaded(allStates, [incident]) { $0.view = .queue }
    // That a link is refused is worth hearing; that there is none is not.
    #expect(state.suggests(.portal) == !url.isEmpty)
    #expect(effects(of: [.character("o"), .character("o")], on: &state) == [])
    #expect(state.message?.text.text == words)
  }
}
