import PartnerModel
import SafeText

/// A line of the activity.
enum ActivityRow: Hashable, Sendable {
  case write(WriteID)
  /// The steps by which an undo takes alerts back, as one.
  case undo(of: WriteID, newest: WriteID)
  case detail(WriteID, DetailLine)
  /// Leads to the incident of a write.
  case incident(WriteID, IncidentKey)

  /// What it is a line of.
  fileprivate var owner: Owner {
    switch self {
    case .undo(let undone, _): .undo(undone)
    case .write(let id), .detail(let id, _), .incident(let id, _): .write(id)
    }
  }

  fileprivate enum Owner: Hashable { case undo(WriteID), write(WriteID) }
}

/// What was meant and sent from here, the newest first.
struct ActivityState: Hashable, Sendable {
  private(set) var writes: [IncidentWrite] = []
  /// Whether the oldest one is among them.
  private(set) var isLast = false
  /// The number of the question that is not answered yet.
  var asked: Int?
  /// Why the journal could not be read.
  var failure: String?
  private(set) var filter = ""
  /// How far writes were taken back that others took back.
  private(set) var undoing: [WriteID: UndoProgress] = [:]
  /// The undos of several alerts, by what they undo.
  private(set) var undos: [WriteID: UndoSteps] = [:]
  /// How many the filter lets through.
  private(set) var shown = 0

  private(set) var rows: [ActivityRow] = []
  var viewport = Viewport()
  private var expanded: Set<WriteID> = []
  /// Undos whose steps are shown.
  private var unfolded: Set<WriteID> = []
  /// The write that the next key for it undoes.
  var askedUndo: WriteID?

  // MARK: What is told

  mutating func forget() {
    writes = []
    isLast = false
  }

  /// Takes in older ones.
  mutating func take(_ older: [IncidentWrite], isLast: Bool) {
    (asked, failure) = (nil, nil)
    self.isLast = isLast
    let known = Set(writes.map(\.id))
    writes += older.filter { $0.state != .draft && !known.contains($0.id) }
  }

  /// Writes as the journal has them now: one that is new goes to the top.
  mutating func change(_ changed: [IncidentWrite]) {
    for write in changed where write.state != .draft {
      if let place = writes.firstIndex(where: { $0.id == write.id }) {
        writes[place] = write
      } else if let place = writes.firstIndex(where: { $0.intendedAt <= write.intendedAt }) {
        writes.insert(write, at: place)
      } else if isLast {
        writes.append(write)
      }
    }
  }

  /// Whether older ones are to be asked for: the window is near the end of what is known, or a filter looks further.
  func wantsMore(height: Int) -> Bool {
    guard !isLast, asked == nil, failure == nil else { return false }
    return !filter.isEmpty || viewport.cursor + 2 * max(height, 1) >= rows.count
  }

  // MARK: Rows

  var write: IncidentWrite? {
    guard rows.indices.contains(viewport.cursor) else { return nil }
    return write(of: rows[viewport.cursor])
  }

  func write(of row: ActivityRow) -> IncidentWrite? {
    switch row {
    case .write(let id), .undo(_, let id), .detail(let id, _), .incident(let id, _): writes.first { $0.id == id }
    }
  }

  /// What the undo under the cursor takes back, where the cursor is on one of several alerts.
  var undone: WriteID? {
    guard rows.indices.contains(viewport.cursor), case .undo(let undone, _) = rows[viewport.cursor] else { return nil }
    return undone
  }

  /// What the key for it undoes: on an undo of several alerts what that leaves.
  var undoable: IncidentWrite? { undone.map { id in writes.first { $0.id == id } } ?? write }

  mutating func toggle() {
    if let undone {
      if unfolded.remove(undone) == nil { unfolded.insert(undone) }
    } else if let id = write?.id {
      if expanded.remove(id) == nil { expanded.insert(id) }
    }
  }

  mutating func filter(by text: String, name: (TenantID) -> String) {
    filter = text
    arrange(width: nil, name: name)
    viewport = Viewport()
  }

