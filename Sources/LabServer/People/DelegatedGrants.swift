import FoundationEssentials
import Synchronization
import SystemCrypto

/// The grants by which people's tokens are had at the token endpoint.
enum DelegatedGrant: String, Sendable {
  case code = "authorization_code"
  case refresh = "refresh_token"
  case device = "urn:ietf:params:oauth:grant-type:device_code"
}

/// What a token request of a person comes to.
struct DelegatedTokens: Sendable {
  var access: String
  /// The answer's `scope`.
  var scope: String
  var refresh: String?
  var id: String?
  /// The refresh token that was redeemed for it.
  var redeemed: String?
  /// Account and tenant as MSAL keeps them, where it asked for that.
  var clientInfo: String?
}

extension LabWorld {
  /// Seconds that an authorization code lives.
  static let codeLifetime: Int64 = 600
  /// Days after which a refresh token that nobody has used is of no use.
  static let idleDays: Int64 = 90

  /// Answers a person's token request, once the app has shown who it is.
  func delegatedTokens(
    _ kind: DelegatedGrant, _ form: TokenForm, _ tenantName: String, _ version: TokenVersion,
    proof: TokenGrant.Proof, requestID: String
  ) throws -> DelegatedTokens {
    let claims = try RequestedClaims(form["claims"])
    var redeemed: String?
    var (signIn, room): (People.SignIn, TenantRoom)
    switch kind {
    case .code:
      (signIn, room) = try redeem(code: try form.required("code"), form, tenantName, requestID: requestID)
    case .refresh:
      let token = try form.required("refresh_token")
      signIn = try redeem(refreshToken: token, requestID: requestID)
      room = try userTenant(named: tenantName, of: signIn.upn)
      redeemed = token
    case .device:
      (signIn, room) = try redeem(deviceCode: try form.required("device_code"), tenantName, requestID: requestID)
    }
    let text = try scope(form, version) ?? signIn.scope
    let asked = try AskedScope(text, in: room.tenant.name)
    if kind != .refresh, asked.hasSeveralResources, form["scope"] != nil { throw TokenRefusal.severalResources(text) }
    signIn.scope = text
    if kind != .refresh { signIn.claims = signIn.claims.merging(claims) }
    let (person, standing) = try admitted(signIn, to: room, by: kind)
    let granted = try permissions(asked, in: room, for: standing.way, upn: signIn.upn)
    let wanted = signIn.claims.merging(claims)
    try checkStepUp(wanted, signIn, in: room)
    let now = Int(limitNow().ticks / Moment.second)
    let uti = String(requestID.replacing("-", with: "").prefix(22))
    let holder = TokenGrant.Person(
      upn: person.user.upn, name: person.user.name, home: homeRoom(of: person)?.tenant.id ?? room.tenant.id,
      scopes: granted + asked.openIDScopes, roles: standing.roles, hasMFA: signIn.hasMFA)
    let grant = TokenGrant(
      audience: Self.graphAudience, client: options.clientID, principal: person.oid, proof: proof, person: holder,
      claims: wanted)
    let access = try issueToken(for: room, grant, at: now, uti: uti)
    var tokens = DelegatedTokens(access: access, scope: asked.answer(granted: granted), redeemed: redeemed)
    if asked.wantsIDToken || version == .v1 {
      tokens.id = try issueIDToken(for: room, grant, holder, nonce: signIn.nonce, at: now)
    }
    // Claims were asked of this one token; the next is asked for them anew, but what the person did stays done.
    if asked.wantsRefreshToken || version == .v1 || kind == .refresh {
      tokens.refresh = newRefreshToken(signIn)
    }
    if form["client_info"] == "1" {
      let info = jsonObject { json in
        json.field("uid", person.oid)
        json.field("utid", holder.home)
      }
      tokens.clientInfo = base64URL(Data(info))
    }
    return tokens
  }

  /// The tenant of a person's request: by name, or the person's own for an alias.
  func userTenant(named name: String, of upn: String) throws -> TenantRoom {
    guard ["common", "organizations"].contains(name.lowercased()) else { return try tenant(named: name) }
    guard let account = account(upn), let home = homeRoom(of: account) else { throw TokenRefusal.tenantNotFound(name) }
    return home
  }

  /// Scopes of version 2.0; the first version names an API instead, and means everything in it.
  private func scope(_ form: TokenForm, _ version: TokenVersion) throws -> String? {
    guard version == .v1 else {
      if form["resource"] != nil { throw TokenRefusal.resourceSent }
      return form["scope"]
    }
    return form["resource"].map { Self.scope(ofResource: $0) }
  }

