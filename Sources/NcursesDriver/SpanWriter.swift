import CNcurses
import SafeText
import Synchronization
import TerminalKit

/// Writes the few cells in which a frame differs from the one before, in the terminal's own sequences.
///
/// ncurses would look at each cell of the rows, weigh the ways to each place, and make a system call at each: half of what a
/// moved cursor costs. Only for terminals whose description says that nothing is special about them; how styles change is
/// asked of ncurses, once for each change.
struct SpanWriter {
  private struct Change: Hashable {
    let old: Style
    let new: Style
  }

  /// Equal cells between others are written over where that is about as short as moving on.
  private static let fewestSkipped = 8
  private static let fewestCleared = 5
  /// With the move behind them.
  private static let fewestErased = 12
  private static let escape: [UInt8] = [0x1B, 0x5B]

  /// What the terminal has to be sent.
  private(set) var bytes: [UInt8] = []
  private let signs: Signs
  private let sharesBlanks: Bool
  /// Whether it can be told not to go on in the next row at the right edge.
  private let staysInRows: Bool
  /// Whether it was told so in this frame.
  private var isHeldInRow = false
  /// Whether it has the usual sequences for a column of the same row, for clearing the rest of a row, and for clearing so
  /// many columns.
  private let movesInRows: Bool
  private let clearsRows: Bool
  private let erasesInRows: Bool
  private var changes: [Change: [UInt8]] = [:]
  private var style = Style.plain
  private var place = Position(column: 0, row: 0)

  /// After `newterm`; `nil` where the terminal needs more care.
  init?(signs: Signs, sharesBlanks: Bool) {
    func has(_ name: String, _ sequence: String) -> Bool {
      console_capability(name).map { String(cString: $0) } == sequence
    }
    // It moves in every style, holds the cursor at the right edge, and has no styles that take a column.
    guard has("cup", "\u{1B}[%i%p1%d;%p2%dH"), tigetflag("msgr") == 1, tigetflag("xenl") == 1, tigetnum("xmc") < 1
    else { return nil }
    movesInRows = has("hpa", "\u{1B}[%i%p1%dG")
    clearsRows = has("el", "\u{1B}[K")
    staysInRows = has("rmam", "\u{1B}[?7l") && has("smam", "\u{1B}[?7h")
    erasesInRows = sharesBlanks && has("ech", "\u{1B}[%p1%dX")
    self.signs = signs
    self.sharesBlanks = sharesBlanks
  }

  /// Begins a frame.
  /// - Parameter place: where the cursor is.
  mutating func begin(at place: Position) {
    bytes.removeAll(keepingCapacity: true)
    self.place = place
  }

  /// Ends a frame: the style is plain again, and the cursor there.
  mutating func end(at place: Position, _ looks: inout Looks) {
    change(to: .plain, &looks)
    if isHeldInRow { bytes += Self.escape + Array("?7h".utf8) }
    isHeldInRow = false
    move(to: place)
  }

  /// Clears a row.
  mutating func erase(row: Int, _ looks: inout Looks) {
    change(to: .plain, &looks)
    // Not by the column alone: where in its row the cursor is need not be known.
    place.row = -1
    move(to: Position(column: 0, row: row))
    bytes += Self.escape
    bytes.append(UInt8(ascii: "K"))
  }

  /// Writes a row on nothing, so that it looks the same however many columns the terminal gives to its characters: behind
  /// each word that holds contested ones the place is named anew, and what the word filled beyond its own is cleared. Where
  /// they take less, the word stands as its script has it and blanks follow.
  mutating func write(whole line: Line, at row: Int, _ looks: inout Looks) {
    if staysInRows, !isHeldInRow {
      bytes += Self.escape + Array("?7l".utf8)
      isHeldInRow = true
    }
    erase(row: row, &looks)
    line.cells.withUnsafeBufferPointer { cells in
      var column = 0
      while column < cells.count {
        let start = column
        while column < cells.count, cells[column].isInWord { column += 1 }
        if cells[start..<column].contains(where: \.isContested) {
          write(contested: cells[start..<column], row, &looks)
        } else {
          column = max(column, start + 1)
          for index in start..<column where cells[index].width > 0 {
            if cells[index].isBlank, cells[index].style.looksAlikeOnBlanks(.plain) { continue }
            move(to: Position(column: index, row: row))
            write(cells[index], &looks)
          }
        }
      }
    }
    // It may wait at the edge.
    place.row = -1
  }

  /// The cells' indices are their columns.
  private mutating func write(
    contested cells: Slice<UnsafeBufferPointer<Cell>>, _ row: Int, _ looks: inout Looks
  ) {
    let start = Position(column: cells.startIndex, row: row)
    // The ground first, for a word that takes less.
    if !cells.allSatisfy({ $0.style.looksAlikeOnBlanks(.plain) }) {
      move(to: start)
      for cell in cells {
        change(to: cell.style, &looks)
        bytes.append(UInt8(ascii: " "))
      }
      place.row = -1
    }
    move(to: start)
    for cell in cells where cell.width > 0 { write(cell, &looks) }
    change(to: .plain, &looks)
    place.row = -1
    move(to: Position(column: cells.endIndex, row: row))
    bytes += Self.escape
    bytes.append(UInt8(ascii: "K"))
  }

