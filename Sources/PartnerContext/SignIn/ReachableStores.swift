package import PartnerModel

extension SignInStores {
  /// Every store that is there, in which an earlier configuration may have left a sign-in.
  package func reachable(_ policy: SignInPolicy) async -> [any SignInStore] {
    var found: [any SignInStore] = []
    for kind in SignInPolicy.Store.allCases where kind != .none {
      let choice = await choose(SignInPolicy(store: kind, passphrase: policy.passphrase, command: policy.command))
      if !choice.isForTheRun { found.append(choice.store) }
    }
    return found
  }
}
