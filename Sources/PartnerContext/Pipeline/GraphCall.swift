import PartnerModel

/// A request to Microsoft Graph, without its tenant and token: a fixed path, never a URL (invariant 1).
struct GraphCall: Sendable {
  var method = "GET"
  /// Escaped path and query below `/v1.0`; begins with `/`.
  var target: String
  /// A JSON body.
  var body: String?
  var retry = RetryPolicy.standard
  /// The app roles of which one suffices, where the path does not tell.
  var needs: [AppRole]?
  /// A POST that only asks: it may be repeated like a GET.
  var isQuestion = false
  /// The service is known to fail on such a request alone, for example on one that is too heavy for it: its failure tells
  /// nothing of the tenant, and opens no breaker.
  var isTrial = false

  static let version = "/v1.0"
  static let incidents = "/security/incidents"
  static let alerts = "/security/alerts_v2"
  static let merging = "/security/incidents/mergeIncidents"
  static let movingAlerts = "/security/alerts_v2/moveAlerts"

  var isWrite: Bool { method != "GET" && !isQuestion }

  /// The app roles of which one suffices for this call.
  ///
  /// Source: Microsoft Graph v1.0, permissions of each operation; incident permissions were seen to suffice for alerts.
  var sufficientRoles: [AppRole] {
    if let needs { return needs }
    if target == Self.merging || target == Self.movingAlerts { return [.manageSecurityData] }
    if isWrite { return target.hasPrefix(Self.alerts) ? [.updateAlerts] : [.updateIncidents] }
    return target.hasPrefix(Self.alerts) ? [.readAlerts, .readIncidents] : [.readIncidents]
  }

  /// The path of one incident; `nil` for an id that no service gave out.
  static func path(of id: IncidentID) -> String? { path(below: incidents, id.rawValue) }

  /// The path of one alert; `nil` for an id that no service gave out.
  static func path(ofAlert id: String) -> String? { path(below: alerts, id) }

  private static func path(below collection: String, _ id: String) -> String? {
    guard !id.isEmpty, id.utf8.count <= 256, id != ".", id != ".." else { return nil }
    return "\(collection)/\(escaped(id))"
  }

  /// A query string from names and values; `$` in names stays as OData writes it.
  static func query(_ options: KeyValuePairs<String, String>) -> String {
    "?" + options.map { "\($0)=\(escaped($1))" }.joined(separator: "&")
  }
}
