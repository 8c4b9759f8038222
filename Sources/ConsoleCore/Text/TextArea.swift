import SafeText
import TerminalKit

/// Text of several lines that is being typed, for comments and queries.
///
/// Lines that are wider than the area go on in the next row, after a blank where there is one.
struct TextArea: Hashable, Sendable {
  private(set) var edited: EditedText
  /// The first row that is shown.
  private var top = 0
  /// The column that going up and down keeps to, also past shorter rows.
  private var column: Int?

  /// - Parameter limit: Unicode scalars that it holds at most.
  init(_ text: String = "", limit: Int) {
    edited = EditedText(text, limit: limit, keepsLines: true)
  }

  var text: String { edited.text }
  var complaint: SafeText? { edited.complaint }

  /// What of it stands in a window, and where text is typed there.
  struct Window: Hashable, Sendable {
    var rows: [SafeText]
    var cursorRow: Int
    var cursorColumn: Int
    /// Rows above and below the window.
    var above: Int
    var below: Int
  }

  /// Takes a key in; `false` if it is none for editing, or one that would leave the text at its top or bottom.
  mutating func take(_ key: Key, width: Int, height: Int) -> Bool {
    let steps: Int
    switch key {
    case .up, .control("p"): steps = -1
    case .down, .control("n"): steps = 1
    case .pageUp: steps = -max(height - 1, 1)
    case .pageDown: steps = max(height - 1, 1)
    default:
      guard edited.take(key) else { return false }
      column = nil
      top = firstRow(rows(width: width), height: height)
      return true
    }
    return move(steps, width: width, height: height)
  }

  func window(width: Int, height: Int) -> Window {
    let rows = rows(width: width)
    let first = firstRow(rows, height: height)
    let last = min(first + max(height, 1), rows.count)
    let cursorRow = row(in: rows)
    return Window(
      rows: rows[first..<last].map { SafeText(String(edited.characters[$0])) }, cursorRow: cursorRow - first,
      cursorColumn: columns(rows[cursorRow].lowerBound..<edited.cursor), above: first, below: rows.count - last)
  }

  private mutating func move(_ steps: Int, width: Int, height: Int) -> Bool {
    let rows = rows(width: width)
    let here = row(in: rows)
    let next = min(max(here + steps, 0), rows.count - 1)
    guard next != here else { return false }
    let column = self.column ?? columns(rows[here].lowerBound..<edited.cursor)
    edited.move(to: place(in: rows, next, column: column))
    self.column = column
    top = firstRow(rows, height: height)
    return true
  }

  /// The place in a row that is nearest to a column, from the left.
  private func place(in rows: [Range<Int>], _ row: Int, column: Int) -> Int {
    var place = rows[row].lowerBound
    // Behind its last character a row that goes on in the next one is that one's beginning.
    let goesOn = row + 1 < rows.count && rows[row + 1].lowerBound == rows[row].upperBound
    let end = goesOn ? rows[row].upperBound - 1 : rows[row].upperBound
    var reached = 0
    while place < end {
      reached += ConsoleCore.columns(of: edited.characters[place])
      if reached > column { break }
      place += 1
    }
    return place
  }

  private func columns(_ range: Range<Int>) -> Int { SafeText(String(edited.characters[range])).columns }

  /// The row in which text is typed.
  private func row(in rows: [Range<Int>]) -> Int { rows.lastIndex { $0.lowerBound <= edited.cursor } ?? 0 }

  private func firstRow(_ rows: [Range<Int>], height: Int) -> Int {
    let height = max(height, 1)
    let row = row(in: rows)
    let top = min(top, max(rows.count - height, 0))
    return row < top ? row : row >= top + height ? row - height + 1 : top
  }

  /// The characters of each row, without those that end a line; at least one row.
  private func rows(width: Int) -> [Range<Int>] {
    // One column is left for the cursor behind the last character.
    let room = max(width - 1, 1)
    var rows: [Range<Int>] = []
    var start = 0
    var used = 0
    /// Behind the last blank of the row.
    var afterBlank: Int?
    for (place, character) in edited.characters.enumerated() {
      if character == "\n" {
        rows.append(start..<place)
        (start, used, afterBlank) = (place + 1, 0, nil)
        continue
      }
      let wide = ConsoleCore.columns(of: character)
      while used + wide > room, place > start {
        let end = afterBlank ?? place
        rows.append(start..<end)
        used = edited.characters[end..<place].reduce(0) { $0 + ConsoleCore.columns(of: $1) }
        (start, afterBlank) = (end, nil)
      }
      used += wide
      if character == " " { afterBlank = place + 1 }
    }
    rows.append(start..<edited.characters.count)
    return rows
  }
}
