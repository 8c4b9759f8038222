public import FoundationEssentials

/// Who waits for an answer.
public enum RequestPriority: Hashable, Sendable {
  /// A person looks at the screen, or typed a command.
  case foreground
  /// The console reads by itself.
  case background
}

/// Keeps the requests of one app in each tenant below the published limits, across all processes of this user.
public protocol RequestLedger: Sendable {
  /// Counts a request that is about to leave, or tells until when it has to wait.
  ///
  /// At most 40 in any 60 s and 1,200 in any 3,600 s for one app and tenant, scaled by `share`; 10 of the 40 are kept
  /// for the foreground. A parked tenant admits nothing.
  /// - Throws: when the ledger cannot be read or written; the caller then counts by itself.
  func admit(
    app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
  ) async throws -> RequestAdmission

  /// Counts a request for an app token that is about to leave, or tells until when it has to wait.
  ///
  /// At most 15 in any 300 s for one app and tenant, scaled by `share`: Entra ID takes more of them for a loop, and then
  /// refuses all. 5 of them are kept for the foreground.
  /// - Throws: when the ledger cannot be read or written; the caller then counts by itself.
  func admitToken(
    app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
  ) async throws -> RequestAdmission

  /// Counts a request together with the one for an app token that has to come first, as ``admit(app:tenant:priority:share:at:)``
  /// and then ``admitToken(app:tenant:priority:share:at:)`` do: for a ledger to which one question costs less than two.
  /// - Returns: what there is to say about the token is `nil` where the request itself may not leave: then none is counted.
  func admitWithToken(
    app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
  ) async throws -> (request: RequestAdmission, token: RequestAdmission?)

  /// Lets nothing leave for the tenant between `now` and `until`. A later park is never shortened.
  func park(app: String, tenant: TenantID, until: Date, at now: Date) async throws

  /// Lets no request for an app token of the tenant leave between `now` and `until`.
  func parkTokens(app: String, tenant: TenantID, until: Date, at now: Date) async throws
}

extension RequestLedger {
  public func admitWithToken(
    app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
  ) async throws -> (request: RequestAdmission, token: RequestAdmission?) {
    let request = try await admit(app: app, tenant: tenant, priority: priority, share: share, at: now)
    guard request == .admitted else { return (request, nil) }
    return (request, try await admitToken(app: app, tenant: tenant, priority: priority, share: share, at: now))
  }
}

/// Whether a request may leave now.
public enum RequestAdmission: Hashable, Sendable {
  case admitted
  /// The service asked for silence until then.
  case parked(until: Date)
  /// Our own share is used up until then.
  case spent(until: Date)
}
