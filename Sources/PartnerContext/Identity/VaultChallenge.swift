import PartnerModel

/// What a key vault's 401 says: in which tenant to ask for a token, and for what.
///
/// Nothing of it is an address that is followed: the tenant alone is taken from it, and only when all of it names our
/// own authority and the vault's own resource.
///
/// Source: Azure Key Vault, "Authentication, requests and responses"; RFC 9110, section 11.6.1.
struct VaultChallenge: Hashable, Sendable {
  var tenant: TenantID
  /// The resource that a token is asked for, for example `https://vault.azure.net`.
  var resource: String

  /// - Parameters:
  ///   - authority: ours.
  ///   - resource: the vault's, by the configuration.
  /// - Throws: `Refusal`, in words.
  init(_ answer: Answer, authority: Origin, resource: String) throws(Refusal) {
    guard let challenges = Self.challenges(answer.values("www-authenticate")) else {
      throw Refusal(reason: "its challenge cannot be read")
    }
    let bearers = challenges.filter { $0.scheme == "bearer" }
    guard bearers.count == 1, let bearer = bearers.first else {
      throw Refusal(reason: "it does not ask for one bearer token")
    }
    guard let place = Self.agreed(bearer, "authorization", "authorization_uri") else {
      throw Refusal(reason: "its challenge names no single authority")
    }
    guard let (origin, path) = Origin.split(place), Self.isOurs(origin, authority) else {
      throw Refusal(
        reason:
          "its challenge leads to \(Origin.split(place)?.origin.description ?? "an unreadable place") instead of \(authority)"
      )
    }
    var segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    guard let first = segments.popFirst(), let tenant = TenantID(String(first)),
      Self.tails.contains(segments.joined(separator: "/"))
    else { throw Refusal(reason: "its challenge names no tenant by its GUID") }
    let wanted = Self.agreed(
      bearer, "resource", "scope", reading: { ($0.hasSuffix("/.default") ? String($0.dropLast(9)) : $0) })
    guard let wanted, wanted == resource || wanted == "\(resource)/" else {
      throw Refusal(reason: "its challenge asks for a token for something else than \(resource)")
    }
    self.tenant = tenant
    self.resource = resource
  }

  struct Refusal: Error, Hashable { var reason: String }

  /// What may stand behind the tenant.
  private static let tails = ["", "oauth2/authorize", "oauth2/v2.0/authorize"]

  /// The commercial cloud's authority has an old name, which vaults still give.
  private static func isOurs(_ origin: Origin, _ authority: Origin) -> Bool {
    origin == authority
      || authority.host == "login.microsoftonline.com"
        && origin == Origin(scheme: "https", host: "login.windows.net", port: 443)
  }

  /// The one value that one or both parameters give; `nil` where they differ, or none is there.
  private static func agreed(
    _ challenge: Challenge, _ first: String, _ second: String, reading: (String) -> String = { $0 }
  ) -> String? {
    let values = Set([challenge.parameters[first], challenge.parameters[second]].compactMap(\.self).map(reading))
    return values.count == 1 ? values.first : nil
  }

  struct Challenge: Hashable {
    /// In lower case.
    var scheme: String
    /// Names in lower case.
    var parameters: [String: String]
  }

  /// All challenges of all fields; `nil` when any of it is not what the standard allows.
  static func challenges(_ fields: [String]) -> [Challenge]? {
    var all: [Challenge] = []
    guard fields.reduce(0, { $0 + $1.utf8.count }) <= 8192 else { return nil }
    for field in fields {
      var reader = FieldReader(rest: Array(field.utf8)[...])
      guard let challenges = reader.challenges() else { return nil }
      all += challenges
    }
    return all
  }
}

/// Reads one `WWW-Authenticate` field.
private struct FieldReader {
  var rest: ArraySlice<UInt8>

  mutating func challenges() -> [VaultChallenge.Challenge]? {
    var list: [VaultChallenge.Challenge] = []
    skip { $0 == 0x2C || Self.isBlank($0) }
    while !rest.isEmpty {
      guard let name = token() else { return nil }
      skip(Self.isBlank)
      if rest.first == UInt8(ascii: "=") {
        // A parameter: of the challenge that began last.
        rest.removeFirst()
        skip(Self.isBlank)
        guard !list.isEmpty, let value = rest.first == UInt8(ascii: "\"") ? quoted() : token() else { return nil }
        guard list[list.count - 1].parameters.updateValue(value, forKey: name.lowercased()) == nil else { return nil }
        skip(Self.isBlank)
        guard rest.isEmpty || rest.first == 0x2C else { return nil }
      } else {
        list.append(VaultChallenge.Challenge(scheme: name.lowercased(), parameters: [:]))
        skipToken68()
      }
      skip { $0 == 0x2C || Self.isBlank($0) }
    }
    return list
  }

  private mutating func skip(_ isSkipped: (UInt8) -> Bool) { rest = rest.drop(while: isSkipped) }

  private mutating func token() -> String? {
    let bytes = rest.prefix { byte in
      (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122)
        || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
    guard !bytes.isEmpty else { return nil }
    rest = rest[bytes.endIndex...]
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func quoted() -> String? {
    var bytes: [UInt8] = []
    var place = rest.index(after: rest.startIndex)
    while place < rest.endIndex {
      var byte = rest[place]
      if byte == UInt8(ascii: "\"") {
        rest = rest[rest.index(after: place)...]
        return String(validating: bytes, as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\") {
        place += 1
        guard place < rest.endIndex else { return nil }
        byte = rest[place]
      }
      guard byte >= 0x20, byte != 0x7F else { return nil }
      bytes.append(byte)
      place += 1
    }
    return nil
  }

  /// What other schemes give instead of parameters.
  private mutating func skipToken68() {
    let bytes = rest.prefix { byte in
      (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122)
        || "-._~+/=".utf8.contains(byte)
    }
    let after = rest[bytes.endIndex...].drop(while: Self.isBlank)
    if after.isEmpty || after.first == 0x2C { rest = after }
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
