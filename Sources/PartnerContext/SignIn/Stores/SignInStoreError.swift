/// Why a store of sign-ins did not do what it was asked.
package enum SignInStoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no such store on this machine.
  case absent(reason: String)
  /// It is there and was not opened for us in time: a keyring that waits for its password.
  case locked(reason: String)
  /// The passphrase is not the one that the file was written with.
  case wrongPassphrase(path: String)
  /// The passphrase itself cannot be had.
  case passphraseUnreadable(reason: String)
  /// What is kept is not what was written.
  case damaged(place: String, reason: String)
  /// A newer version of this program wrote it.
  case newerVersion(path: String)
  /// Others could read or change it.
  case unsafe(path: String, reason: String, fix: String)
  /// There is no room for it.
  case full(reason: String)
  case tooLong(bytes: Int)
  case failed(reason: String)
  /// Another process has the lock for too long.
  case busy(path: String)
  case cancelled

  package var description: String {
    switch self {
    case .absent(let reason), .locked(let reason), .failed(let reason), .full(let reason): reason
    case .wrongPassphrase(let path):
      "\(path): the passphrase is not the one that this sign-in was kept with. Give that one, or sign out and in again"
    case .passphraseUnreadable(let reason): "the passphrase cannot be had: \(reason)"
    case .damaged(let place, let reason): "\(place) is damaged (\(reason)). Sign out, which removes it, and in again"
    case .newerVersion(let path):
      "\(path) was written by a newer version of this program. Use that one, or sign out and in again"
    case .unsafe(let path, let reason, let fix): "\(path) \(reason). \(fix)"
    case .tooLong(let bytes): "the sign-in has \(bytes) bytes, which is over \(SignInName.longest) and is not kept"
    case .busy(let path): "another partner-console has been at the sign-in for too long (\(path)). Try again"
    case .cancelled: "broken off"
    }
  }

  /// Whether only memory is left for this run: the store is not there, or not open to us (F64).
  package var meansMemoryOnly: Bool {
    switch self {
    case .absent, .locked: true
    default: false
    }
  }
}
