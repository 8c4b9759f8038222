import ArgumentParser
import CSignals
import Glibc

/// The command line of partner-console.
struct PartnerConsole: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "partner-console",
    abstract: "The console for partners who look after many Microsoft 365 Defender tenants.",
    discussion: """
      Without a subcommand the console opens.

      EXAMPLE
        partner-console --demo
      """,
    version: ProgramVersion.text,
    subcommands: [
      ConsoleCommand.self, TenantsCommand.self, ConsentCommand.self, TokenCommand.self, IncidentsCommand.self,
      LabCommand.self,
    ],
    defaultSubcommand: ConsoleCommand.self)
}

/// Runs the program on the process's arguments, and ends it.
package func runPartnerConsole() -> Never {
  console_fill_standard_descriptors()
  do {
    var command = try PartnerConsole.parseAsRoot()
    try command.run()
    leave(ExitStatus.ok.rawValue)
  } catch let status as ExitCode {
    leave(status.rawValue)
  } catch {
    if PartnerConsole.exitCode(for: error).isSuccess, StandardStreams.isOutputClosed {
      // Help and version are printed by the parser, which does not look.
      StandardStreams.say("partner-console: \(StandardStreams.closed.message)")
      leave(StandardStreams.closed.status.rawValue)
    }
    PartnerConsole.exit(withError: error)
  }
}

/// Ends the process without tearing down what other threads may still be at work with; everything that has to be kept
/// is kept already.
private func leave(_ status: Int32) -> Never {
  fflush(nil)
  _exit(status)
}
