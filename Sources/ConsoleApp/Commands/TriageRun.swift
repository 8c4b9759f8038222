import PartnerModel
import PartnerOperations
import PartnerStore

/// Carries through what a command means to do on one incident, one action after the other, and tells what came of each.
struct TriageRun: Sendable {
  /// As it was named, for the command that shows it.
  let tenant: String
  /// The incident, or one of them, as it was named; `nil` where none was.
  let incident: String?
  let takesOver: Bool
  let isDry: Bool
  let output: OutputOptions
  let common: CommonOptions
  let key: @Sendable (PartnerSession) async throws -> IncidentKey
  let actions: @Sendable (Configuration) throws -> [IncidentAction]

  func run() throws {
    try CommandEnding.reported { if isDry { try plan() } else { try act() } }
  }

  // MARK: Without sending

  private struct Plan: Sendable {
    var key: IncidentKey
    var requests: [PlannedRequest]
  }

  private func plan() throws {
    let result = try PartnerSession.use(common) { session in
      let key = try await self.key(session)
      var requests: [PlannedRequest] = []
      for action in try actions(session.configuration) {
        do throws(PartnerError) {
          requests += try await session.engine.plan(action, on: key, takesOver: takesOver)
        } catch {
          throw CommandError(error, session.configuration)
        }
      }
      return Plan(key: key, requests: requests)
    }
    let (key, requests) = (result.value.key, result.value.requests)
    switch output.output {
    case .text: try StandardStreams.write(WriteOutput.text(requests))
    case .json: try output.write(WriteOutput.json(requests, on: key))
    case .csv: try output.write(requests.map(WriteOutput.json), columns: WriteOutput.csvColumnsOfRequests)
    }
    if requests.isEmpty {
      StandardStreams.say("\(name(key, result.configuration)): it is so already, so nothing would be sent.")
    }
  }

  // MARK: Sending

  private func act() throws {
    let rows = try sent()
    let (key, outcomes) = rows.value
    let name = name(key, rows.configuration)
    do {
      try print(outcomes, on: key, name)
    } catch let error as CommandError
      where outcomes.contains(where: { $0.state == .confirmed }) && !error.message.isEmpty
    {
      // Whoever hears of the failure alone would make the change again.
      let done = "\(name): the change was made, and only its report failed"
      throw CommandError(error.status, "\(done): \(error.message)")
    }
    guard let failed = outcomes.first(where: { $0.state != .confirmed }) else { return }
    var words = sentence(failed, name, key)
    for left in outcomes where left.isLeft {
      words += " \(WriteOutput.capitalNoun(left.action)) was not sent. :activity and audit show keep it."
    }
    throw CommandError(status(of: failed), words)
  }

  private func sent() throws -> SessionResult<(IncidentKey, [IncidentWrite])> {
    do {
      return try PartnerSession.use(common) { session in
        let key = try await self.key(session)
        let actions = try self.actions(session.configuration)
        if case .readOnly(let error) = session.engine.journal.mode {
          throw CommandError(.notPermitted, "nothing was sent: \(error.description)")
        }
        await session.settleIfOwner([key.tenant])
        do throws(PartnerError) {
          // What stands beside a change is meant to be said of the change that was made.
          var writes = try await session.engine.perform(actions, on: key, seen: nil, takesOver: takesOver)
          // Told as it was typed, without the signature.
          for (index, action) in zip(writes.indices, actions) { writes[index].action = action }
          return (key, writes)
        } catch {
          throw CommandError(error, session.configuration)
        }
      }
    } catch let error as CommandError where error.status == .interrupted {
      throw CommandError(.interrupted, "interrupted. If a change was under way already: \(Self.unsettled(show))")
    }
  }

  private func print(_ outcomes: [IncidentWrite], on key: IncidentKey, _ name: String) throws {
    switch output.output {
    case .text: try StandardStreams.write(WriteOutput.text(outcomes, name))
    case .json: try output.write(WriteOutput.json(outcomes, on: key))
    case .csv: try output.write(outcomes.map { WriteOutput.json($0, on: key) }, columns: WriteOutput.csvColumns)
    }
  }

  private func status(of write: IncidentWrite) -> ExitStatus {
    write.problem?.cause == "appRoleMissing" ? .notPermitted : .nothingDone
  }

  /// What became of something that was not done, and what to do next.
  private func sentence(_ write: IncidentWrite, _ name: String, _ key: IncidentKey) -> String {
    let noun = WriteOutput.noun(write.action)
    let problem = write.problem
    let cause = WriteOutput.cause(problem)
    let show = show(key.id.rawValue)
    guard write.state == .failed else {
      // Advice about a read does not settle a change.
      return "\(name): the outcome of \(noun) is not known yet: \(cause). \(Self.unsettled(show))"
    }
    let next = problem?.nextAction ?? "Look at it: \(show)."
    let conflict = write.conflict.map { "\n\(WriteOutput.lines($0))" } ?? ""
    return "\(name): \(noun) was not made: \(cause). \(next)\(conflict)"
  }

  private static func unsettled(_ show: String) -> String {
    "It is settled by reading when partner-console runs next. See for yourself: \(show)."
  }

  /// The command that tells how the incident is now.
  private func show(_ incident: String) -> String {
    "partner-console incidents show \(Self.quoted(tenant)) \(Self.quoted(incident))"
  }

  /// The same where only what was named is known.
  private var show: String {
    guard let incident else { return "partner-console --view activity" }
    return show(incident.hasPrefix("#") ? String(incident.dropFirst()) : incident)
  }

  /// A word as a shell takes it.
  private static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || $0 >= 0x2D && $0 <= 0x39 }
    return isPlain && !word.isEmpty ? word : "'\(word.replacing("'", with: "'\\''"))'"
  }

  private func name(_ key: IncidentKey, _ configuration: Configuration) -> String {
    let tenant = configuration.tenants.first { $0.id == key.tenant }?.name ?? key.tenant.rawValue
    return "\(tenant) #\(key.id.rawValue)"
  }
}

extension IncidentWrite {
  /// Whether it was not sent because what it stands behind was not done.
  var isLeft: Bool { state == .failed && problem?.cause == "notSent" }
}
