/// A whole window as a value: what the driver paints and what golden files hold.
package struct Screen: Hashable, Sendable {
  package let size: Size
  /// Exactly `size.rows` lines of exactly `size.columns` cells.
  package let lines: [Line]
  /// Where the cursor stands; hidden if nil.
  package let cursor: Position?
  /// Where a hidden cursor rests, within the window: what follows the cursor (screen readers, magnifiers) reads there.
  package let rest: Position

  /// Lines that are missing are blank, lines that are too many, too long or too short are made to fit, a cursor
  /// outside the window is hidden.
  package init(size: Size, lines: [Line], cursor: Position? = nil, rest: Position = Position(column: 0, row: 0)) {
    let columns = max(size.columns, 0)
    let rows = max(size.rows, 0)
    self.size = Size(columns: columns, rows: rows)
    var fitting = lines.count > rows ? Array(lines.prefix(rows)) : lines
    for row in fitting.indices where fitting[row].width != columns {
      fitting[row] = fitting[row].resized(to: columns)
    }
    if fitting.count < rows {
      fitting.append(contentsOf: repeatElement(.blank(columns), count: rows - fitting.count))
    }
    self.lines = fitting
    self.rest = Position(
      column: min(max(rest.column, 0), max(columns - 1, 0)), row: min(max(rest.row, 0), max(rows - 1, 0)))
    if let cursor, cursor.column >= 0, cursor.column < columns, cursor.row >= 0, cursor.row < rows {
      self.cursor = cursor
    } else {
      self.cursor = nil
    }
  }

  /// One line of text per row, without blanks at the ends of lines; ends with a newline.
  package var text: String { lines.map { $0.text + "\n" }.joined() }

  /// As `text`, with styles as `⟦red bold:H⟧`; the last line says where the cursor is, if it is shown.
  package var annotated: String {
    let rows = lines.map { $0.annotated + "\n" }.joined()
    guard let cursor else { return rows }
    return rows + "cursor \(cursor.column),\(cursor.row)\n"
  }
}
