/// A scheme, host and port: where a request may go.
///
/// Read from the raw text, because URL libraries decode percent escapes and normalise characters in hosts.
public struct Origin: Hashable, Sendable, CustomStringConvertible {
  public let scheme: String
  public let host: String
  public let port: Int

  public init(scheme: String, host: String, port: Int) {
    self.scheme = scheme
    self.host = host
    self.port = port
  }

  /// Splits an absolute URL into its origin and the rest, which is empty or begins with `/`.
  ///
  /// Takes only `http` and `https`, a host of letters, digits, dots and hyphens, and a port of digits: no user, no
  /// escape, no bracket, no backslash, no fragment, no control character.
  public static func split(_ url: String) -> (origin: Origin, rest: String)? {
    guard url.utf8.count <= 32_768, let separator = url.firstRange(of: "://") else { return nil }
    let scheme = url[..<separator.lowerBound]
    guard scheme == "https" || scheme == "http" else { return nil }
    let afterScheme = url[separator.upperBound...]
    let authorityEnd = afterScheme.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" || $0 == "\\" } ?? url.endIndex
    let authority = afterScheme[..<authorityEnd]
    let rest = url[authorityEnd...]
    guard rest.isEmpty || rest.first == "/",
      rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C && $0 != 0x23 })
    else { return nil }
    let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let host = parts.first, !host.isEmpty, host.utf8.allSatisfy(isHostByte), host.first != ".", host.last != "."
    else { return nil }
    var port = scheme == "https" ? 443 : 80
    if parts.count == 2 {
      guard !parts[1].isEmpty, parts[1].utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let number = Int(parts[1]),
        (1...65_535).contains(number)
      else { return nil }
      port = number
    }
    return (Origin(scheme: String(scheme), host: host.lowercased(), port: port), String(rest))
  }

  /// Whether the host is this machine itself.
  public var isLoopback: Bool { host == "127.0.0.1" || host == "localhost" }

  public var description: String {
    let isUsual = port == (scheme == "https" ? 443 : 80)
    return isUsual ? "\(scheme)://\(host)" : "\(scheme)://\(host):\(port)"
  }
}

private func isHostByte(_ byte: UInt8) -> Bool {
  (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte == 45 || byte == 46
}
