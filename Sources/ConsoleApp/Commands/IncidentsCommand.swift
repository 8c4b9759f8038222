import ArgumentParser
import PartnerModel
import PartnerOperations
import PartnerStore

struct IncidentsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "incidents", abstract: "List, show and triage incidents.",
    subcommands: [List.self, Show.self, IncidentUpdateCommand.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List the open incidents of all or some tenants, freshly synced.",
      discussion: """
        Tenants that could not be read are named on standard error, and in the JSON.

        EXAMPLE
          partner-console incidents list @eu --output json
        """)

    @Argument(help: ArgumentHelp("Ids, domains, names or @groups; none means all.", valueName: "tenant"))
    var tenants: [String] = []
    @Flag(help: "Also those that are resolved or merged.") var all = false
    @Flag(help: "Only what is known already; ask nobody.") var offline = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
      try CommandEnding.reported {
        let rows = try PartnerSession.use(common) { session in
          let chosen = try session.selection.resolve(tenants)
          if !offline { await session.settleIfOwner(chosen) }
          let readings = offline ? .none : await TenantReadings(of: chosen, session)
          let incidents = try await session.engine.incidents(
            of: chosen.filter { !$0.isExcluded }, includeClosed: all)
          return (incidents, await session.engine.overviews(of: chosen), readings)
        }
        let (incidents, overviews, readings) = rows.value
        try print(incidents, overviews, rows.with((incidents, overviews)))
        var answers: [Bool?] = []
        var isWhole = true
        for overview in overviews {
          guard !overview.tenant.isExcluded else { continue }
          let problem = unreadBecause(overview, readings.outcome(of: overview.id))
          answers.append(problem == nil)
          if let problem { StandardStreams.say("\(overview.tenant.name): not read: \(problem)") }
          let missing = rows.tenantOutput.missing(overview.sync)
          for words in missing { StandardStreams.say("\(overview.tenant.name): \(words)") }
          if problem == nil, !missing.isEmpty { isWhole = false }
        }
        try Answers(answers, areWhole: isWhole).end()
      }
    }

    /// Why a tenant's incidents cannot be listed, and what to do; `nil` when they can.
    private func unreadBecause(_ overview: TenantOverview, _ outcome: TenantReadings.Outcome) -> String? {
      switch outcome {
      case .read: return nil
      case .failed(let error):
        // A command that ended asks nobody again.
        let next = error.retryAt.map { "Run it again after \(Timestamp($0).description)." } ?? error.nextAction
        return "\(error.summary). \(next)"
      case .notAsked:
        guard overview.sync.lastSuccess == nil else { return nil }
        guard let problem = overview.sync.error else { return "nothing is known of it yet. Run without --offline." }
        return "\(problem.cause). \(problem.nextAction)"
      }
    }

    private func print(
      _ incidents: [IncidentSummary], _ overviews: [TenantOverview],
      _ rows: SessionResult<([IncidentSummary], [TenantOverview])>
    ) throws {
      let writer = rows.incidentOutput
      switch output.output {
      case .text: try StandardStreams.write(writer.text(incidents))
      case .csv:
        try StandardStreams.write(CSV.text(incidents.map(writer.json), columns: IncidentOutput.csvColumns))
      case .json:
        let tenants = rows.tenantOutput
        let root = JSONNode.object([
          "incidents": .array(incidents.map(writer.json)),
          "tenants": .array(
            overviews.map {
              .object(["id": .string($0.id.rawValue), "name": .string($0.tenant.name), "sync": tenants.syncJSON($0)])
            }),
        ])
        try StandardStreams.write(root.text() + "\n")
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show one incident with its alerts, evidence and comments.",
      discussion: """
        EXAMPLE
          partner-console incidents show contoso.onmicrosoft.com 2184
        """)

    @Argument(help: "The tenant's id, domain or name.") var tenant: String
    @Argument(help: "The incident's id.") var id: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
      try CommandEnding.reported {
        let rows = try PartnerSession.use(common) { session in
          let key = IncidentKey(tenant: try session.selection.asked(tenant).id, id: IncidentID(id))
          do throws(PartnerError) {
            let incident = try await session.engine.readIncident(key)
            return (key, incident, await session.engine.storedIncident(key)?.summary)
          } catch {
            throw CommandError(error, session.configuration)
          }
        }
        let (key, incident, stored) = rows.value
        let writer = rows.incidentOutput
        let node = writer.json(incident, acknowledgedAt: stored?.acknowledgedAt, alertCount: stored?.alertCount)
        switch output.output {
        case .text: try StandardStreams.write(writer.text(incident))
        case .json: try StandardStreams.write(node.text() + "\n")
        case .csv: try StandardStreams.write(CSV.text([node], columns: IncidentOutput.csvColumnsOfOne))
        }
        if writer.opensElsewhere(incident) {
          StandardStreams.say("\(writer.tenantName(key.tenant)) #\(id): its portal link opens another tenant.")
        }
        let missing = writer.missing(incident)
        for words in missing { StandardStreams.say("\(writer.tenantName(key.tenant)) #\(id): \(words).") }
        try Answers([true], areWhole: missing.isEmpty).end()
      }
    }
  }
}
