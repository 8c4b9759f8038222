import CKeyring
import Glibc

/// Keeps a sign-in in the kernel's keyring: in memory that is never swapped, for this user, until the machine is restarted
/// (`keyring`).
///
/// Where the kernel has persistent keyrings it outlives the last session, by three days after it was last asked for;
/// elsewhere it lasts as long as a process of this user.
package struct KernelKeyring: SignInStore {
  private let name: SignInName
  private let calls: Calls

  /// What is asked of the kernel before anything else, so that a test can be a machine without keyrings.
  struct Calls: Sendable {
    /// Gives a keyring and whether it is persistent, or -1 with `errno`.
    var enter: @Sendable () -> (ring: Int32, isPersistent: Bool)

    static let live = Calls {
      var isPersistent: Int32 = 0
      let ring = keyring_enter(&isPersistent)
      return (ring, isPersistent != 0)
    }
  }

  package init(name: SignInName) { self.init(name: name, calls: .live) }

  init(name: SignInName, calls: Calls) { (self.name, self.calls) = (name, calls) }

  package var words: String { "the kernel's keyring, until this machine is restarted" }

  /// What it is called there, as `keyctl show` lists it.
  var key: String { "partner-console sign-in \(name.clientID) \(name.authority)" }

  /// Finds out, without changing anything, whether there is a keyring.
  /// - Throws: `.absent`.
  package func probe() async throws(SignInStoreError) { try await inside { _ throws(SignInStoreError) in } }

  package func read() async throws(SignInStoreError) -> Secret? {
    try await inside { [key] ring throws(SignInStoreError) in
      // It may be replaced by a longer one between two looks.
      for _ in 0..<8 {
        let found = keyring_find(ring, key)
        guard found >= 0 else {
          if Self.isMissing(errno) { return nil }
          throw Self.failure("find the sign-in", errno)
        }
        var count = keyring_read(found, nil, 0)
        guard count >= 0, count <= SignInName.longest else {
          if count < 0, Self.isMissing(errno) { continue }
          throw count < 0 ? Self.failure("read the sign-in", errno) : .tooLong(bytes: count)
        }
        let room = count
        let secret = Secret(capacity: room, into: .process) { bytes in
          count = keyring_read(found, bytes.baseAddress, bytes.count)
          return min(max(count, 0), bytes.count)
        }
        if count == room { return secret }
      }
      throw .failed(reason: "the kernel's keyring changes all the time")
    }
  }

  package func write(_ secret: Secret) async throws(SignInStoreError) {
    let count = secret.withBytes { $0.count }
    guard count > 0, count <= SignInName.longest else { throw .tooLong(bytes: count) }
    try await inside { [key] ring throws(SignInStoreError) in
      try secret.withBytes { bytes throws(SignInStoreError) in
        guard let start = bytes.baseAddress, keyring_put(ring, key, start, bytes.count) >= 0 else {
          throw Self.failure("keep the sign-in", errno)
        }
      }
    }
  }

  package func erase() async throws(SignInStoreError) {
    try await inside { [key] ring throws(SignInStoreError) in
      let found = keyring_find(ring, key)
      guard found >= 0 else {
        if Self.isMissing(errno) { return }
        throw Self.failure("find the sign-in", errno)
      }
      guard keyring_drop(ring, found) == 0 || Self.isMissing(errno) else {
        throw Self.failure("forget the sign-in", errno)
      }
    }
  }

  /// Runs `body` in one thread, which owns the keyring meanwhile.
  private func inside<Value: Sendable>(
    _ body: @escaping @Sendable (Int32) throws(SignInStoreError) -> Value
  ) async throws(SignInStoreError) -> Value {
    try await SignInFile.away { [calls] () throws(SignInStoreError) in
      let (ring, _) = calls.enter()
      guard ring >= 0 else { throw Self.absence(errno) }
      defer { keyring_leave(ring) }
      return try body(ring)
    }
  }

  private static func isMissing(_ code: Int32) -> Bool {
    code == ENOKEY || code == EKEYEXPIRED || code == EKEYREVOKED
  }

  private static func absence(_ code: Int32) -> SignInStoreError {
    let why = String(cString: strerror(code))
    return switch code {
    case ENOSYS: .absent(reason: "this kernel has no keyrings (\(why))")
    case EPERM, EACCES:
      .absent(reason: "the kernel's keyring is closed to this process, as in most containers (\(why))")
    case EDQUOT: .full(reason: "the kernel's keyring of this user is full: see kernel.keys.maxkeys and maxbytes")
    default: .absent(reason: "the kernel's keyring cannot be had (\(why))")
    }
  }

  static func failure(_ task: String, _ code: Int32) -> SignInStoreError {
    switch code {
    case EDQUOT:
      .full(
        reason: """
          the kernel's keyring of this user has no room for the sign-in: remove keys (keyctl show @us), raise \
          kernel.keys.maxbytes, or use another store
          """)
    case EACCES, EPERM: .absent(reason: "the kernel's keyring does not let this process \(task)")
    default: .failed(reason: "the kernel could not \(task): \(String(cString: strerror(code)))")
    }
  }
}
