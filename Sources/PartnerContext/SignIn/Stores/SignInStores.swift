package import PartnerModel

/// Finds where a sign-in can rest on this machine.
package struct SignInStores: Sendable {
  /// What was found, and what was tried before.
  package struct Choice: Sendable {
    package var store: any SignInStore
    /// Why it is no store that outlasts the run, in words; `nil` where it is one, and where none was asked for.
    package var reason: String?
    /// Each that was tried, with why not; the last may have none, and is the one that was chosen.
    package var tried: [Trial]

    /// Whether a sign-in lasts for the run alone.
    package var isForTheRun: Bool { store is SignInMemory }
  }

  package struct Trial: Hashable, Sendable {
    package var store: SignInPolicy.Store
    /// `nil`: it is there.
    package var obstacle: String?
  }

  private let name: SignInName
  private let folder: String?
  private let environment: @Sendable (String) -> String?
  private let reader: SecretReader
  private let keyring: KernelKeyring
  private let patience: Duration

  /// - Parameters:
  ///   - folder: the state folder; `nil` where there is none, as in a demo.
  ///   - isInteractive: whether somebody is there to unlock a keyring.
  package init(
    name: SignInName, folder: String?, environment: @escaping @Sendable (String) -> String?, isInteractive: Bool
  ) {
    self.init(
      name: name, folder: folder, environment: environment, patience: .seconds(isInteractive ? 30 : 10),
      keyring: KernelKeyring(name: name))
  }

  init(
    name: SignInName, folder: String?, environment: @escaping @Sendable (String) -> String?, patience: Duration,
    keyring: KernelKeyring
  ) {
    (self.name, self.folder, self.environment, self.patience) = (name, folder, environment, patience)
    self.keyring = keyring
    reader = SecretReader(environment: environment)
  }

  /// The configured store, or else the first that is there. Nothing is written, and nobody is asked for anything.
  package func choose(_ policy: SignInPolicy) async -> Choice {
    if policy.store == SignInPolicy.Store.none { return Choice(store: SignInMemory(), reason: nil, tried: []) }
    let candidates = policy.store.map { [$0] } ?? [.secretService, .keyring, .file]
    var tried: [Trial] = []
    for candidate in candidates {
      do throws(SignInStoreError) {
        let store = try await store(candidate, policy)
        return Choice(store: store, reason: nil, tried: tried + [Trial(store: candidate, obstacle: nil)])
      } catch {
        tried.append(Trial(store: candidate, obstacle: error.description))
      }
    }
    return Choice(store: SignInMemory(), reason: Self.words(tried), tried: tried)
  }

  /// - Throws: why it is not there.
  private func store(_ kind: SignInPolicy.Store, _ policy: SignInPolicy) async throws(SignInStoreError)
    -> any SignInStore
  {
    switch kind {
    case .secretService:
      let store = SecretService(name: name, environment: environment, patience: patience)
      try await store.probe()
      return store
    case .keyring:
      try await keyring.probe()
      return keyring
    case .file:
      guard let passphrase = policy.passphrase else { throw .absent(reason: "no passphrase is configured for a file") }
      guard let folder else { throw .absent(reason: "there is no state folder for a file") }
      return SignInFile(folder: folder, name: name, passphrase: passphrase, reader: reader)
    case .command:
      guard let command = policy.command else { throw .absent(reason: "no command is configured") }
      return SignInProgram(command: command)
    case .none: return SignInMemory()
    }
  }

  /// For people: what the run's sign-in could not rest in.
  static func words(_ tried: [Trial]) -> String {
    tried.compactMap(\.obstacle).joined(separator: "; ")
  }
}
