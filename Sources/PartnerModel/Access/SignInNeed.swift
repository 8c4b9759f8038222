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
  /// Somebody else than the operator whose sign-in it renews, or than the configuration names.
  case otherAccount(String)
  /// It cannot be kept where the configuration says: why.
  case store(String)
  /// The app has no tenant that people act in.
  case notUsed
}
