import SafeText
import TerminalKit

/// All actions of the console, in the order of the help.
enum CommandTable {
  static let entries: [CommandEntry] = moving + looking + acting + writing + mending + ScreenTable.openers + program

  private static let moving: [CommandEntry] = [
    CommandEntry(
      .move(.down), "down", [.down, .character("j")], "↓ j", ascii: "Down j", hint: "down", .move, "next row"),
    CommandEntry(.move(.up), "up", [.up, .character("k")], "↑ k", ascii: "Up k", hint: "up", .move, "previous row"),
    CommandEntry(
      .move(.pageDown), "page-down", [.pageDown, .control("f")], "PgDn ^F", hint: "page", key: "PgDn", .move,
      "next page"),
    CommandEntry(
      .move(.pageUp), "page-up", [.pageUp, .control("b")], "PgUp ^B", hint: "page", .move, "previous page"),
    CommandEntry(
      .move(.halfPageDown), "half-page-down", [.control("d")], "^D", hint: "half", .move, "half a page down"),
    CommandEntry(.move(.halfPageUp), "half-page-up", [.control("u")], "^U", hint: "half", .move, "half a page up"),
    CommandEntry(.move(.first), "first", [.character("g"), .home], "g Home", hint: "first", .move, "first row"),
    CommandEntry(.move(.last), "last", [.character("G"), .end], "G End", hint: "last", .move, "last row"),
    CommandEntry(
      .nextSection, "next-section", [.tab], "⇥", ascii: "Tab", hint: "section", .move, "on a page: next section",
      elsewhere: sections),
    CommandEntry(
      .previousSection, "previous-section", [.backtab], "Shift-⇥", ascii: "Shift-Tab", hint: "section", .move,
      "on a page: previous section", elsewhere: sections),
  ]

  private static let looking: [CommandEntry] = [
    CommandEntry(
      .open, "open", [.enter, .right, .character("l")], "↵ → l", ascii: "Enter Right l", hint: "open", key: "↵",
      asciiKey: "Enter", .look, "open what is under the cursor", elsewhere: "There is nothing to open here."),
    CommandEntry(
      .openTenant, "tenant", takes: .tenant, [.character("T")], "T", hint: "tenant", .look,
      "open a tenant: that of what is under the cursor"),
    CommandEntry(.openIncident, "incident", takes: .incident, [], "", .look, "open an incident by its id"),
    CommandEntry(
      .back, "back", [.escape, .left, .character("h"), .backspace], "Esc ← h", ascii: "Esc Left h", hint: "back",
      key: "Esc", .look, "back one step: a filter first"),
    CommandEntry(
      .switchHome, "switch", [.tab, .backtab], "⇥", ascii: "Tab", hint: "queue", .look, "between Tenants and Queue"),
    CommandEntry(
      .filter, "filter", takes: .words, [.character("/")], "/", hint: "filter", .look,
      "filter by words, assigned:me or none; on a page: find", elsewhere: noList),
    CommandEntry(
      .findNext, "find-next", [.character("n")], "n", hint: "next", .look, "on a page: next line that was looked for",
      elsewhere: finding),
    CommandEntry(
      .findPrevious, "find-previous", [.character("N")], "N", hint: "previous", .look, "on a page: the one before",
      elsewhere: finding),
    CommandEntry(
      .sort, "sort", takes: .order, [.character("s")], "s", hint: "sort", .look,
      "sort by the next order; risk: what to do now", elsewhere: noList),
    CommandEntry(
      .nextNeed, "next-need", [.character("!")], "!", hint: "needs you", .look,
      "next unassigned high, refused change, tenant to mend"),
    CommandEntry(
      .preview, "preview", [.character("p")], "p", hint: "preview", .look, "show or hide all that is known of the row"),
    CommandEntry(
      .scrollPreview(.halfPageDown), "preview-down", [.character("J")], "J", hint: "more", .look,
      "the preview further down"),
    CommandEntry(
      .scrollPreview(.halfPageUp), "preview-up", [.character("K")], "K", hint: "back", .look, "the preview back up"),
  ]

  private static let acting: [CommandEntry] = [
    CommandEntry(
      .mark, "mark", [.character(" ")], "Space", hint: "mark", .act,
      "mark the row, or not: a, c, r and :merge take what is marked"),
    CommandEntry(
      .unmark, "unmark", [.character("U")], "U", hint: "unmark", .act, "take the marks of this screen away"),
    CommandEntry(
      .undoThis, "undo-this", [.character("u")], "u", hint: "undo", .act,
      "in the activity: undo what is under the cursor; again does it",
      elsewhere: ":activity lists what was sent: there it can be undone."),
    CommandEntry(.refresh, "refresh", [.character("r")], "r", hint: "refresh", .act, "read again what is shown"),
    CommandEntry(
      .claim, "claim", [.character("a")], "a", hint: "claim", .act, "assign to me and set in progress",
      elsewhere: "There is no incident to claim here."),
    CommandEntry(
      .assign, "assign", [.character("A")], "A", hint: "assign", .act, "assign to somebody, or to nobody",
      elsewhere: "There is no incident to assign here."),
    CommandEntry(
      .portal, "portal", [.character("o")], "o", hint: "portal", .act, "show the portal link; again opens it",
      elsewhere: "There is no incident to open here."),
  ]

