import PartnerModel

/// A link that the service gave for the next page, judged from its raw text (invariant 3).
enum PageLink {
  /// What of `link` may be asked of our own origin: the query after the collection's own path.
  ///
  /// - Parameter path: the collection's path that was asked, with its version.
  /// - Returns: path and query below the version; `nil` for any link that differs in scheme, host, port or path, or
  ///   names another tenant.
  static func target(_ link: String, origin: Origin, path: String, tenant: TenantID) -> String? {
    guard let (place, rest) = Origin.split(link), place == origin else { return nil }
    let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == GraphCall.version + path, !parts[1].isEmpty else { return nil }
    for option in parts[1].split(separator: "&") {
      // Kept empty parts make sure of a name, be it an empty one.
      let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = unescaped(pair[0])?.lowercased() else { return nil }
      if name == "tenantid" || name == "tid" {
        guard pair.count == 2, TenantID(pair[1]) == tenant else { return nil }
      }
    }
    return "\(path)?\(parts[1])"
  }
}

extension PageLink {
  /// As much of a refused link as is told: where it leads, never its query.
  static func shown(_ link: String) -> String {
    guard let (origin, rest) = Origin.split(link) else { return "an unreadable link" }
    return origin.description + rest.prefix { $0 != "?" }.prefix(100)
  }
}
