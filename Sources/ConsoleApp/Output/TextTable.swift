import SafeText

/// Columns of text for people, aligned by display width.
///
/// Where lines have no width (a pipe, a file) every cell is whole; a cell that is longer than its column's `most` only
/// pushes its own line, so that one long text of a service does not widen all. In a terminal no line is wider than the
/// window: the columns give way in the order that the table names, and then the line is cut.
struct TextTable {
  struct Column {
    var title: SafeText
    var alignment: Alignment
    /// The column is never wider than this because of its cells.
    var most: Int
    init(_ title: SafeText, _ alignment: Alignment = .leading, most: Int = 120) {
      self.title = title
      self.alignment = alignment
      self.most = most
    }
  }

  struct Cell: ExpressibleByStringInterpolation {
    var text: SafeText
    /// The same in fewer columns, for a narrow window.
    var short: SafeText
    init(_ text: SafeText, short: SafeText? = nil) {
      self.text = text
      self.short = short ?? text
    }
    init(stringLiteral value: String) { self.init(SafeText(value)) }
  }

  /// A way in which a column, named by its place, gives way.
  enum Step {
    /// Its cells take their short form.
    case shorten(Int)
    /// It shrinks as far as need be, but not below this width.
    case shrink(Int, to: Int)
    case drop(Int)
  }

  private static let gap = 2

  private let columns: [Column]
  private let steps: [Step]
  private var rows: [[Cell]] = []

  /// - Parameter givingWay: in this order, while the lines are too wide for the window.
  init(_ columns: [Column], givingWay steps: [Step] = []) {
    self.columns = columns
    self.steps = steps
  }

  mutating func add(_ cells: [Cell]) { rows.append(cells) }
  mutating func add(_ cells: [SafeText]) { rows.append(cells.map { Cell($0) }) }

  /// The lines without trailing blanks.
  /// - Parameter width: of the window; `nil` where lines may be as wide as they need.
  func text(width: Int?) -> String {
    var layout = Layout(columns, rows)
    for step in width == nil ? [] : steps {
      let excess = layout.width - (width ?? 0)
      if excess <= 0 { break }
      layout.take(step, excess: excess, rows)
    }
    // What a column that went left over goes to those that shrank, the last one first.
    for case .shrink(let column, _) in steps.reversed() {
      layout.widen(column, by: (width ?? 0) - layout.width, rows)
    }
    let lines = [columns.map(\.title)] + rows.map(layout.cells)
    return lines.map { line($0, layout, width) }.joined()
  }

  private func line(_ cells: [SafeText], _ layout: Layout, _ width: Int?) -> String {
    var line = SafeText.empty
    for index in columns.indices where layout.isShown[index] {
      if !line.isEmpty || index > layout.first { line += SafeText.blank(Self.gap) }
      let cell = width == nil ? cells[index] : cells[index].clipped(to: layout.widths[index])
      line += cell.padded(to: layout.widths[index], alignment: columns[index].alignment)
    }
    var text = (width.map { line.clipped(to: $0) } ?? line).text
    while text.last == " " { text.removeLast() }
    return text + "\n"
  }

  /// How wide each column is at the moment, and whether it is there.
  private struct Layout {
    private let columns: [Column]
    private var isShort: [Bool]
    private(set) var isShown: [Bool]
    private(set) var widths: [Int] = []

    init(_ columns: [Column], _ rows: [[Cell]]) {
      self.columns = columns
      isShort = columns.map { _ in false }
      isShown = columns.map { _ in true }
      widths = columns.indices.map { needed($0, rows) }
    }

    var first: Int { isShown.firstIndex(of: true) ?? 0 }
    var width: Int {
      let shown = zip(isShown, widths).compactMap { $0 ? $1 : nil }
      return shown.reduce(0, +) + max(shown.count - 1, 0) * TextTable.gap
    }

    func cells(_ row: [Cell]) -> [SafeText] { zip(row, isShort).map { $1 ? $0.short : $0.text } }

    mutating func take(_ step: Step, excess: Int, _ rows: [[Cell]]) {
      switch step {
      case .shorten(let column):
        isShort[column] = true
        widths[column] = needed(column, rows)
      case .shrink(let column, let least): widths[column] = min(widths[column], max(least, widths[column] - excess))
      case .drop(let column): isShown[column] = false
      }
    }

    mutating func widen(_ column: Int, by spare: Int, _ rows: [[Cell]]) {
      guard spare > 0, isShown[column] else { return }
      widths[column] = min(needed(column, rows), widths[column] + spare)
    }

    private func needed(_ column: Int, _ rows: [[Cell]]) -> Int {
      let widest = rows.map { (isShort[column] ? $0[column].short : $0[column].text).columns }.max() ?? 0
      return max(columns[column].title.columns, min(widest, columns[column].most))
    }
  }
}
