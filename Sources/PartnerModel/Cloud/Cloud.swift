/// A Microsoft cloud, or the lab.
///
/// Source: Entra ID "National clouds" and Microsoft Graph "National cloud deployments".
public enum Cloud: String, Hashable, Sendable, CaseIterable {
  case commercial, gcc, gccHigh, dod, lab

  /// What the top line of every screen says.
  public var label: String {
    switch self {
    case .commercial: "COMMERCIAL"
    case .gcc: "GCC"
    case .gccHigh: "GCC HIGH"
    case .dod: "DOD"
    case .lab: "LAB"
    }
  }

  /// Where this cloud's services are; `nil` for the lab, whose endpoints stand in the configuration.
  public var endpoints: Endpoints? {
    switch self {
    case .commercial, .gcc:
      Endpoints(
        authority: Origin(scheme: "https", host: "login.microsoftonline.com", port: 443),
        graph: Origin(scheme: "https", host: "graph.microsoft.com", port: 443),
        graphResource: "https://graph.microsoft.com", portalHosts: ["security.microsoft.com"])
    case .gccHigh:
      Endpoints(
        authority: Origin(scheme: "https", host: "login.microsoftonline.us", port: 443),
        graph: Origin(scheme: "https", host: "graph.microsoft.us", port: 443),
        graphResource: "https://graph.microsoft.us", portalHosts: ["security.microsoft.us"])
    case .dod:
      Endpoints(
        authority: Origin(scheme: "https", host: "login.microsoftonline.us", port: 443),
        graph: Origin(scheme: "https", host: "dod-graph.microsoft.us", port: 443),
        graphResource: "https://dod-graph.microsoft.us", portalHosts: ["security.apps.mil"])
    case .lab: nil
    }
  }
}

/// The pinned places of one cloud's services. A token leaves for these and for nothing else.
public struct Endpoints: Hashable, Sendable {
  public var authority: Origin
  public var graph: Origin
  /// The resource that scopes and audiences name, for example `https://graph.microsoft.com`.
  public var graphResource: String
  /// Hosts that a portal link may open.
  public var portalHosts: [String]

  public init(authority: Origin, graph: Origin, graphResource: String, portalHosts: [String]) {
    self.authority = authority
    self.graph = graph
    self.graphResource = graphResource
    self.portalHosts = portalHosts
  }
}
