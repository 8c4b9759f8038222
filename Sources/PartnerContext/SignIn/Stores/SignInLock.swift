import Glibc

/// One at a time reads, redeems and replaces the sign-in, in all processes of this user (rule T4).
///
/// In this process those who wait are served in their order. Between processes a second lock is the turnstile: who has it
/// is the next one, so that a process with a thousand tenants does not keep another waiting for all of them. Both are held
/// by `flock` on open descriptors and end with their process, however that ends.
package final class SignInLock: Sendable {
  private let folder: String
  private let turn = FairTurn()

  static let file = "sign-in.lock"
  static let turnstile = "sign-in.next"

  /// How often the lock of another process is tried: flock itself would keep a thread, and could not be broken off.
  private static let pauses: ClosedRange<Duration> = .milliseconds(2)...(.milliseconds(40))

  /// - Parameter folder: the state folder, which is there and ours alone.
  package init(folder: String) { self.folder = folder }

  /// Runs `body` while nobody else has the lock.
  ///
  /// - Parameters:
  ///   - patience: how long the lock is waited for; `body` takes as long as it takes.
  ///   - isUrgent: whether somebody waits for it, and so goes before those in this process who nobody waits for.
  ///   - refuse: makes an error of the caller's own of why the lock was not had: `.busy`, `.cancelled`, `.unsafe`, `.failed`.
  /// - Throws: what `body` throws, or what `refuse` makes.
  package func hold<Value, Failure: Error>(
    patience: Duration, isUrgent: Bool = false, refuse: (SignInStoreError) -> Failure,
    _ body: () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let deadline = ContinuousClock.now + patience
    let held: Held
    do throws(SignInStoreError) {
      held = try await take(until: deadline, isUrgent)
    } catch { throw refuse(error) }
    defer {
      held.release()
      turn.pass()
    }
    return try await body()
  }

  /// What is locked, until it is released.
  private struct Held {
    let descriptor: Int32
    func release() { close(descriptor) }
  }

  private func take(
    until deadline: ContinuousClock.Instant, _ isUrgent: Bool
  ) async throws(SignInStoreError) -> Held {
    switch await turn.take(until: deadline, isUrgent: isUrgent) {
    case .taken: break
    case .late: throw .busy(path: "\(folder)/\(Self.file)")
    case .cancelled: throw .cancelled
    }
    do throws(SignInStoreError) {
      let folder = try PrivateFolder(folder)
      let next = try await Self.lock(Self.turnstile, in: folder, until: deadline)
      defer { close(next) }
      return Held(descriptor: try await Self.lock(Self.file, in: folder, until: deadline))
    } catch {
      turn.pass()
      throw error
    }
  }

  /// - Returns: a descriptor that holds the lock of `file` until it is closed.
  private static func lock(
    _ file: String, in folder: PrivateFolder, until deadline: ContinuousClock.Instant
  ) async throws(SignInStoreError) -> Int32 {
    var descriptor = try folder.openLock(file)
    var pause = pauses.lowerBound
    while true {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        if folder.isStill(descriptor, file) { return descriptor }
        // Somebody removed it meanwhile: others would lock the new one.
        close(descriptor)
        descriptor = try folder.openLock(file)
        continue
      }
      let reason = errno
      if reason == EINTR { continue }
      guard reason == EWOULDBLOCK else {
        close(descriptor)
        throw .failed(reason: "\(folder.path(of: file)): \(String(cString: strerror(reason)))")
      }
      guard ContinuousClock.now < deadline else {
        close(descriptor)
        throw .busy(path: folder.path(of: file))
      }
      do {
        try await Task.sleep(until: min(deadline, .now + pause), clock: .continuous)
      } catch {
        close(descriptor)
        throw .cancelled
      }
      pause = min(pause * 2, pauses.upperBound)
    }
  }
}
