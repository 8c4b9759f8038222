package import FoundationEssentials
package import PartnerModel

/// How long somebody who asked waits where a time is named after which to ask again.
package struct Patience: Sendable {
  /// Seconds in all, for one tenant.
  private let longest: TimeInterval
  private let onWait: @Sendable (Tenant, PartnerError, _ until: Date) -> Void

  /// Not at all.
  package static let none = Patience(longest: 0) { _, _, _ in }

  /// - Parameters:
  ///   - longest: seconds in all, for one tenant.
  ///   - onWait: told before each wait, with why and until when.
  package init(
    longest: TimeInterval = 60, onWait: @escaping @Sendable (Tenant, PartnerError, _ until: Date) -> Void
  ) {
    self.longest = longest
    self.onWait = onWait
  }

  /// Seconds between looks for a grant that does not show yet: each costs the tenant a token.
  private static let lagPauses: [TimeInterval] = [5, 10, 20, 25]

  /// Does `work` again when the time that its failure names is over, as long as that is worth waiting for.
  package func repeating<Result>(
    in tenant: Tenant, now: @Sendable () -> Date, sleep: @Sendable (Duration) async throws -> Void,
    _ work: () async -> (Result, failure: PartnerError?)
  ) async -> Result {
    var waited: TimeInterval = 0
    var lags = Self.lagPauses.makeIterator()
    while true {
      let (result, failure) = await work()
      guard let failure, let until = failure.endOfSilence ?? failure.lagEnd(lags.next(), after: now()) else {
        return result
      }
      // A service that says "now" means a moment.
      let wait = max(0.1, until.timeIntervalSince(now()))
      guard waited + wait <= longest else { return result }
      onWait(tenant, failure, until)
      do { try await sleep(.seconds(wait)) } catch { return result }
      waited += wait
    }
  }
}

extension PartnerError {
  /// When to look again for a grant that lags; `nil` for any other failure, and after the last look.
  fileprivate func lagEnd(_ pause: TimeInterval?, after now: Date) -> Date? {
    guard case .grantLags = cause else { return nil }
    return pause.map { now.addingTimeInterval($0) }
  }

  /// When the service, or our count of tokens, lets the same request through.
  fileprivate var endOfSilence: Date? {
    switch cause {
    case .throttled(let until), .tokensSpent(let until): until
    default: nil
    }
  }
}
