import FoundationEssentials
import Synchronization
import SystemCrypto

/// A certificate of the app, as the authority finds it again.
struct RegisteredCertificate: Sendable {
  let key: CertifiedKey
  /// Digests of its DER form, by which `x5t` and `x5t#S256` name it.
  let sha1: [UInt8]
  let sha256: [UInt8]

  init(pem: String) throws {
    guard let certificate = Certificate(pem: pem) else {
      throw LabStartError.certificateUnreadable(reason: "there is no block of PEM in it")
    }
    do throws(CryptoFailure) {
      key = try CertifiedKey(of: certificate)
      sha1 = try Digest.sha1(certificate.der)
      sha256 = try Digest.sha256(certificate.der)
    } catch {
      throw LabStartError.certificateUnreadable(reason: "\(error)")
    }
  }
}

/// A JWT by which an app shows that it holds the key of a certificate (RFC 7523; Entra ID, certificate credentials).
struct ClientAssertion {
  var algorithm: CertifiedKey.Algorithm
  /// The name of the key, where the signer publishes several.
  var keyID: String?
  /// Thumbprints as bytes: some send the padding of base64url, some do not.
  var sha1: [UInt8]?
  var sha256: [UInt8]?
  var claims: [String: JsonValue]
  var signed: [UInt8]
  var signature: [UInt8]

  /// - Throws: 50027 for what is no JWT with a known algorithm.
  init(_ text: String) throws {
    // A token that rests in a file is sent with the end of its line.
    let parts = text.trimmingBlanks.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Self.members(parts[0]), let claims = Self.members(parts[1]),
      let signature = Self.decoded(parts[2]), let algorithm = header["alg"]?.text.flatMap(CertifiedKey.Algorithm.init)
    else { throw TokenRefusal.assertionMalformed }
    self.algorithm = algorithm
    self.claims = claims
    self.signature = signature
    signed = Array("\(parts[0]).\(parts[1])".utf8)
    keyID = header["kid"]?.text
    sha1 = header["x5t"]?.text.flatMap(Self.decoded)
    sha256 = header["x5t#S256"]?.text.flatMap(Self.decoded)
  }

  private static func members(_ part: some StringProtocol) -> [String: JsonValue]? {
    decoded(part).flatMap(JsonValue.parse)?.members
  }

  private static func decoded(_ text: some StringProtocol) -> [UInt8]? {
    bytes(base64URL: text.prefix { $0 != "=" })
  }

  /// Whether a publisher of keys has signed it with this one.
  func isSigned(by key: SigningKey) -> Bool {
    algorithm == .rs256 && keyID == key.id && key.isSignature(signature, of: signed)
  }

  func isOf(_ certificate: RegisteredCertificate) -> Bool {
    if let sha256 { return sha256 == certificate.sha256 }
    return sha1 == certificate.sha1
  }

  /// A NumericDate, which may have a fraction (RFC 7519, section 2), as a moment; nil for what is none.
  func moment(_ name: String) throws -> Moment? {
    guard let value = claims[name] else { return nil }
    guard case .number(let seconds) = value, (0...253_402_300_799).contains(seconds) else {
      throw TokenRefusal.assertionMalformed
    }
    return Moment(Date(timeIntervalSince1970: seconds))
  }
}

extension LabWorld {
  /// Seconds by which the clocks of authority and app may differ.
  private static let skew: Int64 = 300

  /// Checks what an app signed: its form, by which certificate, by whose key, by whom, for whom, until when.
  ///
  /// - Throws: the refusal that Entra ID has for the first that is wrong.
  func check(
    assertion text: String, ofType type: String, from client: String, in room: TenantRoom, as tenantName: String,
    requestID: String
  ) throws {
    guard type == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" else {
      throw TokenRefusal.assertionTypeUnknown
    }
    let assertion = try ClientAssertion(text)
    // An app that signs for itself is its own issuer, by its id; whoever else vouches for it has an address.
    if let issuer = assertion.claims["iss"]?.text, issuer.contains("://") {
      return try check(federated: assertion, by: issuer)
    }
    guard let certificate = registered.first(where: assertion.isOf) else { throw TokenRefusal.assertionUnknown }
    guard certificate.key.isSignature(assertion.signature, of: assertion.signed, by: assertion.algorithm) else {
      throw TokenRefusal.assertionForged
    }
    let now = limitNow()
    guard certificate.key.isInTime(Date(timeIntervalSince1970: Double(now.ticks) / Double(Moment.second))) else {
      throw TokenRefusal.certificateEnded
    }
    let (issuer, subject) = (assertion.claims["iss"]?.text, assertion.claims["sub"]?.text)
    guard let issuer, issuer == subject else { throw TokenRefusal.assertionOfTwo }
    guard issuer.lowercased() == client.lowercased() else { throw TokenRefusal.assertionOfOtherApp }
    try check(audience: assertion.claims["aud"]?.text ?? "", in: room, as: tenantName, requestID: requestID)
    try check(timesOf: assertion)
    guard options.refusesRepeatedAssertions else { return }
    guard let id = assertion.claims["jti"]?.text, !id.isEmpty else { throw TokenRefusal.assertionMalformed }
    let isNew = shared.withLock { $0.usedAssertions.insert("\(room.tenant.id) \(id)").inserted }
    if !isNew { throw TokenRefusal.assertionRepeated }
  }

  /// - Throws: 700024 for what has not begun, has ended or has no end.
  func check(timesOf assertion: ClientAssertion) throws {
    let now = limitNow()
    guard let end = try assertion.moment("exp"), now < end + Self.skew * Moment.second,
      try [assertion.moment("nbf"), assertion.moment("iat")]
        .allSatisfy({ $0.map { $0 <= now + Self.skew * Moment.second } ?? true })
    else { throw TokenRefusal.assertionOutOfTime }
  }

  /// The audience is this tenant's token endpoint, by whichever of its names, or its issuer.
  private func check(audience: String, in room: TenantRoom, as tenantName: String, requestID: String) throws {
    let origin = shared.withLock { $0.origin }
    guard audience.hasPrefix("\(origin)/") else { throw TokenRefusal.assertionElsewhere }
    let path = audience.dropFirst(origin.utf8.count + 1).split(separator: "/", omittingEmptySubsequences: false)
    let named = path.first.map(String.init) ?? ""
    if let owner = self.room(named), owner !== room {
      record(
        .crossTenantToken, owner, "its client assertion was sent to \(room.tenant.id)", requestID: requestID)
    }
    let isHere = [room.tenant.id, room.tenant.domain, tenantName].contains { $0.lowercased() == named.lowercased() }
    guard isHere,
      [["oauth2", "v2.0", "token"], ["oauth2", "token"], ["v2.0"]].contains(path.dropFirst().map(String.init))
    else {
      throw TokenRefusal.assertionElsewhere
    }
  }
}

extension String {
  fileprivate var trimmingBlanks: Substring {
    var rest = self[...]
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    return rest
  }
}
