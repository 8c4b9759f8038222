import CNcurses
import SafeText
import TerminalKit

/// Brings a screen to the terminal: the only place where cells are written.
///
/// Lines that are on the terminal are remembered; a line that is still the same costs one comparison. What is left is
/// written at once where it is little, and otherwise handed to ncurses, which finds the shortest way to show it.
///
/// A row with characters on whose width terminals differ is written whole and past ncurses, which counts columns by its own
/// table and writes by differences: digits of one row would stay in another. ncurses holds such rows to be blank, and they
/// are whenever it paints.
struct Painter {
  /// A frame that differs in more rows is left to ncurses, which sees what can be cleared or moved.
  private static let mostRowsWritten = 16

  private let signs: Signs
  private var looks: Looks
  /// `nil` where the terminal needs ncurses for everything.
  private var spans: SpanWriter?
  private var shown: [ScreenRow] = []
  private var isCursorShown: Bool?
  /// Where the cursor of the terminal is, and where ncurses left it.
  private var place = Position(column: 0, row: 0)
  private var placeOfNcurses = Position(column: 0, row: 0)
  /// The rows that were written past ncurses since it painted last; empty where there are none.
  private var isUnknown: [Bool] = []

  /// After `newterm`.
  /// - Parameter terminal: the description that is used, by its name in terminfo.
  init(_ options: TerminalOptions, terminal: String) {
    signs = options.signs
    looks = Looks(terminal: terminal, monochrome: options.monochrome)
    spans = SpanWriter(signs: options.signs, sharesBlanks: looks.sharesBlanks)
  }

  /// Forgets what is shown: the next `paint` writes every line. For somebody who has ncurses forget it too.
  mutating func forget() {
    shown = []
    isCursorShown = nil
    isUnknown = []
  }

  /// Writes what differs from the last screen and sends it.
  mutating func paint(_ screen: Screen, in size: Size, through output: FrameOutput) {
    guard let window = console_window() else { return }
    let rows = screen.size == size ? screen.rows : Screen(size: size, rows: screen.rows).rows
    let cursor = screen.cursor.flatMap { $0.column < size.columns && $0.row < size.rows ? $0 : nil }
    // Screen readers and braille displays read where the cursor is, shown or not.
    let rest = cursor ?? screen.rest
    let next = Position(column: min(rest.column, size.columns - 1), row: min(rest.row, size.rows - 1))
    if !shown.isEmpty, shown.count != rows.count {
      forget()
      console_repaint_all()
    }
    let move = shown.isEmpty ? nil : LineShift(from: shown, to: rows)
    let hasContested = rows.contains(where: isWhole)
    if move == nil, isCursorShown == (cursor != nil), write(rows, next) {
      if let bytes = spans?.bytes, !bytes.isEmpty { output.send(bytes) }
    } else {
      output.frame {
        clearWholeRows(through: output)
        moveBack(through: output)
        informNcurses(window)
        paint(hasContested ? rows.map(known) : rows, moved: move, in: window)
        if isCursorShown != (cursor != nil) {
          curs_set(cursor == nil ? 0 : 1)
          isCursorShown = cursor != nil
        }
        wmove(window, Int32(next.row), Int32(next.column))
        wnoutrefresh(window)
        doupdate()
        if hasContested { output.add(wholeRows(of: rows, next)) }
      }
      placeOfNcurses = next
    }
    shown = rows
    place = next
  }

  /// Moves the cursor to where ncurses believes it is: it goes on from there. (Its own `mvcur` writes to standard output,
  /// whenever that is flushed.)
  private mutating func moveBack(through output: FrameOutput) {
    if place == placeOfNcurses { return }
    spans?.begin(at: place)
    spans?.end(at: placeOfNcurses, &looks)
    if let bytes = spans?.bytes { output.add(bytes) }
  }

  /// Whether a row is written whole.
  private func isWhole(_ row: ScreenRow) -> Bool { spans != nil && signs != .ascii && row.isContested }

