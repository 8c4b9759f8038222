import FoundationEssentials
import PartnerModel

/// The proxy that the environment names for `https`. Plain `http` stays on this machine and needs none.
struct ProxySetting {
  var host: String
  var port: Int
  /// `user:password` of the proxy's URL; never shown.
  var credentials: Secret?
  private var exceptions: [String]

  /// Reads `HTTPS_PROXY` (or `https_proxy`, `ALL_PROXY`, `all_proxy`) and `NO_PROXY`.
  /// - Throws: `.unreachable(.proxy)` when the setting cannot be read; its text, which can hold a password, is left out.
  static func read(_ environment: (String) -> String?) throws(PartnerError) -> ProxySetting? {
    let names = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
    guard let name = names.first(where: { !(environment($0) ?? "").isEmpty }), let text = environment(name) else {
      return nil
    }
    var address = text[...]
    if let scheme = text.firstRange(of: "://") {
      guard text[..<scheme.lowerBound].lowercased() == "http" else { throw unreadable(name) }
      address = text[scheme.upperBound...]
    }
    if address.last == "/" { address = address.dropLast() }
    var credentials: Secret?
    if let at = address.lastIndex(of: "@") {
      guard let decoded = unescaped(address[..<at]) else { throw unreadable(name) }
      credentials = Secret(decoded)
      address = address[address.index(after: at)...]
    }
    guard let (origin, rest) = Origin.split("http://\(address)"), rest.isEmpty else { throw unreadable(name) }
    let exceptions = (["NO_PROXY", "no_proxy"].compactMap(environment).first { !$0.isEmpty } ?? "").lowercased()
      .split { $0 == "," || $0 == " " }.map { String($0.first == "." ? $0.dropFirst() : $0) }
    return ProxySetting(host: origin.host, port: origin.port, credentials: credentials, exceptions: exceptions)
  }

  /// Whether requests to `origin` go through the proxy.
  func covers(_ origin: Origin) -> Bool {
    guard origin.scheme == "https", !origin.isLoopback else { return false }
    return !exceptions.contains { $0 == "*" || origin.host == $0 || origin.host.hasSuffix("." + $0) }
  }

  private static func unreadable(_ name: String) -> PartnerError {
    PartnerError(.unreachable(.proxy(reason: "\(name) is not of the form http://host:port")), tenant: nil)
  }
}
