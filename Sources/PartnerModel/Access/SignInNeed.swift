/// Why somebody has to sign in.
public enum SignInNeed: Hashable, Sendable {
  /// Nobody did yet, or what was kept of it is gone.
  case nobody
  /// The service takes the sign-in no more: revoked, run out, signed out.
  case ended
  /// The tenant asks for more than the sign-in gave: a second factor, a newer one.
  case more
}

/// Why a sign-in that was begun came to nothing.
public enum SignInFailure: Hashable, Sendable {
  case declined
  /// Nobody finished it in time (seconds).
  case unfinished(seconds: Int)
  /// This machine cannot wait for the browser: why.
  case listener(String)
  /// The browser came back with an error: the service's own words.
  case answered(error: String, words: String)
  /// What came back does not belong to what was asked: which part.
  case mismatched(String)
  /// Somebody else than the configuration names.
  case otherAccount(String)
  /// The address that browsers come back to is registered for a public client, and the app shows a credential.
  case publicRedirect
  /// It cannot be kept where the configuration says: why.
  case store(String)
  /// The app has no tenant that people act in.
  case notUsed
}

extension Problem {
  /// Why somebody has to sign in; `nil` where that does not help.
  public var signInNeed: SignInNeed? {
    guard cause == "signInNeeded" else { return nil }
    // A second factor, or something else that one tenant alone asks for.
    if let code, [50_074, 50_076, 50_078, 50_079, 50_158].contains(code) { return .more }
    return [SignInNeed.nobody, .ended, .more].first { $0.nextAction == nextAction } ?? .ended
  }
}