  /// The row as ncurses has it.
  private func known(_ row: ScreenRow) -> ScreenRow {
    isWhole(row) ? ScreenRow(.blank(row.main.width), beside: row.side.map { .blank($0.width) }) : row
  }

  /// Makes those rows blank that ncurses holds to be blank.
  private mutating func clearWholeRows(through output: FrameOutput) {
    let whole = shown.indices.filter { isWhole(shown[$0]) }
    if whole.isEmpty { return }
    spans?.begin(at: place)
    for row in whole { spans?.erase(row: row, &looks) }
    spans?.end(at: placeOfNcurses, &looks)
    if let bytes = spans?.bytes { output.add(bytes) }
    if isUnknown.isEmpty { isUnknown = [Bool](repeating: false, count: shown.count) }
    for row in whole {
      isUnknown[row] = true
      shown[row] = known(shown[row])
    }
  }

  /// What writes those rows that ncurses leaves blank. When it has painted, and its cursor is at `place`.
  private mutating func wholeRows(of rows: [ScreenRow], _ place: Position) -> [UInt8] {
    spans?.begin(at: place)
    for row in rows.indices where isWhole(rows[row]) { spans?.write(whole: rows[row].line, at: row, &looks) }
    spans?.end(at: place, &looks)
    return spans?.bytes ?? []
  }

  /// Completes what ncurses has painted anew, after `handOver`.
  mutating func complete(through output: FrameOutput) {
    placeOfNcurses = place
    if shown.contains(where: isWhole) { output.send(wholeRows(of: shown, place)) }
  }

  /// Gives ncurses what was written past it, for somebody who has it paint everything anew.
  mutating func handOver() {
    guard let window = console_window() else { return }
    if !isUnknown.isEmpty {
      for row in shown.indices where isUnknown[row] {
        write(known(shown[row]).line, 0..<shown[row].width, at: row, in: window)
      }
      isUnknown = []
    }
    wmove(window, Int32(place.row), Int32(place.column))
    wnoutrefresh(window)
  }

  /// Tells ncurses what was written past it and is on the terminal: nothing but the cursor's place is sent for it.
  private mutating func informNcurses(_ window: UnsafeMutablePointer<WINDOW>) {
    guard !isUnknown.isEmpty, let terminal = console_terminal_window() else { return }
    for row in shown.indices where isUnknown[row] {
      write(known(shown[row]).line, 0..<shown[row].width, at: row, in: terminal)
    }
    handOver()
    // Otherwise it would look for lines that moved among those it had before.
    doupdate()
  }

  /// Writes the few rows that differ without ncurses, for `spans` to hold.
  /// - Returns: whether it could.
  private mutating func write(_ rows: [ScreenRow], _ next: Position) -> Bool {
    guard spans != nil, !shown.isEmpty else { return false }
    // Where they lie: nothing is counted for those that stay.
    let changed = rows.withUnsafeBufferPointer { new in
      shown.withUnsafeBufferPointer { old in new.indices.filter { !new[$0].holdsLines(of: old[$0]) } }
    }
    if changed.count > Self.mostRowsWritten { return false }
    spans?.begin(at: place)
    if !changed.isEmpty, isUnknown.isEmpty { isUnknown = [Bool](repeating: false, count: rows.count) }
    for index in changed {
      if isWhole(rows[index]) || isWhole(shown[index]) {
        if rows[index] == shown[index] { continue }
        isUnknown[index] = true
        spans?.write(whole: rows[index].line, at: index, &looks)
        continue
      }
      isUnknown[index] = true
      let width = rows[index].width
      Self.differences(of: rows[index], from: shown[index]) { line, old, columns, start in
        spans?.write(
          line, over: old, columns, at: Position(column: start, row: index), isLast: start + line.width == width, &looks
        )
      }
    }
    spans?.end(at: next, &looks)
    return true
  }

  /// Writes what differs for ncurses to send.
  private mutating func paint(_ rows: [ScreenRow], moved: LineShift?, in window: UnsafeMutablePointer<WINDOW>) {
    if let moved { scroll(moved, to: rows, in: window) }
    for index in rows.indices {
      if shown.isEmpty {
        write(rows[index].line, 0..<rows[index].width, at: index, in: window)
      } else if !rows[index].holdsLines(of: shown[index]) {
        Self.differences(of: rows[index], from: shown[index]) { line, _, columns, start in
          write(line, columns, at: index, behind: start, in: window)
        }
      }
    }
  }

