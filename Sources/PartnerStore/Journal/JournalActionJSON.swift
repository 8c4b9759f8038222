import FoundationEssentials
import PartnerModel

// What a write does, as JSON text in the journal. A change of an incident has Graph's names at the top, as it always had;
// any other action stands under a name of its own.

extension IncidentAction {
  /// - Parameter undoes: the write that it takes back.
  func json(undoing undoes: WriteID?) -> String {
    var members = self.members
    if let undoes { members.append(("undoes", .string(undoes.rawValue))) }
    return JSONNode.object(members).text(isPretty: false)
  }

  private var members: [(String, JSONNode)] {
    switch self {
    case .update(let update): update.members
    case .comment(let text): [("comment", .string(text))]
    case .updateAlert(let id, let update):
      [("alert", .string(id)), ("alertChange", .object(update.members))]
    case .commentAlert(let id, let text): [("alert", .string(id)), ("alertComment", .string(text))]
    case .merge(let others, let comment, let reasons):
      [
        ("merge", .strings(others.map(\.rawValue))), ("because", .strings(reasons.map(\.rawValue))),
        ("mergeComment", .string(comment)),
      ]
    case .moveAlerts(let ids, let target, let comment, let reasons):
      [
        ("moveAlerts", .strings(ids)), ("to", .string(target.rawValue)),
        ("because", .strings(reasons.map(\.rawValue))), ("moveComment", .string(comment)),
      ]
    }
  }

  static func read(json: String) -> (action: IncidentAction, undoes: WriteID?)? {
    guard let node = try? JSONReader.read(json), node.members != nil, let action = read(node) else { return nil }
    return (action, node["undoes"]?.string.map { WriteID($0) })
  }

  private static func read(_ node: JSONNode) -> IncidentAction? {
    func texts(_ name: String) -> [String] { (node[name]?.array ?? []).compactMap(\.string) }
    let reasons = texts("because").compactMap { CorrelationReason(rawValue: $0) }
    if let text = node["comment"]?.string { return .comment(text) }
    if let id = node["alert"]?.string {
      if let text = node["alertComment"]?.string { return .commentAlert(id: id, text) }
      return node["alertChange"].map { .updateAlert(id: id, AlertUpdate($0)) }
    }
    if node["merge"] != nil {
      return .merge(
        others: texts("merge").map { IncidentID($0) }, comment: node["mergeComment"]?.string, reasons: reasons)
    }
    if node["moveAlerts"] != nil {
      return node["to"]?.string.map {
        .moveAlerts(
          ids: texts("moveAlerts"), to: IncidentID($0), comment: node["moveComment"]?.string, reasons: reasons)
      }
    }
    return .update(IncidentUpdate(node))
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

extension IncidentUpdate {
  /// Only what is set is a member; `null` for `assignedTo` gives the incident to nobody.
  fileprivate var members: [(String, JSONNode)] {
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
    if !addedTags.isEmpty { members.append(("addTags", .strings(addedTags))) }
    if !removedTags.isEmpty { members.append(("removeTags", .strings(removedTags))) }
    return members
  }

  fileprivate init(_ node: JSONNode) {
    func texts(_ name: String) -> [String] { (node[name]?.array ?? []).compactMap(\.string) }
    self.init(
      status: node["status"]?.string.map { IncidentStatus(wire: $0) }, assignment: assignee(node),
      severity: node["severity"]?.string.map { Severity(wire: $0) },
      classification: node["classification"]?.string.map { Classification(wire: $0) },
      determination: node["determination"]?.string.map { Determination(wire: $0) },
      displayName: node["displayName"]?.string, details: node["description"]?.string,
      resolvingComment: node["resolvingComment"]?.string, addedTags: texts("addTags"),
      removedTags: texts("removeTags"))
  }
}

extension AlertUpdate {
  fileprivate var members: [(String, JSONNode)] {
    var members: [(String, JSONNode)] = []
    if let status { members.append(("status", .string(status.wire))) }
    if let assignment { members.append(("assignedTo", assignment.node)) }
    if let classification { members.append(("classification", .string(classification.wire))) }
    if let determination { members.append(("determination", .string(determination.wire))) }
    return members
  }

  fileprivate init(_ node: JSONNode) {
    self.init(
      status: node["status"]?.string.map { AlertStatus(wire: $0) }, assignment: assignee(node),
      classification: node["classification"]?.string.map { Classification(wire: $0) },
      determination: node["determination"]?.string.map { Determination(wire: $0) })
  }
}

private func assignee(_ node: JSONNode) -> IncidentUpdate.Assignment? {
  node["assignedTo"].map { $0.string.map { .to($0) } ?? .nobody }
}
