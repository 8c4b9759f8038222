package import PartnerModel

/// Who was signed in, after all of it was forgotten.
package enum SignedOut: Hashable, Sendable {
  case nobody
  case account(SignInStanding)
  /// Something was kept that could not be read, as with another passphrase: whoever it was.
  case unreadable

  /// `nil` where there was nobody to name.
  package var words: String? {
    switch self {
    case .nobody: nil
    case .account(let standing): "\(standing.account) is signed out."
    case .unreadable: "A sign-in that could not be read was removed."
    }
  }
}
