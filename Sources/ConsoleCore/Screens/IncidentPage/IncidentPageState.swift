import FoundationEssentials
import PartnerModel
import SafeText

/// One incident in depth. It keeps its incident, whatever becomes of the row that it was opened from.
struct IncidentPageState: Hashable, Sendable {
  let key: IncidentKey
  var request: Int
  /// The newest that a list or a read told; `nil` until one did.
  private(set) var summary: IncidentSummary?
  private(set) var incident: Incident?
  private(set) var evidence: [EvidenceItem] = []
  /// For each alert what it is known by here, and the beginning of its evidence.
  private(set) var alertItems: [PageItem] = []
  private(set) var alertEvidence: [[EvidenceItem]] = []
  private(set) var readAt: Date?
  var isReading = true
  private(set) var failure: PartnerError?
  /// The change that a read was repeated for, so that a service that lags behind is not asked for ever.
  private var repeatedFor: Timestamp?

  /// The places of the alerts in the order of their time, the oldest first: as it happened.
  private(set) var alertOrder: [Int] = []
  /// What is looked for on the page, as typed.
  var search = ""

  /// What is on record of it; `nil` until that was looked up.
  private(set) var history: IncidentHistory?
  /// Why it could not be looked up.
  var historyFailure: String?
  /// Counts what was asked for: the answer to an earlier question is dropped.
  var historyRequest = 0
  private(set) var timeline = Timeline()

  private(set) var rows: [PageRow] = []
  var viewport = Viewport()
  /// Items that show their details below them.
  private(set) var expanded: Set<PageItem> = []
  /// Until the operator moves, the cursor goes to the first alert.
  private var hasMoved = false

  init(key: IncidentKey, summary: IncidentSummary?, request: Int = 0) {
    self.key = key
    self.summary = summary
    self.request = request
  }

  // MARK: What was read

  /// A list has it otherwise now.
  mutating func take(_ summary: IncidentSummary) {
    if !isOlder(summary.updatedAt) { self.summary = summary }
  }

  /// - Returns: whether the answer is older than what is known already, so that it has to be read again.
  mutating func take(_ reading: IncidentReading) -> Bool {
    switch reading {
    case .cached(let incident, let readAt):
      // An answer of the service is never overwritten by what the store had.
      if self.incident == nil || self.readAt.map({ $0 < readAt }) ?? true { show(incident, readAt: readAt) }
    case .fresh(let incident, let readAt):
      show(incident, readAt: readAt)
      isReading = false
      failure = nil
      guard incident.key == key, isOlder(incident.updatedAt), repeatedFor != summary?.updatedAt else { return false }
      repeatedFor = summary?.updatedAt
      return true
    case .absentFromStore: break
    case .failed(let error):
      isReading = false
      failure = error
    }
    return false
  }

  mutating func take(_ history: IncidentHistory) {
    historyFailure = nil
    self.history = history
    timeline = Timeline(of: key, incident, history)
  }

  /// Whether something changed at `time` is older than what is shown.
  private func isOlder(_ time: Timestamp?) -> Bool {
    guard let known = summary?.updatedAt, let time else { return false }
    return time < known
  }

  private mutating func show(_ incident: Incident, readAt: Date) {
    guard incident.key == key else { return }
    if incident != self.incident {
      (evidence, alertEvidence) = incident.evidenceOverview
      var seen: [String: Int] = [:]
      alertItems = (incident.alerts ?? []).map { alert in
        let number = seen[alert.id, default: 0]
        seen[alert.id] = number + 1
        return .alert(id: alert.id, number: number)
      }
    }
    alertOrder = incident.alertsByTime
    let isOther = incident != self.incident
    self.incident = incident
    if isOther { timeline = Timeline(of: key, incident, history) }
    self.readAt = readAt
    // A slow answer may be from before a write that is confirmed already.
    if isOlder(incident.updatedAt) { return }
    summary = IncidentSummary(
      incident, acknowledgedAt: summary?.acknowledgedAt, alertCount: summary?.alertCount)
  }

  /// Whether what is shown may be otherwise by now: the last read failed, or the one before is long ago.
  func isOld(now: Date, staleAfter: TimeInterval) -> Bool {
    guard let readAt else { return false }
    return failure != nil || now.timeIntervalSince(readAt) > staleAfter
  }

  // MARK: Lines and cursor

  var itemAtCursor: PageItem? { rows.indices.contains(viewport.cursor) ? rows[viewport.cursor].item : nil }

  /// The alert that the operator put the cursor on: where it stood from the beginning, the incident is meant.
  var alertAtCursor: Alert? { hasMoved ? shownAlert : nil }

