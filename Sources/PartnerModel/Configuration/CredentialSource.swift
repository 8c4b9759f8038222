/// Where a text that must not be seen comes from; never the text itself.
public enum SecretSource: Hashable, Sendable {
  /// A variable's name.
  case environment(String)
  /// An absolute path.
  case file(String)
  /// A program with its arguments, which prints the text; no shell takes part.
  case command([String])
}

/// By what the app shows the token endpoint who it is; never the secret itself.
///
/// Source: Entra ID v2.0, client credentials grant.
public enum CredentialSource: Hashable, Sendable {
  case secret(SecretSource)
  case certificate(CertificateSource)
  case keyVault(KeyVaultSource)
  case federated(FederatedSource)
}

/// A certificate with its private key, in files. Paths are absolute.
public enum CertificateSource: Hashable, Sendable {
  /// PEM; the key may stand in the certificate's file, and may be encrypted.
  case pem(certificate: String, key: String, password: SecretSource?)
  case pkcs12(file: String, password: SecretSource?)
}

/// What rests in an Azure Key Vault.
public struct KeyVaultSource: Hashable, Sendable {
  public enum Item: Hashable, Sendable {
    /// A client secret.
    case secret(String)
    /// A certificate with its private key.
    case certificate(String)
  }

  /// As what the vault is asked.
  public enum Access: Hashable, Sendable {
    case managedIdentity
    case certificate(CertificateSource)
  }

  /// The first label of the vault's host.
  public var vault: String
  public var item: Item
  public var access: Access

  public init(vault: String, item: Item, access: Access) {
    self.vault = vault
    self.item = item
    self.access = access
  }
}

/// A token by somebody whom the app's registration trusts.
///
/// Source: Entra ID, workload identity federation.
public enum FederatedSource: Hashable, Sendable {
  /// An absolute path of a file that another program renews.
  case tokenFile(String)
  /// The machine's own identity.
  case managedIdentity
}
