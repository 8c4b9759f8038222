/// A Microsoft cloud, or the lab.
///
/// Source: Entra ID "National clouds", Microsoft Graph "National cloud deployments", Azure Key Vault and Azure Instance
/// Metadata Service.
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
        graphResource: "https://graph.microsoft.us", portalHosts: ["security.microsoft.us"],
        vaultDomain: Endpoints.governmentVaults)
    case .dod:
      Endpoints(
        authority: Origin(scheme: "https", host: "login.microsoftonline.us", port: 443),
        graph: Origin(scheme: "https", host: "dod-graph.microsoft.us", port: 443),
        graphResource: "https://dod-graph.microsoft.us", portalHosts: ["security.apps.mil"],
        vaultDomain: Endpoints.governmentVaults)
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
  /// The domain below which this cloud's key vaults are.
  public var vaultDomain: String
  /// What stands in for the origin of every key vault; `nil` but in the lab.
  public var vaultOrigin: Origin?
  /// The metadata service of the machine that we run on, which knows its managed identity.
  public var metadata: Origin

  public init(
    authority: Origin, graph: Origin, graphResource: String, portalHosts: [String],
    vaultDomain: String = Self.commercialVaults, vaultOrigin: Origin? = nil, metadata: Origin = Self.azureMetadata
  ) {
    self.authority = authority
    self.graph = graph
    self.graphResource = graphResource
    self.portalHosts = portalHosts
    self.vaultDomain = vaultDomain
    self.vaultOrigin = vaultOrigin
    self.metadata = metadata
  }

  public static let commercialVaults = "vault.azure.net"
  public static let governmentVaults = "vault.usgovcloudapi.net"
  /// Azure Instance Metadata Service: the same link-local address on every machine, in every cloud.
  public static let azureMetadata = Origin(scheme: "http", host: "169.254.169.254", port: 80)
}
