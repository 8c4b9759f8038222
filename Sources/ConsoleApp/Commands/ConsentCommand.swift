import ArgumentParser

struct ConsentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "consent",
    abstract: "Admin consent: check it, print the link for the tenant's admin, ask for it, see what changed.",
    subcommands: [
      ConsentCheckCommand.self, ConsentLinkCommand.self, ConsentRequestCommand.self, ConsentHistoryCommand.self,
    ])
}
