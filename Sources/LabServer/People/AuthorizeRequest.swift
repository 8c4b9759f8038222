/// What a page of the authority is opened with: each parameter at most once, and the state as it came.
struct PageQuery {
  private var fields: [String: String] = [:]
  let rawState: String?

  /// - Throws: 9000411 for a parameter that comes twice; 90023 for a broken escape.
  init(_ query: String) throws {
    guard let pairs = formFields(query) else { throw TokenRefusal.parameterInvalid("query") }
    for (name, value) in pairs {
      guard fields.updateValue(value, forKey: name) == nil else { throw TokenRefusal.duplicateParameter(name) }
    }
    rawState = query.split(separator: "&").first { $0.hasPrefix("state=") }.map { String($0.dropFirst("state=".count)) }
  }

  /// Nil where it is missing or empty.
  subscript(_ name: String) -> String? { fields[name].flatMap { $0.isEmpty ? nil : $0 } }

  /// - Throws: 900144 where it is missing or empty.
  func required(_ name: String) throws -> String {
    guard let value = self[name] else { throw TokenRefusal.missingParameter(name) }
    return value
  }
}

/// A sign-in that was asked for, checked.
struct AuthorizeRequest: Sendable {
  var back: ReturnAddress
  /// As the path named it.
  var tenantName: String
  /// Nil for an alias: then it is the person's own.
  var room: Int?
  var scope: String
  var challenge: String?
  var isHashed = false
  var prompt: Set<String> = []
  var hint: String?
  var claims = RequestedClaims.none
  var nonce: String?
  /// What the redirect says beside the code.
  var more: [(name: String, value: String)] = []

  private static let prompts: Set<String> = ["none", "login", "consent", "select_account", "create"]

  /// - Throws: what is wrong in a request whose redirect may be used, to be told there.
  init(_ query: PageQuery, _ version: TokenVersion, tenantName: String, room: TenantRoom?, back: ReturnAddress) throws {
    self.tenantName = tenantName
    self.room = room?.index
    self.back = back
    let type = try query.required("response_type")
    guard type == "code" else { throw TokenRefusal.responseType(type) }
    let name = room?.tenant.name ?? tenantName
    switch version {
    case .v1:
      guard let resource = query["resource"] else { throw TokenRefusal.missingParameter("resource") }
      scope = LabWorld.scope(ofResource: resource)
    case .v2:
      if query["resource"] != nil { throw TokenRefusal.resourceSent }
      scope = try query.required("scope")
    }
    _ = try AskedScope(scope, in: name)
    try readChallenge(query)
    prompt = Set((query["prompt"] ?? "").split(separator: " ").map(String.init))
    let known = version == .v1 ? Self.prompts.union(["admin_consent"]) : Self.prompts
    guard prompt.isSubset(of: known), !prompt.contains("none") || prompt.count == 1 else {
      throw TokenRefusal.parameterInvalid("prompt")
    }
    hint = query["login_hint"]
    nonce = query["nonce"]
    claims = try RequestedClaims(query["claims"])
  }

  /// 43 to 128 characters of the unreserved ones; of a hash there are always 43 (RFC 7636, section 4.2).
  private mutating func readChallenge(_ query: PageQuery) throws {
    let method = query["code_challenge_method"]
    guard method == nil || method == "S256" || method == "plain" else {
      throw TokenRefusal.parameterInvalid("code_challenge_method")
    }
    guard let challenge = query["code_challenge"] else {
      guard method == nil else { throw TokenRefusal.missingParameter("code_challenge") }
      return
    }
    isHashed = method == "S256"
    guard isHashed ? challenge.utf8.count == 43 : (43...128).contains(challenge.utf8.count),
      percentEncoded(challenge) == challenge
    else { throw TokenRefusal.challengeSize }
    self.challenge = challenge
  }
}
