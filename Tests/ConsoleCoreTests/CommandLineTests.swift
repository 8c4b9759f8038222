import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private let queueStart: ConsoleState = .loaded { $0.view = .queue }
private let mine = IncidentUpdate(status: .inProgress, assignment: .to("anna@northwind.example"))
private let claim = Effect.update(attack[0].key, mine, seen: attack[0])

private func characters(_ text: String) -> [Key] { text.map { $0 == "\r" ? .enter : .character($0) } }

extension ConsoleState {
  /// A command line that is typed key by key and run; the effects of its Enter.
  fileprivate mutating func run(_ line: String) -> [Effect] {
    type(":" + line)
    return update(&self, .key(.enter)).filter { if case .watch = $0 { false } else { true } }
      .filter { if case .tick = $0 { false } else { true } }
  }

  fileprivate var words: String? { shared.message?.text.text }
  fileprivate var line: String? { shared.commandLine?.prompt.text }
}

@Suite("Commands that are typed")
struct CommandLineTests {
  @Test("What a key does can be typed, and what stands in its way is said as to the key")
  func commands() {
    for entry in CommandTable.entries where entry.command != .commandLine && entry.command != .redraw {
      var (typed, pressed) = (queueStart, queueStart)
      guard
        let key = entry.keys.first(where: { CommandTable.command(for: $0, on: pressed.screens.top) == entry.command })
      else { continue }
      let effects = typed.run(entry.name)
      let expected = update(&pressed, .key(key)).filter { if case .watch = $0 { false } else { true } }
        .filter { if case .tick = $0 { false } else { true } }
      #expect(effects == expected, "\(entry.name)")
      #expect(typed.place == pressed.place && typed.message == pressed.message, "\(entry.name)")
      #expect(typed.queue.viewport == pressed.queue.viewport && typed.queue.sort == pressed.queue.sort)
    }
  }

  @Test(
    "A wrong line says what is wrong and does nothing",
    arguments: [
      ("clami", "There is no command clami: did you mean :claim?"), ("zzzz", "There is no command zzzz: ? lists them."),
      ("ten", "There is no command ten: ? lists them."), ("refr", "There is no command refr: did you mean :refresh?"),
      ("claim now", "claim takes nothing behind it, so it was not followed."),
      ("tenant zzz", "No tenant is called zzz."),
      ("tenant Litwear", "No tenant is called Litwear. Did you mean Litware?"),
      ("tenant t", "t fits 2 tenants: Tailspin Toys, Trey Research."),
      ("incident ", "Say which: :incident [tenant] id."), ("incident #", "# is no incident's id."),
      ("incident nobody #12", "No tenant is called nobody."), ("", nil), ("   ", nil),
    ] as [(String, String?)])
  func wrong(line: String, words: String?) {
    var state = queueStart
    #expect(state.run(line) == [])
    #expect(state.words == words && state.place == .queue && state.line == nil)
  }

  @Test(
    "Esc, Ctrl-C and Ctrl-G leave the line; Backspace on an empty one does not",
    arguments: [Key.escape, .control("c"), .control("g")])
  func leaves(key: Key) {
    var state = queueStart
    state.type(":claim")
    state.press(.control("u"), .backspace, .backspace)
    #expect(state.line == "")
    #expect(state.read([key], at: 1 << 50) == [] && state.line == nil)
    #expect(state.read(characters("a"), at: 1 << 50 + 300) == [], "letters that follow act on nothing")
    #expect(state.read(characters("a"), at: 1 << 50 + 1_301) == [claim])
  }

  @Test("Keys that come with the Enter of a line, or up to 300 ms later, never act")
  func behind() {
    var state = queueStart
    state.type(":preview")
    #expect(state.read([.enter], at: 1 << 50) == [] && state.isPreviewInFront)
    for (time, keys) in [(1, "a"), (150, "oo"), (299, "q"), (300, ":")] {
      #expect(state.read(characters(keys), at: 1 << 50 + time) == [])
      #expect(state.line == nil)
    }
    #expect(state.read(characters("a"), at: 1 << 50 + 1_301) == [claim])
  }

