/// The cloud in which a tenant lives, as its public document names it.
public enum HomeCloud: Hashable, Sendable, CaseIterable {
  case worldwide, gccHigh, dod
  /// GCC High or DoD: the document does not tell which.
  case usGovernment
  case china

  /// Reads a tenant's OpenID configuration.
  ///
  /// Source: Entra ID, OpenID Connect metadata: `tenant_region_scope`, `tenant_region_sub_scope`, `cloud_instance_name`;
  /// Microsoft Graph "National cloud deployments" for the hosts.
  /// - Returns: `nil` where nothing in it names a cloud.
  public static func read(_ document: JSONNode) -> HomeCloud? {
    func text(_ key: String) -> String { document[key]?.string?.lowercased() ?? "" }
    let places = ["cloud_instance_name", "msgraph_host", "issuer", "token_endpoint"].compactMap { host(text($0)) }
    func isAt(_ domain: String) -> Bool { places.contains { $0 == domain || $0.hasSuffix(".\(domain)") } }
    if ["partner.microsoftonline.cn", "chinacloudapi.cn"].contains(where: isAt) { return .china }
    switch (text("tenant_region_scope"), text("tenant_region_sub_scope")) {
    case ("usgov", "dodcon"): return .gccHigh
    case ("usgov", "dod"): return .dod
    default: break
    }
    if isAt("dod-graph.microsoft.us") { return .dod }
    if isAt("graph.microsoft.us") { return .gccHigh }
    if text("tenant_region_scope") == "usgov" || isAt("microsoftonline.us") { return .usGovernment }
    return isAt("microsoftonline.com") ? .worldwide : nil
  }

  private static func host(_ place: String) -> String? {
    place.isEmpty ? nil : Origin.split(place.contains("://") ? place : "https://\(place)")?.origin.host
  }

  /// Whether an app of `cloud` is asked for its tokens where tenants of this one are known.
  public func isServed(by cloud: Cloud) -> Bool {
    switch (self, cloud) {
    // GCC tenants live at the worldwide authority; so does what the lab plays.
    case (.worldwide, .commercial), (.worldwide, .gcc), (.worldwide, .lab), (.gccHigh, .gccHigh), (.dod, .dod): true
    case (.usGovernment, .gccHigh), (.usGovernment, .dod): true
    default: false
    }
  }

  /// What happened, in one clause.
  public var summary: String { "the tenant lives in another cloud: \(name)" }

  private var name: String {
    switch self {
    case .worldwide: "Microsoft's worldwide cloud"
    case .gccHigh: "GCC High"
    case .dod: "DoD"
    case .usGovernment: "the US government's, GCC High or DoD"
    case .china: "China, operated by 21Vianet"
    }
  }

  /// One sentence: what the operator does next.
  public var nextAction: String {
    let cloud: String
    switch self {
    case .china: return "Exclude the tenant: \(Self.chinaReason)."
    case .worldwide: cloud = "\"cloud\": \"commercial\""
    case .gccHigh: cloud = "\"cloud\": \"gccHigh\""
    case .dod: cloud = "\"cloud\": \"dod\""
    case .usGovernment: cloud = "\"cloud\": \"gccHigh\" or \"dod\""
    }
    return "Register the app in that cloud, add it to apps with \(cloud), and name it as the tenant's app."
  }

  /// Why no app can be of China's cloud, as a clause.
  static let chinaReason = "Microsoft offers no API for incidents, alerts or hunting in China's cloud"
}
