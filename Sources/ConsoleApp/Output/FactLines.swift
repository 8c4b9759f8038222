import SafeText

/// Labels with what they say, one below the other.
struct FactLines {
  private static let labelWidth = 15
  /// A label gives way so far that words have this many columns.
  private static let leastWords = 20

  /// Columns of the window; `nil` for a file or a pipe, whose lines are as long as they are.
  private let width: Int?
  private(set) var text = ""

  init(width: Int?) { self.width = width }

  /// Words without a label, over the whole width.
  mutating func say(_ words: String) { add(SafeText(words), behind: .empty) }

  /// Nothing for what is not known.
  mutating func add(_ label: SafeText, _ value: String?) {
    guard let value, !value.isEmpty else { return }
    add(SafeText(value), behind: label.padded(to: Self.labelWidth))
  }

  private mutating func add(_ words: SafeText, behind lead: SafeText) {
    let parts = width.map { words.wrapped(to: max($0 - lead.columns, Self.leastWords)) } ?? [words]
    for (index, part) in parts.enumerated() { end((index == 0 ? lead : .blank(lead.columns)) + part) }
  }

  /// Something that is copied as one: on a line of its own where it does not fit beside its label.
  mutating func whole(_ label: SafeText, _ value: String?) {
    guard let value, !value.isEmpty else { return }
    let (lead, words) = (label.padded(to: Self.labelWidth), SafeText(value))
    if let width, lead.columns + words.columns > width {
      end(label)
      end(words)
    } else {
      end(lead + words)
    }
  }

  private mutating func end(_ line: SafeText) { text += line.text + "\n" }
}