  @Test(
    "B06: text in one reading, or pasted, is text of the line and runs nothing",
    arguments: [
      ([characters(":"), characters("claim\r")], "claim "), ([characters(":claim\r")], "claim "),
      ([characters(":"), characters("ab\r")], "ab"), ([characters(":"), [.paste("claim\r\n")]], "claim "),
      ([characters(":"), [.paste("claim")], [.enter]], "claim"),
      ([characters(":"), characters("claim"), [.enter]], "claim"),
    ] as [([[Key]], String)])
  func pasted(readings: [[Key]], text: String) {
    var state = queueStart
    for keys in readings { #expect(state.read(keys, at: 1 << 50) == []) }
    #expect(state.line == text)
    #expect(state.read([.enter], at: 1 << 50 + 301) == (text.hasPrefix("claim") ? [claim] : []))
  }

  @Test("What was asked before can be answered by a command")
  func answers() {
    var state = queueStart
    state.type("/ben")
    state.press(.escape)
    while state.target?.assignedTo != "ben@northwind.example" { state.press(.down) }
    let target = state.target
    #expect(state.run("claim") == [])
    #expect(state.words?.contains("has it") ?? false)
    #expect(state.run("claim") == [.update(target?.key ?? attack[0].key, mine, seen: target ?? attack[0])])
  }

  @Test(
    "What no longer fits a line is told and left out, whether it is typed or pasted, a command or a filter",
    arguments: [":", "/"], [false, true])
  func full(line: Character, isPasted: Bool) {
    var state = queueStart
    state.type(String(line))
    let text = String(repeating: "x", count: 256)
    _ = update(&state, .keys(isPasted ? [.paste(text)] : text.map { .character($0) }, at: 0))
    #expect(state.words == nil)
    _ = update(&state, .keys([isPasted ? .paste("y") : .character("y")], at: 0))
    #expect(state.words == "At most 256 characters fit here: the rest was left out.")
    #expect((state.line ?? state.shared.prompt?.editor.text) == text)
  }

  @Test("Lines are remembered for the run, wrong ones too; up brings them back")
  func history() {
    var state = queueStart
    for line in ["sort", "sort", "clami"] { _ = state.run(line) }
    state.type(":")
    state.press(.up)
    #expect(state.line == "clami")
    state.press(.up)
    #expect(state.line == "sort")
    state.press(.up)
    #expect(state.line == "sort")
    state.press(.down, .down)
    #expect(state.line == "")
  }

  @Test(":tenant goes to a tenant by id, name, domain or the beginning of one, from anywhere, and Esc comes back")
  func tenant() {
    for (line, number) in [
      ("tenant Contoso Ltd", 1), ("tenant contoso", 1), ("tenant 東京", 7), ("tenant adatum turk", 2),
      ("tenant tenant5.example", 5), ("tenant tenant5.e", 5), ("tenant \(TenantID.sample(3))", 3),
      ("tenant Old Customer", 18),
    ] {
      for first in [[], [Key.enter], [.character("?")]] as [[Key]] {
        var state = queueStart
        for key in first { state.press(key) }
        let place = state.place
        #expect(
          state.run(line).contains { if case .loadTenantIncidents(.sample(number), _) = $0 { true } else { false } },
          "\(line)")
        #expect(state.tenantIncidents?.id == .sample(number))
        state.press(.escape)
        #expect(state.place == place)
      }
    }
  }

  private func find(_ id: String, in state: ConsoleState) -> [Effect] {
    [.findIncidents(IncidentID(id), request: state.lastRequest)]
  }

  @Test(
    ":incident goes to an open incident at once, and to a closed one that the store knows, with or without #",
    arguments: ["incident 900", "incident #900", "incident  #900 "])
  func incident(line: String) {
    let closed = IncidentSummary.sample(5, 900, "Closed", status: .resolved)
    var state: ConsoleState = .loaded()
    let asked = state.run(line)
    #expect(asked == find("900", in: state))
    let answer = update(&state, .incidentsFound(request: state.lastRequest, IncidentID("900"), [closed]))
    #expect(answer.contains(.readIncident(closed.key, request: state.lastRequest)))
    #expect(state.place == .incident && state.page?.summary == closed)
    state.press(.escape)
    #expect(state.place == .tenants)
    let opened = state.run(line.replacing("900", with: "311"))
    let expected: [Effect] = [
      .readIncident(attack[2].key, request: state.lastRequest), .loadHistory(attack[2].key, request: 1),
    ]
    #expect(opened == expected)
    #expect(state.page?.summary == attack[2])
  }

