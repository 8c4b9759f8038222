import PartnerModel
import SafeText
import TerminalKit

/// What was drawn before; the same lines come out with and without it.
///
/// A line that is kept compares equal to itself in no time when it is painted again.
package struct RowCache: Sendable {
  private static let limit = 600
  /// Lines of rows, by all that their cells depend on.
  private var lines: [RowKey: Line] = [:]
  /// The rows of the last frame, from the top: most of them stand there again. Keys by themselves are compared where they
  /// lie, without counting who holds the lines.
  private var recentKeys: [RowKey] = []
  private var recentLines: [Line] = []
  /// Lines that every frame has, by their places.
  var frame = KeptLines()
  var preview = KeptLines()

  package init() {}

  /// The line that was drawn for the key; `nil` for one that is to be drawn, and then kept.
  ///
  /// Without a closure that draws: it would hold the state, and holding costs more than the whole look.
  /// - Parameter row: the row's place in the window.
  mutating func line(_ key: RowKey, at row: Int) -> Line? {
    if row < recentKeys.count, recentKeys[row] == key { return recentLines[row] }
    guard let line = lines[key] else { return nil }
    show(line, key, at: row)
    return line
  }

  mutating func keep(_ line: Line, _ key: RowKey, at row: Int) {
    if lines.count >= Self.limit { lines.removeAll(keepingCapacity: true) }
    lines[key] = line
    show(line, key, at: row)
  }

  private mutating func show(_ line: Line, _ key: RowKey, at row: Int) {
    if row < recentKeys.count {
      recentKeys[row] = key
      recentLines[row] = line
    } else if row == recentKeys.count {
      recentKeys.append(key)
      recentLines.append(line)
    }
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
