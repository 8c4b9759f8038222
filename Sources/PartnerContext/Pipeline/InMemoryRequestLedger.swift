public import FoundationEssentials
public import PartnerModel

/// Keeps one process below the published limits by exact sliding windows (rule R3).
public actor InMemoryRequestLedger: RequestLedger {
  /// Times of the requests of the last hour, oldest first; those for tokens of the last five minutes.
  private var sent: [ParkedTenants.Key: [Date]] = [:]
  private var sentForTokens: [ParkedTenants.Key: [Date]] = [:]
  private var parked = ParkedTenants()
  private var parkedForTokens = ParkedTenants()

  public init() {}

  public func admit(
    app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
  ) -> RequestAdmission {
    let key = ParkedTenants.Key(app: app, tenant: tenant)
    if let until = parked.end(of: key, at: now) { return .parked(until: until) }
    let perMinute = max(1, Int(40 * share)) - (priority == .background ? Int(10 * share) : 0)
    return Self.admit(
      in: &sent[key, default: []], windows: [(max(1, perMinute), 60), (max(1, Int(1200 * share)), 3600)], at: now)
  }

  public func admitToken(
    app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
  ) -> RequestAdmission {
    let key = ParkedTenants.Key(app: app, tenant: tenant)
    if let until = parkedForTokens.end(of: key, at: now) { return .parked(until: until) }
    return Self.admit(
      in: &sentForTokens[key, default: []], windows: [(max(1, Int((priority == .background ? 10 : 15) * share)), 300)],
      at: now)
  }

  /// Counts a request, unless a window already holds as many as it may.
  private static func admit(
    in times: inout [Date], windows: [(count: Int, seconds: TimeInterval)], at now: Date
  ) -> RequestAdmission {
    // After the clock was set back, what was sent lies in the future: it counts as sent now.
    if let last = times.last, last > now { times = times.map { min($0, now) } }
    let longest = windows.map(\.seconds).max() ?? 0
    times.removeAll { now.timeIntervalSince($0) >= longest }
    var until: Date?
    for window in windows {
      let recent = times.drop { now.timeIntervalSince($0) >= window.seconds }
      guard recent.count >= window.count else { continue }
      let free = recent[recent.endIndex - window.count].addingTimeInterval(window.seconds)
      until = max(until ?? free, free)
    }
    if let until { return .spent(until: until) }
    times.append(now)
    return .admitted
  }

  public func park(app: String, tenant: TenantID, until: Date, at now: Date) {
    parked.park(ParkedTenants.Key(app: app, tenant: tenant), until: until, at: now)
  }

  public func parkTokens(app: String, tenant: TenantID, until: Date, at now: Date) {
    parkedForTokens.park(ParkedTenants.Key(app: app, tenant: tenant), until: until, at: now)
  }
}
