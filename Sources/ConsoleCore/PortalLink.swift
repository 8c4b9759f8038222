package import PartnerModel

/// Whether a link of the service's may be opened. The core asks before it offers one, the edge before it opens one.
package enum PortalLink: Hashable, Sendable {
  case allowed(host: String, path: String)
  /// Not a web address that every program reads the same way.
  case notPlain
  case notSecure(Origin)
  case foreign(host: String)
  /// It opens the portal in another tenant than the incident's.
  case foreignTenant

  /// - Parameters:
  ///   - hosts: those of the cloud's portals, in lower case.
  ///   - tenant: the incident's.
  package static func check(_ url: String, hosts: Set<String>, tenant: TenantID) -> PortalLink {
    // A link is opened as it came; what follows the mark never leaves the browser and takes no part in the check.
    let end = url.firstIndex(of: "#") ?? url.endIndex
    guard let (origin, path) = Origin.split(String(url[..<end])) else { return .notPlain }
    guard url[end...].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }) else { return .notPlain }
    guard origin.scheme == "https", origin.port == 443 else { return .notSecure(origin) }
    if names(path, otherThan: tenant) { return .foreignTenant }
    return hosts.contains(origin.host) ? .allowed(host: origin.host, path: path) : .foreign(host: origin.host)
  }

  /// Whether a link opens the portal in another tenant than `tenant`, wherever it leads.
  package static func isForeign(_ url: String, to tenant: TenantID) -> Bool {
    names(String(url[..<(url.firstIndex(of: "#") ?? url.endIndex)]), otherThan: tenant)
  }

  /// Whether the query names a tenant (`tid`, in any casing), and not this one.
  private static func names(_ path: String, otherThan tenant: TenantID) -> Bool {
    guard let mark = path.firstIndex(of: "?") else { return false }
    return path[mark...].dropFirst().split(whereSeparator: { $0 == "&" || $0 == ";" }).contains { option in
      let sides = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      // No portal escapes the name of an option: what is hidden that way may be this one.
      if sides[0].contains("%") { return true }
      guard sides.count == 2, ["tid", "tenantid"].contains(sides[0].lowercased()) else { return false }
      return TenantID(String(sides[1])) != tenant
    }
  }
}
