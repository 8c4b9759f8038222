import ArgumentParser
import FoundationEssentials
import PartnerModel
import PartnerOperations

struct ConsentHistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "List the changes of tenants' consents that were observed, the newest first.",
    discussion: """
      From the journal; nobody is asked. What a tenant's first check found is no change.

      EXAMPLE
        partner-console consent history contoso.onmicrosoft.com
        partner-console consent history --output csv > changes.csv
      """)

  @Argument(help: ArgumentHelp("Ids, domains, names or @groups; none means all.", valueName: "tenant"))
  var tenants: [String] = []
  @OptionGroup var output: OutputOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    try CommandEnding.reported {
      let found = try PartnerSession.use(common, beginsWithStore: true) { session in
        let chosen = try session.selection.resolve(tenants)
        return (chosen, try await session.engine.consentHistory(of: chosen))
      }
      let (chosen, changes) = found.value
      let listing = ConsentHistoryOutput(
        names: Dictionary(chosen.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first }),
        now: found.endedAt, width: StandardStreams.width)
      switch output.output {
      case .text:
        if !changes.isEmpty { try StandardStreams.write(listing.text(changes)) }
      case .json: try output.write(.array(changes.map(listing.json)))
      case .csv: try output.write(changes.map(listing.json), columns: ConsentHistoryOutput.csvColumns)
      }
      if changes.isEmpty { StandardStreams.say("No change of consent was observed. consent check looks now.") }
    }
  }
}
