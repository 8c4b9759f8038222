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
    let key = Key(app: app, tenant: tenant)
    if let until = parked[key] {
      if until > now { return .parked(until: until) }
      parked[key] = nil
    }
    var times = sent[key, default: []]
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

  public func park(app: String, tenant: TenantID, until: Date) {
    let key = Key(app: app, tenant: tenant)
    parked[key] = max(parked[key] ?? until, until)
  }
}
