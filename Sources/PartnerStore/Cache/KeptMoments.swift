import FoundationEssentials
import PartnerModel

// What is kept comes back as it was written: so who just wrote it need not read it to know what others will read.

extension Date {
  /// As it is kept.
  var rounded: Date { Date(microseconds: microseconds) }
}

extension TenantOverview {
  mutating func roundMoments() {
    consent.checkedAt = consent.checkedAt?.rounded
    consent.error?.roundMoment()
    token.expiresAt = token.expiresAt?.rounded
    token.parkedUntil = token.parkedUntil?.rounded
    token.toldAt = token.toldAt?.rounded
    token.lastError?.roundMoment()
    let issuedAt = token.facts?.issuedAt?.rounded
    token.facts?.issuedAt = issuedAt
    sync.lastAttempt = sync.lastAttempt?.rounded
    sync.lastSuccess = sync.lastSuccess?.rounded
    sync.error?.roundMoment()
    sync.leftOut?.roundMoment()
    sync.unreadableItem?.roundMoment()
    guard var alerts = sync.alerts else { return }
    alerts.lastAttempt = alerts.lastAttempt?.rounded
    alerts.lastSuccess = alerts.lastSuccess?.rounded
    alerts.error?.roundMoment()
    alerts.leftOut?.roundMoment()
    sync.alerts = alerts
  }
}

extension Problem {
  fileprivate mutating func roundMoment() { (at, retryAt) = (at?.rounded, retryAt?.rounded) }
}

extension ConsentRecord {
  /// Whether it differs in what stands in the tenant's own row; the problem stands elsewhere.
  func isOtherThan(_ other: ConsentRecord) -> Bool {
    (state, granted, missing, checkedAt) != (other.state, other.granted, other.missing, other.checkedAt)
  }
}

extension TokenRecord {
  /// The same for a token's state.
  func isOtherThan(_ other: TokenRecord) -> Bool {
    (expiresAt, trouble, parkedUntil, toldAt, facts)
      != (other.expiresAt, other.trouble, other.parkedUntil, other.toldAt, other.facts)
  }
}

extension SyncRecord {
  /// The same for a read; its problems stand elsewhere.
  func isOtherThan(_ other: SyncRecord) -> Bool {
    (lastAttempt, lastSuccess, unreadable, watermark)
      != (other.lastAttempt, other.lastSuccess, other.unreadable, other.watermark)
      || (alerts?.lastAttempt, alerts?.lastSuccess, alerts?.unreadable, alerts?.coversFrom)
        != (other.alerts?.lastAttempt, other.alerts?.lastSuccess, other.alerts?.unreadable, other.alerts?.coversFrom)
  }
}
