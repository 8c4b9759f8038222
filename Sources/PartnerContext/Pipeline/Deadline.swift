import PartnerModel
import Synchronization

/// Runs `work` and gives it up when `limit` has passed first, whatever part of an answer it waits for.
///
/// Work that succeeds while it is being given up has succeeded: what a service did is never thrown away.
/// - Parameter attempts: where `work` notes its failed attempts; when the limit ends their repeats, the last one says
///   more than the time that has passed.
/// - Throws: what `work` throws; the last of `attempts`; `.deadlineExceeded`; `.cancelled`.
func withDeadline<Result: Sendable>(
  _ limit: Duration, tenant: TenantID, dependencies: PartnerDependencies, attempts: FailedAttempts? = nil,
  _ work: @escaping @Sendable () async throws(PartnerError) -> Result
) async throws(PartnerError) -> Result {
  let expiry = Expiry()
  // At once and on this thread, until it first waits: to have it begun by another one costs more than what it does there.
  let task = Task.immediate { await Swift.Result { () async throws(PartnerError) in try await work() } }
  let callOff = dependencies.expire(limit) {
    // Before the work is given up, which is a failed attempt too.
    expiry.pass(attempts?.last)
    task.cancel()
  }
  let result = await withTaskCancellationHandler {
    await task.value
  } onCancel: {
    task.cancel()
  }
  callOff()
  switch result {
  case .success(let value): return value
  case .failure(let error):
    if let failure = expiry.failure(after: limit, in: tenant) { throw failure }
    guard Task.isCancelled, error.cause != .cancelled else { throw error }
    var cancelled = error
    cancelled.cause = .cancelled
    throw cancelled
  }
}

/// The same in a task of its own that nobody waits for, and that nothing but the limit cancels.
/// - Parameter ended: told what `work` came to, in the same task.
func startWithDeadline<Value: Sendable>(
  _ limit: Duration, tenant: TenantID, dependencies: PartnerDependencies, attempts: FailedAttempts,
  ended: @escaping @Sendable (Result<Value, PartnerError>) -> Void,
  _ work: @escaping @Sendable () async throws(PartnerError) -> Value
) {
  let expiry = Expiry()
  let task = Task {
    var result = await Result { () async throws(PartnerError) in try await work() }
    expiry.end()
    if case .failure = result, let failure = expiry.failure(after: limit, in: tenant) { result = .failure(failure) }
    ended(result)
  }
  expiry.willEnd(
    dependencies.expire(limit) {
      expiry.pass(attempts.last)
      task.cancel()
    })
}

/// Whether a limit has passed, and what the last failed attempt was at that moment.
private final class Expiry: Sendable {
  private struct State {
    var hasPassed = false
    var attempt: PartnerError?
    var hasEnded = false
    var callOff: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  func pass(_ attempt: PartnerError?) {
    state.withLock { ($0.hasPassed, $0.attempt) = (true, attempt) }
  }

  /// What the work failed with when the limit passed first.
  func failure(after limit: Duration, in tenant: TenantID) -> PartnerError? {
    state.withLock { state in
      guard state.hasPassed else { return nil }
      return state.attempt ?? PartnerError(.deadlineExceeded(seconds: Int(limit.components.seconds)), tenant: tenant)
    }
  }

  /// - Parameter callOff: called when the work has ended, be it already.
  func willEnd(_ callOff: @escaping @Sendable () -> Void) {
    let hasEnded = state.withLock { state in
      if !state.hasEnded { state.callOff = callOff }
      return state.hasEnded
    }
    if hasEnded { callOff() }
  }

  func end() {
    let callOff = state.withLock { state in
      state.hasEnded = true
      defer { state.callOff = nil }
      return state.callOff
    }
    callOff?()
  }
}

/// The failed attempts of one operation, of which the last is remembered.
final class FailedAttempts: Sendable {
  private let failure = Mutex<PartnerError?>(nil)

  var last: PartnerError? { failure.withLock { $0 } }
  func note(_ error: PartnerError) { failure.withLock { $0 = error } }
}

extension RequestPriority {
  /// How long one answer may take in all, pauses and repeats included.
  var deadline: Duration { self == .foreground ? .seconds(15) : .seconds(60) }
}

extension Result where Success: Sendable {
  init(_ work: () async throws(Failure) -> Success) async {
    do {
      self = .success(try await work())
    } catch {
      self = .failure(error)
    }
  }

  init(_ work: () throws(Failure) -> Success) {
    do {
      self = .success(try work())
    } catch {
      self = .failure(error)
    }
  }
}
