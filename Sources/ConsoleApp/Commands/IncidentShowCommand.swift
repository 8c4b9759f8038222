import ArgumentParser
import FoundationEssentials
import PartnerModel
import PartnerOperations
import PartnerStore

struct IncidentShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one incident with its alerts, evidence and comments.",
    discussion: """
      A change of an earlier run whose outcome is not known is settled by reading first, and what came of it is said on
      standard error. With --as-of it is told as it was then, from what is kept: the changes that were observed since are
      taken back, and nobody is asked. What cannot be known of that moment is said on standard error, and the command
      ends with 1.

      EXAMPLE
        partner-console incidents show contoso.onmicrosoft.com 2184
        partner-console incidents show contoso.onmicrosoft.com 2184 --as-of 2h
      """)

  @Argument(help: "The tenant's id, domain or name.") var tenant: String
  @Argument(help: "The incident's id, with or without #.") var id: String
  @Option(help: ArgumentHelp("A time, or how long ago: 30m, 2h, 4d.", valueName: "TIME")) var asOf: String?
  @OptionGroup var waiting: WaitingOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard let moment = try asOf.map(AsOfMoment.init) else { return }
    if case .at(let date) = moment, date > Date() { throw ValidationError("--as-of \(asOf ?? "") lies ahead.") }
  }

  func run() throws {
    if let asOf {
      let moment = try AsOfMoment(asOf)
      return try CommandEnding.reported { try showPast(moment) }
    }
    try CommandEnding.reported {
      let rows = try PartnerSession.use(common) { session in
        let key = try session.selection.incident(id, in: tenant)
        await session.settle(key)
        do throws(PartnerError) {
          let incident = try await session.engine.readIncident(key, patience: waiting.patience)
          return (key, incident, await session.engine.storedIncident(key)?.summary)
        } catch {
          throw CommandError(error, session.configuration)
        }
      }
      let (key, incident, stored) = rows.value
      let writer = rows.incidentOutput { [endedAt = rows.endedAt] _ in endedAt }
      let node = writer.json(incident, acknowledgedAt: stored?.acknowledgedAt, alertCount: stored?.alertCount)
      switch output.output {
      case .text: try StandardStreams.write(writer.text(incident, width: StandardStreams.width))
      case .json: try output.write(node)
      case .csv:
        try output.write([writer.flat(node, incident, times: output.times)], columns: IncidentOutput.csvColumnsOfOne)
      }
      if writer.opensElsewhere(incident) {
        StandardStreams.say(
          "\(writer.tenantName(key.tenant)) #\(key.id.rawValue): its portal link opens another tenant.")
      }
      let missing = incident.missingParts
      for words in missing { StandardStreams.say("\(writer.tenantName(key.tenant)) #\(key.id.rawValue): \(words).") }
      try Answers([true], areWhole: missing.isEmpty).end()
    }
  }

  // MARK: As it was

  private func showPast(_ moment: AsOfMoment) throws {
    let rows = try PartnerSession.use(common, beginsWithStore: true) { session in
      let key = try session.selection.incident(id, in: tenant)
      let at = moment.moment(at: Date())
      return PastAnswer(key: key, at: at, knowledge: try await session.engine.incident(key, at: at))
    }
    let (key, at) = (rows.value.key, rows.value.at)
    let writer = rows.incidentOutput { _ in nil }
    let name = "\(writer.tenantName(key.tenant)) #\(key.id.rawValue)"
    let past: PastIncident
    switch rows.value.knowledge {
    case .known(let known): past = known
    case .notBefore(let since):
      throw CommandError(
        .someTenantsFailed,
        "\(name): not known before \(Timestamp(since).description), when it was read for the first time.")
    case .never:
      throw CommandError(
        .nothingDone, "\(name): nothing of it is kept. partner-console incidents show without --as-of reads it.")
    }
    let then = rows.incidentOutput(at: at) { _ in past.readAt }
    let node = then.json(past, at: at)
    switch output.output {
    case .text: try StandardStreams.write(then.text(past, at: at, width: StandardStreams.width))
    case .json: try output.write(node)
    case .csv:
      try output.write(
        [then.flat(node, past.incident, times: output.times)], columns: IncidentOutput.csvColumnsOfPast)
    }
    for gap in past.gaps { StandardStreams.say("\(name): \(gap).") }
    try Answers([true], areWhole: past.gaps.isEmpty).end()
  }

  private struct PastAnswer: Sendable {
    var key: IncidentKey
    var at: Date
    var knowledge: PastKnowledge
  }
}
