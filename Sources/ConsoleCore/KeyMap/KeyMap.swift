import SafeText
import TerminalKit

/// A command with its keys: help, hints and the answer to a key are all made of these.
struct KeyBinding: Sendable {
  enum Group: String, Sendable, CaseIterable { case move = "Move", look = "Look", act = "Act", program = "Program" }

  let command: Command
  let keys: [Key]
  /// The keys as the help names them.
  let label: SafeText
  let asciiLabel: SafeText
  /// The key and the word that a hint has for it.
  let hint: (key: SafeText, asciiKey: SafeText, word: SafeText)
  let group: Group
  let explanation: SafeText
  /// What is said where no screen follows the command; empty for one that is followed everywhere.
  let elsewhere: SafeText

  init(
    _ command: Command, _ keys: [Key], _ label: SafeText, ascii: SafeText? = nil, hint word: SafeText,
    key: SafeText? = nil, asciiKey: SafeText? = nil, _ group: Group, _ explanation: SafeText,
    elsewhere: SafeText = .empty
  ) {
    self.command = command
    self.keys = keys
    self.label = label
    asciiLabel = ascii ?? label
    hint = (key ?? label, asciiKey ?? key ?? ascii ?? label, word)
    self.group = group
    self.explanation = explanation
    self.elsewhere = elsewhere
  }
}

enum KeyMap {
  static let bindings: [KeyBinding] = moving + looking + acting + ScreenTable.openers + program

  private static let moving: [KeyBinding] = [
    KeyBinding(
      .move(.down), [.down, .character("j")], "↓ j", ascii: "Down j", hint: "down", .move, "next row"),
    KeyBinding(.move(.up), [.up, .character("k")], "↑ k", ascii: "Up k", hint: "up", .move, "previous row"),
    KeyBinding(
      .move(.pageDown), [.pageDown, .control("f")], "PgDn ^F", hint: "page", key: "PgDn", .move, "next page"),
    KeyBinding(.move(.pageUp), [.pageUp, .control("b")], "PgUp ^B", hint: "page", .move, "previous page"),
    KeyBinding(.move(.halfPageDown), [.control("d")], "^D", hint: "half", .move, "half a page down"),
    KeyBinding(.move(.halfPageUp), [.control("u")], "^U", hint: "half", .move, "half a page up"),
    KeyBinding(.move(.first), [.character("g"), .home], "g Home", hint: "first", .move, "first row"),
    KeyBinding(.move(.last), [.character("G"), .end], "G End", hint: "last", .move, "last row"),
    KeyBinding(
      .nextSection, [.tab], "⇥", ascii: "Tab", hint: "section", .move, "on a page: next section",
      elsewhere: sections),
    KeyBinding(
      .previousSection, [.backtab], "Shift-⇥", ascii: "Shift-Tab", hint: "section", .move,
      "on a page: previous section", elsewhere: sections),
  ]

  private static let looking: [KeyBinding] = [
    KeyBinding(
      .open, [.enter, .right, .character("l")], "↵ → l", ascii: "Enter Right l", hint: "open", key: "↵",
      asciiKey: "Enter", .look, "open what is under the cursor", elsewhere: "There is nothing to open here."),
    KeyBinding(
      .openTenant, [.character("T")], "T", hint: "tenant", .look, "open the tenant of what is under the cursor"),
    KeyBinding(
      .back, [.escape, .left, .character("h"), .backspace], "Esc ← h", ascii: "Esc Left h", hint: "back", key: "Esc",
      .look, "back one step: a filter first"),
    KeyBinding(
      .switchHome, [.tab, .backtab], "⇥", ascii: "Tab", hint: "queue", .look, "between Tenants and Queue"),
    KeyBinding(
      .filter, [.character("/")], "/", hint: "filter", .look, "filter by words, assigned:me or none; on a page: find",
      elsewhere: noList),
    KeyBinding(
      .findNext, [.character("n")], "n", hint: "next", .look, "on a page: next line that was looked for",
      elsewhere: finding),
    KeyBinding(
      .findPrevious, [.character("N")], "N", hint: "previous", .look, "on a page: the one before", elsewhere: finding),
    KeyBinding(
      .sort, [.character("s")], "s", hint: "sort", .look, "sort by the next order; risk: what to do now",
      elsewhere: noList),
    KeyBinding(
      .nextNeed, [.character("!")], "!", hint: "needs you", .look,
      "next unassigned high, refused change, tenant to mend"),
    KeyBinding(
      .preview, [.character("p")], "p", hint: "preview", .look, "show or hide all that is known of the row"),
    KeyBinding(
      .scrollPreview(.halfPageDown), [.character("J")], "J", hint: "more", .look, "the preview further down"),
    KeyBinding(.scrollPreview(.halfPageUp), [.character("K")], "K", hint: "back", .look, "the preview back up"),
  ]

  private static let acting: [KeyBinding] = [
    KeyBinding(
      .mark, [.character(" ")], "Space", hint: "mark", .act, "mark the row, or not: a and r take what is marked"),
    KeyBinding(.unmark, [.character("U")], "U", hint: "unmark", .act, "take the marks of this screen away"),
    KeyBinding(.refresh, [.character("r")], "r", hint: "refresh", .act, "read again what is shown"),
    KeyBinding(
      .claim, [.character("a")], "a", hint: "claim", .act, "assign to me and set in progress",
      elsewhere: "There is no incident to claim here."),
    KeyBinding(
      .portal, [.character("o")], "o", hint: "portal", .act, "show the portal link; again opens it",
      elsewhere: "There is no incident to open here."),
  ]

  private static let program: [KeyBinding] = [
    KeyBinding(.redraw, [.control("l")], "^L", hint: "redraw", .program, "paint the window anew"),
    KeyBinding(.quit, [.character("q")], "q", hint: "quit", .program, "leave the console"),
  ]

  private static let sections: SafeText = "An incident's page has sections: Enter opens it."
  private static let finding: SafeText = "/ filters here; on an incident's page it finds, and n goes on."
  private static let noList: SafeText = "There is no list here: Esc goes back to one."

  /// What a key may mean, in the order of the bindings.
  private static let commands: [Key: [Command]] = {
    var commands: [Key: [Command]] = [:]
    for binding in bindings {
      for key in binding.keys { commands[key, default: []].append(binding.command) }
    }
    return commands
  }()

  /// What a key means on any screen that has no other meaning for it.
  static func command(for key: Key) -> Command? { commands[key]?.last }

  /// What a key means on a screen: one that follows a command itself has its key first.
  static func command(for key: Key, on screen: any ConsoleScreen) -> Command? {
    guard let meanings = commands[key] else { return nil }
    if meanings.count == 1 { return meanings[0] }
    let own = type(of: screen).commands
    return meanings.first(where: own.contains) ?? meanings.last
  }

  static func binding(of command: Command) -> KeyBinding? { bindingOf[command] }
  private static let bindingOf = Dictionary(bindings.map { ($0.command, $0) }, uniquingKeysWith: { first, _ in first })

  static func name(of key: Key) -> SafeText {
    switch key {
    case .character(" "): "Space"
    case .character(let character): SafeText(String(character))
    case .control(let character): "^\(character.uppercased())"
    case .function(let number): "F\(number)"
    case .paste: "a paste"
    case .alt(let key): "Alt-" + name(of: key)
    default: SafeText("\(key)".prefix(1).uppercased() + "\(key)".dropFirst())
    }
  }
}
