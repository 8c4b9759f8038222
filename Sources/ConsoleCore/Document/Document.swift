import PartnerModel
import SafeText
import TerminalKit

/// Lines with a cursor that rests on what keys act on, sections, and what is unfolded.
struct Document: Hashable, Sendable {
  private(set) var rows: [DocumentRow] = []
  var viewport = Viewport()
  private(set) var expanded: Set<DocumentItem> = []
  /// What is looked for, as typed.
  var search = ""
  /// Until the operator moves, the cursor is on the step, if that can be seen with the beginning of the page.
  private var hasMoved = false

  var item: DocumentItem? { rows.indices.contains(viewport.cursor) ? rows[viewport.cursor].item : nil }

  /// Lays the lines out anew; the cursor stays on its item, and its item on its line of the screen.
  mutating func arrange(_ rows: [DocumentRow], height: Int) {
    let line = viewport.cursor - viewport.top
    let before = item
    self.rows = rows
    if hasMoved, let before, let index = rows.firstIndex(where: { $0.item == before }) {
      viewport = Viewport(cursor: index, top: max(index - line, 0))
    } else if !hasMoved {
      let first = rows.firstIndex { $0.item == .step } ?? rows.firstIndex(where: \.isStop) ?? 0
      viewport = Viewport(cursor: first < height ? first : 0, top: 0)
    }
    settle(height: height)
  }

  private mutating func settle(height: Int) { viewport.settle(count: rows.count, height: height) }

  mutating func toggle() {
    guard let item else { return }
    hasMoved = true
    if expanded.remove(item) == nil { expanded.insert(item) }
  }

  /// Moves over what can be read; blank lines and rules are passed over.
  mutating func move(_ motion: Motion, height: Int) {
    hasMoved = true
    let before = viewport
    viewport = motion.applied(to: viewport, count: rows.count, height: height)
    let step = viewport.cursor >= before.cursor ? 1 : -1
    viewport.cursor = stop(from: viewport.cursor, step) ?? stop(from: viewport.cursor, -step) ?? viewport.cursor
    if motion == .first || viewport.cursor == rows.firstIndex(where: \.isStop) { viewport.top = 0 }
    settle(height: height)
  }

  private func stop(from line: Int, _ step: Int) -> Int? {
    var line = line
    while rows.indices.contains(line), !rows[line].isStop { line += step }
    return rows.indices.contains(line) ? line : nil
  }

  /// Shows its beginning, where what goes on is told.
  mutating func begin() { hasMoved = false }

  /// Goes to the first line of the next section, or of the one before; around the ends.
  mutating func goToSection(isForward: Bool, height: Int) {
    let titles = [0] + rows.indices.filter { if case .rule = rows[$0].kind { true } else { false } }
    let sections = titles.compactMap { title in stop(from: title, 1).map { (title: title, line: $0) } }
    let cursor = viewport.cursor
    let next =
      isForward
      ? sections.first { $0.title > cursor } ?? sections.first
      : sections.last { $0.line < cursor } ?? sections.last
    guard let next else { return }
    hasMoved = true
    viewport = Viewport(cursor: next.line, top: next.title)
    settle(height: height)
  }

  // MARK: Finding

  /// Looks for a text from a line on, around the end; the cursor goes to the first line that holds it.
  /// - Returns: whether there is one.
  mutating func find(_ text: String, from line: Int) -> Bool {
    search = text
    guard let hit = hits.first(from: line) else { return false }
    hasMoved = true
    viewport.cursor = hit
    return true
  }

  /// Goes to the next line that holds what was looked for, or to the one before.
  /// - Returns: which of how many it is; `nil` if there is none.
  mutating func findAgain(isForward: Bool) -> (number: Int, of: Int)? {
    guard let next = hits.next(to: viewport.cursor, isForward: isForward) else { return nil }
    hasMoved = true
    viewport.cursor = next.line
    return (next.number, next.of)
  }

  private var hits: FoundLines {
    guard let sought = FoundLines.sought(search) else { return FoundLines(lines: []) }
    return FoundLines(
      lines: rows.indices.filter { rows[$0].isStop && rows[$0].text.foldedForSearch.contains(sought) })
  }
}
