import SafeText
import TerminalKit

/// Collects the lines of a preview.
struct Panel {
  private static let labelWidth = 12
  let width: Int
  let isASCII: Bool
  private(set) var lines: [Line] = []

  init(width: Int, isASCII: Bool) {
    self.width = width
    self.isASCII = isASCII
  }

  mutating func add(_ draw: (inout Pen) -> Void) { lines.append(drawnLine(width, isASCII: isASCII, draw)) }

  mutating func blank() { lines.append(.blank(width)) }

  mutating func title(_ text: SafeText) {
    for part in text.wrapped(to: max(width - 1, 1)).prefix(4) { add { $0.add(part, Theme.strong) } }
  }

  mutating func section(_ title: SafeText) {
    blank()
    add { $0.rule(title) }
  }

  mutating func text(_ text: SafeText, _ style: Style) {
    for part in text.wrapped(to: max(width - 1, 1)) { add { $0.add(part, style) } }
  }

  /// A label with its value, wrapped beside it; nothing for what is not there.
  mutating func fact(_ label: SafeText, _ value: SafeText?, _ style: Style = .plain) {
    guard let value, !value.isEmpty else { return }
    var isFirst = true
    for part in value.wrapped(to: max(width - Self.labelWidth - 1, 8)).prefix(8) {
      add { pen in
        pen.field(isFirst ? label : .empty, Self.labelWidth - 1, .leading, Theme.quiet)
        pen.add(part, style)
      }
      isFirst = false
    }
  }
}
