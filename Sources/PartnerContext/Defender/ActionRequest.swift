package import PartnerModel

/// The request that an action is: what is shown before it is sent, and what is sent.
package struct ActionRequest: Hashable, Sendable {
  package var method: String
  /// Escaped path below the version; begins with `/`.
  package var target: String
  /// JSON.
  package var body: String

  /// - Parameters:
  ///   - id: the incident that the action is meant on.
  ///   - tags: those that the incident has by a fresh reading; the service takes the whole list (rule R10).
  /// - Returns: `nil` for an id that no service gave out.
  ///
  /// Source: Microsoft Graph v1.0, `microsoft.graph.security.incident` and `alert`, their updates, comments and actions.
  package init?(_ action: IncidentAction, on id: IncidentID, tags: [String] = []) {
    let incident = GraphCall.path(of: id)
    var members: [(String, JSONNode)] = []
    switch action {
    case .update(let update):
      guard let incident else { return nil }
      self.init("PATCH", incident, update.body(tags: tags))
    case .updateAlert(let alert, let update):
      guard let path = GraphCall.path(ofAlert: alert) else { return nil }
      self.init("PATCH", path, update.body)
    case .comment(let text):
      guard let incident else { return nil }
      self.init("POST", incident + "/comments", Self.comment(text))
    case .commentAlert(let alert, let text):
      guard let path = GraphCall.path(ofAlert: alert) else { return nil }
      self.init("POST", path + "/comments", Self.comment(text))
    case .merge(let others, let comment, let reasons):
      let ids = [id] + others.filter { $0 != id }
      guard ids.allSatisfy({ GraphCall.path(of: $0) != nil }) else { return nil }
      members = [("incidentIds", .strings(ids.map(\.rawValue)))]
      if let comment { members.append(("incidentComment", .string(comment))) }
      if !reasons.isEmpty { members.append(("mergeReasons", .string(reasons.flags))) }
      self.init("POST", GraphCall.merging, JSONNode.object(members).text(isPretty: false))
    case .moveAlerts(let ids, let target, let comment, let reasons):
      guard GraphCall.path(of: target) != nil, ids.allSatisfy({ GraphCall.path(ofAlert: $0) != nil }) else {
        return nil
      }
      members = [("alertIds", .strings(ids)), ("incidentId", .string(target.rawValue))]
      if let comment { members.append(("alertComment", .string(comment))) }
      if !reasons.isEmpty { members.append(("newCorrelationReasons", .string(reasons.flags))) }
      self.init("POST", GraphCall.movingAlerts, JSONNode.object(members).text(isPretty: false))
    }
  }

  private init(_ method: String, _ target: String, _ body: String) {
    self.method = method
    self.target = target
    self.body = body
  }

  private static func comment(_ text: String) -> String {
    JSONNode.object([
      ("@odata.type", .string("microsoft.graph.security.alertComment")), ("comment", .string(text)),
    ]).text(isPretty: false)
  }

  var call: GraphCall { GraphCall(method: method, target: target, body: body) }
}

extension [CorrelationReason] {
  /// As a flags enumeration is written.
  fileprivate var flags: String { map(\.rawValue).joined(separator: ", ") }
}
