/// What a person's token is asked for: permissions of one API, and what OpenID Connect adds.
struct AskedScope: Sendable {
  static let openID: Set<String> = ["openid", "profile", "email", "offline_access"]

  /// As they came, without `offline_access`, which no token shows.
  var openIDScopes: [String] = []
  /// Permissions by their short names.
  var names: [String] = []
  /// Whether everything that was consented to is meant.
  var isDefault = false
  var wantsRefreshToken = false
  /// Whether scopes of more than one API were named.
  var hasSeveralResources = false

  var wantsIDToken: Bool { openIDScopes.contains("openid") }

  /// Reads the parameter `scope` of version 2.0. A name without an address is one of Microsoft Graph's.
  ///
  /// - Throws: 70011 where nothing is asked for, or `.default` beside single permissions; 500011 for an unknown API.
  init(_ text: String, in tenant: String) throws {
    var resources: [String] = []
    for scope in text.split(separator: " ").map(String.init) {
      if Self.openID.contains(scope) {
        if scope == "offline_access" { wantsRefreshToken = true } else { openIDScopes.append(scope) }
        continue
      }
      let (resource, name) = Self.parts(of: scope)
      if !resources.contains(resource) { resources.append(resource) }
      // A token is for one API: the first that is named.
      guard resource == resources[0] else { continue }
      if name == ".default" { isDefault = true } else { names.append(name) }
    }
    hasSeveralResources = resources.count > 1
    guard !resources.isEmpty || !openIDScopes.isEmpty || wantsRefreshToken else {
      throw TokenRefusal.scopeInvalid(text)
    }
    guard !isDefault || names.isEmpty else { throw TokenRefusal.scopeInvalid(text) }
    let known = [LabWorld.graphAudience, "00000003-0000-0000-c000-000000000000"]
    if let resource = resources.first, !known.contains(resource) {
      throw TokenRefusal.resourceNotFound(resource, in: tenant)
    }
  }

  private static func parts(of scope: String) -> (resource: String, name: String) {
    guard let slash = scope.lastIndex(of: "/") else { return (LabWorld.graphAudience, scope) }
    let resource = String(scope[..<slash])
    return (
      resource.hasSuffix("/") ? String(resource.dropLast()) : resource, String(scope[scope.index(after: slash)...])
    )
  }

  /// The answer's `scope`, where these permissions were given.
  func answer(granted: [String]) -> String {
    let full = granted.map { "\(LabWorld.graphAudience)/\($0)" }
    let all = isDefault ? ["\(LabWorld.graphAudience)/.default"] : []
    return (openIDScopes + full + all).joined(separator: " ")
  }
}
