import SafeText

/// Columns of text for people, aligned by display width.
struct TextTable {
  struct Column {
    var title: SafeText
    var alignment: Alignment
    /// Longer cells are cut: one long text of a service must not widen every line.
    var most: Int
    init(_ title: SafeText, _ alignment: Alignment = .leading, most: Int = 120) {
      self.title = title
      self.alignment = alignment
      self.most = most
    }
  }

  private let columns: [Column]
  private var rows: [[SafeText]] = []

  init(_ columns: [Column]) { self.columns = columns }

  mutating func add(_ cells: [SafeText]) {
    rows.append(zip(cells, columns).map { cell, column in cell.clipped(to: column.most) })
  }

  /// The lines without trailing blanks, as wide as they need: a file or a pipe has no width.
  var text: String {
    let widths = columns.indices.map { index in
      max(columns[index].title.columns, rows.map { $0[index].columns }.max() ?? 0)
    }
    let lines = [columns.map(\.title)] + rows
    return lines.map { cells in
      var line = SafeText.empty
      for (index, cell) in cells.enumerated() {
        if index > 0 { line += "  " }
        line += cell.padded(to: widths[index], alignment: columns[index].alignment)
      }
      var text = line.text
      while text.last == " " { text.removeLast() }
      return text + "\n"
    }.joined()
  }
}
