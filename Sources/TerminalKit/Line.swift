/// One row of cells, as wide as it was built.
///
/// A line that is kept and painted again compares in constant time: equality looks at the identity of the storage
/// before it looks at the cells. Keep lines of rows that did not change.
package struct Line: Hashable, Sendable {
  package let cells: [Cell]

  init(cells: [Cell]) { self.cells = cells }

  package var width: Int { cells.count }

  /// Differs between lines that were built apart, and is the same for one that was kept; only as long as it is kept.
  package var storage: UnsafeRawPointer? {
    cells.withUnsafeBufferPointer { $0.baseAddress.map(UnsafeRawPointer.init) }
  }

  package static func blank(_ width: Int, _ style: Style = .plain) -> Line {
    Line(cells: Array(repeating: .blank(style), count: max(width, 0)))
  }

  /// The same characters, every cell with the attributes added: `.reverse` for the selected row.
  package func adding(_ attributes: Style.Attributes) -> Line {
    var cells = cells
    for index in cells.indices { cells[index].style = cells[index].style.adding(attributes) }
    return Line(cells: cells)
  }

  /// The same characters, every cell in this style.
  package func restyled(_ style: Style) -> Line {
    var cells = cells
    for index in cells.indices { cells[index].style = style }
    return Line(cells: cells)
  }

  /// Cut, or filled with plain blanks, to a width. A wide character that would be cut in two becomes a blank.
  package func resized(to width: Int) -> Line {
    if width == cells.count { return self }
    var builder = LineBuilder(width: width)
    builder.add(self)
    return builder.line()
  }

  /// The characters, without blanks at the end.
  package var text: String {
    var text = cells.reduce(into: "") { $0 += $1.text }
    while text.unicodeScalars.last == " " { text.unicodeScalars.removeLast() }
    return text
  }

  /// The characters with every run in a style other than plain as `⟦style:characters⟧`.
  package var annotated: String {
    var output = ""
    var start = 0
    while start < cells.count {
      let style = cells[start].style
      var end = start
      while end < cells.count, cells[end].style == style { end += 1 }
      let run = cells[start..<end].reduce(into: "") { $0 += $1.text }
      output += style == .plain ? run : "⟦\(style):\(run)⟧"
      start = end
    }
    while output.unicodeScalars.last == " " { output.unicodeScalars.removeLast() }
    return output
  }
}
