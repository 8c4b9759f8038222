import FoundationEssentials
import PartnerModel

/// The proxy that the environment names for `https`. Plain `http` stays on this machine and needs none.
struct ProxySetting {
  var host: String
  var port: Int
  /// `user:password` of the proxy's URL; never shown.
  var credentials: Secret?
  private var exceptions: [Exception] = []
  /// Parts of `NO_PROXY` that mean nothing here, as they were written.
  private(set) var unread: [String] = []

  /// Hosts that are reached without the proxy.
  private struct Exception {
    /// In lower case; empty for every host.
    var host: String
    /// Whether the names below it are meant too.
    var coversBelow: Bool
    /// `nil` for any.
    var port: Int?
  }

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
      guard let decoded = unescaped(address[..<at]), !decoded.utf8.contains(where: { $0 < 0x20 }) else {
        throw unreadable(name)
      }
      credentials = Secret(decoded)
      address = address[address.index(after: at)...]
    }
    guard let (origin, rest) = Origin.split("http://\(address)"), rest.isEmpty else { throw unreadable(name) }
    var setting = ProxySetting(host: origin.host, port: origin.port, credentials: credentials)
    let list = ["NO_PROXY", "no_proxy"].compactMap(environment).first { !$0.isEmpty } ?? ""
    for part in list.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map(String.init) {
      if let exception = exception(part.lowercased()) {
        setting.exceptions.append(exception)
      } else {
        setting.unread.append(part)
      }
    }
    return setting
  }

  private init(host: String, port: Int, credentials: Secret?) {
    self.host = host
    self.port = port
    self.credentials = credentials
  }

  /// Whether requests to `origin` go through the proxy.
  func covers(_ origin: Origin) -> Bool {
    guard origin.scheme == "https", !origin.isLoopback else { return false }
    let host = origin.host.lowercased()
    return !exceptions.contains { exception in
      if let port = exception.port, port != origin.port { return false }
      return exception.host.isEmpty || host == exception.host
        || exception.coversBelow && host.hasSuffix("." + exception.host)
    }
  }

  /// What is not read, as the end of a sentence; empty when all was.
  var unreadNote: String {
    unread.isEmpty ? "" : "NO_PROXY: \(unread.joined(separator: ", ")) \(unread.count == 1 ? "is" : "are") not read"
  }

  /// Reads `*`, `name`, `.name`, `*.name`, each with `:port` or a full stop at its end, and addresses; there is no
  /// standard, and these are the forms that curl, Go and Python share. `nil` for ranges of addresses and all else.
  private static func exception(_ part: String) -> Exception? {
    if part == "*" { return Exception(host: "", coversBelow: true) }
    if part.first == "[" || part.utf8.count(where: { $0 == UInt8(ascii: ":") }) > 1 { return address(part) }
    var name = part[...]
    var port: Int?
    if let colon = name.lastIndex(of: ":") {
      guard let number = Int(name[name.index(after: colon)...]), (1...65_535).contains(number) else { return nil }
      port = number
      name = name[..<colon]
    }
    if name.hasPrefix("*.") { name = name.dropFirst(2) } else if name.first == "." { name = name.dropFirst() }
    if name.last == "." { name = name.dropLast() }
    guard isName(name) else { return nil }
    return Exception(host: String(name), coversBelow: true, port: port)
  }

  /// An IPv6 address, with or without brackets and port.
  private static func address(_ part: String) -> Exception? {
    var host = part[...]
    var port: Int?
    if host.first == "[" {
      guard let end = host.lastIndex(of: "]") else { return nil }
      let rest = host[host.index(after: end)...]
      if !rest.isEmpty {
        guard rest.first == ":", let number = Int(rest.dropFirst()), (1...65_535).contains(number) else { return nil }
        port = number
      }
      host = host[host.index(after: host.startIndex)..<end]
    }
    guard host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return nil }
    return Exception(host: "[\(host)]", coversBelow: false, port: port)
  }

  private static func isName(_ name: Substring) -> Bool {
    !name.isEmpty && !name.hasPrefix(".") && !name.contains("..")
      && name.utf8.allSatisfy { byte in
        (97...122).contains(byte) || (48...57).contains(byte) || byte == UInt8(ascii: "-")
          || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte > 127
      }
  }

  private static func unreadable(_ name: String) -> PartnerError {
    PartnerError(.unreachable(.proxy(reason: "\(name) is not of the form http://host:port")), tenant: nil)
  }
}
