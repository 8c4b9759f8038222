import SafeText
import TerminalKit

/// How far down the preview was scrolled, and of what: it begins at its first line again when that changes.
struct PreviewScroll: Hashable, Sendable {
  var subject: Target?
  var top = 0
}

extension ConsoleState {
  /// The preview as it fits the body; what does not is told, with the keys that bring it.
  func previewLines(_ layout: FrameLayout, cache: inout RowCache) -> [Line] {
    let lines = screens.top.side(layout, in: shared, kept: &cache.preview)
    guard lines.count > layout.bodyHeight else { return lines }
    let room = max(layout.bodyHeight - 1, 1)
    let first = min(shared.previewScroll.top, lines.count - room)
    var other = KeptLines()
    var note = Panel(preview: layout, isASCII: shared.isASCII, &other)
    note.add { pen in
      pen.add("lines \(first + 1)–\(first + room) of \(lines.count)", Theme.warning)
      pen.add("  J further, K back", Theme.quiet)
    }
    return lines[first..<first + room] + note.lines
  }

  mutating func scrollPreview(_ motion: Motion, _ layout: FrameLayout) {
    let height = layout.bodyHeight
    let rows = motion == .pageDown || motion == .pageUp ? height - 2 : height / 2
    let isDown = motion == .pageDown || motion == .halfPageDown
    shared.previewScroll.top += isDown ? max(rows, 1) : -max(rows, 1)
  }

  /// Brings the scrolled preview into its lines, and another row's to its beginning.
  mutating func settlePreview(_ layout: FrameLayout) {
    let subject = screens.top.target(in: shared)
    if shared.previewScroll.subject != subject { shared.previewScroll = PreviewScroll(subject: subject) }
    guard shared.previewScroll.top != 0 else { return }
    var other = KeptLines()
    let last = screens.top.side(layout, in: shared, kept: &other).count - max(layout.bodyHeight - 1, 1)
    shared.previewScroll.top = max(min(shared.previewScroll.top, last > 1 ? last : 0), 0)
  }
}
