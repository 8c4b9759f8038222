import ArgumentParser
import PartnerModel

/// The words of the command line in the order that the parser wants them.
///
/// Options that stand in front of the command, or within its name, are put behind it; a word that should be a command
/// and is none is told as that. The parser itself would take both for mistakes in the use of the default command.
enum CommandWords {
  /// Options that may stand in front of a command and take the word behind them.
  static let optionsWithValue: Set<String> = [
    "--config", "--log-file", "--log-level", "--output", "--times", "--view", "--tenant",
    "--generate-completion-script",
  ]

  /// - Throws: `CommandError(.usage)` for a command that does not exist.
  static func ordered(
    _ words: [String], below root: any ParsableCommand.Type
  ) throws(CommandError) -> [String] {
    var command = root
    var name: [String] = []
    var early: [String] = []
    var index = 0
    while index < words.count, !subcommands(of: command).isEmpty {
      let word = words[index]
      if word.hasPrefix("-"), word.count > 1 {
        // What follows is no option, and so for the default command.
        if word == "--" { break }
        let end = optionsWithValue.contains(word) ? min(index + 2, words.count) : index + 1
        early += words[index..<end]
        index = end
        continue
      }
      if let next = subcommands(of: command).first(where: { $0.name == word }) {
        command = next.command
        name.append(word)
      } else if word == "help", name.isEmpty || name == ["help"] {
        name.append(word)
      } else {
        throw unknown(name.filter { $0 != "help" } + [word], below: root)
      }
      index += 1
    }
    if !name.isEmpty, name != ["help"], !subcommands(of: command).isEmpty, early.contains(where: { !asksForHelp($0) }) {
      let all = commands(below: command, name).map { $0.joined(separator: " ") }
      throw CommandError(
        .usage, "“\(name.joined(separator: " "))” alone does nothing. Commands: \(all.joined(separator: ", ")).")
    }
    return name + early + words[index...]
  }

  private static func asksForHelp(_ option: String) -> Bool {
    ["-h", "--help", "--help-hidden", "--version", "--experimental-dump-help"].contains(option)
  }

  private typealias Named = (name: String, command: any ParsableCommand.Type)

  private static func subcommands(of command: any ParsableCommand.Type) -> [Named] {
    command.configuration.subcommands.map { ($0._commandName, $0) }
  }

  /// Every command that does something, with its whole name.
  private static func commands(below command: any ParsableCommand.Type, _ name: [String] = []) -> [[String]] {
    subcommands(of: command).flatMap { next in
      subcommands(of: next.command).isEmpty
        ? [name + [next.name]] : commands(below: next.command, name + [next.name])
    }
  }

  private static func unknown(_ words: [String], below root: any ParsableCommand.Type) -> CommandError {
    let known = commands(below: root)
    let wanted = words.joined(separator: " ")
    let all = known.map { $0.joined(separator: " ") }
    // A group that is right, else a group or a command that is nearly so, else what comes last in a name.
    var near = all.filter { isMisspelling(wanted, of: $0) }
    if near.isEmpty, let group = words.dropLast().first {
      near = all.filter { $0.hasPrefix("\(group) ") }
    } else if near.isEmpty {
      near = zip(known, all).filter { isMisspelling(wanted, of: $0.0[0]) || $0.0.last == wanted }.map(\.1)
    }
    let hint = near.isEmpty ? "" : " Did you mean \(near.joined(separator: ", or "))?"
    return CommandError(
      .usage,
      "there is no command “\(wanted)”.\(hint)\nCommands: \(all.joined(separator: ", ")). partner-console --help tells more."
    )
  }
}
