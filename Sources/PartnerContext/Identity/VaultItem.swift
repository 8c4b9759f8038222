import FoundationEssentials
import PartnerModel
import SystemCrypto

/// What a key vault gave for a secret, or for the secret that a certificate with its key is.
///
/// Source: Azure Key Vault, "Get Secret".
struct VaultItem: Sendable {
  enum Content: Sendable {
    case secret(Secret)
    case certificate(SigningIdentity)
  }

  var content: Content
  var validUntil: Date?

  struct Refusal: Error, Hashable {
    /// What is wrong, and what to do about it.
    var reason: String
  }

  /// - Throws: `Refusal` for what cannot be used now: never an empty secret.
  init(_ answer: Answer, of source: KeyVaultSource, now: Date) throws(Refusal) {
    guard answer.status == 200 else { throw Self.refusal(answer) }
    guard !answer.isWebPage, let body = try? JSONReader.read(utf8: answer.body), body.members != nil else {
      throw Refusal(reason: "the vault's answer cannot be read: check the network (captive portal, proxy)")
    }
    guard Self.isNamed(body["id"], as: source) else {
      throw Refusal(reason: "the vault's answer is for another item: check the network (proxy)")
    }
    let attributes = body["attributes"]
    func moment(_ name: String) -> Date? { attributes?[name]?.number.map { Date(timeIntervalSince1970: $0) } }
    if attributes?["enabled"]?.bool == false { throw Refusal(reason: "it is disabled: enable it in the vault") }
    if let end = moment("exp"), end <= now {
      throw Refusal(reason: "it expired on \(Timestamp(end)): put a new version into the vault")
    }
    if let start = moment("nbf"), start > now {
      throw Refusal(reason: "it is valid only from \(Timestamp(start)): enable an older version, or wait")
    }
    guard let text = body["value"]?.string, text.contains(where: { !$0.isWhitespace }) else {
      throw Refusal(reason: "it has no value: put a new version into the vault")
    }
    let value = Secret(text)
    switch source.item {
    case .secret:
      // Sent as a secret it would leave with its private key.
      guard !Self.isCertificate(value, of: body["contentType"]?.string) else {
        throw Refusal(
          reason: "it is a certificate with its key, and no secret: write \"certificate\" in the place of \"secret\"")
      }
      do throws(PartnerError) {
        // As long as it is kept it rests where the other secrets do.
        content = .secret(
          try value.withBytes { bytes throws(PartnerError) in
            try SecretText.secret(in: bytes, from: "its value", into: .process)
          })
      } catch {
        guard case .credentialUnreadable(let reason) = error.cause else { throw Refusal(reason: error.summary) }
        throw Refusal(reason: "\(reason.prefix { $0 != ":" }): put a new version into the vault")
      }
    case .certificate:
      do throws(SigningIdentityFailure) {
        content = .certificate(try Self.identity(in: value, of: body["contentType"]?.string))
      } catch {
        throw Refusal(reason: Self.reason(error))
      }
    }
    validUntil = moment("exp")
  }

  /// Whether an answer that says whose it is names what was asked for: `https://VAULT.…/secrets/NAME/VERSION`.
  private static func isNamed(_ id: JSONNode?, as source: KeyVaultSource) -> Bool {
    guard let id, !id.isNull else { return true }
    guard let (origin, path) = id.string.flatMap({ Origin.split($0) }) else { return false }
    let names = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().prefix(2)
    return origin.host.prefix { $0 != "." }.lowercased() == source.vault.lowercased()
      && names.elementsEqual(["secrets", source.item.name]) { $0.lowercased() == $1.lowercased() }
  }

  private static func isCertificate(_ value: Secret, of type: String?) -> Bool {
    if let type, ["application/x-pkcs12", "application/x-pem-file"].contains(type.lowercased()) { return true }
    return value.reveal { $0.contains("-----BEGIN ") }
  }

  /// A certificate with its key is the secret of the same name.
  private static func identity(
    in value: Secret, of type: String?
  ) throws(SigningIdentityFailure) -> SigningIdentity {
    _ = KeyMemory.protect()
    if type == "application/x-pem-file" {
      return try value.withBytes { text throws(SigningIdentityFailure) in
        try SigningIdentity.pem(key: text, certificates: text, password: nil)
      }
    }
    guard var bytes = value.reveal({ Data(base64Encoded: $0, options: .ignoreUnknownCharacters) }) else {
      throw .noKey
    }
    defer { bytes.resetBytes(in: bytes.startIndex..<bytes.endIndex) }
    do {
      return try bytes.withUnsafeBytes { try SigningIdentity.pkcs12($0, password: nil) }
    } catch let failure as SigningIdentityFailure {
      throw failure
    } catch {
      throw .broken
    }
  }

  /// What is wrong with a certificate, and what to do about it.
  private static func reason(_ failure: SigningIdentityFailure) -> String {
    switch failure {
    case .library(let failure): "\(failure)"
    case .noKey: "it holds no private key: import the certificate with an exportable key"
    case .broken: "its private key cannot be read: import the certificate anew"
    case .passwordMissing, .passwordWrong:
      "it is encrypted with a password: import it as a certificate, for which the vault takes the password off"
    case .legacyProviderMissing:
      "it is encrypted in an old way (RC2 or the like): import it as a certificate, or apt-get install openssl-provider-legacy"
    case .noCertificate: "it holds no certificate: import key and certificate together"
    case .certificateOfOtherKey: "it holds no certificate of its key: import the two that were made together"
    case .notRSA(let kind): "its key is of kind \(kind), and Entra ID takes RSA: make one of 2048 bits or more"
    case .tooShort(let bits): "its RSA key of \(bits) bits is too short: make one of 2048 bits or more"
    }
  }

  /// Source: Azure Key Vault, "REST API error codes".
  private static func refusal(_ answer: Answer) -> Refusal {
    let error = answer.isWebPage ? nil : (try? JSONReader.read(utf8: answer.body))?["error"]
    let codes = [error?["innererror"]?["code"]?.string, error?["code"]?.string].compactMap(\.self)
    let said = codes.first.map { " (\($0.prefix(60)))" } ?? ""
    let reason =
      switch answer.status {
      case 401: "the vault does not accept our token\(said): check which tenant the vault belongs to"
      case 403 where codes.contains("SecretDisabled"): "it is disabled: enable it in the vault"
      case 403:
        "we may not read it\(said): give the identity the role Key Vault Secrets User, and let this machine through the vault's firewall"
      case 404: "the vault has no such item\(said): check the name"
      case 429: "the vault is asked too often: wait"
      case 500...: "the vault is failing (HTTP \(answer.status)): wait"
      default: "the vault answered HTTP \(answer.status)\(said)"
      }
    return Refusal(reason: reason)
  }
}
