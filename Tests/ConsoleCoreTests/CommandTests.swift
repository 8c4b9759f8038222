import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private let queueStart: ConsoleState = .loaded { $0.view = .queue }

extension ConsoleState {
  fileprivate mutating func enter(_ name: String, _ argument: String = "") -> [Effect] {
    perform(&self, name, argument) + settle(&self)
  }
  fileprivate var words: String? { message?.text.text }
}

@Suite("The table of commands")
struct CommandTableTests {
  @Test("Every action has one entry, with a name, words, and keys that the help names")
  func isWhole() {
    let entries = CommandTable.entries
    #expect(Set(entries.map(\.name)).count == entries.count)
    #expect(Set(entries.map(\.command)).count == entries.count)
    for entry in entries {
      #expect(entry.name.allSatisfy { $0.isLowercase || $0 == "-" }, "\(entry.name)")
      #expect(entry.explanation.columns > 0 && entry.label.columns <= 14 && entry.usage.columns <= 20, "\(entry.name)")
      #expect(entry.keys.isEmpty == (entry.label.columns == 0), "\(entry.name)")
      #expect(CommandTable.entry(named: entry.name.uppercased())?.command == entry.command)
    }
    for screen in ScreenTable.screens {
      for command in screen.commands { #expect(CommandTable.entry(of: command) != nil, "\(screen.name): \(command)") }
    }
  }

  @Test("All that a key does can be typed, wherever it is", arguments: CommandTable.entries.map(\.name))
  func typed(name: String) throws {
    let entry = try #require(CommandTable.entry(named: name))
    let ways: [[Key]] = [
      [], [.down], [.tab], [.tab, .enter], [.enter], [.enter, .down], [.character("?")], [.character("o")],
      [.enter, .character("T")],
    ]
    for (way, key) in ways.flatMap({ way in entry.keys.map { (way, $0) } }) {
      var pressed = queueStart
      pressed.press(key: way)
      guard CommandTable.command(for: key, on: pressed.screens.top) == entry.command else { continue }
      // What a key answers first is no command: the offer of a link.
      if pressed.portal != nil, key == .enter || key == .character("o") || key == .escape { continue }
      var typed = pressed
      let byKey = update(&pressed, .key(key))
      let byName = typed.enter(name)
      #expect(byKey == byName, "\(way) \(key)")
      // These leave standing what was asked or said.
      if entry.command == .redraw || entry.command == .interrupt { continue }
      pressed.shared.held = typed.shared.held
      #expect(pressed == typed, "\(way) \(key)")
    }
  }

  @Test(
    "What is typed behind a name says which",
    arguments: [
      ("tenant", "Contoso Ltd", "tenant", nil), ("tenant", "conto", "tenant", nil),
      ("tenant", "  tenant1.example ", "tenant", nil),
      ("tenant", "t", "queue", "t fits 2 tenants: Tailspin Toys, Trey Research."),
      ("tenant", "nobody", "queue", "No tenant is called nobody."),
      ("incident", "2184", "incident", nil), ("incident", "#2184", "incident", nil),
      ("incident", "contoso 99", "incident", nil),
      ("incident", "", "queue", "Say which: :incident [tenant] id."),
      ("incident", "#", "queue", "# is no incident's id."),
      ("filter", "phish", "queue", nil), ("sort", "age", "queue", nil),
      ("sort", "colour", "queue", "This list is ordered by \(IncidentList.orders.joined(separator: ", "))."),
      ("quit", "now", "queue", "quit takes nothing behind it, so it was not followed."),
      ("clam", "", "queue", "There is no command clam: did you mean :claim?"),
      ("tenants", "", "tenants", nil), ("queue", "", "queue", nil), ("HELP", "", "help", nil),
    ] as [(String, String, String, String?)])
  func arguments(name: String, argument: String, place: String, words: String?) {
    var state = queueStart
    _ = state.enter(name, argument)
    #expect(state.place == ScreenName(place) && state.words == words)
    if name == "filter" { #expect(state.queue.filter.text == argument && state.queue.count == 1) }
    if name == "sort", words == nil { #expect(state.queue.sort == .age) }
  }

  @Test("An id that several tenants have is that of the tenant on screen, or its tenant has to be named")
  func ambiguous() {
    let twins = [IncidentSummary.sample(1, 7, "one"), .sample(3, 7, "other")]
    var state = ConsoleState.loaded(allStates, twins) { $0.view = .queue }
    _ = state.enter("incident", "7")
    #expect(state.words == "2 tenants have an incident #7: Tab chooses one.")
    state.press(.escape)
    _ = state.enter("incident", "Fabrikam 7")
    #expect(state.page?.key == twins[1].key && state.page?.summary == twins[1])
    _ = state.enter("incident", "7")
    #expect(state.screens.depth == 2, "it is what is shown")
  }

  @Test("/ filters the help, by keys, names and words; Esc drops the filter, then closes it")
  func helpFilter() {
    var state = queueStart
    state.press(.character("?"))
    let all = state.screen.lines.map(\.text)
    state.type("/preview")
    let shown = state.screen.lines.map(\.text)
    #expect(shown.contains { $0.contains("preview-down") } && !shown.contains { $0.contains("page-down ") })
    #expect(!shown.contains { $0.contains("Move") }, "a group without a command has no title")
    state.press(.enter)
    #expect(state.screen.lines[1].text.contains("filter preview"))
    state.press(.escape)
    #expect(state.place == .help && state.screen.lines.prefix(20).map(\.text) == Array(all.prefix(20)))
    state.type("/no such thing")
    #expect(state.screen.text.contains("No key, no command and no mark holds every word."))
    state.press(.escape, .escape)
    #expect(state.place == .queue)
  }

  @Test("README's table of keys is the table of commands")
  func readme() throws {
    let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: top.appending(path: "README.md"), encoding: .utf8)
    let section = try #require(text.components(separatedBy: "\n## Keys\n").last?.components(separatedBy: "\n\n"))
    let table = try #require(section.first { $0.contains("| keys |") })
    let rows = table.split(separator: "\n").drop { !$0.hasPrefix("|---") }.dropFirst().map { row in
      row.replacing("\\|", with: "").split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    try #require(rows.allSatisfy { $0.count == 3 && !$0[2].isEmpty })
    let told = rows.map { [$0[0], $0[1]].joined(separator: " | ").replacing("`", with: "") }
    let known = CommandTable.entries.map { entry in
      "\(entry.keys.isEmpty ? "–" : entry.label.text) | \(entry.usage.text)"
    }
    #expect(told == known)
  }
}

extension ConsoleState {
  fileprivate mutating func press(key way: [Key]) {
    for key in way { _ = update(&self, .key(key)) }
  }
}
