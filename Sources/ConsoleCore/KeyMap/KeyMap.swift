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
  /// Whether these keys mean this on a page only, and something else elsewhere.
  let isOnPage: Bool

  init(
    _ command: Command, _ keys: [Key], _ label: SafeText, ascii: SafeText? = nil, hint word: SafeText,
    key: SafeText? = nil, asciiKey: SafeText? = nil, _ group: Group, _ explanation: SafeText,
    isOnPage: Bool = false
  ) {
    self.command = command
    self.keys = keys
    self.label = label
    asciiLabel = ascii ?? label
    hint = (key ?? label, asciiKey ?? key ?? ascii ?? label, word)
    self.group = group
    self.explanation = explanation
    self.isOnPage = isOnPage
  }
}

enum KeyMap {
  static let bindings: [KeyBinding] = [
    KeyBinding(
      .move(.down), [.down, .character("j")], "↓ j", ascii: "Down j", hint: "down", .move, "next row"),
    KeyBinding(.move(.up), [.up, .character("k")], "↑ k", ascii: "Up k", hint: "up", .move, "previous row"),
    KeyBinding(
      .move(.pageDown), [.pageDown, .control("f"), .character(" ")], "PgDn ^F Space", hint: "page", key: "PgDn", .move,
      "next page"),
    KeyBinding(.move(.pageUp), [.pageUp, .control("b")], "PgUp ^B", hint: "page", .move, "previous page"),
    KeyBinding(.move(.halfPageDown), [.control("d")], "^D", hint: "half", .move, "half a page down"),
    KeyBinding(.move(.halfPageUp), [.control("u")], "^U", hint: "half", .move, "half a page up"),
    KeyBinding(.move(.first), [.character("g"), .home], "g Home", hint: "first", .move, "first row"),
    KeyBinding(.move(.last), [.character("G"), .end], "G End", hint: "last", .move, "last row"),
    KeyBinding(
      .nextSection, [.tab], "⇥", ascii: "Tab", hint: "section", .move, "on a page: next section", isOnPage: true),
    KeyBinding(
      .previousSection, [.backtab], "Shift-⇥", ascii: "Shift-Tab", hint: "section", .move,
      "on a page: previous section",
      isOnPage: true),
    KeyBinding(
      .open, [.enter, .right, .character("l")], "↵ → l", ascii: "Enter Right l", hint: "open", key: "↵",
      asciiKey: "Enter", .look, "open what is under the cursor"),
    KeyBinding(
      .back, [.escape, .left, .character("h"), .backspace], "Esc ← h", ascii: "Esc Left h", hint: "back", key: "Esc",
      .look, "back one step: a filter first"),
    KeyBinding(
      .switchHome, [.tab, .backtab], "⇥", ascii: "Tab", hint: "queue", .look, "between Tenants and Queue"),
    KeyBinding(
      .filter, [.character("/")], "/", hint: "filter", .look, "filter by words, assigned:me or none; on a page: find"),
    KeyBinding(.findNext, [.character("n")], "n", hint: "next", .look, "on a page: next line that was looked for"),
    KeyBinding(.findPrevious, [.character("N")], "N", hint: "previous", .look, "on a page: the one before"),
    KeyBinding(.sort, [.character("s")], "s", hint: "sort", .look, "sort by the next order; risk: what to do now"),
    KeyBinding(
      .nextNeed, [.character("!")], "!", hint: "needs you", .look,
      "next unassigned high, refused change, tenant to mend"),
    KeyBinding(
      .preview, [.character("p")], "p", hint: "preview", .look, "show or hide all that is known of the row"),
    KeyBinding(
      .scrollPreview(.halfPageDown), [.character("J")], "J", hint: "more", .look, "the preview further down"),
    KeyBinding(.scrollPreview(.halfPageUp), [.character("K")], "K", hint: "back", .look, "the preview back up"),
    KeyBinding(.refresh, [.character("r")], "r", hint: "refresh", .act, "read again what is shown"),
    KeyBinding(.claim, [.character("a")], "a", hint: "claim", .act, "assign to me and set in progress"),
    KeyBinding(
      .portal, [.character("o")], "o", hint: "portal", .act, "show the portal link; again opens it"),
    KeyBinding(.help, [.character("?"), .function(1)], "?", hint: "help", .program, "this list"),
    KeyBinding(.redraw, [.control("l")], "^L", hint: "redraw", .program, "paint the window anew"),
    KeyBinding(.quit, [.character("q")], "q", hint: "quit", .program, "leave the console"),
  ]

  private static let commands = commands(onPage: false)
  private static let pageCommands = commands(onPage: true)

  private static func commands(onPage: Bool) -> [Key: Command] {
    var commands: [Key: Command] = [:]
    for binding in bindings where onPage || !binding.isOnPage {
      for key in binding.keys where commands[key] == nil || binding.isOnPage { commands[key] = binding.command }
    }
    return commands
  }

  static func command(for key: Key, in place: ConsoleState.Place = .queue) -> Command? {
    place == .incident ? pageCommands[key] : commands[key]
  }
  static func binding(of command: Command) -> KeyBinding? { bindings.first { $0.command == command } }

  /// The keys that the hints of a place name, the most useful first.
  static func hints(in place: ConsoleState.Place) -> [Command] {
    switch place {
    case .tenants: [.open, .back, .filter, .sort, .refresh, .nextNeed, .switchHome, .help, .quit, .preview]
    case .queue: [.open, .back, .claim, .portal, .filter, .sort, .refresh, .switchHome, .help, .quit, .preview]
    case .tenantIncidents: [.open, .claim, .portal, .filter, .sort, .refresh, .back, .help, .preview]
    case .incident:
      [.claim, .portal, .open, .filter, .findNext, .nextSection, .refresh, .move(.pageDown), .back, .help]
    case .help: [.back, .move(.down), .quit]
    }
  }

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
