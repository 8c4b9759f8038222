import PartnerModel
import SafeText

/// A line of the activity.
enum ActivityRow: Hashable, Sendable {
  case write(WriteID)
  case detail(WriteID, DetailLine)
  /// Leads to the incident of a write.
  case incident(WriteID, IncidentKey)

  var isStop: Bool { if case .detail = self { false } else { true } }
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

  private(set) var rows: [ActivityRow] = []
  var viewport = Viewport()
  private var expanded: Set<WriteID> = []
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
    case .write(let id), .detail(let id, _), .incident(let id, _): writes.first { $0.id == id }
    }
  }

  /// How many the filter lets through.
  var shown: Int { rows.count { if case .write = $0 { true } else { false } } }

  mutating func toggle() {
    guard let id = write?.id else { return }
    if expanded.remove(id) == nil { expanded.insert(id) }
  }

  mutating func filter(by text: String, name: (TenantID) -> String) {
    filter = text
    arrange(width: nil, name: name)
    viewport = Viewport()
  }

  /// Lays the rows out anew; the cursor stays on its write.
  /// - Parameter width: `nil` where the details stay as they are laid out.
  mutating func arrange(width: Int?, name: (TenantID) -> String) {
    let (before, line) = (write?.id, viewport.cursor - viewport.top)
    let isOnTop = viewport.cursor == 0
    let isDetail = rows.indices.contains(viewport.cursor) && !isWrite(rows[viewport.cursor])
    var details: [WriteID: [ActivityRow]] = [:]
    if width == nil {
      for row in rows { if case .detail(let id, _) = row { details[id, default: []].append(row) } }
    }
    undoing = UndoProgress.of(writes)
    let words = FoundLines.sought(filter)?.split(separator: " ").map(String.init) ?? []
    rows = []
    for write in writes where words.isEmpty || holds(write, words, name) {
      rows.append(.write(write.id))
      guard expanded.contains(write.id) else { continue }
      rows += width.map { Self.details(of: write, width: $0).map { .detail(write.id, $0) } } ?? details[write.id] ?? []
      rows.append(.incident(write.id, write.key))
    }
    // Whoever reads the newest sees what comes.
    guard !isOnTop || isDetail, let before else { return }
    let place = rows.firstIndex { row in
      isDetail ? row.isIncident(of: before) : isWrite(row) && self.write(of: row)?.id == before
    }
    if let place { viewport = Viewport(cursor: place, top: max(place - line, 0)) }
  }

  private func isWrite(_ row: ActivityRow) -> Bool { if case .write = row { true } else { false } }

  private func holds(_ write: IncidentWrite, _ words: [String], _ name: (TenantID) -> String) -> Bool {
    let facts = write.factLines + write.resultLines(moment)
    let text =
      ([name(write.key.tenant), "#\(write.key.id.rawValue)", what(write).text] + facts.map(\.value.text))
      .joined(separator: "\n").foldedForSearch
    return words.allSatisfy(text.contains)
  }

  static func details(of write: IncidentWrite, width: Int) -> [DetailLine] {
    var lines = DetailLines(width: max(width - 6, 8))
    for line in write.factLines + write.resultLines(moment) { lines.add(line.label, line.value, labelWidth: 17) }
    return lines.lines
  }

  func what(_ write: IncidentWrite) -> SafeText {
    (write.undoes == nil ? .empty : "undo: ") + write.action.words(by: write.operatorUPN)
  }

  mutating func move(_ motion: Motion, height: Int) {
    let before = viewport.cursor
    viewport = motion.applied(to: viewport, count: rows.count, height: height)
    let step = viewport.cursor >= before ? 1 : -1
    viewport.cursor = stop(from: viewport.cursor, step) ?? stop(from: viewport.cursor, -step) ?? viewport.cursor
    settle(height: height)
  }

  private func stop(from line: Int, _ step: Int) -> Int? {
    var line = line
    while rows.indices.contains(line), !rows[line].isStop { line += step }
    return rows.indices.contains(line) ? line : nil
  }

  mutating func settle(height: Int) { viewport.settle(count: rows.count, height: height) }

  /// Brings what was unfolded below the cursor into the window, as much as fits with the row above it.
  mutating func showDetails(height: Int) {
    let details = rows[min(viewport.cursor + 1, rows.count)...].prefix { !isWrite($0) }.count
    viewport.top = max(viewport.top, min(viewport.cursor, viewport.cursor + details - height + 1))
  }
}

extension ActivityRow {
  fileprivate func isIncident(of write: WriteID) -> Bool { if case .incident(write, _) = self { true } else { false } }
}