  private static let writing: [CommandEntry] = [
    CommandEntry(
      .setStatus, "status", [.character("S")], "S", hint: "status", .act,
      "set the status: of an incident, or of an alert",
      elsewhere: nothingToChange),
    CommandEntry(
      .judge, "close", [.character("C")], "C", hint: "close", .act, "close with a verdict, or only judge",
      elsewhere: nothingToChange),
    CommandEntry(
      .comment, "comment", [.character("m")], "m", hint: "comment", .act, "write a comment, from a template or not",
      elsewhere: nothingToChange),
    CommandEntry(
      .tag, "tags", [.character("t")], "t", hint: "tags", .act, "put tags on, take tags off", elsewhere: nothingToChange
    ),
    CommandEntry(
      .undo, "undo", [.character("u")], "u", hint: "undo", .act, "undo the last change of mine; again does it"),
    CommandEntry(
      .reopen, "reopen", [.character("=")], "=", hint: "reopen", .act,
      "a change that was not made: theirs and ours, or its form"),
    CommandEntry(.severity, "severity", [], "", .act, "set the severity", elsewhere: nothingToChange),
    CommandEntry(.rename, "rename", [], "", .act, "give it another name", elsewhere: nothingToChange),
    CommandEntry(.describe, "describe", [], "", .act, "write its description", elsewhere: nothingToChange),
    CommandEntry(
      .merge, "merge", takes: .ids, [], "", .act, "merge it with others of its tenant, or merge what is marked",
      elsewhere: nothingToChange),
    CommandEntry(
      .moveAlert, "move-alert", takes: .ids, [], "", .act, "move the alert under the cursor to another incident",
      elsewhere: nothingToChange),
  ]

  private static let mending: [CommandEntry] = [
    CommandEntry(
      .consent, "consent", takes: .tenant, [.character("c")], "c", hint: "consent", .act,
      "consent, token and access: of the tenant, or of what is marked"),
    CommandEntry(
      .requestConsent, "request-consent", [.character("C")], "C", hint: "request", .act,
      "on a consent page: ask their admin, and wait for the answer", elsewhere: "c opens a tenant's consent first."),
    CommandEntry(
      .cancel, "cancel", [.character("X")], "X", hint: "cancel", .act, "end what is waited for: a consent, a sign-in",
      elsewhere: "What is waited for is ended where it is shown: c a consent, :sign-in a sign-in."),
    CommandEntry(
      .signIn, "sign-in", takes: .place, [.character("I")], "I", hint: "sign in", .act,
      "sign in, at home or at a tenant; who is signed in"),
    CommandEntry(
      .signInByCode, "sign-in-code", takes: .place, [], "", hint: "by code", key: ":sign-in-code", .act,
      "the same by a code, from another device"),
    CommandEntry(.signOut, "sign-out", [], "", .act, "forget the sign-in, here and where it rests"),
  ]

  private static let program: [CommandEntry] = [
    CommandEntry(
      .commandLine, "command", [.character(":")], ":", hint: "command", .program, "type a command; Tab completes it"),
    CommandEntry(.redraw, "redraw", [.control("l")], "^L", hint: "redraw", .program, "paint the window anew"),
    CommandEntry(.quit, "quit", [.character("q")], "q", hint: "quit", .program, "leave the console"),
    CommandEntry(
      .interrupt, "interrupt", [.control("c")], "^C", hint: "end", .program,
      "end at once; a change under way stays open"),
  ]

  private static let sections: SafeText = "Pages have sections: Enter opens an incident's, c a tenant's consent."
  private static let finding: SafeText = "/ filters here; on an incident's page it finds, and n goes on."
  private static let nothingToChange: SafeText = "There is no incident to change here."
  private static let noList: SafeText = "There is no list here: Esc goes back to one."

  /// What a key may mean, in the order of the table.
  private static let commands: [Key: [Command]] = {
    var commands: [Key: [Command]] = [:]
    for entry in entries {
      for key in entry.keys { commands[key, default: []].append(entry.command) }
    }
    return commands
  }()

  /// What a key means on any screen that has no other meaning for it.
  static func command(for key: Key) -> Command? { commands[key].flatMap(common) }

  /// The meaning that a key has where no screen has one of its own for it.
  private static func common(_ meanings: [Command]) -> Command? {
    meanings.last { $0 != .requestConsent } ?? meanings.last
  }

  /// What a key means on a screen: one that follows a command itself has its key first.
  static func command(for key: Key, on screen: any ConsoleScreen) -> Command? {
    guard let meanings = commands[key] else { return nil }
    if meanings.count == 1 { return meanings[0] }
    let own = type(of: screen).commands
    return meanings.first(where: own.contains) ?? common(meanings)
  }

  static func entry(of command: Command) -> CommandEntry? { entryOf[command] }
  private static let entryOf = Dictionary(entries.map { ($0.command, $0) }, uniquingKeysWith: { first, _ in first })

  /// Of every frame the bottom line asks for a dozen: a whole entry is long.
  static func hint(of command: Command) -> CommandEntry.Hint? { hintOf[command] }
  private static let hintOf = Dictionary(entries.map { ($0.command, $0.hint) }, uniquingKeysWith: { first, _ in first })

  /// - Parameter name: as typed, in any casing.
  static func entry(named name: String) -> CommandEntry? { entryNamed[name.lowercased()] }
  private static let entryNamed = Dictionary(entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

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
