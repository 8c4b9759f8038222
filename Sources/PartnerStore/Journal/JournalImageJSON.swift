import FoundationEssentials
import PartnerModel

// An incident as it was, and what changed of it, as JSON text in the journal. Fields have Graph's names.

extension FieldValue {
  fileprivate var node: JSONNode {
    switch self {
    case .text(let text): .string(text)
    case .list(let list): .strings(list)
    }
  }

  /// - Parameter field: tells a list from a text.
  fileprivate init?(_ node: JSONNode, of field: IncidentField) {
    if let items = node.array {
      self = .list(items.compactMap(\.string))
    } else if field != .customTags {
      self = .text(node.string)
    } else {
      return nil
    }
  }
}

extension IncidentImage {
  var json: String {
    var members: [(String, JSONNode)] = IncidentField.allCases.compactMap { field in
      values[field].map { (field.rawValue, $0.node) }
    }
    if let updatedAt { members.append(("lastUpdateDateTime", .string(updatedAt.description))) }
    if let lastModifiedBy { members.append(("lastModifiedBy", .string(lastModifiedBy))) }
    if let alerts { members.append(("alerts", .array(alerts.map(\.node)))) }
    if lacksAlerts { members.append(("lacksAlerts", .bool(true))) }
    if let sameComments { members.append(("sameComments", .number(sameComments))) }
    return JSONNode.object(members).text(isPretty: false)
  }

  init?(json: String) {
    guard let node = try? JSONReader.read(json), node.members != nil else { return nil }
    var values: [IncidentField: FieldValue] = [:]
    for field in IncidentField.allCases {
      values[field] = node[field.rawValue].flatMap { FieldValue($0, of: field) }
    }
    self.init(
      values: values, updatedAt: node["lastUpdateDateTime"]?.string.flatMap { Timestamp($0) },
      lastModifiedBy: node["lastModifiedBy"]?.string,
      alerts: node["alerts"]?.array.map { $0.compactMap { AlertImage($0) } },
      lacksAlerts: node["lacksAlerts"]?.bool ?? false,
      sameComments: node["sameComments"]?.integer.flatMap { Int(exactly: $0) })
  }
}

extension AlertImage {
  fileprivate var node: JSONNode {
    .object([
      "id": .string(id), "status": .string(status.wire), "assignedTo": .string(assignedTo),
      "classification": .string(classification?.wire), "determination": .string(determination?.wire),
    ])
  }

  fileprivate init?(_ node: JSONNode) {
    guard let id = node["id"]?.string, let status = node["status"]?.string else { return nil }
    self.init(
      id: id, status: AlertStatus(wire: status), assignedTo: node["assignedTo"]?.string,
      classification: node["classification"]?.string.map { Classification(wire: $0) },
      determination: node["determination"]?.string.map { Determination(wire: $0) })
  }
}

extension FieldValue {
  /// Characters of a text, and texts of a list, that are kept of a change that was seen: the journal never shrinks, and
  /// what the service sends may have any length.
  private static let longestText = 4_000
  private static let longestList = 100

  fileprivate var kept: FieldValue {
    func cut(_ text: String) -> String {
      text.utf8.count > Self.longestText ? String(text.prefix(Self.longestText)) + "…" : text
    }
    switch self {
    case .text(let text): return .text(text.map(cut))
    case .list(let list): return .list(list.prefix(Self.longestList).map { String(cut($0).prefix(256)) })
    }
  }
}

extension JournalEntry.Observed {
  /// Each field that changed with what it was and what it is.
  var json: String {
    var members = changes.map { ($0.field.rawValue, JSONNode.array([$0.before.kept.node, $0.after.kept.node])) }
    if let changedAt { members.append(("lastUpdateDateTime", .string(changedAt.description))) }
    if let by { members.append(("lastModifiedBy", .string(by))) }
    if let readBefore { members.append(("readBefore", .number(Int(readBefore.microseconds)))) }
    if count > 1 { members.append(("count", .number(count))) }
    return JSONNode.object(members).text(isPretty: false)
  }

  init?(json: String) {
    guard let node = try? JSONReader.read(json), node.members != nil else { return nil }
    self.init(
      changes: IncidentField.allCases.compactMap { field in
        guard let pair = node[field.rawValue]?.array, pair.count == 2,
          let before = FieldValue(pair[0], of: field), let after = FieldValue(pair[1], of: field)
        else { return nil }
        return FieldChange(field: field, before: before, after: after)
      },
      changedAt: node["lastUpdateDateTime"]?.string.flatMap { Timestamp($0) }, by: node["lastModifiedBy"]?.string,
      readBefore: node["readBefore"]?.integer.map { Date(microseconds: $0) })
    if let number = node["count"]?.integer, number > 1 { count = Int(min(number, 1_000_000)) }
  }
}
