import PartnerModel
import PartnerOperations
import PartnerStore

/// Carries through what a command means to do on one incident, one action after the other, and tells what came of each.
struct TriageRun: Sendable {
  /// As it was named, for the command that shows it.
  let tenant: String
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
    } catch let error as CommandError where outcomes.contains(where: \.isDone) && !error.message.isEmpty {
      // Whoever hears of the failure alone would make the change again.
      let done = "\(name): the change was made, and only its report failed"
      throw CommandError(error.status, "\(done): \(error.message)")
    }
    guard let failed = outcomes.first(where: { !$0.isDone }) else { return }
    var words = sentence(failed, name, key)
    for left in outcomes where left.isLeft { words += " \(WriteOutput.capitalNoun(left.action)) was not sent." }
    throw CommandError(status(of: failed), words)
  }

  private func sent() throws -> SessionResult<(IncidentKey, [TriageOutcome])> {
    do {
      return try PartnerSession.use(common) { session in
        let key = try await self.key(session)
        let actions = try self.actions(session.configuration)
        if case .readOnly(let error) = session.engine.journal.mode {
          throw CommandError(.notPermitted, "nothing was sent: \(error.description)")
        }
        await session.settleIfOwner([key.tenant])
        var outcomes: [TriageOutcome] = []
        for action in actions {
          // What stands beside a change is meant to be said of the change that was made.
          guard outcomes.allSatisfy(\.isDone) else {
            outcomes.append(TriageOutcome(action: action))
            continue
          }
          do throws(PartnerError) {
            let write = try await session.engine.perform(action, on: key, seen: nil, takesOver: takesOver)
            outcomes.append(TriageOutcome(action: action, write: write))
          } catch {
            // Before anything was sent there is nothing else to tell.
            let failure = CommandError(error, session.configuration)
            if outcomes.isEmpty { throw failure }
            outcomes.append(TriageOutcome(action: action, failure: failure))
          }
        }
        return (key, outcomes)
      }
    } catch let error as CommandError where error.status == .interrupted {
      throw CommandError(.interrupted, "interrupted. If a change was under way already: \(Self.unsettled(show(nil)))")
    }
  }

  private func print(_ outcomes: [TriageOutcome], on key: IncidentKey, _ name: String) throws {
    switch output.output {
    case .text: try StandardStreams.write(WriteOutput.text(outcomes, name))
    case .json: try output.write(WriteOutput.json(outcomes, on: key))
    case .csv: try output.write(outcomes.map { WriteOutput.json($0, on: key) }, columns: WriteOutput.csvColumns)
    }
  }

  private func status(of outcome: TriageOutcome) -> ExitStatus {
    if let failure = outcome.failure { return failure.status }
    return outcome.write?.problem?.cause == "appRoleMissing" ? .notPermitted : .nothingDone
  }

  /// What became of something that was not done, and what to do next.
  private func sentence(_ outcome: TriageOutcome, _ name: String, _ key: IncidentKey) -> String {
    let noun = WriteOutput.noun(outcome.action)
    if let failure = outcome.failure { return "\(name): \(noun) was not made: \(failure.message)" }
    let (write, problem) = (outcome.write, outcome.write?.problem)
    let cause = WriteOutput.cause(problem)
    let show = show(key)
    guard write?.state == .failed else {
      // Advice about a read does not settle a change.
      return "\(name): the outcome of \(noun) is not known yet: \(cause). \(Self.unsettled(show))"
    }
    let next = problem?.nextAction ?? "Look at it: \(show)."
    let conflict = write?.conflict.map { "\n\(WriteOutput.lines($0))" } ?? ""
    return "\(name): \(noun) was not made: \(cause). \(next)\(conflict)"
  }

  private static func unsettled(_ show: String) -> String {
    "It is settled by reading when partner-console runs next. See for yourself: \(show)."
  }

  /// The command that tells how the incident is now.
  private func show(_ key: IncidentKey?) -> String {
    guard let key else { return "partner-console incidents show \(Self.quoted(tenant)) ID" }
    return "partner-console incidents show \(Self.quoted(tenant)) \(Self.quoted(key.id.rawValue))"
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

/// What came of one action of a command.
struct TriageOutcome: Sendable {
  var action: IncidentAction
  /// `nil` when it was not begun.
  var write: IncidentWrite?
  /// Why it could not even be put on record.
  var failure: CommandError?

  var isDone: Bool { write?.state == .confirmed }
  /// Whether it was not begun because the one before it was not done.
  var isLeft: Bool { write == nil && failure == nil }
}
