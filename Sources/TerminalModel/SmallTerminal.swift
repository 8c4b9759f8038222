import SafeText
package import TerminalKit

/// For tests: what a terminal shows that is sent these bytes: as much of one as ncurses and the console make use of in an xterm.
package struct SmallTerminal {
  private struct Spot: Equatable {
    var text = " "
    var style = Style.plain
  }

  private let columns: Int
  private let rows: Int
  private var spots: [[Spot]]
  private var row = 0
  private var column = 0
  private var style = Style.plain
  private var isInserting = false
  private let widths: TerminalWidths
  /// Whether it goes on in the next row at the right edge.
  private var isWrapping = true
  /// Whether it reorders lines by the bidirectional rules, as those do that can unless they are told not to.
  package private(set) var isReordering = true
  private var top = 0
  private var bottom: Int
  /// What it was sent and does not know.
  package private(set) var unknown: [String] = []

  package init(columns: Int, rows: Int, widths: TerminalWidths = .library) {
    self.widths = widths
    (self.columns, self.rows, bottom) = (columns, rows, rows - 1)
    spots = Array(repeating: Array(repeating: Spot(), count: columns), count: rows)
  }

  /// Column and row.
  package var cursor: [Int] { [min(column, columns - 1), row] }

  /// Whether a row shows the line; a blank shows its ground and no letters.
  package func shows(_ line: Line, at row: Int) -> Bool {
    zip(line.cells, spots[row]).allSatisfy { cell, spot in
      guard cell.text == spot.text else { return false }
      return cell.text == " "
        ? cell.style.looksAlikeOnBlanks(spot.style) || cell.style == spot.style
        : cell.text.isEmpty || cell.style == spot.style
    }
  }

  /// What can be seen: each column of each row with its style, a blank with what of it shows.
  package var picture: [[String]] {
    spots.map { row in
      row.map { spot in
        let isGround = spot.text == " " && spot.style.looksAlikeOnBlanks(Style(.standard, on: spot.style.background))
        let style = isGround ? Style(.standard, on: spot.style.background) : spot.style
        return style == .plain ? spot.text : "\(style):\(spot.text)"
      }
    }
  }

  /// The letters of a row, without blanks at its end.
  package func text(at row: Int) -> String {
    var text = spots[row].map(\.text).joined()
    while text.last == " " { text.removeLast() }
    return text
  }

  /// A row for people who read what went wrong.
  package func line(at row: Int) -> String {
    spots[row].map { $0.style == .plain ? $0.text : "⟦\($0.style):\($0.text)⟧" }.joined()
  }

  package mutating func feed(_ bytes: [UInt8]) {
    var rest = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\r": column = 0
      case "\u{8}": column = max(min(column, columns - 1) - 1, 0)
      case "\n": down()
      case "\u{F}": break
      case "\u{1B}": escape(&rest)
      default: show(scalar)
      }
    }
  }

  private mutating func escape(_ rest: inout ArraySlice<Unicode.Scalar>) {
    switch rest.popFirst() {
    case "[": break
    case "(":
      _ = rest.popFirst()
      return
    case "M":
      if row == top { scroll(-1, from: top) } else { row = max(row - 1, 0) }
      return
    case "=", ">", "7", "8": return
    case "]":
      // Its colours, put back at the end.
      while let scalar = rest.popFirst(), scalar != "\u{7}" {}
      return
    case let other:
      unknown.append("ESC \(other.map(String.init) ?? "")")
      return
    }
    var parameters = ""
    while let scalar = rest.popFirst() {
      if (0x40...0x7E).contains(scalar.value) { return control(parameters, scalar) }
      parameters.unicodeScalars.append(scalar)
    }
  }

  private mutating func control(_ parameters: String, _ final: Unicode.Scalar) {
    let numbers = parameters.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) }
    func number(_ index: Int = 0, _ otherwise: Int = 1) -> Int {
      index < numbers.count ? numbers[index] ?? otherwise : otherwise
    }
    let blank = Spot(style: Style(.standard, on: style.background))
    column = min(column, columns - (final == "m" ? 0 : 1))
    switch final {
    case "H": (row, column) = (min(number(), rows) - 1, min(number(1), columns) - 1)
    case "G": column = min(number(), columns) - 1
    case "d": row = min(number(), rows) - 1
    case "A": row = max(row - number(), 0)
    case "B": row = min(row + number(), rows - 1)
    case "C": column = min(column + number(), columns - 1)
    case "D": column = max(column - number(), 0)
    case "K":
      for at in number(0, 0) == 1 ? 0..<column + 1 : column..<columns { put(blank, at) }
    case "J":
      let isAll = number(0, 0) == 2
      if !isAll { for at in column..<columns { put(blank, at) } }
      for other in spots.indices where isAll || other > row {
        spots[other] = Array(repeating: blank, count: columns)
      }
    case "X": for at in column..<min(column + number(), columns) { put(blank, at) }
    case "P":
      part(at: column)
      part(at: min(column + number(), columns - 1))
      spots[row].removeSubrange(column..<min(column + number(), columns))
      spots[row] += Array(repeating: blank, count: columns - spots[row].count)
    case "@": insert(number(), blank)
    case "L": scroll(-number(), from: row)
    case "M": scroll(number(), from: row)
    case "S": scroll(number(), from: top)
    case "T": scroll(-number(), from: top)
    case "b":
      if let last = column > 0 ? spots[row][column - 1].text.unicodeScalars.first : nil {
        for _ in 0..<number() { show(last) }
      }
    case "r":
      (top, bottom) = (number() - 1, number(1, rows) - 1)
      (row, column) = (0, 0)
    case "m":
      if numbers.count == 3, numbers[1] == 5, numbers[0] == 38 || numbers[0] == 48 {
        look(fixed: number(2), isGround: numbers[0] == 48)
      } else {
        for value in numbers.isEmpty ? [0] : numbers { look(value ?? 0) }
      }
    case "h" where parameters == "4": isInserting = true
    case "l" where parameters == "4": isInserting = false
    case "h" where parameters == "8": isReordering = true
    case "l" where parameters == "8": isReordering = false
    case "h" where parameters == "?7": isWrapping = true
    case "l" where parameters == "?7": isWrapping = false
    case "h", "l", "t": break
    default: unknown.append("CSI \(parameters)\(final)")
    }
  }

  private mutating func look(_ value: Int) {
    var (foreground, background, set) = (style.foreground, style.background, style.attributes)
    func color(_ number: Int) -> Color { [1: .red, 2: .green, 3: .yellow, 6: .cyan][number] ?? .standard }
    switch value {
    case 0: (foreground, background, set) = (.standard, .standard, [])
    case 1: set.insert(.bold)
    case 2: set.insert(.dim)
    case 4: set.insert(.underline)
    case 7: set.insert(.reverse)
    case 22: set.subtract([.bold, .dim])
    case 24: set.remove(.underline)
    case 27: set.remove(.reverse)
    case 30...37: foreground = color(value - 30)
    case 39:
      foreground = .standard
      set.remove(.dim)
    case 40...47: background = color(value - 40)
    case 49: background = .standard
    default: unknown.append("SGR \(value)")
    }
    style = Style(foreground, on: background, set)
  }

  /// One of the 256 colours. A grey is how dim letters look.
  private mutating func look(fixed number: Int, isGround: Bool) {
    let colors: [Int: Color] = [163: .red, 29: .green, 131: .yellow, 63: .cyan]
    let color = colors[number] ?? .standard
    var attributes = style.attributes
    if number == 243, !isGround {
      attributes.insert(.dim)
    } else if colors[number] == nil {
      unknown.append("colour \(number)")
    } else if !isGround {
      attributes.remove(.dim)
    }
    style = Style(isGround ? style.foreground : color, on: isGround ? color : style.background, attributes)
  }

  private mutating func show(_ scalar: Unicode.Scalar) {
    let width = widths.width(of: scalar)
    if width == 0 {
      var at = min(column, columns) - 1
      while at > 0, spots[row][at].text.isEmpty { at -= 1 }
      if at >= 0 { spots[row][at].text.unicodeScalars.append(scalar) }
      return
    }
    if column + width > columns {
      column = isWrapping ? 0 : columns - width
      if isWrapping { down() }
    }
    if isInserting { insert(width, Spot()) }
    put(Spot(text: String(scalar), style: style), column)
    if width == 2 { put(Spot(text: "", style: style), column + 1, isRightHalf: true) }
    column += width
  }

  private mutating func insert(_ count: Int, _ blank: Spot) {
    part(at: column)
    spots[row].insert(contentsOf: Array(repeating: blank, count: count), at: column)
    part(at: columns)
    spots[row].removeLast(spots[row].count - columns)
  }

  /// What is left of a wide character is blank.
  private mutating func put(_ spot: Spot, _ at: Int, isRightHalf: Bool = false) {
    if !isRightHalf { part(at: at) }
    part(at: at + 1)
    spots[row][at] = spot
  }

  /// Parts the wide character whose right half stands here.
  private mutating func part(at: Int) {
    guard at > 0, at < spots[row].count, spots[row][at].text.isEmpty else { return }
    spots[row][at].text = " "
    spots[row][at - 1].text = " "
  }

  private mutating func down() {
    if row == bottom { scroll(1, from: top) } else { row = min(row + 1, rows - 1) }
  }

  private mutating func scroll(_ count: Int, from first: Int) {
    guard first >= top, first <= bottom else { return }
    for _ in 0..<abs(count) {
      spots.remove(at: count > 0 ? first : bottom)
      let blank = Array(repeating: Spot(style: Style(.standard, on: style.background)), count: columns)
      spots.insert(blank, at: count > 0 ? bottom : first)
    }
  }
}
