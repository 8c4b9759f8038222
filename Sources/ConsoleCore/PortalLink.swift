package import PartnerModel

/// Whether a link of the service's may be opened. The core asks before it offers one, the edge before it opens one.
package enum PortalLink: Hashable, Sendable {
  case allowed(host: String, path: String)
  /// Not a web address that every program reads the same way.
  case notPlain
  case notSecure(Origin)
  case foreign(host: String)

  /// - Parameter hosts: those of the cloud's portals, in lower case.
  package static func check(_ url: String, hosts: Set<String>) -> PortalLink {
    // A link is opened as it came; what follows the mark never leaves the browser and takes no part in the check.
    let end = url.firstIndex(of: "#") ?? url.endIndex
    guard let (origin, path) = Origin.split(String(url[..<end])) else { return .notPlain }
    guard url[end...].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }) else { return .notPlain }
    guard origin.scheme == "https", origin.port == 443 else { return .notSecure(origin) }
    return hosts.contains(origin.host) ? .allowed(host: origin.host, path: path) : .foreign(host: origin.host)
  }
}
