/// One row of cells, as wide as it was built.
///
/// A line that is kept and painted again compares in constant time: equality looks at the identity of the storage
/// before it looks at the cells. Keep lines of rows that did not change.
package struct Line: Hashable, Sendable {
  package let cells: [Cell]
  /// Whether it may hold a character on whose width terminals differ; never false where it holds one.
  package let isContested: Bool

  init(cells: [Cell], isContested: Bool) {
    self.cells = cells
    self.isContested = isContested
  }

  @inlinable package var width: Int { cells.count }

  /// By the bytes of the cells, which are all defined: a frame has ten thousand of them.
  package static func == (left: Line, right: Line) -> Bool {
    guard left.cells.count == right.cells.count else { return false }
    if left.storage == right.storage { return true }
    return left.cells.withUnsafeBytes { left in
      right.cells.withUnsafeBytes { right in left.hasSameBytes(as: right) }
    }
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(cells) }

  /// From the first to the last cell that is not as in a line of the same width; `nil` where none is. Neither end parts a
  /// wide character of one of the two.
  package func difference(from other: Line) -> Range<Int>? {
    guard cells.count == other.cells.count else { return 0..<cells.count }
    if self == other { return nil }
    return cells.withUnsafeBufferPointer { new in
      other.cells.withUnsafeBufferPointer { old in
        var (start, end) = (0, new.count)
        while start < end, new[start] == old[start] { start += 1 }
        while end > start, new[end - 1] == old[end - 1] { end -= 1 }
        while start > 0, new[start].width == 0 || old[start].width == 0 { start -= 1 }
        while end < new.count, new[end].width == 0 || old[end].width == 0 { end += 1 }
        return start..<end
      }
    }
  }

  /// Differs between lines that were built apart, and is the same for one that was kept; only as long as it is kept.
  @inlinable package var storage: UnsafeRawPointer? {
    cells.withUnsafeBufferPointer { $0.baseAddress.map(UnsafeRawPointer.init) }
  }

  package static func blank(_ width: Int, _ style: Style = .plain) -> Line {
    Line(cells: Array(repeating: .blank(style), count: max(width, 0)), isContested: false)
  }

  /// The same characters, every cell with the attributes added: `.reverse` for the selected row.
  package func adding(_ attributes: Style.Attributes) -> Line {
    var cells = cells
    for index in cells.indices { cells[index].style = cells[index].style.adding(attributes) }
    return Line(cells: cells, isContested: isContested)
  }

  /// The same characters, every cell in this style.
  package func restyled(_ style: Style) -> Line {
    var cells = cells
    for index in cells.indices { cells[index].style = style }
    return Line(cells: cells, isContested: isContested)
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

extension UnsafeRawBufferPointer {
  /// Whether a buffer of the same size, a multiple of eight, holds the same.
  fileprivate func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
    // Known when it is built: cells are compared as whole words, and hold nothing besides.
    precondition(MemoryLayout<Cell>.size == MemoryLayout<Cell>.stride && MemoryLayout<Cell>.stride % 8 == 0)
    var offset = 0
    // Eight words at a time without a branch between them.
    while offset &+ 64 <= count {
      var difference: UInt64 = 0
      for part in 0..<8 {
        difference |=
          loadUnaligned(fromByteOffset: offset &+ part &* 8, as: UInt64.self)
          ^ other.loadUnaligned(fromByteOffset: offset &+ part &* 8, as: UInt64.self)
      }
      if difference != 0 { return false }
      offset &+= 64
    }
    while offset < count {
      if loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        != other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      {
        return false
      }
      offset &+= 8
    }
    return true
  }
}
