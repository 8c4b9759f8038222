import FoundationEssentials
import PartnerModel

extension TokenRecord {
  /// Notes an attempt that gave no token; what is known of the expiry stays. One that was not made tells nothing.
  mutating func note(_ error: PartnerError, toldAt moment: Date) {
    switch error.cause {
    case .cancelled, .tokensSpent, .budgetSpent: return
    case .throttled(let until):
      trouble = .throttled
      parkedUntil = until
    case .signInNeeded, .signInFailed: trouble = .signInNeeded
    case .consent, .access, .refused, .foreignToken, .claimsChallenge, .credentialUnreadable, .redirectRefused:
      trouble = .refused
    default: trouble = .failed
    }
    lastError = error.problem
    toldAt = moment
  }
}
