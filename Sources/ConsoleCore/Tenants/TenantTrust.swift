import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// How far a tenant's incidents can be trusted, and when they were last read.
struct TenantTrust: Hashable, Sendable {
  var sync: SyncState
  var readAt: Date?
  /// Whether they may be otherwise by now: not read lately, or not allowed any more.
  var isOld: Bool

  /// Whether all of them are there, as they are now.
  var isWhole: Bool { sync == .ok && !isOld }

  var mark: TrustMark? {
    if sync == .excluded { return nil }
    return isOld ? .old : sync == .partial ? .partial : nil
  }
}

/// The sign of what is not all there or not fresh; colour alone would not tell it.
enum TrustMark: Hashable, Sendable {
  case old, partial

  var glyph: SafeText { self == .old ? "◌" : "◐" }
  var style: Style { Theme.warning }
}

extension TenantOverview {
  /// Whether what is known of its incidents is from before: nothing newer was read, or may be read, since.
  func isOld(_ sync: SyncState, now: Date, staleAfter: TimeInterval) -> Bool {
    if consent.state != .unknown, !consent.state.allowsReading { return true }
    if access.state.keepsOut { return true }
    switch sync {
    case .failed, .stale, .never: return true
    case .ok, .partial, .excluded: break
    }
    return self.sync.lastSuccess.map { now.timeIntervalSince($0) > staleAfter } ?? true
  }
}
