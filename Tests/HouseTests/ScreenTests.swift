import Foundation
import Testing

@Suite("A screen answers for itself")
struct ScreenRuleTests {
  private static let core = House.sources.filter { $0.room == "ConsoleCore" }
  private static let table = "Sources/ConsoleCore/Screens/ScreenTable.swift"

  /// A type that is a screen.
  private struct Screen {
    var type: String
    /// What it is called in the program.
    var name: String
    var folder: String
  }

  private static let screens: [Screen] = core.flatMap { file in
    file.code.enumerated().compactMap { index, line -> Screen? in
      let words = words(line)
      guard words.contains("ConsoleScreen"), line.contains(":"),
        let kind = words.firstIndex(where: ["struct", "enum", "class", "extension"].contains), kind + 1 < words.count,
        words[kind + 1] != "ConsoleScreen"
      else { return nil }
      let names = file.lines[index...].compactMap { $0.firstMatch(of: /static let name: ScreenName = "([^"]+)"/)?.1 }
      // One that shows several kinds is called as each of them is.
      let isOfKinds = line.contains("\(words[kind + 1])<") && names.isEmpty
      return Screen(
        type: words[kind + 1], name: names.first.map(String.init) ?? (isOfKinds ? "of kinds" : ""),
        folder: file.path.split(separator: "/").dropLast().joined(separator: "/"))
    }
  }

  private static func words(_ line: String) -> [String] {
    line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
  }

  /// What breaks the rule in a file: its line, and what it is.
  private static func violations(in file: SourceFile) -> [String] {
    if file.path == table { return [] }
    let folder = file.path.split(separator: "/").dropLast().joined(separator: "/")
    let foreign = screens.filter { $0.folder != folder }
    let caseNames = Set(screens.map { camel($0.name) })
    var found: [String] = []
    var bodies: [(depth: Int, cases: Set<String>)] = []
    var depth = 0
    for (index, line) in file.code.enumerated() {
      func report(_ words: String) { found.append("\(file.path):\(index + 1): \(words)") }
      let words = Set(words(line))
      for screen in foreign where words.contains(screen.type) { report("\(screen.type) is known by name") }
      let asks = [".name == .", ".name != .", ".name == \"", ".name != \""]
      if asks.contains(where: file.lines[index].contains) { report("asks which screen it is") }
      if words.contains("switch"), !words.isDisjoint(with: ["screen", "screens", "top", "place", "home", "name"]) {
        report("a switch over screens")
      }
      // An enum of the screens, or a switch over one.
      if !words.isDisjoint(with: ["switch", "enum"]), line.hasSuffix("{") { bodies.append((depth, [])) }
      if words.contains("case"), !bodies.isEmpty {
        let labels = Self.words(String(line.prefix { $0 != ":" }))
        bodies[bodies.count - 1].cases.formUnion(caseNames.intersection(labels))
        // Two alone may mean something else, such as the tenant and the incident that a need is about.
        if bodies[bodies.count - 1].cases.count > 2 { report("cases named after screens") }
      }
      depth += line.count { $0 == "{" } - line.count { $0 == "}" }
      while let last = bodies.last, depth <= last.depth { bodies.removeLast() }
    }
    return found
  }

  private static func camel(_ name: String) -> String {
    let parts = name.split(separator: "-")
    return parts.dropFirst().reduce(String(parts.first ?? "")) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
  }

  @Test("Nothing outside the table and its own folder knows a screen by name, and nothing switches over screens")
  func knownByNobody() {
    #expect(Self.screens.count >= 5 && Self.screens.allSatisfy { !$0.name.isEmpty }, "\(Self.screens)")
    for file in Self.core {
      for violation in Self.violations(in: file) { Issue.record("\(violation)") }
    }
  }

  @Test("Every screen has a folder of its own and a line in the table")
  func folders() throws {
    #expect(Set(Self.screens.map(\.folder)).count == Self.screens.count)
    let table = try #require(Self.core.first { $0.path == Self.table })
    for screen in Self.screens {
      #expect(screen.folder.hasPrefix("Sources/ConsoleCore/Screens/"), "\(screen)")
      #expect(
        table.code.contains { $0.contains("\(screen.type).self,") || $0.contains("\(screen.type)<") },
        "\(screen.type) is not in the table")
    }
  }

  @Test(
    "The rule sees what it forbids",
    arguments: [
      "let help = screens.top as? HelpScreen",
      "func f(_ screen: TenantsScreen) {}",
      "  switch type(of: console.screens.top) {",
      "  switch state.place {",
      "  if type(of: screens.top).name == \"queue\" { return }",
      "  if type(of: screen).name != .help { return }",
      "enum Place {\n  case tenants, queue, help\n}",
      "switch kind {\ncase .tenants: 1\ncase .queue: 2\ncase .help, .incident: 3\n}",
    ])
  func seen(text: String) {
    let file = SourceFile(path: "Sources/ConsoleCore/Frame/Planted.swift", text: text)
    #expect(!Self.violations(in: file).isEmpty)
    let own = SourceFile(path: "Sources/ConsoleCore/Frame/Planted.swift", text: "let queue = state.queue.count")
    #expect(Self.violations(in: own).isEmpty)
  }
}
