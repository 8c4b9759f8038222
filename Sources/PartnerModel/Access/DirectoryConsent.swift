public import FoundationEssentials

/// What the tenant's own directory says of our app's permissions, where the app may look there.
///
/// Only a token proves what we may do; the directory tells what a token does not hold yet, and what the next one will not
/// hold any more.
public struct DirectoryConsent: Hashable, Sendable {
  public var checkedAt: Date
  public var granted: [AppRole]
  /// Whether the tenant's admin lets the app sign in.
  public var isEnabled: Bool

  public init(checkedAt: Date, granted: [AppRole], isEnabled: Bool = true) {
    self.checkedAt = checkedAt
    self.granted = granted
    self.isEnabled = isEnabled
  }

  /// Granted, and not in a token yet.
  public func lagging(behind consent: ConsentRecord) -> [AppRole] {
    consent.isOfTokens ? granted.filter { !consent.granted.contains($0) } : []
  }

  /// In the token, and withdrawn in the directory: gone with the next token.
  public func withdrawn(from consent: ConsentRecord) -> [AppRole] {
    consent.isOfTokens ? consent.granted.filter { !granted.contains($0) } : []
  }
}

extension ConsentRecord {
  /// Whether its permissions are those of a token.
  fileprivate var isOfTokens: Bool { state.allowsReading || state == .notGranted }
}

/// When a tenant's consent was last seen to change, and whether somebody has looked at that since.
public struct ConsentDrift: Hashable, Sendable {
  public var changedAt: Date?
  public var seenAt: Date?

  public init(changedAt: Date? = nil, seenAt: Date? = nil) {
    self.changedAt = changedAt
    self.seenAt = seenAt
  }

  public static let none = ConsentDrift()

  /// Whether a change waits for somebody to look at it.
  public var isUnseen: Bool {
    guard let changedAt else { return false }
    return seenAt.map { $0 < changedAt } ?? true
  }
}
