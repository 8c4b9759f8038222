import SafeText
import TerminalKit

/// Collects the lines of a preview.
struct Panel {
  private static let labelWidth = 12
  /// Columns for its texts.
  let width: Int
  let isASCII: Bool
  private(set) var lines: [Line] = []
  /// Between the rows and what stands beside them.
  private let hasDivider: Bool
  private var kept = KeptLines()

  init(width: Int, isASCII: Bool) {
    self.width = width
    self.isASCII = isASCII
    hasDivider = false
  }

  /// The preview of a screen, whose lines begin with what divides them from the rows where they stand beside those.
  /// - Parameter kept: the lines of the preview before; ``end(_:)`` gives them back.
  init(preview layout: FrameLayout, isASCII: Bool, _ kept: inout KeptLines) {
    width = layout.previewWidth
    self.isASCII = isASCII
    hasDivider = layout.hasPreview
    self.kept = kept.taken()
  }

  /// All lines.
  consuming func end(_ kept: inout KeptLines) -> [Line] {
    kept = self.kept
    return lines
  }

  mutating func add(_ draw: (inout Pen) -> Void) {
    var pen = Pen(width: width + (hasDivider ? FrameLayout.dividerWidth : 0), isASCII: isASCII)
    if hasDivider { pen.add(FrameLayout.divider, Theme.quiet) }
    draw(&pen)
    lines.append(kept.line(at: lines.count, pen.writing))
  }

  mutating func blank() { add { _ in } }

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
  /// - Parameter limit: lines that it takes at most; where that is not all, the last one says so by `…`.
  mutating func fact(_ label: SafeText, _ value: SafeText?, _ style: Style = .plain, limit: Int = 8) {
    guard let value, !value.isEmpty else { return }
    let room = max(width - Self.labelWidth - 1, 8)
    let parts = value.wrapped(to: room)
    for (index, part) in parts.prefix(limit).enumerated() {
      let isCut = index == limit - 1 && parts.count > limit
      add { pen in
        pen.field(index == 0 ? label : .empty, Self.labelWidth - 1, .leading, Theme.quiet)
        pen.add(isCut ? (part + " …").clipped(to: room) : part, style)
      }
    }
  }

  /// What a write did, whole; an empty value is an empty line of its text.
  mutating func facts(_ facts: [(label: SafeText, value: SafeText)]) {
    for line in facts {
      if line.value.isEmpty { blank() } else { fact(line.label, line.value, limit: .max) }
    }
  }

  /// A label with something to be copied, whole on a line: below the label where there is no room beside it.
  mutating func whole(_ label: SafeText, _ value: SafeText?) {
    guard let value, !value.isEmpty else { return }
    if value.columns <= width - Self.labelWidth - 1 { return fact(label, value) }
    add { $0.add(label, Theme.quiet) }
    text(value, .plain)
  }
}
