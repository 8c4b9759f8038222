import Dispatch
package import PartnerModel
import Synchronization
import SystemCrypto

/// Keeps a sign-in in a file of the state folder, encrypted with a passphrase (`file`).
///
/// The passphrase is read when the file is first used; the key that was derived from it rests in locked memory for the run.
package final class SignInFile: SignInStore {
  private let folder: String
  private let name: SignInName
  private let passphrase: SecretSource
  private let reader: SecretReader
  private let derivation: PasswordKey
  private let key = Mutex<SignInKey?>(nil)

  /// The name of the file in the folder.
  static let file = "sign-in"

  /// - Parameters:
  ///   - folder: the state folder, which is there and ours alone.
  ///   - costLogarithm: how dear a new file makes it to try passphrases; 17 is 128 MiB and half a second each.
  package init(
    folder: String, name: SignInName, passphrase: SecretSource, reader: SecretReader = .live, costLogarithm: Int = 17
  ) {
    (self.folder, self.name, self.passphrase, self.reader) = (folder, name, passphrase, reader)
    derivation = PasswordKey(costLogarithm: costLogarithm)
  }

  package var words: String { "the file \(folder)/\(Self.file), encrypted with the passphrase" }

  package func read() async throws(SignInStoreError) -> Secret? {
    guard let found = try await found() else { return nil }
    return found.secret
  }

  package func write(_ secret: Secret) async throws(SignInStoreError) {
    let count = secret.withBytes { $0.count }
    guard count <= SignInName.longest else { throw .tooLong(bytes: count) }
    // What cannot be opened is somebody's sign-in all the same: it is not written over.
    let key: SignInKey
    if let found = try await found() {
      key = found.key
    } else if let known = self.key.withLock({ $0 }) {
      key = known
    } else {
      key = try await derive(SealedSignIn.random(SealedSignIn.saltCount), derivation)
    }
    let sealed = try SealedSignIn(sealing: secret, of: name, with: key).bytes()
    try await Self.away { [folder] () throws(SignInStoreError) in
      try PrivateFolder(folder).replace(Self.file, with: sealed)
    }
  }

  package func erase() async throws(SignInStoreError) {
    key.withLock { $0 = nil }
    try await Self.away { [folder] () throws(SignInStoreError) in try PrivateFolder(folder).remove(Self.file) }
  }

  /// What is kept, and the key that opens it.
  private func found() async throws(SignInStoreError) -> (key: SignInKey, secret: Secret)? {
    let bytes = try await Self.away { [folder] () throws(SignInStoreError) in
      try PrivateFolder(folder).read(Self.file, atMost: SealedSignIn.longest)
    }
    guard let bytes else { return nil }
    let path = "\(folder)/\(Self.file)"
    let file = try SealedSignIn(reading: bytes, at: path)
    let known = self.key.withLock { $0 }
    let key: SignInKey
    if let known, known.isOf(file) { key = known } else { key = try await derive(file.salt, file.derivation) }
    guard key.check == file.check else {
      self.key.withLock { $0 = nil }
      throw .wrongPassphrase(path: path)
    }
    return (key, try file.open(of: name, with: key, at: path))
  }

  private func derive(_ salt: [UInt8], _ derivation: PasswordKey) async throws(SignInStoreError) -> SignInKey {
    let passphrase: Secret
    do { passphrase = try await reader.read(self.passphrase) } catch {
      if case .cancelled = error.cause { throw .cancelled }
      guard case .credentialUnreadable(let reason) = error.cause else {
        throw .passphraseUnreadable(reason: error.summary)
      }
      throw .passphraseUnreadable(reason: reason)
    }
    let key = try await Self.away { () throws(SignInStoreError) in
      do { return try SignInKey(from: passphrase, salt: salt, derivation) } catch { throw .failed(reason: "\(error)") }
    }
    self.key.withLock { $0 = key }
    return key
  }

  /// Runs what blocks for a while on a thread that nobody else needs.
  static func away<Value: Sendable>(
    _ body: @escaping @Sendable () throws(SignInStoreError) -> Value
  ) async throws(SignInStoreError) -> Value {
    let outcome: Result<Value, SignInStoreError> = await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(returning: Result { () throws(SignInStoreError) in try body() })
      }
    }
    return try outcome.get()
  }
}
