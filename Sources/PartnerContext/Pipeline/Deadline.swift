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
  let task = Task { await Swift.Result { () async throws(PartnerError) in try await work() } }
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
    if let passed = expiry.passed {
      throw passed.attempt ?? PartnerError(.deadlineExceeded(seconds: Int(limit.components.seconds)), tenant: tenant)
    }
    guard Task.isCancelled, error.cause != .cancelled else { throw error }
    var cancelled = error
    cancelled.cause = .cancelled
    throw cancelled
  }
}

/// Whether a limit has passed, and what the last failed attempt was at that moment.
private final class Expiry: Sendable {
  struct Passed: Sendable { var attempt: PartnerError? }

  private let state = Mutex<Passed?>(nil)

  var passed: Passed? { state.withLock { $0 } }
  func pass(_ attempt: PartnerError?) { state.withLock { $0 = Passed(attempt: attempt) } }
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
