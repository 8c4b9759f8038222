/// Where the operator's sign-in rests between runs: a refresh token never stands in a plain file (rule T5).
public struct SignInPolicy: Hashable, Sendable {
  public enum Store: String, Hashable, Sendable, CaseIterable {
    /// The desktop's keyring.
    case secretService
    /// The kernel's.
    case keyring
    /// A file in the state folder, encrypted with a passphrase.
    case file
    /// A program of the operator's own.
    case command
    /// Nowhere: a sign-in lasts for the run.
    case none
  }

  /// `nil`: the first that is there.
  public var store: Store?
  public var passphrase: SecretSource?
  /// The program with its arguments; `get`, `store` or `erase` follows them.
  public var command: [String]?

  public init(store: Store? = nil, passphrase: SecretSource? = nil, command: [String]? = nil) {
    self.store = store
    self.passphrase = passphrase
    self.command = command
  }
}
