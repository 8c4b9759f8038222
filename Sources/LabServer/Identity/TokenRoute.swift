import FoundationEssentials
import Synchronization

/// The two generations of the token endpoint: the first names the resource and gives its numbers as texts.
enum TokenVersion: Hashable, Sendable { case v1, v2 }

extension LabWorld {
  /// Answers everything that is not Graph, a vault, the metadata service or control: the authority of Entra ID.
  func authority(_ request: LabRequest, _ segments: [String]) -> Delivery {
    let tenantName = segments.first ?? ""
    switch Array(segments.dropFirst()) {
    case ["oauth2", "v2.0", "token"]: return tokenRoute(request, tenantName, .v2)
    case ["oauth2", "token"]: return tokenRoute(request, tenantName, .v1)
    case ["oauth2", "v2.0", "authorize"]: return authorize(request, tenantName, .v2)
    case ["oauth2", "authorize"]: return authorize(request, tenantName, .v1)
    case ["v2.0", "adminconsent"]: return adminConsent(request, tenantName, .v2)
    case ["adminconsent"]: return adminConsent(request, tenantName, .v1)
    case ["consent"]: return Delivery(consentForm(request))
    case ["login"]: return Delivery(login(request, tenantName))
    case ["oauth2", "v2.0", "devicecode"], ["oauth2", "devicecode"]: return deviceCode(request, tenantName)
    case [] where tenantName == "devicelogin": return Delivery(deviceLogin(request))
    case ["v2.0", ".well-known", "openid-configuration"]: return Delivery(discovery(request, tenantName))
    case ["discovery", "v2.0", "keys"]: return Delivery(keySet(request, tenantName))
    default: return Delivery(plainNotFound())
    }
  }

  private func tokenRoute(_ request: LabRequest, _ tenantName: String, _ version: TokenVersion) -> Delivery {
    let room = room(tenantName)
    let requestID = room?.nextRequestID() ?? anonymousRequestID()
    let correlationID = request.clientRequestID.flatMap { UUID(uuidString: $0) }
      .map { $0.uuidString.lowercased() }
    room?.state.withLock { $0.requests["token", default: 0] += 1 }
    if let token = request.bearer() { noteStrayToken(token, at: room, requestID: requestID) }
    notePatience(room, lane: .token, request, requestID: requestID)
    // A device that waits asks again and again: its own interval limits that.
    let isPoll = (try? TokenForm(request))?["grant_type"] == DelegatedGrant.device.rawValue
    let isLoop = !isPoll && isTokenLoop(room, requestID: requestID)
    var redeemed: String?
    let delivery = faulted(room, route: "token", requestID: requestID) {
      var answer =
        isLoop
        ? TokenRefusal.loop.answer(
          traceID: requestID, correlationID: correlationID ?? requestID, at: self.wallMoment())
        : self.tokenAnswer(request, tenantName, version, requestID, correlationID ?? requestID, redeemed: &redeemed)
      answer.headers += [
        ("Cache-Control", "no-store, no-cache"), ("Pragma", "no-cache"), ("x-ms-request-id", requestID),
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"), ("X-Content-Type-Options", "nosniff"),
      ]
      if request.header("return-client-request-id") == "true", let correlationID {
        answer.headers.append(("client-request-id", correlationID))
      }
      return answer
    }
    rememberPark(room, lane: .token, request, delivery)
    if let redeemed, delivery.manner == .whole {
      let delay = Int64(delivery.delayMilliseconds + options.latencyMilliseconds)
      spend(refreshToken: redeemed, at: limitNow() + delay * Moment.second / 1000)
    }
    return delivery
  }

  /// Counts a request for a token, whatever becomes of it; whether it is one too many of the same.
  private func isTokenLoop(_ room: TenantRoom?, requestID: String) -> Bool {
    guard let room else { return false }
    let now = limitNow()
    guard room.state.withLock({ $0.traffic.admit(.token, at: now) }) != nil else { return false }
    record(.overLimit, room, "more tokens than the service grants in five minutes", requestID: requestID)
    return true
  }

