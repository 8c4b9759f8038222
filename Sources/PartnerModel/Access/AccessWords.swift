extension AccessState {
  /// Whose turn it is; `nil` where it is nobody's, or not known.
  public var whoActs: WhoActs? {
    switch self {
    case .notNeeded, .ok, .unknown: nil
    case .ending, .relationExpired, .roleMissing, .notInGroup, .signInNeeded: .partner
    case .noRelation, .notConsented, .blockedByPolicy: .customer
    }
  }

  /// In one clause.
  public var summary: String {
    switch self {
    case .notNeeded: "we act as the app"
    case .ok: "we may act in the tenant"
    case .ending: "the GDAP relationship ends soon"
    case .noRelation: "no GDAP relationship, and no guest's account"
    case .relationExpired: "the GDAP relationship has ended"
    case .roleMissing: "our account has no security role in the tenant"
    case .notInGroup: "our account is in no group that the GDAP relationship names"
    case .notConsented: "the app is not consented to in the tenant"
    case .blockedByPolicy: "a cross-tenant policy keeps our account out"
    case .signInNeeded: "nobody is signed in"
    case .unknown: "whether we may act in the tenant is not known"
    }
  }

  /// One sentence: what the operator does next.
  public var nextAction: String {
    switch self {
    case .notNeeded, .ok: "Nothing to do."
    case .ending: "Ask the customer for a new GDAP relationship before this one ends, or for its extension."
    case .noRelation:
      "Ask the customer for a GDAP relationship with a security role, or to invite the account as a guest."
    case .relationExpired: "Ask the customer for a new GDAP relationship."
    case .roleMissing:
      "Give the account's group Security Reader, to change incidents Security Operator, in the GDAP relationship; if that does not hold the role, ask the customer for a new one."
    case .notInGroup: "Have the account put into the group that the GDAP relationship assigns a security role to."
    case .notConsented: "Send the consent link to the tenant's admin: partner-console consent link prints it."
    case .blockedByPolicy: "Compare the cross-tenant access settings of both tenants: outbound is ours, inbound theirs."
    case .signInNeeded: "Sign in: partner-console token sign-in."
    case .unknown: "Check consent."
    }
  }
}

extension SignInNeed {
  var summary: String {
    switch self {
    case .nobody: "nobody is signed in"
    case .ended: "the sign-in is not accepted any more"
    case .more: "the tenant asks for more than the sign-in gave"
    }
  }

  var nextAction: String {
    switch self {
    case .nobody: "Sign in: partner-console token sign-in."
    case .ended: "Sign in again: partner-console token sign-in."
    case .more: "Sign in to this tenant: partner-console token sign-in TENANT."
    }
  }
}

extension SignInFailure {
  var summary: String {
    switch self {
    case .declined: "the sign-in was declined"
    case .unfinished(let seconds): "nobody finished it within \(seconds / 60) minutes"
    case .listener(let reason): "this machine cannot wait for the browser: \(reason)"
    case .answered(let error, let words):
      "the browser came back with \(error)" + (words.isEmpty ? "" : ": \(words.withoutFullStop)")
    case .mismatched(let part): "what came back does not belong to what was asked: \(part)"
    case .otherAccount(let account): "another account signed in: \(account)"
    case .publicRedirect: "http://localhost is registered for a public client, and our app shows a credential"
    case .store(let reason): "the kept sign-in cannot be reached: \(reason)"
    case .notUsed: "nobody has to sign in: no tenant's context is user"
    }
  }

  var nextAction: String {
    switch self {
    case .declined: "Start the sign-in again, and accept it."
    case .unfinished: "Start it again."
    case .listener: "Use token sign-in --device-code, or mend this machine's loopback network."
    case .answered: "Start it again; if it stays, look the error up at https://login.microsoftonline.com/error."
    case .mismatched: "Start it again; if it stays, check what stands between this machine and Entra ID."
    case .otherAccount: "Sign in with the operator's own account, or correct operator.upn in the configuration."
    case .publicRedirect:
      "Register http://localhost with the platform Web; where only people act through the app, write { \"type\": \"none\" } as its credential instead."
    case .store: "Mend signIn in the configuration, or write \"store\": \"none\"."
    case .notUsed: "Write \"context\": \"user\" at the tenants that people act in."
    }
  }
}

extension String {
  /// The service's own words, which end a sentence, for the middle of ours.
  var withoutFullStop: String { hasSuffix(".") ? String(dropLast()) : self }
}