  /// Moves lines that stand higher or lower now: a list that moves on by a row is not written anew.
  private mutating func scroll(_ move: LineShift, to rows: [ScreenRow], in window: UnsafeMutablePointer<WINDOW>) {
    let (top, bottom) = (Int32(move.rows.lowerBound), Int32(move.rows.upperBound))
    guard console_scroll(window, top, bottom, Int32(move.shift)) == OK else { return }
    let blank = ScreenRow(.blank(rows.first?.width ?? 0))
    let before = shown
    for row in move.rows {
      shown[row] = move.rows.contains(row + move.shift) ? before[row + move.shift] : blank
    }
  }

  /// What differs in a row from what is on the terminal there: the line, what it is written over, its columns that differ,
  /// and the column of the window in which it begins.
  private static func differences(
    of row: ScreenRow, from old: ScreenRow, _ body: (Line, Line, Range<Int>, Int) -> Void
  ) {
    guard let side = row.side, let oldSide = old.side, row.main.width == old.main.width else {
      if row.side == nil, old.side == nil {
        if let columns = row.main.difference(from: old.main) { body(row.main, old.main, columns, 0) }
      } else {
        // The window has one column more than before, or one less.
        let (line, oldLine) = (row.line, old.line)
        if let columns = line.difference(from: oldLine) { body(line, oldLine, columns, 0) }
      }
      return
    }
    if let columns = row.main.difference(from: old.main) { body(row.main, old.main, columns, 0) }
    if let columns = side.difference(from: oldSide) { body(side, oldSide, columns, row.main.width) }
  }

  /// Writes those columns of a line that are not on the terminal already.
  /// - Parameter start: the column of the window in which the line begins.
  private mutating func write(
    _ line: Line, _ columns: Range<Int>, at index: Int, behind start: Int = 0,
    in window: UnsafeMutablePointer<WINDOW>
  ) {
    wmove(window, Int32(index), Int32(start + columns.lowerBound))
    // A character fills a column or two, and takes one place here, or in ASCII two.
    withUnsafeTemporaryAllocation(of: cchar_t.self, capacity: columns.count) { targets in
      line.cells.withUnsafeBufferPointer { cells in
        let count = fill(targets, from: cells, columns)
        wadd_wchnstr(window, targets.baseAddress, Int32(count))
      }
    }
  }

  /// - Returns: how many of the targets were filled.
  private mutating func fill(
    _ targets: UnsafeMutableBufferPointer<cchar_t>, from cells: UnsafeBufferPointer<Cell>, _ columns: Range<Int>
  ) -> Int {
    var count = 0
    // Neighbours mostly look alike, and a blank between them can: that spares sequences. Blanks at the end stay as they
    // are, for the terminal to clear.
    let words = looks.sharesBlanks ? cells.lastIndex { !$0.isBlank } ?? 0 : 0
    var style = Style.plain
    var look = looks.look(of: style)
    for column in 0..<columns.upperBound {
      let cell = cells[column]
      if cell.width == 0 { continue }
      if cell.style != style, !(column < words && cell.isBlank && cell.style.looksAlikeOnBlanks(style)) {
        style = cell.style
        look = looks.look(of: style)
      }
      if column < columns.lowerBound { continue }
      var target = cchar_t()
      if let twin = signs.twin(of: cell.base, width: Int(cell.width)) {
        console_set_cell(&target, twin.value, 0, 0, 0, 0, look.attributes, look.pair)
        if cell.width == 2 {
          targets.initializeElement(at: count, to: target)
          count += 1
        }
      } else {
        let text = cell.scalars
        console_set_cell(&target, text.0, text.1, text.2, text.3, text.4, look.attributes, look.pair)
      }
      targets.initializeElement(at: count, to: target)
      count += 1
    }
    return count
  }
}