  private func tokenAnswer(
    _ request: LabRequest, _ tenantName: String, _ version: TokenVersion, _ requestID: String, _ correlationID: String,
    redeemed: inout String?
  ) -> LabAnswer {
    do {
      if let refusal = room(tenantName)?.state.withLock({ $0.refusal }) { throw refusal }
      let form = try TokenForm(request)
      let grantType = try form.required("grant_type")
      if let kind = DelegatedGrant(rawValue: grantType) {
        let room =
          ["common", "organizations"].contains(tenantName.lowercased()) ? homeRoom : try tenant(named: tenantName)
        let proof = try proof(form, room, tenantName, requestID)
        let tokens = try delegatedTokens(kind, form, tenantName, version, proof: proof, requestID: requestID)
        redeemed = tokens.redeemed
        return .json(delegatedBody(tokens, version))
      }
      guard grantType == "client_credentials" else { throw TokenRefusal.grantType(grantType) }
      let (room, grant) = try grant(form, tenantName, version, requestID)
      let now = Int(limitNow().ticks / Moment.second)
      let token = try issueToken(
        for: room, grant, at: now, uti: String(requestID.replacing("-", with: "").prefix(22)))
      return .json(
        jsonObject(reserving: 2048) { json in
          json.field("token_type", "Bearer")
          writeTimes(version, at: now, audience: grant.audience, to: &json)
          json.field("access_token", token)
        })
    } catch let refusal as TokenRefusal {
      return refusal.answer(traceID: requestID, correlationID: correlationID, at: wallMoment())
    } catch {
      return LabAnswer(status: 500)
    }
  }

  private func writeTimes(_ version: TokenVersion, at now: Int, audience: String, to json: inout JsonWriter) {
    let lasts = Self.tokenLifetime - 1
    switch version {
    case .v1:
      json.field("expires_in", "\(lasts)")
      json.field("ext_expires_in", "\(lasts)")
      json.field("expires_on", "\(now + lasts)")
      json.field("not_before", "\(now)")
      json.field("resource", audience)
    case .v2:
      json.field("expires_in", lasts)
      json.field("ext_expires_in", lasts)
    }
  }

  private func delegatedBody(_ tokens: DelegatedTokens, _ version: TokenVersion) -> [UInt8] {
    let now = Int(limitNow().ticks / Moment.second)
    return jsonObject(reserving: 4096) { json in
      json.field("token_type", "Bearer")
      json.field("scope", tokens.scope)
      writeTimes(version, at: now, audience: Self.graphAudience, to: &json)
      json.field("access_token", tokens.access)
      if let refresh = tokens.refresh { json.field("refresh_token", refresh) }
      if let id = tokens.id { json.field("id_token", id) }
      if let info = tokens.clientInfo { json.field("client_info", info) }
    }
  }

  /// How the app shows who it is.
  ///
  /// - Throws: what is wrong with the app's id or its credential, or that it has one and should not, or the other way
  ///   round.
  private func proof(
    _ form: TokenForm, _ room: TenantRoom?, _ tenantName: String, _ requestID: String
  ) throws -> TokenGrant.Proof {
    let client = try form.client()
    guard client.lowercased() == options.clientID.lowercased() else {
      throw TokenRefusal.appNotFound(client, in: room?.tenant.name ?? tenantName)
    }
    let assertion = form["client_assertion"]
    if options.isPublicClient {
      guard assertion == nil, form.secret == nil else { throw TokenRefusal.credentialOfPublicClient }
      guard form["grant_type"] != "client_credentials" else { throw TokenRefusal.credentialMissing }
      return .none
    }
    if let assertion, let room {
      let type = try form.required("client_assertion_type")
      try check(assertion: assertion, ofType: type, from: client, in: room, as: tenantName, requestID: requestID)
      return .certificate
    }
    guard let secret = form.secret, !secret.isEmpty else { throw TokenRefusal.credentialMissing }
    try check(secret: secret, of: client)
    return .secret
  }

