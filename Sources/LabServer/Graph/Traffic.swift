import Synchronization

/// Which limits count a request.
enum Lane: Hashable, Sendable { case token, incidents, alerts, directory }

/// The requests of our app in one tenant: sliding windows, and the time before which it was told to stay away.
struct Traffic {
  private var times: [Lane: [Moment]] = [:]
  private var parks: [Lane: Park] = [:]

  struct Park {
    var until: Moment
    var told: Moment
    var refused: Set<String> = []
  }

  /// Requests allowed in a sliding window.
  static func limits(_ lane: Lane) -> [(count: Int, seconds: Int64)] {
    switch lane {
    case .token: [(20, 300)]
    case .incidents: [(50, 60), (1500, 3600)]
    case .alerts: [(150, 60)]
    // Thousands of units in ten seconds: what one client asks for does not come near.
    case .directory: []
    }
  }

  /// Counts a request; seconds to wait when it is one too many.
  mutating func admit(_ lane: Lane, at now: Moment) -> Int? {
    let limits = Self.limits(lane)
    guard let longest = limits.map(\.seconds).max() else { return nil }
    var past = times.removeValue(forKey: lane) ?? []
    if let first = past.first, first <= now - longest * Moment.second {
      past.removeAll { $0 <= now - longest * Moment.second }
    }
    defer { times[lane] = past }
    for limit in limits {
      let start = now - limit.seconds * Moment.second
      guard past.count >= limit.count, past[past.count - limit.count] > start else { continue }
      let freed = past[past.count - limit.count] + limit.seconds * Moment.second
      return max(1, Int((freed.ticks - now.ticks + Moment.second - 1) / Moment.second))
    }
    past.append(now)
    return nil
  }

  mutating func park(_ lane: Lane, until: Moment, told: Moment, requestID: String?) {
    var park = Park(until: until, told: told)
    if let old = parks[lane], told < old.until {
      // Still the same wait: what hurries on within it is not forgiven anew.
      park = old
      park.until = max(old.until, until)
    }
    if let requestID { park.refused.insert(requestID) }
    parks[lane] = park
  }

  /// Whether a request comes before its time. A quarter of a second is granted to what was on its way already,
  /// unless it carries the id of the very request that was refused; at the end of the wait a second, by which standard
  /// clients count short.
  func isImpatient(_ lane: Lane, at now: Moment, requestID: String?) -> Bool {
    guard let park = parks[lane], now < park.until - Moment.second else { return false }
    if let requestID, park.refused.contains(requestID) { return true }
    return now > park.told + Moment.second / 4
  }
}

extension LabWorld {
  func notePatience(_ room: TenantRoom?, lane: Lane, _ request: LabRequest, requestID: String) {
    guard let room else { return }
    let now = limitNow()
    let clientID = request.clientRequestID
    if room.state.withLock({ $0.traffic.isImpatient(lane, at: now, requestID: clientID) }) {
      record(.beforeRetryAfter, room, "\(lane) called before the time it was given", requestID: requestID)
    }
  }

  /// Keeps the time to wait that leaves with an answer, counted from when the whole of its delay has passed.
  func rememberPark(_ room: TenantRoom?, lane: Lane, _ request: LabRequest, _ delivery: Delivery) {
    guard let room, [429, 503].contains(delivery.answer.status), delivery.manner != .reset,
      let wait = delivery.answer.wait(at: wallMoment())
    else { return }
    let delay = Int64(delivery.delayMilliseconds) + Int64(options.latencyMilliseconds)
    let told = limitNow() + delay * Moment.second / 1000
    let clientID = request.clientRequestID
    room.state.withLock {
      $0.traffic.park(lane, until: told + wait, told: told, requestID: clientID)
    }
  }
}

extension LabAnswer {
  /// The longest wait that the headers ask for, in ticks and at most a day; nil when they ask for none.
  ///
  /// Source: RFC 9110, section 10.2.3, and the headers in milliseconds of Azure services.
  func wait(at now: Moment) -> Int64? {
    var waits: [Double] = []
    if let text = header("Retry-After") {
      if let seconds = Self.number(text) {
        waits.append(seconds * Double(Moment.second))
      } else if let date = Moment(httpText: text) {
        // A date is meant by the clock that dates the answer.
        let sent = header("Date").flatMap { Moment(httpText: $0) } ?? now
        waits.append(Double(date.ticks - sent.ticks))
      }
    }
    for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
      guard let milliseconds = header(name).flatMap(Self.number) else { continue }
      waits.append(milliseconds * Double(Moment.second) / 1000)
    }
    guard let longest = waits.max(), longest > 0 else { return nil }
    return Int64(min(longest, Double(Moment.day)))
  }

  /// A decimal number; nothing else that Swift would read as one.
  private static func number(_ text: String) -> Double? {
    guard text.utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: ".") }) else { return nil }
    return Double(text)
  }
}