  /// The alert that the cursor is on.
  var shownAlert: Alert? {
    guard rows.indices.contains(viewport.cursor), case .alert(let index, _) = rows[viewport.cursor],
      let alerts = incident?.alerts, alerts.indices.contains(index)
    else { return nil }
    return alerts[index]
  }

  mutating func toggleDetails() {
    guard let item = itemAtCursor else { return }
    if expanded.remove(item) == nil { expanded.insert(item) }
  }

  /// Brings what was unfolded below the cursor into the window, as much as fits with the row above it.
  mutating func showDetails(height: Int) {
    let rest = rows[min(viewport.cursor + 1, rows.count)...]
    let details = rest.prefix { if case .detail = $0 { true } else { false } }.count
    viewport.top = max(viewport.top, min(viewport.cursor, viewport.cursor + details - height + 1))
  }

  /// Lays the lines out anew; the cursor stays on its item, and its item on its line of the screen.
  mutating func arrange(width: Int, write: SafeText?, now: Date) {
    let line = viewport.cursor - viewport.top
    let item = itemAtCursor
    rows = pageRows(width: width, write: write, now: now)
    if hasMoved, let item, let index = rows.firstIndex(where: { $0.item == item }) {
      viewport = Viewport(cursor: index, top: max(index - line, 0))
    } else if !hasMoved {
      viewport = Viewport(cursor: rows.firstIndex { $0.item != nil } ?? 0, top: 0)
    }
  }

  /// Moves over what can be read; blank lines and rules are passed over.
  mutating func move(_ motion: Motion, height: Int) {
    hasMoved = true
    let before = viewport
    viewport = motion.applied(to: viewport, count: rows.count, height: height)
    let step = viewport.cursor >= before.cursor ? 1 : -1
    var cursor = viewport.cursor
    while rows.indices.contains(cursor), !rows[cursor].isStop { cursor += step }
    if !rows.indices.contains(cursor) {
      cursor = viewport.cursor
      while rows.indices.contains(cursor), !rows[cursor].isStop { cursor -= step }
    }
    if rows.indices.contains(cursor) { viewport.cursor = cursor }
    if motion == .first || viewport.cursor == rows.firstIndex(where: \.isStop) { viewport.top = 0 }
    viewport.settle(count: rows.count, height: height)
  }

  /// Puts the cursor on a line.
  mutating func goTo(_ line: Int) {
    hasMoved = true
    viewport.cursor = line
  }

  /// Before the operator moved, the beginning of the page is shown even if the first alert is further down.
  mutating func settle(height: Int) {
    if !hasMoved, viewport.cursor >= height { viewport.cursor = 0 }
    viewport.settle(count: rows.count, height: height)
  }
}

extension Incident {
  /// The places of its alerts by their first activity, or else their creation; those of unknown time last.
  fileprivate var alertsByTime: [Int] {
    let times = (alerts ?? []).map { ($0.firstActivityAt ?? $0.createdAt)?.ticks ?? .max }
    return times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
  }
}

/// What the cursor can be on that has details of its own; the same after the page was read again.
enum PageItem: Hashable, Sendable {
  /// `number` tells alerts apart that came with the same id.
  case alert(id: String, number: Int)
  case evidence(type: String, identity: String)
  /// Something of the timeline.
  case event(String)
  /// Another incident that this one leads to.
  case incident(IncidentID)
}

/// One line of the page. Lines that tell times are written when they are painted.
enum PageRow: Hashable, Sendable {
  case blank
  case rule(SafeText, count: Int?)
  case title(SafeText)
  case standing
  case times
  case facts([PageFact])
  case text(SafeText, Tone)
  case alert(Int, PageItem)
  case evidence(Int, PageItem)
  case comment(Int)
  case event(Int, PageItem)
  /// A line that leads to another incident.
  case link(SafeText, PageItem)
  case detail(DetailLine)

  enum Tone: Hashable, Sendable { case plain, quiet, warning, failure }

  var item: PageItem? {
    switch self {
    case .alert(_, let item), .evidence(_, let item), .event(_, let item), .link(_, let item): item
    default: nil
    }
  }

  var isStop: Bool {
    switch self {
    case .blank, .rule: false
    default: true
    }
  }
}

struct PageFact: Hashable, Sendable {
  var label: SafeText
  var value: SafeText
  var columns: Int { label.columns + 1 + value.columns }
}

/// A line of what is known of an alert or of evidence.
struct DetailLine: Hashable, Sendable {
  var label: SafeText
  var text: SafeText
}
