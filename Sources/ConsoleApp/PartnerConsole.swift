import ArgumentParser

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

/// Runs the program on the process's arguments; ends it when it fails.
package func runPartnerConsole() { PartnerConsole.main() }
