public import FoundationEssentials
public import PartnerModel

/// How far a tenant's incidents or alerts were read: keep it, and only what changed since is read the next time.
///
/// The service may show a change late, with an older change time. So each pass over the changes begins 15 minutes before
/// the newest one that was seen, and one every 10 minutes begins a day before it. What was seen in that day is remembered,
/// and dropped when it comes again unchanged.
public struct ChangeCursor: Hashable, Sendable {
  /// Seconds by which each pass goes back; the service's known delays are 10 minutes and less.
  static let lookBack: Int64 = 900
  /// Seconds by which a wide pass goes back.
  static let wideLookBack: Int64 = 86_400
  /// Seconds between two wide passes; also between two readings of what a product lacked that comes and goes.
  static let wideInterval: Int64 = 600
  static let rereadInterval: Int64 = 3_600
  /// Changes that are remembered at most, and so read again, so that a storm of changes does not use up the tenant's
  /// requests: so many of a day, but all of the last 15 minutes up to the larger number.
  static let mostRemembered = 1_000
  static let mostRecent = 10_000

  /// One walk over the changes, oldest first, which may take several reads.
  struct Pass: Hashable, Sendable {
    /// Where it began.
    var start: Timestamp
    /// Where it goes on.
    var position: Timestamp
    /// The products that were left out of any of its pages.
    var leftOut: [LeftOutProduct] = []
    /// Whether it goes over all incidents that are open, and not over what changed.
    var isOfOpen = false

    init(from start: Timestamp) { (self.start, position) = (start, start) }

    /// Over all that is open.
    static var ofOpen: Pass {
      var pass = Pass(from: Timestamp(ticks: 0, fractionDigits: 0))
      pass.isOfOpen = true
      return pass
    }
  }

  /// What was read while products behind the service did not answer.
  struct Gap: Hashable, Sendable {
    /// From this change time on something may be missing.
    var start: Timestamp
    var products: [LeftOutProduct]
  }

  public let list: ChangeList
  /// How far back the first read goes.
  public let historyStart: Timestamp
  /// The newest change that was seen; `nil` before the first read.
  public internal(set) var watermark: Timestamp?
  /// The pass that had to stop in the middle.
  var pass: Pass?
  /// Where a read stopped that was following the service's links: path and query below the version, as judged by
  /// `PageLink`; `nil` when the next read begins by its time.
  var continuation: String?
  var gap: Gap?
  /// When the last wide pass began, and the last reading of what a product had lacked, in steps of 100 ns since 1970.
  var widenedAt: Int64?
  var rereadAt: Int64?
  /// When all that is open was last read, in steps of 100 ns since 1970.
  var openReadAt: Int64?
  /// How a part is read that fails; `nil` while none does.
  var probe: Probe?
  /// The last change of each item that is remembered, in steps of 100 ns since 1970.
  var seen: [String: Int64] = [:]

  public init(historyStart: Timestamp, list: ChangeList = .incidents) {
    self.historyStart = historyStart
    self.list = list
  }

  /// - Parameter history: seconds.
  public init(history: TimeInterval, before now: Date, list: ChangeList = .incidents) {
    self.init(historyStart: Timestamp(now.addingTimeInterval(-history)), list: list)
  }

  /// Whether everything since ``historyStart`` was read once.
  public internal(set) var isComplete = false

  /// The products whose incidents are missing from what was read.
  public var leftOut: [LeftOutProduct] { (gap?.products ?? []).joined(with: pass?.leftOut ?? []) }

  // MARK: Passes

  /// Goes on with the pass under way, or begins one.
  /// - Parameter openEvery: seconds after which all that is open is read again; `nil` for never.
  mutating func begin(at now: Date, openEvery: TimeInterval? = nil) -> Pass {
    if let pass { return pass }
    let moment = Timestamp(now).ticks
    if let openEvery, Self.isDue(openReadAt, every: Int64(openEvery), at: moment) {
      pass = .ofOpen
      return .ofOpen
    }
    let begun: Pass
    if let watermark {
      let isWide = Self.isDue(widenedAt, every: Self.wideInterval, at: moment)
      if isWide { widenedAt = moment }
      begun = Pass(from: lookBackStart(from: watermark, isWide: isWide))
    } else {
      widenedAt = moment
      begun = Pass(from: historyStart)
    }
    pass = begun
    return begun
  }

