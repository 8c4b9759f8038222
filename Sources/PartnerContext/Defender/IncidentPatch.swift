import PartnerModel

extension IncidentUpdate {
  /// The body of a PATCH: only what changes.
  ///
  /// Source: Microsoft Graph v1.0, `PATCH /security/incidents/{id}`.
  /// - Parameter tags: those that the incident has; the service takes the whole list (rule R10).
  func body(tags: [String]) -> String {
    var members: [(String, JSONNode)] = []
    func add(_ name: String, _ value: String?) { if let value { members.append((name, .string(value))) } }
    add("status", status?.wire)
    if let assignment { members.append(("assignedTo", assignment.node)) }
    add("severity", severity?.wire)
    add("classification", classification?.wire)
    add("determination", determination?.wire)
    add("displayName", displayName)
    add("description", details)
    add("resolvingComment", resolvingComment)
    if changesTags { members.append(("customTags", .strings(self.tags(after: tags)))) }
    return JSONNode.object(members).text(isPretty: false)
  }
}

extension AlertUpdate {
  /// The body of a PATCH: only what changes.
  ///
  /// Source: Microsoft Graph v1.0, `PATCH /security/alerts_v2/{id}`.
  var body: String {
    var members: [(String, JSONNode)] = []
    if let status { members.append(("status", .string(status.wire))) }
    if let assignment { members.append(("assignedTo", assignment.node)) }
    if let classification { members.append(("classification", .string(classification.wire))) }
    if let determination { members.append(("determination", .string(determination.wire))) }
    return JSONNode.object(members).text(isPretty: false)
  }
}

extension IncidentUpdate.Assignment {
  fileprivate var node: JSONNode {
    switch self {
    case .nobody: .null
    case .to(let upn): .string(upn)
    }
  }
}
