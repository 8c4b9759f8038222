import SafeText
import TerminalKit

/// Draws what was, theirs and ours side by side, and below them, as the last lines, what is sent.
/// - Returns: exactly `height` lines, and where the cursor stands in them.
func conflictLines(
  _ screen: ConflictScreen, head: [SafeText], sentence: FormSentence, width: Int, height: Int, isASCII: Bool
) -> (lines: [Line], cursor: Position?) {
  var drawing = ConflictDrawing(width: width, isASCII: isASCII)
  drawing.addHead(head)
  drawing.addTitles()
  var focused = 0..<0
  for (index, row) in screen.rows.enumerated() {
    let first = drawing.lines.count
    drawing.add(
      row.label, [row.was, row.theirs, row.ours], kept: row.keepsOurs ? 2 : 1, isFocused: index == screen.focus)
    if index == screen.focus { focused = first..<drawing.lines.count }
  }
  if let tags = screen.tagWords {
    drawing.add("Tags", [tags.was, tags.theirs, "both: " + tags.both], kept: 2, isFocused: false)
  }
  let foot = footLines(sentence, width: width, longest: max(height / 3, 2), isASCII: isASCII)
  let room = max(height - foot.count, 1)
  let top = max(min(focused.upperBound - room, focused.lowerBound), 0)
  var lines = Array(drawing.lines.dropFirst(top).prefix(room))
  lines += Array(repeating: .blank(width), count: max(room - lines.count, 0))
  return (
    Array((lines + foot).prefix(height)), Position(column: FormLayout.margin, row: max(focused.lowerBound - top, 0))
  )
}

private struct ConflictDrawing {
  let width: Int
  let isASCII: Bool
  var lines: [Line] = []

  private static let labelWidth = 19
  /// Below it the three stand under each other.
  private static let narrowest = 20

  private var columnWidth: Int { (width - FormLayout.margin - Self.labelWidth - 1) / 3 }
  private var isNarrow: Bool { columnWidth < Self.narrowest }

  init(width: Int, isASCII: Bool) {
    self.width = width
    self.isASCII = isASCII
  }

  mutating func addHead(_ head: [SafeText]) {
    for (index, text) in head.enumerated() {
      for part in text.wrapped(to: max(width - FormLayout.margin - 1, 1)) {
        add { pen in
          pen.skip(FormLayout.margin)
          pen.add(part, index == 0 ? Theme.strong : Theme.quiet)
        }
      }
    }
    add { _ in }
  }

  mutating func addTitles() {
    if isNarrow { return }
    let drawing = self
    add { pen in
      for (index, title) in (["WAS", "THEIRS", "OURS"] as [SafeText]).enumerated() {
        pen.fill(to: drawing.column(index) + 2)
        pen.add(title, Theme.quiet)
      }
    }
  }

  private func column(_ index: Int) -> Int { FormLayout.margin + Self.labelWidth + index * columnWidth }

  /// - Parameter kept: the place of the value that stays.
  mutating func add(_ label: SafeText, _ values: [SafeText], kept: Int, isFocused: Bool) {
    if isNarrow { return addBelow(label, values, kept: kept, isFocused: isFocused) }
    let drawing = self
    let cells = values.map { $0.wrapped(to: max(columnWidth - 4, 1)) }
    for line in 0..<(cells.map(\.count).max() ?? 0) {
      add { pen in
        pen.skip(FormLayout.margin)
        if line == 0 { pen.add(label.clipped(to: Self.labelWidth - 1), isFocused ? Theme.strong : .plain) }
        for (index, cell) in cells.enumerated() where line < cell.count {
          pen.fill(to: drawing.column(index))
          drawing.addValue(cell[line], isKept: index == kept, isFirst: line == 0, isFocused: isFocused, to: &pen)
        }
      }
    }
    add { _ in }
  }

  private mutating func addBelow(_ label: SafeText, _ values: [SafeText], kept: Int, isFocused: Bool) {
    let drawing = self
    for (index, title) in (["was", "theirs", "ours"] as [SafeText]).enumerated() {
      for (line, part) in values[index].wrapped(to: max(width - FormLayout.margin - Self.labelWidth - 12, 8))
        .enumerated()
      {
        add { pen in
          pen.skip(FormLayout.margin)
          if index == 0, line == 0 {
            pen.add(label.clipped(to: Self.labelWidth - 1), isFocused ? Theme.strong : .plain)
          }
          pen.fill(to: FormLayout.margin + Self.labelWidth)
          if line == 0 { pen.add(title, Theme.quiet) }
          pen.fill(to: FormLayout.margin + Self.labelWidth + 7)
          drawing.addValue(part, isKept: index == kept, isFirst: line == 0, isFocused: isFocused, to: &pen)
        }
      }
    }
    add { _ in }
  }

  private func addValue(_ text: SafeText, isKept: Bool, isFirst: Bool, isFocused: Bool, to pen: inout Pen) {
    pen.add(isKept && isFirst ? "▸ " : "  ", Theme.accent)
    let chosen: Style = isFocused ? Style(.standard, .reverse) : .plain
    pen.add(text, isKept ? chosen : Theme.quiet)
  }

  private mutating func add(_ draw: (inout Pen) -> Void) {
    lines.append(drawnLine(width, isASCII: isASCII, draw))
  }
}
