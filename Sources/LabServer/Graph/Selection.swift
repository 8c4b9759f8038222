/// The properties that a `$select` names; whoever asks gets these and no other, the id only where it is named.
///
/// Source: OData 4.01, part 2, section 5.1.3; the properties are those of the published v1.0 schema.
struct Selection {
  /// What the items of a list are.
  enum Subject: String {
    case incident, alert

    fileprivate var properties: Set<String> {
      switch self {
      case .incident: Self.incidentProperties
      case .alert: Self.alertProperties
      }
    }

    private static let incidentProperties: Set<String> = [
      "id", "tenantId", "status", "incidentWebUrl", "redirectIncidentId", "displayName", "createdDateTime",
      "lastUpdateDateTime", "assignedTo", "classification", "determination", "severity", "customTags", "systemTags",
      "description", "lastModifiedBy", "resolvingComment", "summary", "priorityScore", "comments",
    ]
    private static let alertProperties: Set<String> = [
      "id", "providerAlertId", "incidentId", "status", "severity", "classification", "determination", "serviceSource",
      "detectionSource", "productName", "detectorId", "tenantId", "title", "description", "recommendedActions",
      "category", "categories", "assignedTo", "alertWebUrl", "incidentWebUrl", "actorDisplayName", "threatDisplayName",
      "threatFamilyName", "mitreTechniques", "createdDateTime", "lastUpdateDateTime", "resolvedDateTime",
      "firstActivityDateTime", "lastActivityDateTime", "alertPolicyId", "additionalData", "customDetails",
      "investigationState", "comments", "systemTags", "evidence",
    ]
  }

  let names: [String]

  /// - Throws: 400 for a name that the subject does not have.
  init(_ text: String, of subject: Subject) throws {
    var names: [String] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let name = part.filter { $0 != " " }
      if !names.contains(name) { names.append(name) }
    }
    self.names = names
    if let unknown = names.first(where: { !subject.properties.contains($0) }) {
      throw GraphRefusal.badRequest(
        "Could not find a property named '\(unknown)' on type 'microsoft.graph.security.\(subject.rawValue)'.")
    }
  }

  /// Writes those members of an object, given as JSON, that were asked for, each as it stands there.
  fileprivate func write(_ object: [UInt8], to json: inout JsonWriter) {
    for (name, value) in topMembers(object) where names.contains(name) {
      json.name(name)
      json.raw(value)
    }
  }
}

/// The part that a selection and an expansion add to the address of the metadata.
func contextTail(_ selection: Selection?, expandsAlerts: Bool = false) -> String {
  let parts = (selection?.names ?? []) + (expandsAlerts ? ["alerts()"] : [])
  return parts.isEmpty ? "" : "(\(parts.joined(separator: ",")))"
}

extension JsonWriter {
  /// Writes what `body` writes, or only what was selected of it.
  mutating func write(selected selection: Selection?, reserving capacity: Int, _ body: (inout JsonWriter) -> Void) {
    guard let selection else { return body(&self) }
    selection.write(jsonObject(reserving: capacity, body), to: &self)
  }
}

/// The names and raw values of an object that this program wrote: without blanks, and no name holds an escape.
private func topMembers(_ object: [UInt8]) -> [(name: String, value: ArraySlice<UInt8>)] {
  var members: [(name: String, value: ArraySlice<UInt8>)] = []
  var position = object.startIndex + 1
  while position < object.endIndex, object[position] == UInt8(ascii: "\"") {
    let name = object[(position + 1)...].prefix { $0 != UInt8(ascii: "\"") }
    let start = name.endIndex + 2
    var end = start
    var depth = 0
    var isText = false
    while end < object.endIndex {
      switch object[end] {
      case UInt8(ascii: "\\") where isText: end += 1
      case UInt8(ascii: "\""): isText.toggle()
      case UInt8(ascii: "{"), UInt8(ascii: "["): if !isText { depth += 1 }
      case UInt8(ascii: "}"), UInt8(ascii: "]"): if !isText { depth -= 1 }
      default: break
      }
      if depth < 0 || depth == 0 && !isText && object[end] == UInt8(ascii: ",") { break }
      end += 1
    }
    members.append((String(decoding: name, as: UTF8.self), object[start..<min(end, object.endIndex)]))
    position = end + 1
  }
  return members
}
