public import FoundationEssentials

/// What a tenant's admin has granted to our app, as the last token attempt told.
public enum ConsentState: String, Hashable, Sendable, CaseIterable {
  /// Every required app role is in the token.
  case granted
  /// Some required app roles are missing.
  case partial
  /// The app has no service principal in the tenant.
  case missing
  /// The service principal is there, without any app role.
  case notGranted
  /// The tenant disabled the service principal.
  case disabled
  /// Conditional access blocks the token.
  case blocked
  /// The tenant has no subscription to the service.
  case unlicensed
  /// No such tenant in this cloud.
  case tenantNotFound
  /// Our app registration lacks something.
  case appProblem
  /// Our credential is not accepted: it concerns all tenants.
  case credentialProblem
  /// Nothing is known.
  case unknown

  /// Whether a token with at least one app role can be had.
  public var allowsReading: Bool { self == .granted || self == .partial }
}

/// A tenant's consent with what it rests on.
public struct ConsentRecord: Hashable, Sendable {
  public var state: ConsentState
  public var granted: [AppRole]
  public var missing: [AppRole]
  /// When a token attempt last told this state; kept while the tenant cannot be reached.
  public var checkedAt: Date?
  /// Why it is not `granted`, and what to do; or why the last check could not tell.
  public var error: Problem?

  public init(
    state: ConsentState = .unknown, granted: [AppRole] = [], missing: [AppRole] = [], checkedAt: Date? = nil,
    error: Problem? = nil
  ) {
    self.state = state
    self.granted = granted
    self.missing = missing
    self.checkedAt = checkedAt
    self.error = error
  }

  public static let never = ConsentRecord()

  /// Reads the consent from the app roles that a fresh token carries.
  public static func from(
    granted: [AppRole], required: [AppRole], tenant: TenantID, at: Date
  ) -> ConsentRecord {
    let missing = AppRole.missing(from: granted, required: required)
    let state: ConsentState = granted.isEmpty ? .notGranted : missing.isEmpty ? .granted : .partial
    let error: Problem? =
      switch state {
      case .granted: nil
      case .partial:
        Problem(
          cause: "appRoleMissing", at: at,
          nextAction:
            "The app lacks \(missing.map(\.rawValue).joined(separator: ", ")): send the consent link to the tenant's admin again.",
          whoActs: .customer, summary: state.summary)
      default:
        Problem(
          cause: "notGranted", at: at,
          nextAction: "The app is in the tenant without any permission: send the consent link to the tenant's admin.",
          whoActs: .customer, summary: state.summary)
      }
    return ConsentRecord(state: state, granted: granted, missing: missing, checkedAt: at, error: error)
  }

  /// The same; where only our credential was refused, which tells nothing of what the tenant's admin granted, with what
  /// was known of that before.
  public func keepingGrants(of before: ConsentRecord) -> ConsentRecord {
    guard state == .credentialProblem else { return self }
    var record = self
    (record.granted, record.missing) = (before.granted, before.state == .unknown ? [] : before.missing)
    return record
  }

  /// Whether the tenant's consent is another than `before`: a credential of ours that is refused, or accepted again,
  /// changes nothing of it.
  public func isOther(than before: ConsentRecord) -> Bool {
    let areGrantsOther = Set(granted) != Set(before.granted)
    if state == .credentialProblem || before.state == .credentialProblem { return areGrantsOther }
    return state != before.state || areGrantsOther
  }

  /// The same consent, judged by what the configuration asks for today: what was granted stays, what is missing follows
  /// the tenant's own permissions.
  public func judged(required: [AppRole], tenant: TenantID) -> ConsentRecord {
    guard state == .granted || state == .partial, let checkedAt else { return self }
    let now = ConsentRecord.from(granted: granted, required: required, tenant: tenant, at: checkedAt)
    return now.state == state && now.missing == missing ? self : now
  }
}
