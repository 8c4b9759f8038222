import FoundationEssentials
import PartnerModel
import SafeText

/// One incident in depth. It keeps its incident, whatever becomes of the row that it was opened from.
struct IncidentPageState: Hashable, Sendable {
  let key: IncidentKey
  var request: Int
  /// As the list has it, then as it was read.
  var summary: IncidentSummary
  private(set) var incident: Incident?
  private(set) var evidence: [EvidenceItem] = []
  private(set) var readAt: Date?
  var isReading = true
  private(set) var failure: PartnerError?

  private(set) var rows: [PageRow] = []
  var viewport = Viewport()
  /// Items that show their details below them.
  private(set) var expanded: Set<PageItem> = []
  /// Until the operator moves, the cursor goes to the first alert.
  private var hasMoved = false

  init(summary: IncidentSummary, request: Int) {
    key = summary.key
    self.summary = summary
    self.request = request
  }

  // MARK: What was read

  mutating func take(_ reading: IncidentReading) {
    switch reading {
    case .cached(let incident, let readAt):
      // An answer of the service is never overwritten by what the store had.
      if self.incident == nil || self.readAt.map({ $0 < readAt }) ?? true { show(incident, readAt: readAt) }
    case .fresh(let incident, let readAt):
      show(incident, readAt: readAt)
      isReading = false
      failure = nil
    case .absentFromStore: break
    case .failed(let error):
      isReading = false
      failure = error
    }
  }

  private mutating func show(_ incident: Incident, readAt: Date) {
    guard incident.key == key else { return }
    if incident != self.incident { evidence = incident.evidenceItems }
    self.incident = incident
    self.readAt = readAt
    summary = IncidentSummary(
      incident, acknowledgedAt: summary.acknowledgedAt, alertCount: summary.alertCount)
  }

  // MARK: Lines and cursor

  var itemAtCursor: PageItem? { rows.indices.contains(viewport.cursor) ? rows[viewport.cursor].item : nil }

  mutating func toggleDetails() {
    guard let item = itemAtCursor else { return }
    if expanded.remove(item) == nil { expanded.insert(item) }
  }

  /// Lays the lines out anew; the cursor stays on its item, and its item on its line of the screen.
  mutating func arrange(width: Int, write: SafeText?) {
    let line = viewport.cursor - viewport.top
    let item = itemAtCursor
    rows = pageRows(width: width, write: write)
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

  /// Before the operator moved, the beginning of the page is shown even if the first alert is further down.
  mutating func settle(height: Int) {
    if !hasMoved, viewport.cursor >= height { viewport.cursor = 0 }
    viewport.settle(count: rows.count, height: height)
  }
}

/// What the cursor can be on that has details of its own.
enum PageItem: Hashable, Sendable {
  case alert(Int)
  case evidence(Int)
}

/// One line of the page. Lines that tell times are written when they are painted.
enum PageRow: Hashable, Sendable {
  case blank
  case rule(SafeText, count: Int?)
  case standing
  case times
  case facts([PageFact])
  case text(SafeText, Tone)
  case alert(Int)
  case evidence(Int)
  case comment(Int)
  case detail(DetailLine)

  enum Tone: Hashable, Sendable { case plain, quiet, warning, failure }

  var item: PageItem? {
    switch self {
    case .alert(let index): .alert(index)
    case .evidence(let index): .evidence(index)
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
