import FoundationEssentials
import LabServer
import PartnerContext
import PartnerModel

/// What a lab takes for its app's credentials: those that a configuration names, wherever they rest.
struct AcceptedCredentials {
  var secrets: [String] = []
  /// PEM.
  var certificates: [String] = []
  var federated: [LabFederatedCredential] = []
  var vaults: [LabVault] = []
  /// A file that a token is looked for in, which somebody has to write.
  var tokenFile: String?

  /// - Throws: `CommandError` for what is named and cannot be read.
  init(of sources: [CredentialSource]) throws {
    for source in sources {
      switch source {
      case .secret(let place): secrets.append(try Self.text(of: place))
      case .certificate(let place): certificates.append(try Self.certificate(place))
      case .keyVault(let place): try keep(place)
      case .federated(.managedIdentity): federated.append(.managedIdentity)
      case .federated(.tokenFile(let file)):
        federated.append(.workloadIdentity)
        tokenFile = tokenFile ?? file
      }
    }
  }

  func apply(to options: inout LabOptions) {
    options.furtherSecrets = secrets.dropFirst().map { LabClientSecret($0) }
    options.certificates += certificates
    options.federatedCredentials += federated
    options.vaults = vaults
  }

  /// Has the app's secret and a certificate of it lie in a vault, for whoever of the partner asks there.
  mutating func serve(vault name: String, holding secret: String) throws {
    let certificate = try makeCertificate("app-certificate")
    put([LabVaultSecret("app-secret", value: secret), certificate], into: name, for: [.app, .managedIdentity])
  }

  /// The vault is the lab's own, so what is in it is made here.
  private mutating func keep(_ source: KeyVaultSource) throws {
    let reader: LabVault.Reader
    switch source.access {
    case .managedIdentity: reader = .managedIdentity
    case .certificate(let place):
      reader = .app
      certificates.append(try Self.certificate(place))
    }
    let made: LabVaultSecret
    switch source.item {
    case .secret(let name):
      made = LabVaultSecret(name, value: LabSecret.random())
      secrets.append(made.value)
    case .certificate(let name):
      made = try makeCertificate(name)
    }
    put([made], into: source.vault, for: [reader])
  }

  private mutating func makeCertificate(_ name: String) throws -> LabVaultSecret {
    let now = Date()
    let (secret, certificate) = try LabVaultSecret.certificate(name, from: now - 86_400, until: now + 365 * 86_400)
    certificates.append(certificate)
    return secret
  }

  private mutating func put(_ secrets: [LabVaultSecret], into name: String, for readers: Set<LabVault.Reader>) {
    if let known = vaults.firstIndex(where: { $0.name.lowercased() == name.lowercased() }) {
      vaults[known].secrets += secrets
      vaults[known].readers.formUnion(readers)
    } else {
      vaults.append(LabVault(name, secrets: secrets, readers: readers))
    }
  }

  private static func text(of place: SecretSource) throws -> String {
    do {
      return try Blocking.run { try await SecretReader.live.read(place).reveal { $0 } }
    } catch {
      let reason =
        if case .credentialUnreadable(let reason)? = (error as? PartnerError)?.cause { reason } else { "\(error)" }
      throw CommandError(
        .badConfiguration,
        "the lab accepts the configuration's credential, which cannot be read: \(reason). Add --write-config FILE to have one made."
      )
    }
  }

  /// What is public of a certificate's file.
  private static func certificate(_ source: CertificateSource) throws(CommandError) -> String {
    switch source {
    case .pem(let file, _, _): return try certificate(in: file)
    case .pkcs12(let file, _):
      throw CommandError(
        .badConfiguration,
        "\(file): the lab registers certificates in PEM. Write the public part with openssl pkcs12 -in FILE -nokeys, and name that."
      )
    }
  }

  /// The first certificate of a file in PEM, and nothing of what else is in it.
  static func certificate(in file: String) throws(CommandError) -> String {
    guard let text = try? String(decoding: Data(contentsOf: URL(filePath: file)), as: UTF8.self) else {
      throw CommandError(.badConfiguration, "\(file): cannot be read. The lab looks for a certificate in PEM there.")
    }
    let (begin, end) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----")
    guard let start = text.firstRange(of: begin)?.lowerBound, let stop = text[start...].firstRange(of: end)?.upperBound
    else {
      throw CommandError(.badConfiguration, "\(file): there is no certificate in it. The lab looks for one in PEM.")
    }
    return "\(text[start..<stop])\n"
  }
}
