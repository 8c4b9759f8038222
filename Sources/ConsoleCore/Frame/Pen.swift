import SafeText
import TerminalKit

/// Writes a line from left to right, in ASCII where only ASCII can be shown.
struct Pen {
  private static let dash: SafeText = "─"

  private(set) var writing: Writing
  let isASCII: Bool

  init(width: Int, isASCII: Bool) {
    writing = Writing(width: width)
    self.isASCII = isASCII
  }

  var column: Int { writing.column }
  var remaining: Int { writing.remaining }

  /// Adds text, cut where the line ends: before it becomes ASCII, so that the mark of the cut does so as well.
  mutating func add(_ text: SafeText, _ style: Style = .plain) {
    writing.add(.text(shown(text.clipped(to: remaining)), style))
  }

  /// A field of exactly `columns` columns, and a blank after it.
  mutating func field(_ text: SafeText, _ columns: Int, _ alignment: Alignment = .leading, _ style: Style = .plain) {
    writing.add(.field(shown(text.clipped(to: min(columns, remaining))), columns, alignment, style))
  }

  mutating func skip(_ columns: Int) { writing.add(.skip(columns)) }
  mutating func fill(to column: Int) { writing.add(.fill(to: column)) }
  mutating func add(_ line: Line) { writing.add(.line(line)) }

  /// Text at the right end, if it fits with a blank before and after it.
  mutating func addAtEnd(_ text: SafeText, _ style: Style = .plain) {
    guard text.columns > 0, text.columns + 2 <= remaining else { return }
    fill(to: writing.width - text.columns - 1)
    writing.add(.text(shown(text), style))
  }

  /// A rule with a title in it, to the end of the line.
  mutating func rule(_ title: SafeText, count: Int? = nil) {
    add("── ", Theme.quiet)
    add(title, Theme.strong)
    if let count { add(" \(count)", Theme.quiet) }
    add(" ", Theme.quiet)
    if remaining > 0 { writing.add(.rest(shown(Self.dash), Theme.quiet)) }
  }

  private func shown(_ text: SafeText) -> SafeText { isASCII ? text.asciiOnly : text }
}

/// Makes one line.
func drawnLine(_ width: Int, isASCII: Bool, _ draw: (inout Pen) -> Void) -> Line {
  written(width, isASCII: isASCII, draw).line
}

/// What makes one line.
func written(_ width: Int, isASCII: Bool, _ draw: (inout Pen) -> Void) -> Writing {
  var pen = Pen(width: width, isASCII: isASCII)
  draw(&pen)
  return pen.writing
}
