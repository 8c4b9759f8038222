import ArgumentParser
import ConsoleCore
import PartnerModel
import PartnerOperations
import PartnerStore
import SafeText

struct IncidentUpdateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update",
    abstract: "Change one incident's status or owner.",
    discussion: """
      What is meant is on record before anything is sent; the answer is what the service then says. What a colleague
      has is not assigned to somebody else without --take-over.

      EXAMPLE
        partner-console incidents update contoso.onmicrosoft.com 2184 --assign me --status inProgress
      """)

  @Argument(help: "The tenant's id, domain or name.") var tenant: String
  @Argument(help: "The incident's id, with or without #.") var id: String
  @Option(help: "active, inProgress or resolved.") var status: String?
  @Option(help: ArgumentHelp("A UPN, me, or none.", valueName: "UPN")) var assign: String?
  @Flag(help: "Also assign what a colleague has.") var takeOver = false
  @OptionGroup var output: OutputOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard status != nil || assign != nil else { throw ValidationError("Say what to change: --status or --assign.") }
    guard !takeOver || assign != nil else { throw ValidationError("--take-over goes with --assign.") }
    if let status, ![.active, .inProgress, .resolved].contains(IncidentStatus(wire: status)) {
      throw ValidationError("--status is active, inProgress or resolved, not “\(status)”.")
    }
    if let assign, assign != "me", assign != "none", !assign.contains("@") {
      throw ValidationError("--assign is a UPN like ben@partner.example, me, or none.")
    }
  }

  func run() throws {
    try CommandEnding.reported {
      let rows = try changed()
      let write = rows.value
      do {
        try print(write, rows.configuration)
      } catch let error as CommandError where write.state == .confirmed && !error.message.isEmpty {
        // Whoever hears of the failure alone would make the change again.
        let done = "\(name(write, rows.configuration)): the change was made, and only its report failed"
        throw CommandError(error.status, "\(done): \(error.message)")
      }
      guard write.state != .confirmed else { return }
      let cause = write.problem?.cause ?? "not settled"
      // Advice about a read does not settle a change.
      let next = write.state == .failed ? write.problem?.nextAction ?? "Look at it: \(show)." : unsettled
      throw CommandError(
        cause == "appRoleMissing" ? .notPermitted : .nothingDone,
        "\(name(write, rows.configuration)): \(Self.outcome(write)): \(spelledOut(cause)). \(next)")
    }
  }

  private func changed() throws -> SessionResult<IncidentWrite> {
    do {
      return try PartnerSession.use(common) { session in
        let key = try session.selection.incident(id, in: tenant)
        let update = try update(for: session.configuration)
        if case .readOnly(let error) = session.engine.journal.mode {
          throw CommandError(.notPermitted, "nothing was sent: \(error.description)")
        }
        await session.settleIfOwner([key.tenant])
        do throws(PartnerError) {
          return try await session.engine.update(key, with: update, seen: nil, takesOver: takeOver)
        } catch {
          throw CommandError(error, session.configuration)
        }
      }
    } catch let error as CommandError where error.status == .interrupted {
      throw CommandError(
        .interrupted,
        "interrupted. If the change was under way already: \(unsettled)"
      )
    }
  }

  private var unsettled: String {
    "It is settled by reading when partner-console runs next. See for yourself: \(show)."
  }

  /// The command that tells how the incident is now.
  private var show: String { "partner-console incidents show \(Self.quoted(tenant)) \(Self.quoted(id))" }

  /// A word as a shell takes it.
  private static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || $0 >= 0x2D && $0 <= 0x39 }
    return isPlain && !word.isEmpty ? word : "'\(word.replacing("'", with: "'\\''"))'"
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

  private func name(_ write: IncidentWrite, _ configuration: Configuration) -> String {
    let tenant = configuration.tenants.first { $0.id == write.key.tenant }?.name ?? write.key.tenant.rawValue
    return "\(tenant) #\(write.key.id.rawValue)"
  }

  private static func outcome(_ write: IncidentWrite) -> String {
    write.state == .failed ? "the change was not made" : "the outcome of the change is not known yet"
  }

  private func print(_ write: IncidentWrite, _ configuration: Configuration) throws {
    let node = JSONNode.object([
      "write": .string(write.id.rawValue),
      "tenantId": .string(write.key.tenant.rawValue),
      "id": .string(write.key.id.rawValue),
      "state": .string(write.state.rawValue),
      "error": .problem(write.problem),
    ])
    switch output.output {
    case .text:
      guard write.state == .confirmed else { return }
      var what = write.update?.status.map { ["status \($0.wire)"] } ?? []
      switch write.update?.assignment {
      case nil: break
      case .nobody: what.append("assigned to nobody")
      case .to(let upn): what.append("assigned to \(upn)")
      }
      let words = SafeText("\(name(write, configuration)): \(what.joined(separator: ", ")): confirmed")
      try StandardStreams.write(words.text + "\n")
    case .json: try output.write(node)
    case .csv:
      try output.write([node], columns: ["write", "tenantId", "id", "state"] + TenantOutput.problemColumns("error"))
    }
  }
}
