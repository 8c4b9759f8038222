import ArgumentParser
import PartnerModel
import PartnerOperations
import PartnerStore

struct IncidentMergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Make several incidents of a tenant one.",
    discussion: """
      The service says which of them stays; the others lead to it from then on, and are not changed any more. It cannot
      be taken back here. At most \(IncidentAction.mostAtOnce) are merged at once. It takes the permission SecurityData.Manage.All.

      EXAMPLE
        partner-console incidents merge contoso.onmicrosoft.com 2184 2190 --reason sameCampaign
      """)

  @Argument(help: "The tenant's id, domain or name.") var tenant: String
  @Argument(help: ArgumentHelp("The incidents' ids, two or more.", valueName: "id")) var ids: [String]
  @Option(help: "Why; it stands with the incident.") var comment: String?
  @Option(help: "Why they belong together, by Graph's word; may be repeated.") var reason: [String] = []
  @Flag(help: "Change nothing: print what would be sent.") var dryRun = false
  @OptionGroup var output: OutputOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard Set(try bare()).count == ids.count, ids.count > 1 else {
      throw ValidationError("Name two or more different incidents.")
    }
    guard ids.count <= IncidentAction.mostAtOnce else {
      throw ValidationError("Name at most \(IncidentAction.mostAtOnce) incidents at once: each is read before.")
    }
    try TriageWords.requireText(comment, "--comment")
    _ = try TriageWords.reasons(reason)
  }

  private func bare() throws -> [IncidentID] { try ids.map { try TriageWords.incidentID($0) } }

  func run() throws {
    let others = Array(try bare().dropFirst())
    let reasons = try TriageWords.reasons(reason)
    try TriageRun(
      tenant: tenant, incident: ids[0], takesOver: true, isDry: dryRun, output: output, common: common,
      key: { session in try session.selection.incident(ids[0], in: tenant) },
      actions: { _ in [.merge(others: others, comment: comment, reasons: reasons)] }
    ).run()
  }
}

struct AlertMoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "move-alerts",
    abstract: "Move alerts of one incident to another one of the same tenant.",
    discussion: """
      They can be moved back in the same way, or by u in the console's :activity. At most \(IncidentAction.mostAtOnce)
      are moved at once. Which incident they are in is known of alerts that were read; else name it
      with --from. It takes the permission SecurityData.Manage.All.

      EXAMPLE
        partner-console incidents move-alerts contoso.onmicrosoft.com da637551227677560813_1 --to 2190
      """)

  @Argument(help: "The tenant's id, domain or name.") var tenant: String
  @Argument(help: ArgumentHelp("The alerts' ids.", valueName: "alert")) var alerts: [String]
  @Option(help: ArgumentHelp("The incident that they go to.", valueName: "ID")) var to: String
  @Option(help: ArgumentHelp("The incident that they are in.", valueName: "ID")) var from: String?
  @Option(help: "Why; it stands with the alerts.") var comment: String?
  @Option(help: "Why they belong there, by Graph's word; may be repeated.") var reason: [String] = []
  @Flag(help: "Change nothing: print what would be sent.") var dryRun = false
  @OptionGroup var output: OutputOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard !alerts.isEmpty, Set(alerts).count == alerts.count else {
      throw ValidationError("Name each alert once.")
    }
    guard alerts.count <= IncidentAction.mostAtOnce else {
      throw ValidationError("Name at most \(IncidentAction.mostAtOnce) alerts at once: each is read before.")
    }
    for alert in alerts { try TriageWords.requireText(alert, "An alert's id") }
    let target = try TriageWords.incidentID(to)
    if let from, try TriageWords.incidentID(from) == target {
      throw ValidationError("They are in #\(target.rawValue) already.")
    }
    try TriageWords.requireText(comment, "--comment")
    _ = try TriageWords.reasons(reason)
  }

  func run() throws {
    let target = try TriageWords.incidentID(to)
    let reasons = try TriageWords.reasons(reason)
    try TriageRun(
      tenant: tenant, incident: from ?? to, takesOver: true, isDry: dryRun, output: output, common: common,
      key: { session in try await source(in: session, to: target) },
      actions: { _ in [.moveAlerts(ids: alerts, to: target, comment: comment, reasons: reasons)] }
    ).run()
  }

  /// The incident that the alerts are in.
  private func source(in session: PartnerSession, to target: IncidentID) async throws -> IncidentKey {
    if let from { return try session.selection.incident(from, in: tenant) }
    let asked = try session.selection.asked(tenant)
    var sources: Set<IncidentID> = []
    for alert in alerts {
      guard let incident = try await session.engine.cache.incident(ofAlert: alert, in: asked.id) else {
        throw CommandError(
          .usage, "\(asked.name): the alert \(alert) was not read yet, so name the incident that it is in with --from.")
      }
      sources.insert(incident)
    }
    guard let only = sources.first, sources.count == 1, only != target else {
      let names = sources.sorted().map { "#\($0.rawValue)" }.joined(separator: ", ")
      throw CommandError(
        .usage, "\(asked.name): the alerts are in \(names): move those of one other incident at a time.")
    }
    return IncidentKey(tenant: asked.id, id: only)
  }
}
