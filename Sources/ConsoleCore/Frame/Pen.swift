import SafeText
import TerminalKit

/// Writes a line from left to right, in ASCII where only ASCII can be shown.
struct Pen {
  private static let dash: SafeText = "─"

  private var builder: LineBuilder
  let isASCII: Bool

  init(width: Int, isASCII: Bool) {
    builder = LineBuilder(width: width)
    self.isASCII = isASCII
  }

  var column: Int { builder.column }
  var remaining: Int { builder.remaining }

  /// Adds text, cut where the line ends: before it becomes ASCII, so that the mark of the cut does so as well.
  mutating func add(_ text: SafeText, _ style: Style = .plain) {
    builder.add(shown(text.clipped(to: builder.remaining)), style)
  }

  /// A field of exactly `columns` columns, and a blank after it.
  mutating func field(_ text: SafeText, _ columns: Int, _ alignment: Alignment = .leading, _ style: Style = .plain) {
    builder.add(shown(text.clipped(to: min(columns, builder.remaining))), to: columns, alignment, style)
    builder.skip(1)
  }

  mutating func skip(_ columns: Int) { builder.skip(columns) }
  mutating func fill(to column: Int) { builder.fill(to: column) }
  mutating func add(_ line: Line) { builder.add(line) }

  /// Text at the right end, if it fits with a blank before and after it.
  mutating func addAtEnd(_ text: SafeText, _ style: Style = .plain) {
    guard text.columns > 0, text.columns + 2 <= builder.remaining else { return }
    builder.fill(to: builder.width - text.columns - 1)
    builder.add(shown(text), style)
  }

  /// A rule with a title in it, to the end of the line.
  mutating func rule(_ title: SafeText, count: Int? = nil) {
    add("── ", Theme.quiet)
    add(title, Theme.strong)
    if let count { add(" \(count)", Theme.quiet) }
    add(" ", Theme.quiet)
    if remaining > 0 { add(Self.dash.repeated(remaining), Theme.quiet) }
  }

  consuming func line() -> Line { builder.line() }

  private func shown(_ text: SafeText) -> SafeText { isASCII ? text.asciiOnly : text }
}

/// Makes one line.
func drawnLine(_ width: Int, isASCII: Bool, _ draw: (inout Pen) -> Void) -> Line {
  var pen = Pen(width: width, isASCII: isASCII)
  draw(&pen)
  return pen.line()
}
