import ArgumentParser
import PartnerModel

/// What the options of a change of an incident, or of one of its alerts, ask for; checked before anybody is asked.
struct TriageWish: Hashable, Sendable {
  var update = IncidentUpdate()
  /// As it was typed: `me` is not known before the configuration is read.
  var assignee: String?
  var comment: String?
  /// The alert that it is about, instead of the incident.
  var alert: String?

  /// What it comes to: the change first, then the comment.
  /// - Throws: `CommandError` where `me` is nobody.
  func actions(by operatorUPN: String?) throws(CommandError) -> [IncidentAction] {
    let assignment = try assignment(by: operatorUPN)
    var actions: [IncidentAction] = []
    if let alert {
      let change = AlertUpdate(
        status: update.status.map { AlertStatus(wire: $0.wire) }, assignment: assignment,
        classification: update.classification, determination: update.determination)
      if !change.isEmpty { actions.append(.updateAlert(id: alert, change)) }
      if let comment { actions.append(.commentAlert(id: alert, comment)) }
    } else {
      var change = update
      change.assignment = assignment
      if !change.isEmpty { actions.append(.update(change)) }
      if let comment { actions.append(.comment(comment)) }
    }
    return actions
  }

  private func assignment(by operatorUPN: String?) throws(CommandError) -> IncidentUpdate.Assignment? {
    switch assignee {
    case nil: return nil
    case "none": return .nobody
    case "me":
      guard let operatorUPN else {
        throw CommandError(
          .badConfiguration,
          "--assign me needs to know who you are: add \"operator\": { \"upn\": … } to tenants.json.")
      }
      return .to(operatorUPN)
    case let upn?: return .to(upn)
    }
  }
}

/// Words of the command line that mean a value of Graph's.
enum TriageWords {
  static func status(_ word: String, ofAlert: Bool) throws -> IncidentStatus {
    let known: [IncidentStatus] =
      ofAlert ? [IncidentStatus(wire: "new"), .inProgress, .resolved] : [.active, .inProgress, .resolved]
    guard let status = known.first(where: { $0.wire == word }) else {
      let names = ofAlert ? "new, inProgress or resolved" : "active, inProgress or resolved"
      throw ValidationError("--status is \(names)\(ofAlert ? " for an alert" : ""), not “\(word)”.")
    }
    return status
  }

  static func severity(_ word: String) throws -> Severity {
    guard let severity = [Severity.high, .medium, .low, .informational].first(where: { $0.wire == word }) else {
      throw ValidationError("--severity is high, medium, low or informational, not “\(word)”.")
    }
    return severity
  }

  /// A pair that the service takes, each by Graph's word or by the portal's, in any casing.
  static func verdict(_ classification: String?, _ determination: String?) throws -> Verdict? {
    if classification == nil, determination == nil { return nil }
    guard let classification, let determination else {
      throw ValidationError("--classification and --determination go together. These go with each other:\n\(pairs)")
    }
    guard let found = Verdict.classifications.first(where: { means($0.wire, $0.title, classification) }) else {
      throw ValidationError("“\(classification)” is no classification that can be given. There are:\n\(pairs)")
    }
    let allowed = Verdict.determinations(of: found)
    guard let chosen = allowed.first(where: { means($0.wire, $0.title, determination) }) else {
      throw ValidationError("“\(determination)” does not go with “\(found.title)”. These do:\n\(pairs)")
    }
    return Verdict(found, chosen)
  }

  /// Every pair, a classification to a line.
  static var pairs: String {
    Verdict.classifications.map { classification in
      let names = Verdict.determinations(of: classification).map { "\($0.title) (\($0.wire))" }
      return "  \(classification.title) (\(classification.wire)): \(names.joined(separator: ", "))"
    }.joined(separator: "\n")
  }

  static func reasons(_ words: [String]) throws -> [CorrelationReason] {
    try words.map { word in
      guard let reason = CorrelationReason.allCases.first(where: { $0.rawValue.lowercased() == word.lowercased() })
      else {
        let names = CorrelationReason.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--reason is one of \(names), not “\(word)”.")
      }
      return reason
    }
  }

  /// An incident's id, with or without `#`.
  static func incidentID(_ word: String) throws -> IncidentID {
    do { return try TenantSelection.incidentID(word) } catch { throw ValidationError(error.message) }
  }

  /// - Throws: for a text that holds nothing.
  static func requireText(_ text: String?, _ option: String) throws {
    guard let text, text.allSatisfy(\.isWhitespace) else { return }
    throw ValidationError("\(option) is empty.")
  }

  private static func means(_ wire: String, _ title: String, _ word: String) -> Bool {
    [wire, title].contains { $0.lowercased() == word.lowercased() }
  }
}
