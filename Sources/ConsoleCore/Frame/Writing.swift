import SafeText
import TerminalKit

/// What a pen wrote on a line, step by step. The line is made of nothing else: the same writing is the same line.
struct Writing: Hashable, Sendable {
  enum Step: Hashable, Sendable {
    case text(SafeText, Style)
    /// A field of so many columns, and a blank.
    case field(SafeText, Int, Alignment, Style)
    case skip(Int)
    case fill(to: Int)
    case line(Line)
    /// The same again and again, to the end of the line.
    case rest(SafeText, Style)
  }

  let width: Int
  private(set) var column = 0
  private(set) var steps: [Step] = []

  init(width: Int) {
    self.width = max(width, 0)
    steps.reserveCapacity(8)
  }

  var remaining: Int { width - column }

  mutating func add(_ step: Step) {
    steps.append(step)
    column += min(columns(step), remaining)
  }

  private func columns(_ step: Step) -> Int {
    switch step {
    case .text(let text, _): text.columns
    case .field(_, let columns, _, _): max(min(columns, remaining), 0) + 1
    case .skip(let columns): max(columns, 0)
    case .fill(let end): max(end - column, 0)
    case .line(let line): line.width
    case .rest: remaining
    }
  }

  /// Makes the line.
  var line: Line {
    var builder = LineBuilder(width: width)
    for step in steps {
      switch step {
      case .text(let text, let style): builder.add(text, style)
      case .field(let text, let columns, let alignment, let style):
        builder.add(text, to: columns, alignment, style)
        builder.skip(1)
      case .skip(let columns): builder.skip(columns)
      case .fill(let column): builder.fill(to: column)
      case .line(let line): builder.add(line)
      case .rest(let text, let style): builder.add(text.repeated(builder.remaining), style)
      }
    }
    return builder.line()
  }
}

/// Lines of the frame before, each with its writing: one that is written again as it was is the same line, which compares
/// equal to itself in no time when it is painted.
struct KeptLines: Sendable {
  private var writings: [Writing] = []
  /// One for each writing.
  private var lines: [Line] = []

  /// The lines that every frame has.
  enum Place: Int { case top, crumbs, banner, status, hints, heads, blank, divider }

  mutating func line(_ place: Place, _ writing: Writing) -> Line { line(at: place.rawValue, writing) }

  /// - Parameter place: where among these lines it stands, from zero on.
  mutating func line(at place: Int, _ writing: Writing) -> Line {
    while writings.count <= place {
      let nothing = Writing(width: 0)
      writings.append(nothing)
      lines.append(nothing.line)
    }
    if writings[place] != writing {
      writings[place] = writing
      lines[place] = writing.line
    }
    return lines[place]
  }

  /// Gives all lines away, for somebody who changes them and gives them back.
  mutating func taken() -> KeptLines {
    defer { self = KeptLines() }
    return self
  }
}
