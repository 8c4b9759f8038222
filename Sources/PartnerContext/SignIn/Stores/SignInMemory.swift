import Synchronization

/// Keeps a sign-in for this run alone (`none`).
package final class SignInMemory: SignInStore {
  private let kept = Mutex<Secret?>(nil)

  package init() {}

  package var words: String { "memory, for this run only" }

  package func read() async throws(SignInStoreError) -> Secret? { kept.withLock { $0 } }

  package func write(_ secret: Secret) async throws(SignInStoreError) {
    let copy = try secret.withBytes { bytes throws(SignInStoreError) in
      guard bytes.count <= SignInName.longest else { throw .tooLong(bytes: bytes.count) }
      return Secret(copying: bytes, into: .process)
    }
    kept.withLock { $0 = copy }
  }

  package func erase() async throws(SignInStoreError) { kept.withLock { $0 = nil } }
}
