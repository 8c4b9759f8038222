import PartnerModel
import SafeText

/// A word that a command line may hold, with what there is to say of it.
struct Candidate: Hashable, Sendable {
  var text: String
  var note: SafeText = .empty
}

/// The name of a command, as the command line has it.
struct CommandWord: Hashable, Sendable {
  var name: String
  /// What it does, in a few words.
  var words: SafeText
  /// What may follow.
  var argument: CommandArgument?
}

/// What can be typed on the command line right now.
protocol CommandVocabulary {
  /// In the order in which they are offered.
  var commands: [CommandWord] { get }
  /// What a command may be given that begins with what is typed, whatever its case; no more than `limit`.
  func arguments(of command: String, beginning: String, limit: Int) -> [Candidate]
}

extension CommandVocabulary {
  func command(named name: String) -> CommandWord? { commands.first { $0.name == name } }
}
