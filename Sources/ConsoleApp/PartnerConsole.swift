package import ArgumentParser

/// The command line of partner-console.
package struct PartnerConsole: ParsableCommand {
  package static let configuration = CommandConfiguration(
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

  package init() {}
}
