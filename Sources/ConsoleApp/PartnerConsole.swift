import ArgumentParser
import CSignals
import Glibc

/// The command line of partner-console.
struct PartnerConsole: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "partner-console",
    abstract: "The console for partners who look after many Microsoft 365 Defender tenants.",
    discussion: """
      Without a subcommand the console opens. Options that every command takes may stand in front of it.

      EXAMPLE
        partner-console --demo
      """,
    version: ProgramVersion.text,
    subcommands: [
      ConsoleCommand.self, TenantsCommand.self, ConsentCommand.self, TokenCommand.self, IncidentsCommand.self,
      AuditCommand.self, LabCommand.self,
    ],
    defaultSubcommand: ConsoleCommand.self)
}

/// Runs the program on the process's arguments, and ends it.
package func runPartnerConsole() -> Never {
  console_fill_standard_descriptors()
  console_keep_memory_private()
  do {
    var words = Array(CommandLine.arguments.dropFirst())
    try CommandEnding.reported { words = try CommandWords.ordered(words, below: PartnerConsole.self) }
    var command = try PartnerConsole.parseAsRoot(words)
    try command.run()
    leave(ExitStatus.ok.rawValue)
  } catch let status as ExitCode {
    leave(status.rawValue)
  } catch {
    leave(told(error))
  }
}

/// Prints what the parser itself has to say: help that was asked for, or a mistake in the use.
/// - Returns: the exit status.
private func told(_ error: any Error) -> Int32 {
  let message = PartnerConsole.fullMessage(for: error)
  let status = PartnerConsole.exitCode(for: error)
  guard status.isSuccess else {
    StandardStreams.say(message)
    return status.rawValue
  }
  do {
    try StandardStreams.write(message + "\n")
  } catch {
    if !error.message.isEmpty { StandardStreams.say("partner-console: \(error.message)") }
    return error.status.rawValue
  }
  return status.rawValue
}

/// Ends the process without tearing down what other threads may still be at work with; everything that has to be kept
/// is kept already.
private func leave(_ status: Int32) -> Never {
  fflush(nil)
  _exit(status)
}
