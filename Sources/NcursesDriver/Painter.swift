import CNcurses
import SafeText
import TerminalKit

/// Brings a screen to the terminal: the only place where cells are written.
///
/// Lines that are on the terminal are remembered; a line that is still the same costs one comparison. What is left is
/// handed to ncurses, which finds the shortest way to show it.
struct Painter {
  private static let colors = Color.allCases.count

  private let isASCII: Bool
  private let hasColors: Bool
  private let hasDefaultColors: Bool
  /// Whether a blank has the same ground in every colour of its letters.
  private let sharesBlanks: Bool
  /// ncurses' pairs by foreground and background; 0 until they are needed.
  private var pairs = [Int16](repeating: 0, count: Painter.colors * Painter.colors)
  private var lastPair: Int16 = 0
  private let attributes: [UInt32]
  private var shown: [ScreenRow] = []
  private var isCursorShown: Bool?

  /// After `newterm`.
  init(_ options: TerminalOptions) {
    isASCII = options.ascii
    hasColors = !options.monochrome && has_colors() && start_color() == OK && console_colors() >= 8
    hasDefaultColors = hasColors && use_default_colors() == OK
    sharesBlanks = hasDefaultColors || !hasColors
    attributes = (0..<16).map { bits in
      let set = Style.Attributes(rawValue: UInt8(bits))
      return console_attributes(
        set.contains(.bold) ? 1 : 0, set.contains(.dim) ? 1 : 0, set.contains(.reverse) ? 1 : 0,
        set.contains(.underline) ? 1 : 0)
    }
  }

  /// Forgets what is shown: the next `paint` writes every line.
  mutating func forget() {
    shown = []
    isCursorShown = nil
  }

  /// Writes what differs from the last screen and sends it.
  mutating func paint(_ screen: Screen, in size: Size) {
    guard let window = console_window() else { return }
    let rows = screen.size == size ? screen.rows : Screen(size: size, rows: screen.rows).rows
    if shown.count != rows.count {
      shown = []
    } else {
      scroll(to: rows, in: window)
    }
    for index in rows.indices {
      if !shown.isEmpty, rows[index].holdsLines(of: shown[index]) { continue }
      paint(rows[index], over: shown.isEmpty ? nil : shown[index], at: index, in: window)
    }
    shown = rows
    let cursor = screen.cursor.flatMap { $0.column < size.columns && $0.row < size.rows ? $0 : nil }
    if isCursorShown != (cursor != nil) {
      curs_set(cursor == nil ? 0 : 1)
      isCursorShown = cursor != nil
    }
    // Screen readers and braille displays read where the cursor is, shown or not.
    let rest = cursor ?? screen.rest
    wmove(window, Int32(min(rest.row, size.rows - 1)), Int32(min(rest.column, size.columns - 1)))
    wnoutrefresh(window)
    doupdate()
  }

  /// Moves lines that stand higher or lower now: a list that moves on by a row is not written anew.
  private mutating func scroll(to rows: [ScreenRow], in window: UnsafeMutablePointer<WINDOW>) {
    guard let move = LineShift(from: shown, to: rows) else { return }
    let (top, bottom) = (Int32(move.rows.lowerBound), Int32(move.rows.upperBound))
    guard console_scroll(window, top, bottom, Int32(move.shift)) == OK else { return }
    let blank = ScreenRow(.blank(rows.first?.width ?? 0))
    let before = shown
    for row in move.rows {
      shown[row] = move.rows.contains(row + move.shift) ? before[row + move.shift] : blank
    }
  }

  /// Writes what differs from what is on the terminal in that row.
  /// - Parameter old: `nil` where that is not known.
  private mutating func paint(
    _ row: ScreenRow, over old: ScreenRow?, at index: Int, in window: UnsafeMutablePointer<WINDOW>
  ) {
    guard let old else { return write(row.line, 0..<row.width, at: index, in: window) }
    guard let side = row.side, let oldSide = old.side, row.main.width == old.main.width else {
      if row.side == nil, old.side == nil {
        if let columns = row.main.difference(from: old.main) { write(row.main, columns, at: index, in: window) }
      } else {
        // The window has one column more than before, or one less.
        let line = row.line
        if let columns = line.difference(from: old.line) { write(line, columns, at: index, in: window) }
      }
      return
    }
    if let columns = row.main.difference(from: old.main) { write(row.main, columns, at: index, in: window) }
    if let columns = side.difference(from: oldSide) {
      write(side, columns, at: index, behind: row.main.width, in: window)
    }
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
    let words = sharesBlanks ? cells.lastIndex { !$0.isBlank } ?? 0 : 0
    var style = Style.plain
    var (pair, bits) = (self.pair(for: style), attributes[Int(style.attributes.rawValue & 15)])
    for column in 0..<columns.upperBound {
      let cell = cells[column]
      if cell.width == 0 { continue }
      if cell.style != style, !(column < words && cell.isBlank && cell.style.looksAlikeOnBlanks(style)) {
        style = cell.style
        (pair, bits) = (self.pair(for: style), attributes[Int(style.attributes.rawValue & 15)])
      }
      if column < columns.lowerBound { continue }
      var target = cchar_t()
      if isASCII {
        console_set_cell(&target, asciiTwin(of: cell.base).value, 0, 0, 0, 0, bits, pair)
        if cell.width == 2 {
          targets.initializeElement(at: count, to: target)
          count += 1
        }
      } else {
        let text = cell.scalars
        console_set_cell(&target, text.0, text.1, text.2, text.3, text.4, bits, pair)
      }
      targets.initializeElement(at: count, to: target)
      count += 1
    }
    return count
  }

  /// A pair for the style's colours; the terminal's own where it has no colours or no pair is left.
  private mutating func pair(for style: Style) -> Int16 {
    if !hasColors || (style.foreground == .standard && style.background == .standard) { return 0 }
    let index = Int(style.foreground.rawValue) * Painter.colors + Int(style.background.rawValue)
    if pairs[index] > 0 { return pairs[index] }
    guard Int(lastPair) + 1 < min(Int(console_color_pairs()), 256) else { return 0 }
    let foreground = number(of: style.foreground, otherwise: COLOR_WHITE)
    let background = number(of: style.background, otherwise: COLOR_BLACK)
    guard init_pair(lastPair + 1, foreground, background) == OK else { return 0 }
    lastPair += 1
    pairs[index] = lastPair
    return lastPair
  }

  private func number(of color: Color, otherwise: Int32) -> Int16 {
    switch color {
    case .standard: hasDefaultColors ? -1 : Int16(otherwise)
    case .black: Int16(COLOR_BLACK)
    case .red: Int16(COLOR_RED)
    case .green: Int16(COLOR_GREEN)
    case .yellow: Int16(COLOR_YELLOW)
    case .blue: Int16(COLOR_BLUE)
    case .magenta: Int16(COLOR_MAGENTA)
    case .cyan: Int16(COLOR_CYAN)
    case .white: Int16(COLOR_WHITE)
    }
  }
}
