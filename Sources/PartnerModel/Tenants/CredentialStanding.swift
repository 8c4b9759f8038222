public import FoundationEssentials

/// One of an app's credentials, and what came of its newest use: what whoever rolls credentials over has to see.
///
/// It holds nothing of a credential's content.
public struct CredentialStanding: Hashable, Sendable {
  public enum State: Hashable, Sendable {
    /// This process did not need it yet.
    case notTried
    /// Tokens come by it; `at` is when the newest did.
    case served(at: Date)
    /// The token endpoint does not accept it. The problem's `at` is when it said so.
    case refused(Problem)
    /// It could not be had, so nothing was sent.
    case unreadable(reason: String, at: Date)
  }

  /// Its place in the app's `credentials`, from 1.
  public var position: Int
  public var source: CredentialSource
  public var state: State
  /// When a token came by it for the last time; it stays when it is refused later.
  public var lastServedAt: Date?
  /// When the certificate or the vault's secret ends; `nil` where nothing tells, and for federated tokens, which somebody
  /// renews all the time.
  public var validUntil: Date?
  /// SHA-1 of the certificate in capital hexadecimal digits; `nil` for what is none, and before it was read.
  public var thumbprint: String?

  public init(
    position: Int, source: CredentialSource, state: State = .notTried, lastServedAt: Date? = nil,
    validUntil: Date? = nil, thumbprint: String? = nil
  ) {
    self.position = position
    self.source = source
    self.state = state
    self.lastServedAt = lastServedAt
    self.validUntil = validUntil
    self.thumbprint = thumbprint
  }

  /// What it is and where it comes from, for example `certificate /etc/app.pem (thumbprint 1A2B3C4D…)`. Paths and names
  /// come from the configuration: make it harmless before painting.
  public var label: String {
    guard let thumbprint else { return source.label }
    return "\(source.label) (thumbprint \(thumbprint.prefix(8))…)"
  }

  /// Whether it ends within `seconds` from `now`, or has ended.
  public func ends(within seconds: TimeInterval, of now: Date) -> Bool {
    validUntil.map { $0.timeIntervalSince(now) <= seconds } ?? false
  }
}

extension CredentialSource {
  /// A stable word for what shows who the app is, for programs.
  public var kind: String {
    switch self {
    case .secret: "secret"
    case .certificate: "certificate"
    case .keyVault(let source): if case .secret = source.item { "keyVaultSecret" } else { "keyVaultCertificate" }
    case .federated: "federated"
    }
  }

  /// What it is and where it comes from; nothing of its content, and no argument of a program.
  public var label: String {
    switch self {
    case .secret(let place): "secret \(place.label)"
    case .certificate(.pem(let file, _, _)), .certificate(.pkcs12(let file, _)): "certificate \(file)"
    case .keyVault(let source): source.label
    case .federated(.tokenFile(let path)): "federated token \(path)"
    case .federated(.managedIdentity): "federated token of the managed identity"
    }
  }
}

extension KeyVaultSource {
  /// The vault and what is meant in it.
  public var label: String { "Key Vault \(vault)/\(item.name)" }
}

extension KeyVaultSource.Item {
  /// Its name in the vault.
  public var name: String {
    switch self {
    case .secret(let name), .certificate(let name): name
    }
  }
}

extension SecretSource {
  fileprivate var label: String {
    switch self {
    case .environment(let name): "in $\(name)"
    case .file(let path): "in \(path)"
    case .command(let command): "printed by \(command.first ?? "a program")"
    }
  }
}
