import PartnerModel

/// Runs `work` and gives it up when `limit` has passed first, whatever part of an answer it waits for.
///
/// - Throws: what `work` throws; `.deadlineExceeded`; `.cancelled`.
func withDeadline<Result: Sendable>(
  _ limit: Duration, tenant: TenantID, dependencies: PartnerDependencies,
  _ work: @escaping @Sendable () async throws(PartnerError) -> Result
) async throws(PartnerError) -> Result {
  let outcome = await withTaskGroup(of: Outcome<Result>.self, returning: Outcome<Result>.self) { group in
    group.addTask { .done(await Swift.Result { () async throws(PartnerError) in try await work() }) }
    group.addTask {
      do {
        try await dependencies.expire(limit)
        return .expired
      } catch {
        return .stopped
      }
    }
    while let first = await group.next() {
      // A cancelled clock says nothing; the work itself notices the cancellation.
      if case .stopped = first { continue }
      group.cancelAll()
      return first
    }
    return .stopped
  }
  switch outcome {
  case .done(let result):
    if Task.isCancelled, case .failure(let error) = result, error.cause != .cancelled {
      var cancelled = error
      cancelled.cause = .cancelled
      throw cancelled
    }
    return try result.get()
  case .expired: throw PartnerError(.deadlineExceeded(seconds: Int(limit.components.seconds)), tenant: tenant)
  case .stopped: throw PartnerError(.cancelled, tenant: tenant)
  }
}

private enum Outcome<Value: Sendable>: Sendable {
  case done(Result<Value, PartnerError>)
  case expired
  case stopped
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
