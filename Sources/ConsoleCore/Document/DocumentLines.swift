import SafeText
import TerminalKit

/// The lines of a document that are on screen.
/// - Parameters:
///   - width: columns of lines that something may be told beside.
///   - side: what is told beside them, of a width that leaves room for a divider; empty where there is none.
func documentLines(_ document: Document, _ layout: FrameLayout, width: Int, side: [Line] = [], isASCII: Bool) -> [Line]
{
  var beside = side[...]
  let hasSide = !side.isEmpty
  func joined(_ line: Line?) -> Line {
    let other = beside.popFirst()
    return drawnLine(layout.size.columns, isASCII: isASCII) { pen in
      pen.add(line ?? .blank(width))
      pen.add(FrameLayout.divider, Theme.quiet)
      if let other { pen.add(other) }
    }
  }
  var lines = document.viewport.visible(count: document.rows.count, height: layout.bodyHeight).map { index in
    let row = document.rows[index]
    let isAtCursor = index == document.viewport.cursor
    let isWhole = row.isWide || !hasSide
    let line = drawnLine(isWhole ? layout.size.columns : width, isASCII: isASCII) { draw(row, isAtCursor, on: &$0) }
    let styled = isAtCursor && row.item != nil ? line.restyled(Style(.standard, .reverse)) : line
    if isWhole { return styled }
    return joined(styled)
  }
  while hasSide, lines.count < layout.bodyHeight { lines.append(joined(nil)) }
  return lines
}

private func draw(_ row: DocumentRow, _ isAtCursor: Bool, on pen: inout Pen) {
  switch row.kind {
  case .blank: break
  case .rule(let title, let count):
    pen.skip(1)
    pen.rule(title, count: count)
  case .link(let part): pen.add(part, Theme.accent)
  case .spans(let spans):
    if isAtCursor { pen.add("▸", Theme.accent) }
    pen.fill(to: DocumentRows.indent)
    for span in spans {
      if let columns = span.columns {
        pen.field(span.text, columns, .leading, span.style)
      } else {
        pen.add(span.text, span.style)
      }
    }
  }
}