  /// Lays the rows out anew; the cursor stays on its write.
  /// - Parameter width: `nil` where the details stay as they are laid out.
  mutating func arrange(width: Int?, name: (TenantID) -> String) {
    let before = rows.indices.contains(viewport.cursor) ? rows[viewport.cursor] : nil
    let (cursor, line) = (viewport.cursor, viewport.cursor - viewport.top)
    let undoneBefore = write?.undoes
    let offset = before.flatMap { row in rows.firstIndex { $0.owner == row.owner } }.map { cursor - $0 } ?? 0
    var details: [WriteID: [ActivityRow]] = [:]
    if width == nil {
      for row in rows { if case .detail(let id, _) = row { details[id, default: []].append(row) } }
    }
    undoing = UndoProgress.of(writes)
    undos = UndoSteps.of(writes)
    let words = FoundLines.sought(filter)?.split(separator: " ").map(String.init) ?? []
    rows = []
    func add(_ write: IncidentWrite) {
      rows.append(.write(write.id))
      guard expanded.contains(write.id) else { return }
      rows += width.map { Self.details(of: write, width: $0).map { .detail(write.id, $0) } } ?? details[write.id] ?? []
      rows.append(.incident(write.id, write.key))
    }
    let passing = writes.filter { words.isEmpty || holds($0, words, name) }
    shown = passing.count
    let steps = Dictionary(grouping: passing.filter(\.isUndoStep), by: \.undoes)
    var told: Set<WriteID> = []
    for write in passing {
      guard write.isUndoStep, let undone = write.undoes, undos[undone] != nil, let all = steps[undone], all.count > 1
      else {
        add(write)
        continue
      }
      guard told.insert(undone).inserted else { continue }
      rows.append(.undo(of: undone, newest: write.id))
      if unfolded.contains(undone) { all.forEach(add) }
    }
    // Whoever reads the newest sees what comes.
    guard cursor != 0, let before else { return }
    let own = rows.firstIndex { $0.owner == before.owner }
    // A step that was told alone may be told with others now.
    guard let first = own ?? undoneBefore.flatMap({ undone in rows.firstIndex { $0.owner == .undo(undone) } }) else {
      return
    }
    let last = first + rows[first...].prefix { $0.owner == rows[first].owner }.count - 1
    var place = min(first + offset, last)
    if case .incident = before { place = last }
    viewport = Viewport(cursor: place, top: max(place - line, 0))
  }

  private func holds(_ write: IncidentWrite, _ words: [String], _ name: (TenantID) -> String) -> Bool {
    let facts = write.factLines + write.resultLines(moment)
    let text =
      ([name(write.key.tenant), "#\(write.key.id.rawValue)", what(write).text, undoing[write.id]?.words.text ?? ""]
      + facts.map(\.value.text)).joined(separator: "\n").foldedForSearch
    return words.allSatisfy(text.contains)
  }

  static func details(of write: IncidentWrite, width: Int) -> [DetailLine] {
    var lines = DetailLines(width: max(width - 6, 8))
    lines.add(write.factLines + write.resultLines(moment))
    return lines.lines
  }

  func what(_ write: IncidentWrite) -> SafeText {
    (write.undoes == nil ? .empty : "undo: ") + write.action.words(by: write.operatorUPN)
  }

  mutating func move(_ motion: Motion, height: Int) {
    let before = viewport.cursor
    viewport = motion.applied(to: viewport, count: rows.count, height: height)
    let step = viewport.cursor >= before ? 1 : -1
    let long = longDetails(height: height)
    viewport.cursor =
      stop(from: viewport.cursor, step, long) ?? stop(from: viewport.cursor, -step, long) ?? viewport.cursor
    settle(height: height)
  }

  /// The writes whose details are more than a window shows at once: the cursor goes through them line by line.
  private func longDetails(height: Int) -> Set<WriteID> {
    var counts: [WriteID: Int] = [:]
    for row in rows { if case .detail(let id, _) = row { counts[id, default: 0] += 1 } }
    return Set(counts.filter { $0.value + 2 > height }.keys)
  }

  private func stop(from line: Int, _ step: Int, _ long: Set<WriteID>) -> Int? {
    var line = line
    while rows.indices.contains(line), case .detail(let id, _) = rows[line], !long.contains(id) { line += step }
    return rows.indices.contains(line) ? line : nil
  }

  mutating func settle(height: Int) { viewport.settle(count: rows.count, height: height) }

  /// Brings what was unfolded below the cursor into the window, as much as fits with the row above it.
  mutating func showDetails(height: Int) {
    guard rows.indices.contains(viewport.cursor) else { return }
    let below = rows[(viewport.cursor + 1)...]
    let details =
      if let undone {
        below.prefix { write(of: $0)?.undoes == undone && write(of: $0)?.isUndoStep ?? false }.count
      } else {
        below.prefix { $0.owner == rows[viewport.cursor].owner }.count
      }
    viewport.top = max(viewport.top, min(viewport.cursor, viewport.cursor + details - height + 1))
  }
}