  static func scope(ofResource resource: String) -> String {
    "\(resource.hasSuffix("/") ? String(resource.dropLast()) : resource)/.default openid offline_access"
  }

  /// Whether the person may act in the tenant at all, at this moment.
  ///
  /// - Throws: the refusal that stands in the way: account, revocation, policy, relation, second factor.
  private func admitted(
    _ signIn: People.SignIn, to room: TenantRoom, by kind: DelegatedGrant
  ) throws -> (People.Account, Standing) {
    guard let person = account(signIn.upn) else { throw refusal(50034, of: signIn.upn, in: room) }
    let access = room.state.withLock { $0.access }
    let standing = try standing(of: person, in: room)
    if person.revocations != signIn.generation { throw refusal(50173, of: signIn.upn, in: room) }
    if let code = access.refusal { throw refusal(code, of: signIn.upn, in: room) }
    if kind == .device, let code = access.deviceCodeRefusal { throw refusal(code, of: signIn.upn, in: room) }
    if needsMFA(person, in: room), !signIn.hasMFA { throw refusal(50076, of: signIn.upn, in: room) }
    return (person, standing)
  }

  /// The permissions that a token shows: those asked for, as far as they were consented to.
  func permissions(
    _ asked: AskedScope, in room: TenantRoom, for way: Standing.Way, upn: String
  ) throws -> [String] {
    let consented = try consentedScopes(in: room, for: way, upn: upn)
    guard !asked.isDefault else { return consented }
    guard asked.names.allSatisfy(consented.contains) else { throw refusal(65001, of: upn, in: room) }
    return asked.names
  }

  func newRefreshToken(_ signIn: People.SignIn) -> String {
    let token = randomText("0.AX", bytes: 64)
    let now = limitNow()
    people.withLock { $0.refreshTokens[token] = People.RefreshToken(signIn: signIn, lastUsed: now) }
    return token
  }

  private func redeem(refreshToken token: String, requestID: String) throws -> People.SignIn {
    let now = limitNow()
    guard let found = people.withLock({ $0.refreshTokens[token] }) else { throw TokenRefusal.grantUnknown }
    guard now < found.lastUsed + Self.idleDays * Moment.day else {
      throw refusal(700_082, of: found.signIn.upn, in: homeRoom ?? rooms[0])
    }
    if let spent = found.spent, spent <= now {
      record(.refreshTokenReused, homeRoom, "a refresh token that was replaced was redeemed", requestID: requestID)
    }
    return found.signIn
  }

  /// Keeps that the answer with a token's successor has arrived: from then on nobody needs the old one, though the
  /// service would still take it.
  func spend(refreshToken token: String, at moment: Moment) {
    people.withLock { people in
      if people.refreshTokens[token]?.spent == nil { people.refreshTokens[token]?.spent = moment }
      people.refreshTokens[token]?.lastUsed = moment
    }
  }

  private func redeem(
    code text: String, _ form: TokenForm, _ tenantName: String, requestID: String
  ) throws -> (People.SignIn, TenantRoom) {
    let redirect = try form.required("redirect_uri")
    guard let code = people.withLock({ $0.codes[text] }) else { throw TokenRefusal.grantUnknown }
    let room = rooms[code.room]
    let named = try userTenant(named: tenantName, of: code.signIn.upn)
    guard code.tenantName == tenantName.lowercased() || named === room else { throw TokenRefusal.codeOfOtherTenant }
    guard !code.isRedeemed else { throw refusal(54005, of: code.signIn.upn, in: room) }
    guard limitNow() < code.ends else { throw refusal(70008, of: code.signIn.upn, in: room) }
    guard redirect == code.redirect else { throw TokenRefusal.redirectDiffers(redirect, code.redirect) }
    if let challenge = code.challenge {
      let verifier = form["code_verifier"] ?? ""
      let shown = code.isHashed ? base64URL(Data(try Digest.sha256(Array(verifier.utf8)))) : verifier
      guard shown == challenge else { throw refusal(501_481, of: code.signIn.upn, in: room) }
    } else {
      record(.verifierMissing, room, "a code was asked for without a challenge", requestID: requestID)
    }
    let isFirst = people.withLock { people in
      guard people.codes[text]?.isRedeemed == false else { return false }
      people.codes[text]?.isRedeemed = true
      return true
    }
    guard isFirst else { throw refusal(54005, of: code.signIn.upn, in: room) }
    return (code.signIn, room)
  }
}
