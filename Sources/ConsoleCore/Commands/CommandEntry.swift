import SafeText
import TerminalKit

/// An action of the console. Help, hints, the answer to a key and what is typed behind `:` are all made of these.
struct CommandEntry: Sendable {
  enum Group: String, Sendable, CaseIterable { case move = "Move", look = "Look", act = "Act", program = "Program" }

  struct Hint: Sendable {
    var key: SafeText
    var asciiKey: SafeText
    var word: SafeText
  }

  let command: Command
  /// As it is typed, different from all others.
  let name: String
  /// What may be typed behind the name.
  let argument: CommandArgument?
  let keys: [Key]
  /// The keys as the help names them; empty for a command that has none.
  let label: SafeText
  let asciiLabel: SafeText
  /// The key and the word that a hint has for it.
  let hint: Hint
  let group: Group
  let explanation: SafeText
  /// What is said where no screen follows the command; empty for one that is followed everywhere.
  let elsewhere: SafeText

  /// The name with what may be typed behind it.
  var usage: SafeText { SafeText(name) + (argument.map { " " + $0.words } ?? .empty) }

  init(
    _ command: Command, _ name: String, takes argument: CommandArgument? = nil, _ keys: [Key],
    _ label: SafeText, ascii: SafeText? = nil, hint word: SafeText = .empty, key: SafeText? = nil,
    asciiKey: SafeText? = nil, _ group: Group, _ explanation: SafeText, elsewhere: SafeText = .empty
  ) {
    self.command = command
    self.name = name
    self.argument = argument
    self.keys = keys
    self.label = label
    asciiLabel = ascii ?? label
    hint = Hint(key: key ?? label, asciiKey: asciiKey ?? key ?? ascii ?? label, word: word)
    self.group = group
    self.explanation = explanation
    self.elsewhere = elsewhere
  }
}

/// What is typed behind a command's name.
enum CommandArgument: Hashable, Sendable {
  /// Words of a filter, or what is looked for; without them the prompt is opened.
  case words
  /// An order of the list on top; without it the next one.
  case order
  /// A tenant; without it the one of what is under the cursor.
  case tenant
  /// A tenant; without it the home tenant.
  case place
  /// An incident, with its tenant before it where that is not clear.
  case incident
  /// Ids of the tenant that is on screen; without them a form asks.
  case ids

  var isNeeded: Bool { self == .incident }

  /// As the help names it.
  var words: SafeText {
    switch self {
    case .words: "[words]"
    case .order: "[order]"
    case .tenant, .place: "[name]"
    case .incident: "[tenant] id"
    case .ids: "[id…]"
    }
  }
}
