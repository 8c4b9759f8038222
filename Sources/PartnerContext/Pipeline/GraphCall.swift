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

  var isWrite: Bool { method != "GET" && !isQuestion }

  /// The app roles of which one suffices for this call.
  ///
  /// Source: Microsoft Graph v1.0, permissions of each operation; incident permissions were seen to suffice for alerts.
  var sufficientRoles: [AppRole] {
    if let needs { return needs }
    if isWrite { return [.updateIncidents] }
    return target.hasPrefix(Self.alerts) ? [.readAlerts, .readIncidents] : [.readIncidents]
  }

  /// The path of one incident; `nil` for an id that no service gave out.
  static func path(of id: IncidentID) -> String? {
    let text = id.rawValue
    guard !text.isEmpty, text.utf8.count <= 256, text != ".", text != ".." else { return nil }
    return "\(incidents)/\(escaped(text))"
  }

  /// A query string from names and values; `$` in names stays as OData writes it.
  static func query(_ options: KeyValuePairs<String, String>) -> String {
    "?" + options.map { "\($0)=\(escaped($1))" }.joined(separator: "&")
  }
}
