public import FoundationEssentials
public import PartnerModel

/// How far a tenant's incidents were read: keep it, and only what changed since is read the next time.
///
/// The service may show a change late, so each read begins 120 s before the newest change that was seen; what was seen
/// in that overlap is remembered, and dropped when it comes again unchanged.
public struct IncidentCursor: Hashable, Sendable {
  /// Seconds by which two reads overlap.
  static let overlap: Int64 = 120

  /// How far back the first read goes.
  public let historyStart: Timestamp
  /// The newest change that was seen; `nil` before the first read.
  public internal(set) var watermark: Timestamp?
  /// Where a read stopped that was following the service's links: path and query below the version, as judged by
  /// `PageLink`; `nil` when the next read begins by its time.
  var continuation: String?
  /// The last change of each incident inside the overlap, in steps of 100 ns since 1970.
  var seen: [IncidentID: Int64] = [:]

  public init(historyStart: Timestamp) { self.historyStart = historyStart }

  /// - Parameter history: seconds.
  public init(history: TimeInterval, before now: Date) {
    self.init(historyStart: Timestamp(now.addingTimeInterval(-history)))
  }

  /// Where the next read begins.
  var start: Timestamp {
    guard let watermark else { return historyStart }
    return max(historyStart, Timestamp(ticks: watermark.ticks - Self.overlap * 10_000_000, fractionDigits: 7))
  }

  func hasSeen(_ incident: Incident) -> Bool {
    guard let updated = incident.updatedAt else { return false }
    return seen[incident.id] == updated.ticks
  }

  mutating func note(_ incident: Incident) {
    if let updated = incident.updatedAt { seen[incident.id] = updated.ticks }
  }

  mutating func move(to newest: Timestamp) {
    watermark = max(watermark ?? newest, newest)
    let edge = start.ticks
    seen = seen.filter { $0.value >= edge }
  }

  /// The newest change that is remembered and is not in the future.
  func newestSeen(before latest: Timestamp) -> Timestamp? {
    seen.values.filter { $0 <= latest.ticks }.max().map { Timestamp(ticks: $0, fractionDigits: 7) }
  }

  // MARK: Text form

  /// One line of text that ``init(text:)`` reads back.
  public var text: String {
    let pairs = seen.sorted { $0.key < $1.key }.map { "\(escaped($0.key.rawValue))=\($0.value)" }
    let known = "\(historyStart) \(watermark?.description ?? "-") \(pairs.joined(separator: ","))"
    return continuation.map { "2 \(known) \($0)" } ?? "1 \(known)"
  }

  /// `nil` for text that ``text`` did not write.
  public init?(text: String) {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 4 && parts[0] == "1" || parts.count == 5 && parts[0] == "2",
      let historyStart = Timestamp(String(parts[1]))
    else { return nil }
    self.init(historyStart: historyStart)
    if parts[2] != "-" {
      guard let watermark = Timestamp(String(parts[2])) else { return nil }
      self.watermark = watermark
    }
    if parts.count == 5 {
      // Only what could have been followed before: our own path with a query, no blank, no control.
      guard parts[4].hasPrefix(GraphCall.incidents + "?"), parts[4].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
        return nil
      }
      continuation = String(parts[4])
    }
    for pair in parts[3].split(separator: ",") {
      let sides = pair.split(separator: "=")
      guard sides.count == 2, let id = unescaped(sides[0]), let ticks = Int64(sides[1]) else {
        return nil
      }
      seen[IncidentID(id)] = ticks
    }
  }
}
