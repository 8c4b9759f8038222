package import PartnerModel

extension SignInStores {
  /// Every store in which this or an earlier configuration may have left a sign-in, for forgetting it.
  ///
  /// One that is configured and is not there now fails to forget; others that are not there are left out.
  package func reachable(_ policy: SignInPolicy) async -> [any SignInStore] {
    var found: [any SignInStore] = []
    for kind in SignInPolicy.Store.allCases where kind != .none {
      // A file is removed without its passphrase, which the configuration may name no more.
      let passphrase = policy.passphrase ?? .environment("")
      let choice = await choose(SignInPolicy(store: kind, passphrase: passphrase, command: policy.command))
      if !choice.isForTheRun {
        found.append(choice.store)
      } else if kind == policy.store, let obstacle = choice.tried.last?.obstacle {
        found.append(UnreachableStore(reason: obstacle))
      }
    }
    return found
  }
}

/// A store that is not there now, and in which something may be left.
struct UnreachableStore: SignInStore {
  var reason: String
  var words: String { "a store that is not there" }

  func read() async throws(SignInStoreError) -> Secret? { throw .failed(reason: reason) }
  func write(_ secret: Secret) async throws(SignInStoreError) { throw .failed(reason: reason) }
  func erase() async throws(SignInStoreError) { throw .failed(reason: reason) }
}
