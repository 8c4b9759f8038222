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
  let outcome = await withTaskGroup(of: Outcome<Result>.self, returning: Outcome<Result>.self) { group in
    group.addTask { .done(await Swift.Result { () async throws(PartnerError) in try await work() }) }
    group.addTask {
      do {
        try await dependencies.expire(limit)
        return .expired(after: nil)
      } catch {
        return .stopped
      }
    }
    var expired: Outcome<Result>?
    while let next = await group.next() {
      switch next {
      case .done(.failure) where expired != nil: break
      case .done:
        group.cancelAll()
        return next
      case .expired:
        // Before the work is given up, which is a failed attempt too.
        expired = .expired(after: attempts?.last)
        group.cancelAll()
      // A cancelled clock says nothing; the work itself notices the cancellation.
      case .stopped: break
      }
    }
    return expired ?? .stopped
  }
  switch outcome {
  case .done(let result):
    if Task.isCancelled, case .failure(let error) = result, error.cause != .cancelled {
      var cancelled = error
      cancelled.cause = .cancelled
      throw cancelled
    }
    return try result.get()
  case .expired(let attempt):
    throw attempt ?? PartnerError(.deadlineExceeded(seconds: Int(limit.components.seconds)), tenant: tenant)
  case .stopped: throw PartnerError(.cancelled, tenant: tenant)
  }
}

private enum Outcome<Value: Sendable>: Sendable {
  case done(Result<Value, PartnerError>)
  case expired(after: PartnerError?)
  case stopped
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