  /// Writes the columns of a line that differ from what is there.
  /// - Parameters:
  ///   - start: where in the window the line begins.
  ///   - isLast: whether it ends at the right edge.
  mutating func write(
    _ line: Line, over old: Line, _ columns: Range<Int>, at start: Position, isLast: Bool, _ looks: inout Looks
  ) {
    line.cells.withUnsafeBufferPointer { new in
      old.cells.withUnsafeBufferPointer { old in
        var end = columns.upperBound
        var clears = false
        if clearsRows, isLast {
          var words = new.count
          while words > columns.lowerBound, new[words - 1].isBlank, new[words - 1].style.looksAlikeOnBlanks(.plain) {
            words -= 1
          }
          clears = words + Self.fewestCleared <= end
          if clears { end = words }
        }
        write(new, over: old, columns.lowerBound..<end, at: start, &looks)
        if clears {
          change(to: .plain, &looks)
          move(to: Position(column: start.column + end, row: start.row))
          bytes += Self.escape
          bytes.append(UInt8(ascii: "K"))
        }
        // The cursor waits at the edge for what follows, and where that is terminals differ.
        if isLast, place.column >= start.column + new.count { place.row = -1 }
      }
    }
  }

  private mutating func write(
    _ new: UnsafeBufferPointer<Cell>, over old: UnsafeBufferPointer<Cell>, _ columns: Range<Int>, at start: Position,
    _ looks: inout Looks
  ) {
    var column = columns.lowerBound
    while column < columns.upperBound {
      var next = column
      while next < columns.upperBound, new[next] == old[next] { next += 1 }
      if next == columns.upperBound { return }
      if next - column >= Self.fewestSkipped { column = next }
      // The right half of a wide character came with it.
      if new[column].width == 0 { column += 1 }
      while next < columns.upperBound, new[next] != old[next] { next += 1 }
      guard column < next else { continue }
      write(new[column..<next], at: Position(column: start.column + column, row: start.row), &looks)
      column = next
    }
  }

  private mutating func write(_ cells: Slice<UnsafeBufferPointer<Cell>>, at start: Position, _ looks: inout Looks) {
    var index = cells.startIndex
    while index < cells.endIndex {
      if cells[index].width == 0 {
        index += 1
        continue
      }
      var end = index
      if erasesInRows, cells[index].isBlank, style.looksAlikeOnBlanks(.plain) {
        while end < cells.endIndex, cells[end].isBlank, cells[end].style.looksAlikeOnBlanks(.plain) { end += 1 }
      }
      move(to: Position(column: start.column + index - cells.startIndex, row: start.row))
      if end - index >= Self.fewestErased {
        bytes += Self.escape
        write(number: end - index)
        bytes.append(UInt8(ascii: "X"))
        index = end
        continue
      }
      // One character, or blanks that are too few.
      repeat {
        write(cells[index], &looks)
        index += 1
      } while index < end
    }
  }

  private mutating func write(_ cell: Cell, _ looks: inout Looks) {
    // Neighbours mostly look alike, and a blank between them can: that spares sequences.
    if cell.style != style, !(sharesBlanks && cell.isBlank && cell.style.looksAlikeOnBlanks(style)) {
      change(to: cell.style, &looks)
    }
    if let twin = signs.twin(of: cell.base, width: Int(cell.width)) {
      for _ in 0..<cell.width { write(twin.value) }
    } else {
      let text = cell.scalars
      write(text.0)
      if text.1 != 0 { for mark in [text.1, text.2, text.3, text.4] where mark != 0 { write(mark) } }
    }
    place.column += Int(cell.width)
  }

  private mutating func write(_ value: UInt32) {
    if value < 0x80 {
      bytes.append(UInt8(value))
    } else if let scalar = Unicode.Scalar(value) {
      bytes += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
    }
  }

  private mutating func move(to new: Position) {
    if new.row == place.row, new.column == place.column { return }
    bytes += Self.escape
    if movesInRows, new.row == place.row {
      write(number: new.column + 1)
      bytes.append(UInt8(ascii: "G"))
    } else {
      write(number: new.row + 1)
      bytes.append(UInt8(ascii: ";"))
      write(number: new.column + 1)
      bytes.append(UInt8(ascii: "H"))
    }
    place = new
  }

  private mutating func write(number: Int) {
    if number >= 10 { write(number: number / 10) }
    bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
  }

  private mutating func change(to new: Style, _ looks: inout Looks) {
    if new == style { return }
    let change = Change(old: style, new: new)
    style = new
    if let known = changes[change] {
      bytes += known
    } else {
      let sequence = Self.sequence(from: looks.look(of: change.old), to: looks.look(of: new))
      changes[change] = sequence
      bytes += sequence
    }
  }

  /// What ncurses sends for a change of style. Between its frames, when its own style is plain.
  private static func sequence(
    from old: (attributes: UInt32, pair: Int16), to new: (attributes: UInt32, pair: Int16)
  ) -> [UInt8] {
    func sent(_ look: (attributes: UInt32, pair: Int16)) -> [UInt8] {
      sentByNcurses.withLock { $0 = [] }
      vid_puts(look.attributes, look.pair, nil) { byte in
        sentByNcurses.withLock { $0.append(UInt8(truncatingIfNeeded: byte)) }
        return byte
      }
      return sentByNcurses.withLock { $0 }
    }
    _ = sent(old)
    defer { _ = sent((0, 0)) }
    return sent(new)
  }
}

extension Cell {
  /// Whether it can be a part of a word that holds contested characters: those signs that stand beside such words, ours among
  /// them, keep their places.
  fileprivate var isInWord: Bool {
    isContested || width == 0 || base.value >= 0x0900 && !(0x2000..<0x2E80).contains(base.value)
  }
}

/// Where ncurses puts what it sends for a style: it hands the place on to nobody.
private let sentByNcurses = Mutex<[UInt8]>([])
