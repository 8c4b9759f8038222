import PartnerModel
import SafeText
import TerminalKit

/// Lines of rows that were built before; the same lines come out with and without it.
///
/// A line that is kept compares equal to itself in no time when it is painted again.
package struct RowCache: Sendable {
  private static let limit = 600
  private var lines: [RowKey: Line] = [:]

  package init() {}

  mutating func line(_ key: RowKey, _ build: () -> Line) -> Line {
    if let line = lines[key] { return line }
    if lines.count >= Self.limit { lines.removeAll(keepingCapacity: true) }
    let line = build()
    lines[key] = line
    return line
  }
}

/// Everything that a row's cells depend on.
struct RowKey: Hashable, Sendable {
  enum List: Hashable, Sendable {
    case tenants
    /// Every list of incidents counts its versions anew; `number` is that of the request that filled it, and 0 for the one
    /// of all tenants.
    case incidents(number: Int)
  }

  var list: List
  /// Of the row's content, unique in its list.
  var version: UInt32
  var width: Int
  var token: TokenState?
  var sync: SyncState?
  /// Of the tenant, as a sign in the row.
  var trust: TrustMark?
  var times: RowTimes
  var mark: WriteMark?
  var isSelected = false
  var isMarked = false
  var isOld = false
  /// Whether it came and was not looked at yet.
  var isNew = false
  /// Whether the service answered 404 when it was read last.
  var isDenied = false
  var isWorking = false
  var isASCII = false

  /// By what tells most rows apart: all of it would cost more than to compare the few that share these.
  func hash(into hasher: inout Hasher) {
    hasher.combine(version)
    hasher.combine(isSelected)
    hasher.combine(width)
  }
}

/// The times that a row tells.
struct RowTimes: Hashable, Sendable {
  /// Of an incident; of a tenant the oldest of its incidents.
  var age: TimeCell
  var sla: TimeCell
  /// Since the tenant was read.
  var read: TimeCell
  var token = TimeCell.none
  /// Since what is told as wrong was met.
  var problem = TimeCell.none
}

/// A time in a table; equal as long as it reads the same.
enum TimeCell: Hashable, Sendable {
  case none, unknown, never, met, fine, breached, expired
  case since(Age)
  case left(Age)
  case due(Age)

  var text: SafeText {
    switch self {
    case .none: "–"
    case .unknown: "?"
    case .never: "never"
    case .met: "met"
    case .fine: "ok"
    case .breached: "breached"
    case .expired: "expired"
    case .since(let age), .left(let age), .due(let age): age.text
    }
  }

  var style: Style {
    switch self {
    case .none, .met, .fine, .never: Theme.quiet
    case .unknown, .since, .left: .plain
    case .breached: Theme.failure
    case .expired, .due: Theme.warning
    }
  }
}