  @Test("From a tenant's screen nobody goes to another tenant's incident unasked")
  func fromATenant() {
    var state: ConsoleState = .loaded()
    _ = state.run("tenant contoso")
    #expect(state.run("incident 311") == find("311", in: state), "a closed one of this tenant counts as well")
    state.take(.incidentsFound(request: state.lastRequest, IncidentID("311"), [attack[2]]))
    #expect(state.place == .tenantIncidents && state.line == "incident ")
    #expect(state.words == "Another tenant has the incident #311 that is known: Tab chooses it.")
    state.press(.escape)
    let closed = IncidentSummary.sample(1, 311, "Closed", status: .resolved)
    _ = state.run("incident 311")
    state.take(.incidentsFound(request: state.lastRequest, IncidentID("311"), [attack[2], closed]))
    #expect(state.page?.key == closed.key)
    state.press(.escape)
    _ = state.run("incident 2184")
    #expect(state.page?.key == attack[0].key)
  }

  @Test("While the queue is being loaded nobody knows yet whether an id is one tenant's alone: the store is asked")
  func whileLoading() {
    var state = ConsoleState.sample()
    _ = start(&state)
    state.take(.tenantsLoaded(allStates), .queueLoaded(slice: attack, isLast: false))
    state.work()
    #expect(state.run("incident 311") == find("311", in: state))
    let other = IncidentSummary.sample(2, 311, "Other")
    state.take(.incidentsFound(request: state.lastRequest, IncidentID("311"), [attack[2], other]))
    #expect(state.words == "2 tenants have an incident #311: Tab chooses one.")
  }

  @Test("Of several tenants that have the id one is chosen with Tab")
  func several() {
    var state: ConsoleState = .loaded()
    _ = state.run("incident 900")
    let closed = IncidentSummary.sample(5, 900, "Closed", status: .resolved)
    let other = IncidentSummary.sample(2, 900, "Closed", status: .resolved)
    state.take(.incidentsFound(request: state.lastRequest, IncidentID("900"), [closed, other]))
    #expect(state.place == .tenants && state.line == "incident ")
    #expect(state.words == "2 tenants have an incident #900: Tab chooses one.")
    state.press(.tab)
    #expect(state.line == "incident Adatum Türkiye A.Ş. #900")
    state.press(.tab)
    #expect(state.line == "incident Tailspin Toys #900")
    #expect(update(&state, .key(.enter)).contains(.readIncident(closed.key, request: state.lastRequest)))
    #expect(state.page?.key == closed.key)
  }

  @Test("An id that nobody is known to have is told with what to do; a tenant that is named is asked")
  func unknown() {
    var state: ConsoleState = .loaded()
    _ = state.run("incident 999")
    state.take(.incidentsFound(request: state.lastRequest, IncidentID("999"), []))
    #expect(
      state.place == .tenants
        && state.words == "No incident #999 is known: :incident TENANT #999 asks that tenant for it.")
    let key = IncidentKey(tenant: .sample(1), id: IncidentID("999"))
    let effects = state.run("incident contoso 999")
    #expect(effects.contains(.readIncident(key, request: state.lastRequest)))
    state.press(.escape)
    _ = state.run("incident 7")
    state.take(.incidentsNotFound(request: state.lastRequest, IncidentID("7"), "disk"))
    #expect(state.words == "#7 could not be looked for in the cache: disk")
  }

  @Test("Whoever went on is not taken elsewhere by an answer that comes late")
  func late() {
    var state: ConsoleState = .loaded()
    _ = state.run("incident 900")
    let request = state.lastRequest
    state.press(.down)
    state.take(.incidentsFound(request: request, IncidentID("900"), [.sample(5, 900, "Closed", status: .resolved)]))
    #expect(state.place == .tenants)
  }

  @Test(
    "Tab completes ids and tenants",
    arguments: [
      ("incident 21", ["#2184", "#2185"]), ("incident #218", ["#2184", "#2185"]),
      ("incident contoso #", ["Contoso Ltd #2184", "Contoso Ltd #2185"]),
      ("incident lit", ["Litware #"]), ("tenant t", ["Tailspin Toys", "Trey Research"]),
      ("tenant tenant1.", ["tenant1.example"]), ("claim ", []),
    ])
  func completes(line: String, expected: [String]) {
    var state = queueStart
    state.type(":" + line)
    let fits = state.shared.commandLine?.prompt.fits(ConsoleVocabulary(state))
    #expect(
      fits?.candidates.prefix(2).map(\.text).sorted() == expected.sorted() || expected.isEmpty && fits?.candidates == []
    )
  }
}
