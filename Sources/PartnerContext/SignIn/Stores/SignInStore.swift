/// Where a sign-in rests between runs (rule T5): one small text, which holds a refresh token.
///
/// A text that is lent or kept is never longer than ``SignInName/longest`` bytes. Each call may wait for a program or for
/// the person at the keyboard, and never holds up a thread that others need.
package protocol SignInStore: Sendable {
  /// What it is, for people: “the desktop's keyring (Secret Service)”.
  var words: String { get }

  /// - Returns: `nil` where nothing is kept.
  /// - Throws: why it cannot be known; nothing was changed.
  func read() async throws(SignInStoreError) -> Secret?

  /// Keeps `secret` instead of what was kept.
  ///
  /// - Throws: why it is not kept. What was kept before is still there, as far as the store can promise that.
  func write(_ secret: Secret) async throws(SignInStoreError)

  /// Forgets what is kept, also where it could not be read; nothing kept is no failure.
  func erase() async throws(SignInStoreError)
}

/// Whose sign-in it is: the lab's and the real one never meet, nor do two app registrations.
package struct SignInName: Hashable, Sendable {
  /// Where it was signed in: `https://login.microsoftonline.com`.
  package var authority: String
  package var clientID: String

  package init(authority: String, clientID: String) { (self.authority, self.clientID) = (authority, clientID) }

  /// Bytes over which nothing is kept: an answer of the service is a fifth of it.
  package static let longest = 16_384

  /// Of both, so that neither can pass for another pair.
  var text: String { "\(clientID)\n\(authority)" }
}
