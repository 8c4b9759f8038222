import ArgumentParser
import PartnerModel
import PartnerOperations
import PartnerStore

struct IncidentsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "incidents", abstract: "List, show and triage incidents.",
    subcommands: [List.self, Show.self, Update.self])

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
          if !offline {
            await session.settleIfOwner()
            _ = await session.engine.each(of: chosen.filter { !$0.isExcluded }) { tenant in
              await session.engine.syncToEnd(tenant, priority: .foreground)
            }
          }
          let incidents = try await session.engine.incidents(of: chosen, includeClosed: all)
          return (incidents, await session.engine.overviews(of: chosen))
        }
        let (incidents, overviews) = rows.value
        try print(incidents, overviews, rows)
        let now = rows.endedAt
        let staleAfter = rows.configuration.refresh.staleAfter
        var answers: [Bool?] = []
        for overview in overviews {
          let state = overview.syncState(at: now, staleAfter: staleAfter)
          let hasAnswered = offline ? state != .never : [.ok, .partial].contains(state)
          answers.append(state == .excluded ? nil : hasAnswered)
          if state != .excluded, !hasAnswered { sayUnread(overview) }
        }
        try Answers(answers).end()
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
        let tenants = TenantOutput(now: rows.endedAt, staleAfter: rows.configuration.refresh.staleAfter)
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

    private func sayUnread(_ overview: TenantOverview) {
      let problem = overview.sync.error ?? overview.consent.error
      StandardStreams.say(
        "\(overview.tenant.name): not read (\(problem?.cause ?? "never")). \(problem?.nextAction ?? "Run without --offline.")"
      )
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

    func validate() throws {
      guard output.output != .csv else { throw ValidationError("One incident is printed as text or json.") }
    }

    func run() throws {
      try CommandEnding.reported {
        let rows = try PartnerSession.use(common) { session in
          let key = IncidentKey(tenant: try session.selection.one(tenant).id, id: IncidentID(id))
          do throws(PartnerError) {
            let incident = try await session.engine.readIncident(key)
            return (incident, await session.engine.storedIncident(key)?.summary)
          } catch {
            throw CommandError(error, session.configuration)
          }
        }
        let (incident, stored) = rows.value
        if output.output == .json {
          let node = rows.incidentOutput.json(
            incident, acknowledgedAt: stored?.acknowledgedAt, alertCount: stored?.alertCount)
          try StandardStreams.write(node.text() + "\n")
        } else {
          try StandardStreams.write(rows.incidentOutput.text(incident))
        }
      }
    }
  }

  struct Update: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "update",
      abstract: "Change one incident's status or owner.",
      discussion: """
        What is meant is on record before anything is sent; the answer is what the service then says.

        EXAMPLE
          partner-console incidents update contoso.onmicrosoft.com 2184 --assign me --status inProgress
        """)

    @Argument(help: "The tenant's id, domain or name.") var tenant: String
    @Argument(help: "The incident's id.") var id: String
    @Option(help: "active, inProgress or resolved.") var status: String?
    @Option(help: ArgumentHelp("A UPN, me, or none.", valueName: "UPN")) var assign: String?
    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
      guard status != nil || assign != nil else { throw ValidationError("Say what to change: --status or --assign.") }
      if let status, ![.active, .inProgress, .resolved].contains(IncidentStatus(wire: status)) {
        throw ValidationError("--status is active, inProgress or resolved, not “\(status)”.")
      }
      if let assign, assign != "me", assign != "none", !assign.contains("@") {
        throw ValidationError("--assign is a UPN like ben@partner.example, me, or none.")
      }
      guard output.output != .csv else { throw ValidationError("One change is printed as text or json.") }
    }

    func run() throws {
      try CommandEnding.reported {
        let rows = try PartnerSession.use(common) { session in
          let key = IncidentKey(tenant: try session.selection.one(tenant).id, id: IncidentID(id))
          let update = try update(for: session.configuration)
          await session.settleIfOwner()
          do throws(PartnerError) {
            return try await session.engine.update(key, with: update, seen: nil)
          } catch {
            throw CommandError(error, session.configuration)
          }
        }
        let write = rows.value
        try print(write)
        switch write.state {
        case .confirmed: return
        default:
          let isRefusedByRole = write.problem?.cause == "appRoleMissing"
          throw CommandError(
            isRefusedByRole ? .notPermitted : .nothingDone,
            "the change is \(write.state.rawValue): \(write.problem?.cause ?? "not settled"). \(write.problem?.nextAction ?? "It is settled by reading at the next start.")"
          )
        }
      }
    }

    private func update(for configuration: Configuration) throws -> IncidentUpdate {
      var update = IncidentUpdate(status: status.map { IncidentStatus(wire: $0) })
      switch assign {
      case nil: break
      case "none": update.assignment = .nobody
      case "me":
        guard let upn = configuration.operatorUPN else {
          throw CommandError(
            .badConfiguration,
            "--assign me needs to know who you are: add \"operator\": { \"upn\": … } to tenants.json.")
        }
        update.assignment = .to(upn)
      case let upn?: update.assignment = .to(upn)
      }
      return update
    }

    private func print(_ write: IncidentWrite) throws {
      switch output.output {
      case .json:
        let node = JSONNode.object([
          "write": .string(write.id.rawValue),
          "tenantId": .string(write.key.tenant.rawValue),
          "id": .string(write.key.id.rawValue),
          "state": .string(write.state.rawValue),
          "error": .problem(write.problem),
        ])
        try StandardStreams.write(node.text() + "\n")
      default:
        if write.state == .confirmed { try StandardStreams.write("confirmed\n") }
      }
    }
  }
}