  /// Checks in the order of the real service: the form, the tenant, the app, its credential, the scope, the consent.
  private func grant(
    _ form: TokenForm, _ tenantName: String, _ version: TokenVersion, _ requestID: String
  ) throws -> (TenantRoom, TokenGrant) {
    let room = try tenant(named: tenantName)
    let client = try form.client()
    guard client.lowercased() == options.clientID.lowercased() else {
      throw TokenRefusal.appNotFound(client, in: room.tenant.name)
    }
    if version == .v2, form["resource"] != nil { throw TokenRefusal.resourceSent }
    let proof = try proof(form, room, tenantName, requestID)
    let audience =
      switch version {
      case .v1: try check(resource: try form.required("resource"), in: room)
      case .v2: try check(scope: try form.required("scope"), in: room)
      }
    let roles = try grantedRoles(client, room)
    return (
      room,
      TokenGrant(
        audience: audience, client: options.clientID, principal: appPrincipal(in: room), proof: proof,
        roles: audience == Self.graphAudience ? roles : [], claims: try RequestedClaims(form["claims"]))
    )
  }

  func tenant(named name: String) throws -> TenantRoom {
    if ["common", "organizations", "consumers"].contains(name.lowercased()) { throw TokenRefusal.aliasNotAllowed }
    let isDomain = name.contains(".") && name.utf8.allSatisfy { $0.isDomainCharacter }
    guard UUID(uuidString: name) != nil || isDomain else { throw TokenRefusal.tenantNameInvalid(name) }
    guard let room = room(name), room.scenario != .tenantNotFound else { throw TokenRefusal.tenantNotFound(name) }
    guard room.state.withLock({ $0.cloud.instance.authority }) == nil else { throw TokenRefusal.otherCloud(name) }
    return room
  }

  private func check(secret: String, of client: String) throws {
    let registered = [LabClientSecret(options.secret, ends: options.secretEnds)] + options.furtherSecrets
    let named = registered.filter { $0.text == secret }
    guard !named.isEmpty else { throw TokenRefusal.secretWrong(client) }
    let now = limitNow()
    guard named.contains(where: { $0.ends.map { now < Moment($0) } ?? true }) else {
      throw TokenRefusal.secretEnded(client)
    }
  }

  /// The audience of a token of version 2.0.
  private func check(scope: String, in room: TenantRoom) throws -> String {
    let scopes = scope.split(separator: " ").map(String.init)
    if Set(scopes.map(resource)).count > 1 { throw TokenRefusal.severalResources(scope) }
    guard scopes.count == 1 else { throw TokenRefusal.scopeInvalid(scope) }
    guard scope.contains("://") || scope.hasSuffix("/.default") else { throw TokenRefusal.scopeInvalid(scope) }
    guard scope.hasSuffix("/.default") else { throw TokenRefusal.scopeNotDefault(scope) }
    return try check(resource: resource(scope), in: room)
  }

  private func resource(_ scope: String) -> String {
    guard let slash = scope.lastIndex(of: "/"), scope[..<slash].last != "/" else { return scope }
    return String(scope[..<slash])
  }

  /// The audience of a token for a resource, which may be named with a slash at its end.
  private func check(resource: String, in room: TenantRoom) throws -> String {
    let name = resource.hasSuffix("/") ? String(resource.dropLast()) : resource
    if name == "00000003-0000-0000-c000-000000000000" { return Self.graphAudience }
    guard name == Self.graphAudience || vaultAudiences.contains(name) else {
      throw TokenRefusal.resourceNotFound(resource, in: room.tenant.name)
    }
    return name
  }

  func grantedRoles(_ client: String, _ room: TenantRoom) throws -> [String] {
    switch consent(of: room) {
    case .granted(let roles): return roles
    case .noServicePrincipal: throw TokenRefusal.noServicePrincipal(client, in: room.tenant.id)
    case .disabled: throw TokenRefusal.disabled(client)
    case .blocked: throw TokenRefusal.blocked
    case .unlicensed: throw TokenRefusal.unlicensed(client, in: room.tenant.name)
    case .resourceNotRequested: throw TokenRefusal.resourceNotRequested(client)
    }
  }

  /// A bearer token has no business at the authority, least of all at another tenant's.
  private func noteStrayToken(_ token: String, at room: TenantRoom?, requestID: String) {
    let owner = claims(of: token)?.tid
    if let owner, owner != room?.tenant.id {
      record(
        .crossTenantToken, self.room(owner), "its token was sent to another tenant's authority", requestID: requestID)
    } else {
      record(.tokenSentToAuthority, room, "a bearer token was sent to the token endpoint", requestID: requestID)
    }
  }
}

extension UInt8 {
  fileprivate var isDomainCharacter: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
