import FoundationEssentials
import PartnerModel

/// What a list of incidents is ordered by.
enum IncidentSort: String, Hashable, Sendable, CaseIterable {
  /// What somebody must do now: what nobody has first, what is worked on behind; within each by severity, then by the time
  /// left, the least first; what has none left, or none agreed, follows with the newest first.
  case risk
  /// The oldest first.
  case age
  /// The last changed first.
  case updated
  /// The tenant's name, then severity, then the oldest.
  case tenant

  var next: IncidentSort {
    let all = Self.allCases
    let index = all.firstIndex(of: self) ?? 0
    return all[(index + 1) % all.count]
  }
}

/// A row's place as one number: smaller comes first. Rows with the same number are ordered by their key.
struct SortKeys: Sendable {
  var sort: IncidentSort
  var directory: TenantDirectory
  /// The moment at which deadlines are judged, in ticks.
  var judgedAt: Int64

  private static let timeBits: UInt64 = 39
  private static let lastTime: UInt64 = (1 << 39) - 1
  /// In the order of risk: what somebody works on, the place of a severity, and that no time is left or was agreed.
  private static let inWork: UInt64 = 1 << 62
  private static let severityBit: UInt64 = 59
  private static let hasNoTimeLeft: UInt64 = 1 << 58
  /// Each way in which rows with time left can begin, in the order of risk.
  static let runningGroups: [UInt64] = [0, inWork].flatMap { work in (0..<8).map { work | UInt64($0) << severityBit } }

  func key(of incident: borrowing CompactIncident, tables: IncidentTables) -> UInt64 {
    if !tables.status(incident).isOpen {
      return 1 << 63 | (Self.lastTime - Self.seconds(incident.updated, unknown: 0))
    }
    let danger = UInt64(tables.severity(incident).order)
    let created = Self.seconds(incident.created, unknown: Self.lastTime)
    switch sort {
    case .risk:
      let group = (tables.waitsForSomebody(incident) ? 0 : Self.inWork) | danger << Self.severityBit
      if let deadline = deadline(of: incident, tables: tables), deadline > judgedAt {
        return group | Self.seconds(deadline, unknown: Self.lastTime)
      }
      return group | Self.hasNoTimeLeft | (Self.lastTime - Self.seconds(incident.created, unknown: 0))
    case .age: return created
    case .updated: return Self.lastTime - Self.seconds(incident.updated, unknown: 0)
    case .tenant:
      let rank = directory[tables.tenants[incident.tenant]]?.rank ?? 0xF_FFFF
      return UInt64(min(rank, 0xF_FFFF)) << (Self.timeBits + 3) | danger << Self.timeBits | created
    }
  }

  /// The first key of a running group whose time is not over at `ticks`.
  static func firstKey(of group: UInt64, after ticks: Int64) -> UInt64 { group | (seconds(ticks, unknown: 0) + 1) }

  /// The moment that counts next for an open incident, in ticks.
  func deadline(of incident: borrowing CompactIncident, tables: IncidentTables) -> Int64? {
    guard directory.hasDeadlines, incident.created != CompactIncident.noTime else { return nil }
    let target = directory.target(
      of: tables.tenants[incident.tenant], numbered: incident.tenant, tables.severity(incident))
    guard let target else { return nil }
    let isWaiting = incident.acknowledged == CompactIncident.noTime && target.acknowledge != nil
    return (isWaiting ? target.acknowledge : target.resolve).map {
      incident.created + Int64(min(max($0, 0), 1e10) * 10_000_000)
    }
  }

  /// Seconds since the year 1, which fit 39 bits up to the year 9999.
  private static func seconds(_ ticks: Int64, unknown: UInt64) -> UInt64 {
    if ticks == CompactIncident.noTime { return unknown }
    return UInt64(min(max(ticks / 10_000_000 + 62_135_596_800, 0), Int64(lastTime) - 1))
  }
}
