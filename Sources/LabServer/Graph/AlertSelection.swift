/// The properties of alerts that a `$select` names.
struct AlertSelection {
  let names: [String]

  /// The part that the selection adds to the address of the metadata.
  var context: String { "(\(names.joined(separator: ",")))" }

  private static let properties: Set<String> = [
    "id", "providerAlertId", "incidentId", "status", "severity", "classification", "determination", "serviceSource",
    "detectionSource", "productName", "detectorId", "tenantId", "title", "description", "recommendedActions",
    "category", "categories", "assignedTo", "alertWebUrl", "incidentWebUrl", "actorDisplayName", "threatDisplayName",
    "threatFamilyName", "mitreTechniques", "createdDateTime", "lastUpdateDateTime", "resolvedDateTime",
    "firstActivityDateTime", "lastActivityDateTime", "alertPolicyId", "additionalData", "customDetails",
    "investigationState", "comments", "systemTags", "evidence",
  ]

  /// - Throws: 400 for a name that no alert has.
  init(_ text: String) throws {
    var names: [String] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let name = part.filter { $0 != " " }
      if !names.contains(name) { names.append(name) }
    }
    self.names = names
    if let unknown = names.first(where: { !Self.properties.contains($0) }) {
      throw GraphRefusal.badRequest(
        "Could not find a property named '\(unknown)' on type 'microsoft.graph.security.alert'.")
    }
  }

  /// Writes those members of an alert, given as JSON, that were asked for.
  func write(_ alert: [UInt8], to json: inout JsonWriter) {
    let members = JsonValue.parse(alert)?.members ?? [:]
    for name in names {
      json.name(name)
      (members[name] ?? .null).write(to: &json)
    }
  }
}
