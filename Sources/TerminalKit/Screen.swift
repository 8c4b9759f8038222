/// A whole window as a value: what the driver paints and what golden files hold.
package struct Screen: Hashable, Sendable {
  package let size: Size
  /// Exactly `size.rows` rows of exactly `size.columns` cells.
  package let rows: [ScreenRow]
  /// Where the cursor stands; hidden if nil.
  package let cursor: Position?
  /// Where a hidden cursor rests, within the window: what follows the cursor (screen readers, magnifiers) reads there.
  package let rest: Position

  /// As below, of rows that are one line each.
  package init(size: Size, lines: [Line], cursor: Position? = nil, rest: Position = Position(column: 0, row: 0)) {
    self.init(size: size, rows: lines.map { ScreenRow($0) }, cursor: cursor, rest: rest)
  }

  /// Rows that are missing are blank, rows that are too many, too long or too short are made to fit, a cursor
  /// outside the window is hidden.
  package init(size: Size, rows: [ScreenRow], cursor: Position? = nil, rest: Position = Position(column: 0, row: 0)) {
    let columns = max(size.columns, 0)
    let height = max(size.rows, 0)
    self.size = Size(columns: columns, rows: height)
    var fitting = rows.count > height ? Array(rows.prefix(height)) : rows
    for index in fitting.indices where fitting[index].width != columns {
      fitting[index] = fitting[index].fitted(to: columns)
    }
    if fitting.count < height {
      fitting.append(contentsOf: repeatElement(ScreenRow(.blank(columns)), count: height - fitting.count))
    }
    self.rows = fitting
    self.rest = Position(
      column: min(max(rest.column, 0), max(columns - 1, 0)), row: min(max(rest.row, 0), max(height - 1, 0)))
    if let cursor, cursor.column >= 0, cursor.column < columns, cursor.row >= 0, cursor.row < height {
      self.cursor = cursor
    } else {
      self.cursor = nil
    }
  }

  /// The rows, each as one line.
  package var lines: [Line] { rows.map(\.line) }

  /// One line of text per row, without blanks at the ends of lines; ends with a newline.
  package var text: String { lines.map { $0.text + "\n" }.joined() }

  /// As `text`, with styles as `⟦red bold:H⟧`; the last line says where the cursor is, if it is shown.
  package var annotated: String {
    let text = lines.map { $0.annotated + "\n" }.joined()
    guard let cursor else { return text }
    return text + "cursor \(cursor.column),\(cursor.row)\n"
  }
}
