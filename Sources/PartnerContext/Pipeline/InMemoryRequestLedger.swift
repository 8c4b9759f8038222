public import FoundationEssentials
public import PartnerModel

/// Keeps one process below the published limits by exact sliding windows (rule R3).
public actor InMemoryRequestLedger: RequestLedger {
  private struct Key: Hashable {
    var app: String
    var tenant: TenantID
  }

  /// A silence: until when, and since when, by the clock of that moment.
  private struct Parking {
    var until: Date
    var since: Date
  }

  /// Times of the requests of the last hour, oldest first; those for tokens of the last five minutes.
  private var sent: [Key: [Date]] = [:]
  private var sentForTokens: [Key: [Date]] = [:]
  private var parked: [Key: Parking] = [:]
  private var parkedForTokens: [Key: Parking] = [:]

  public init() {}

  public func admit(
    app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
  ) -> RequestAdmission {
    if let until = parkingEnd(app: app, tenant: tenant, at: now) { return .parked(until: until) }
    let key = Key(app: app, tenant: tenant)
    let perMinute = max(1, Int(40 * share)) - (priority == .background ? Int(10 * share) : 0)
    return Self.admit(
      in: &sent[key, default: []], windows: [(max(1, perMinute), 60), (max(1, Int(1200 * share)), 3600)], at: now)
  }

  public func admitToken(
    app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
  ) -> RequestAdmission {
    if let until = tokenParkingEnd(app: app, tenant: tenant, at: now) { return .parked(until: until) }
    let key = Key(app: app, tenant: tenant)
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

  /// Until when the tenant is parked, at most 24 h from now: no service asks for more, but a clock that was set back
  /// does.
  func parkingEnd(app: String, tenant: TenantID, at now: Date) -> Date? {
    Self.end(of: &parked[Key(app: app, tenant: tenant)], at: now)
  }

  /// The same for requests for tokens alone.
  func tokenParkingEnd(app: String, tenant: TenantID, at now: Date) -> Date? {
    Self.end(of: &parkedForTokens[Key(app: app, tenant: tenant)], at: now)
  }

  public func park(app: String, tenant: TenantID, until: Date, at now: Date) {
    Self.park(&parked[Key(app: app, tenant: tenant)], until: until, at: now)
  }

  public func parkTokens(app: String, tenant: TenantID, until: Date, at now: Date) {
    Self.park(&parkedForTokens[Key(app: app, tenant: tenant)], until: until, at: now)
  }

  private static func park(_ parking: inout Parking?, until: Date, at now: Date) {
    let before = end(of: &parking, at: now)
    parking = Parking(until: max(before ?? until, until), since: now)
  }

  private static func end(of parking: inout Parking?, at now: Date) -> Date? {
    guard var known = parking else { return nil }
    if ClockStep.hasUndone(known.since, at: now) {
      // The clock was set back: what was left then is left now.
      known = Parking(until: now.addingTimeInterval(known.until.timeIntervalSince(known.since)), since: now)
    }
    known.until = min(known.until, now.addingTimeInterval(RetryAfter.longest))
    parking = known.until > now ? known : nil
    return parking?.until
  }
}
