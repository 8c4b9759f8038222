import FoundationEssentials
import Synchronization

extension LabWorld {
  /// Answers everything that is not Graph or control: the authority of Entra ID.
  func authority(_ request: LabRequest, _ segments: [String]) -> Delivery {
    let tenantName = segments.first ?? ""
    switch Array(segments.dropFirst()) {
    case ["oauth2", "v2.0", "token"]: return tokenRoute(request, tenantName)
    case ["v2.0", ".well-known", "openid-configuration"]: return Delivery(discovery(request, tenantName))
    case ["discovery", "v2.0", "keys"]: return Delivery(keySet(request, tenantName))
    default: return Delivery(plainNotFound())
    }
  }

  private func tokenRoute(_ request: LabRequest, _ tenantName: String) -> Delivery {
    let room = room(tenantName)
    let requestID = room?.nextRequestID() ?? anonymousRequestID()
    let correlationID = request.clientRequestID.flatMap { UUID(uuidString: $0) }
      .map { $0.uuidString.lowercased() }
    room?.state.withLock { $0.requests["token", default: 0] += 1 }
    if let token = request.bearer() { noteStrayToken(token, at: room, requestID: requestID) }
    notePatience(room, lane: .token, request, requestID: requestID)
    let isLoop = isTokenLoop(room, requestID: requestID)
    let delivery = faulted(room, route: "token", requestID: requestID) {
      var answer =
        isLoop
        ? TokenRefusal.loop.answer(
          traceID: requestID, correlationID: correlationID ?? requestID, at: self.wallMoment())
        : self.tokenAnswer(request, tenantName, requestID, correlationID ?? requestID)
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
    _ request: LabRequest, _ tenantName: String, _ requestID: String, _ correlationID: String
  ) -> LabAnswer {
    do {
      if let refusal = room(tenantName)?.state.withLock({ $0.refusal }) { throw refusal }
      let (room, roles) = try grant(request, tenantName, requestID)
      let token = try issueToken(for: room, roles: roles, uti: String(requestID.replacing("-", with: "").prefix(22)))
      return .json(
        jsonObject(reserving: 2048) { json in
          json.field("token_type", "Bearer")
          json.field("expires_in", Self.tokenLifetime - 1)
          json.field("ext_expires_in", Self.tokenLifetime - 1)
          json.field("access_token", token)
        })
    } catch let refusal as TokenRefusal {
      return refusal.answer(traceID: requestID, correlationID: correlationID, at: wallMoment())
    } catch {
      return LabAnswer(status: 500)
    }
  }

  /// Checks in the order of the real service: the form, the tenant, the app, its credential, the scope, the consent.
  private func grant(
    _ request: LabRequest, _ tenantName: String, _ requestID: String
  ) throws -> (TenantRoom, roles: [String]) {
    guard request.method == "POST" else { throw TokenRefusal.postOnly }
    guard request.contentType == "application/x-www-form-urlencoded",
      let text = String(validating: request.body, as: UTF8.self), let pairs = formFields(text)
    else { throw TokenRefusal.malformedBody }
    var form: [String: String] = [:]
    for (name, value) in pairs {
      guard form.updateValue(value, forKey: name) == nil else { throw TokenRefusal.duplicateParameter(name) }
    }
    func required(_ name: String) throws -> String {
      guard let value = form[name], !value.isEmpty else { throw TokenRefusal.missingParameter(name) }
      return value
    }
    let grantType = try required("grant_type")
    guard grantType == "client_credentials" else { throw TokenRefusal.grantType(grantType) }
    let room = try tenant(named: tenantName)
    let basic = basicCredential(request)
    let client = try form["client_id"] ?? basic?.client ?? required("client_id")
    guard client.lowercased() == options.clientID.lowercased() else {
      throw TokenRefusal.appNotFound(client, in: room.tenant.name)
    }
    if form["resource"] != nil { throw TokenRefusal.resourceSent }
    if let assertion = form["client_assertion"] {
      let type = try required("client_assertion_type")
      try check(assertion: assertion, ofType: type, from: client, in: room, as: tenantName, requestID: requestID)
    } else {
      guard let secret = form["client_secret"] ?? basic?.secret, !secret.isEmpty else {
        throw TokenRefusal.credentialMissing
      }
      guard secret == options.secret else { throw TokenRefusal.secretWrong(client) }
    }
    try check(scope: try required("scope"), in: room)
    return (room, try grantedRoles(client, room))
  }

  private func tenant(named name: String) throws -> TenantRoom {
    if ["common", "organizations", "consumers"].contains(name.lowercased()) { throw TokenRefusal.aliasNotAllowed }
    let isDomain = name.contains(".") && name.utf8.allSatisfy { $0.isDomainCharacter }
    guard UUID(uuidString: name) != nil || isDomain else { throw TokenRefusal.tenantNameInvalid(name) }
    guard let room = room(name), room.scenario != .tenantNotFound else { throw TokenRefusal.tenantNotFound(name) }
    return room
  }

  private func check(scope: String, in room: TenantRoom) throws {
    let scopes = scope.split(separator: " ").map(String.init)
    if Set(scopes.map(resource)).count > 1 { throw TokenRefusal.severalResources(scope) }
    guard scopes.count == 1 else { throw TokenRefusal.scopeInvalid(scope) }
    guard scope.contains("://") || scope.hasSuffix("/.default") else { throw TokenRefusal.scopeInvalid(scope) }
    guard scope.hasSuffix("/.default") else { throw TokenRefusal.scopeNotDefault(scope) }
    let resource = resource(scope)
    guard resource == Self.graphAudience || resource == "00000003-0000-0000-c000-000000000000" else {
      throw TokenRefusal.resourceNotFound(resource, in: room.tenant.name)
    }
  }

  private func resource(_ scope: String) -> String {
    guard let slash = scope.lastIndex(of: "/"), scope[..<slash].last != "/" else { return scope }
    return String(scope[..<slash])
  }

  private func grantedRoles(_ client: String, _ room: TenantRoom) throws -> [String] {
    switch room.state.withLock({ $0.consent }) {
    case .granted(let roles): return roles
    case .noServicePrincipal: throw TokenRefusal.noServicePrincipal(client, in: room.tenant.id)
    case .disabled: throw TokenRefusal.disabled(client)
    case .blocked: throw TokenRefusal.blocked
    case .unlicensed: throw TokenRefusal.unlicensed(client, in: room.tenant.name)
    case .resourceNotRequested: throw TokenRefusal.resourceNotRequested(client)
    }
  }

  /// Client id and secret of HTTP Basic, each form-encoded (RFC 6749, section 2.3.1).
  private func basicCredential(_ request: LabRequest) -> (client: String, secret: String)? {
    guard let value = request.header("Authorization"), value.lowercased().hasPrefix("basic "),
      let data = Data(base64Encoded: String(value.dropFirst("basic ".count))),
      let text = String(validating: data, as: UTF8.self)
    else { return nil }
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let client = percentDecoded(parts[0], plusIsSpace: true),
      let secret = percentDecoded(parts[1], plusIsSpace: true)
    else { return nil }
    return (client, secret)
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
