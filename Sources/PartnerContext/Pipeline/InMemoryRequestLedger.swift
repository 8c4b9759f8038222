public import FoundationEssentials
public import PartnerModel

/// Keeps one process below the published limits by exact sliding windows (rule R3).
public actor InMemoryRequestLedger: RequestLedger {
  private struct Key: Hashable {
    var app: String
    var tenant: TenantID
  }

  /// Times of the requests of the last hour, oldest first.
  private var sent: [Key: [Date]] = [:]
  private var parked: [Key: Date] = [:]

  public init() {}

  public func admit(
    app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
  ) -> RequestAdmission {
    if let until = parkingEnd(app: app, tenant: tenant, at: now) { return .parked(until: until) }
    let key = Key(app: app, tenant: tenant)
    var times = sent[key, default: []]
    // After the clock was set back, what was sent lies in the future: it counts as sent now.
    if let last = times.last, last > now { times = times.map { min($0, now) } }
    times.removeAll { now.timeIntervalSince($0) >= 3600 }
    let perMinute = max(1, Int(40 * share)) - (priority == .background ? Int(10 * share) : 0)
    let perHour = max(1, Int(1200 * share))
    let lastMinute = times.drop { now.timeIntervalSince($0) >= 60 }
    var until: Date?
    if times.count >= perHour { until = times[times.count - perHour].addingTimeInterval(3600) }
    if lastMinute.count >= max(1, perMinute) {
      let free = lastMinute[lastMinute.endIndex - max(1, perMinute)].addingTimeInterval(60)
      until = max(until ?? free, free)
    }
    if let until {
      sent[key] = times
      return .spent(until: until)
    }
    times.append(now)
    sent[key] = times
    return .admitted
  }

  /// Until when the tenant is parked, at most 24 h from now: no service asks for more, but a clock that was set back
  /// does.
  func parkingEnd(app: String, tenant: TenantID, at now: Date) -> Date? {
    let key = Key(app: app, tenant: tenant)
    guard let until = parked[key].map({ min($0, now.addingTimeInterval(RetryAfter.longest)) }) else { return nil }
    parked[key] = until > now ? until : nil
    return parked[key]
  }

  public func park(app: String, tenant: TenantID, until: Date) {
    let key = Key(app: app, tenant: tenant)
    parked[key] = max(parked[key] ?? until, until)
  }
}
