package import SafeText

/// Makes a line of a given width from left to right. What does not fit is left out; it never overflows.
package struct LineBuilder {
  package let width: Int
  private var cells: [Cell] = []
  private var isContested = false
  /// Copied where a line is filled, which is faster than to make each.
  private static let blanks = [Cell](repeating: .blank(.plain), count: 512)

  package init(width: Int) {
    self.width = max(width, 0)
    cells.reserveCapacity(self.width)
  }

  /// Columns that are filled so far.
  package var column: Int { cells.count }
  /// Columns that are still free.
  package var remaining: Int { width - cells.count }

  /// Adds text, cut with `…` where the line ends.
  package mutating func add(_ text: SafeText, _ style: Style = .plain) {
    append(text.columns <= remaining ? text : text.clipped(to: remaining), style)
  }

  /// Adds a field of exactly `columns` columns (fewer where the line ends): text cut with `…`, or padded with blanks.
  package mutating func add(
    _ text: SafeText, to columns: Int, _ alignment: Alignment = .leading, _ style: Style = .plain
  ) {
    let field = min(columns, remaining)
    guard field > 0 else { return }
    let clipped = text.clipped(to: field)
    let blanks = field - clipped.columns
    if alignment == .trailing { appendBlanks(blanks, style) }
    append(clipped, style)
    if alignment == .leading { appendBlanks(blanks, style) }
  }

  /// Adds the cells of another line as they are, as far as they fit.
  package mutating func add(_ line: Line) {
    if line.isContested { isContested = true }
    if line.cells.count <= remaining {
      cells.append(contentsOf: line.cells)
      return
    }
    guard remaining > 0 else { return }
    cells.append(contentsOf: line.cells.prefix(remaining))
    if let last = cells.last, last.width == 2 { cells[cells.count - 1] = .blank(last.style) }
  }

  /// Adds blanks.
  package mutating func skip(_ columns: Int, _ style: Style = .plain) {
    appendBlanks(min(columns, remaining), style)
  }

  /// Adds blanks up to a column, if that column is not reached yet.
  package mutating func fill(to column: Int, _ style: Style = .plain) {
    appendBlanks(min(column, width) - cells.count, style)
  }

  /// Gives everything so far these attributes as well.
  package mutating func restyle(adding attributes: Style.Attributes) {
    for index in cells.indices { cells[index].style = cells[index].style.adding(attributes) }
  }

  /// The line, filled with blanks to its width. It ends the builder, whose cells become the line's without a copy.
  package consuming func line(filledWith style: Style = .plain) -> Line {
    fill(to: width, style)
    return Line(cells: cells, isContested: isContested)
  }

  private mutating func appendBlanks(_ count: Int, _ style: Style) {
    if count <= 0 { return }
    if style == .plain, count <= Self.blanks.count {
      cells.append(contentsOf: Self.blanks[..<count])
    } else {
      cells.append(contentsOf: repeatElement(.blank(style), count: count))
    }
  }

  private mutating func append(_ text: SafeText, _ style: Style) {
    if text.columns == text.text.utf8.count {
      for byte in text.text.utf8 { cells.append(Cell(Unicode.Scalar(byte), width: 1, style: style)) }
      return
    }
    for scalar in text.text.unicodeScalars {
      let character = ScalarClass(scalar)
      if character.isContested { isContested = true }
      switch character.width {
      case 0:
        // The mark belongs to the character, which is one cell back, or two if it is wide.
        let back = cells.last?.width == 0 ? 2 : 1
        if cells.count >= back { cells[cells.count - back].add(mark: scalar, isContested: character.isContested) }
      case 2:
        cells.append(Cell(scalar, width: 2, style: style, isContested: character.isContested))
        cells.append(.continuation(style))
      default:
        cells.append(Cell(scalar, width: 1, style: style, isContested: character.isContested))
      }
    }
  }
}