  private func lookBackStart(from watermark: Timestamp, isWide: Bool) -> Timestamp {
    let wanted = watermark.ticks - (isWide ? Self.wideLookBack : Self.lookBack) * 10_000_000
    // Before that nothing is told apart from what is new.
    let bound = rememberedFrom(watermark)
    return max(historyStart, Timestamp(ticks: min(max(wanted, bound), watermark.ticks), fractionDigits: 7))
  }

  /// The change time, in steps of 100 ns since 1970, from which on all that was seen is remembered.
  private func rememberedFrom(_ watermark: Timestamp) -> Int64 {
    let day = watermark.ticks - Self.wideLookBack * 10_000_000
    guard seen.count >= Self.mostRemembered else { return day }
    let times = seen.values.sorted(by: >)
    let many = min(times[Self.mostRemembered - 1], watermark.ticks - Self.lookBack * 10_000_000)
    return max(day, many, times.count < Self.mostRecent ? day : times[Self.mostRecent - 1])
  }

  /// Also due when the clock was set back.
  private static func isDue(_ last: Int64?, every seconds: Int64, at moment: Int64) -> Bool {
    guard let last else { return true }
    return moment < last || moment - last >= seconds * 10_000_000
  }

  /// The pass came to its end.
  /// - Returns: another pass to begin at once, because a product answers again that was left out of earlier ones.
  mutating func end(at now: Date) -> Pass? {
    guard let ended = pass else { return nil }
    pass = nil
    if ended.isOfOpen {
      openReadAt = Timestamp(now).ticks
      // What a product lacked is missing from here on back, too.
      if !ended.leftOut.isEmpty {
        gap = Gap(start: min(gap?.start ?? historyStart, historyStart), products: leftOut.joined(with: ended.leftOut))
      }
      return begin(at: now)
    }
    isComplete = true
    guard let before = gap else {
      if !ended.leftOut.isEmpty { gap = Gap(start: ended.start, products: ended.leftOut) }
      return nil
    }
    let answersAgain = before.products.contains { known in !ended.leftOut.contains { $0.name == known.name } }
    guard answersAgain else {
      gap?.start = min(before.start, ended.start)
      gap?.products = ended.leftOut
      return nil
    }
    if ended.start <= before.start {
      // This pass itself read what they lacked.
      gap = ended.leftOut.isEmpty ? nil : Gap(start: ended.start, products: ended.leftOut)
      return nil
    }
    gap?.products = before.products.joined(with: ended.leftOut)
    let moment = Timestamp(now).ticks
    guard Self.isDue(rereadAt, every: Self.rereadInterval, at: moment) else { return nil }
    rereadAt = moment
    let again = Pass(from: before.start)
    pass = again
    return again
  }

  // MARK: What was seen

  /// Makes room for so many that are noted next.
  mutating func reserve(_ count: Int) { seen.reserveCapacity(seen.count + count) }

  /// The next list that holds it gives it like a new one.
  public mutating func forget(_ id: IncidentID) { seen[id.rawValue] = nil }

  mutating func move(to newest: Timestamp) {
    let mark = max(watermark ?? newest, newest)
    watermark = mark
    let edge = rememberedFrom(mark)
    if seen.values.contains(where: { $0 < edge }) { seen = seen.filter { $0.value >= edge } }
  }

  /// The newest change that is remembered and is not in the future.
  func newestSeen(before latest: Timestamp) -> Timestamp? {
    seen.values.filter { $0 <= latest.ticks }.max().map { Timestamp(ticks: $0, fractionDigits: 7) }
  }
}

/// How far a tenant's incidents were read.
public typealias IncidentCursor = ChangeCursor
