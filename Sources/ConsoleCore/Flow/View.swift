import SafeText
package import TerminalKit

/// What the window shows; a function of the state alone, the cache only saves work.
package func view(_ console: ConsoleState, cache: inout RowCache) -> Screen {
  let size = console.shared.size
  if FrameLayout.isTooSmall(size) {
    let needed = "\(FrameLayout.smallest.columns)x\(FrameLayout.smallest.rows)"
    let long: SafeText = "partner-console needs \(needed); this window is \(size.columns)x\(size.rows)."
    let short = long.columns <= size.columns ? long : SafeText("needs \(needed)")
    // Why the first q did not quit has to be seen here too.
    let words = console.shared.isLeaving ? console.shared.message?.text ?? short : short
    let lines = words.wrapped(to: size.columns).map { part in
      drawnLine(size.columns, isASCII: console.shared.isASCII) { $0.add(part) }
    }
    return Screen(size: size, lines: lines)
  }
  let layout = console.layout
  var lines = [topLine(console.shared, console.screens, layout)]
  if layout.hasCrumbs { lines.append(crumbLine(console.shared, console.screens, layout)) }
  var body = bodyLines(console, layout, cache: &cache)
  while body.count < layout.bodyHeight { body.append(.blank(size.columns)) }
  lines += body.prefix(layout.bodyHeight)
  lines.append(statusLine(console.shared, console.screens.top))
  let bottom = bottomLines(console, layout)
  lines += bottom.lines
  var cursor = bottom.cursor.map { Position(column: $0, row: lines.count - 1) }
  if cursor == nil, let text = console.screens.top.cursor(layout, in: console.shared) {
    cursor = Position(column: text.column, row: text.row + 1 + (layout.hasCrumbs ? 1 : 0))
  }
  return Screen(size: size, lines: lines, cursor: cursor, rest: selectedRow(console, layout))
}

/// Where the row begins that keys act on: screen readers and magnifiers follow the cursor, which rests there.
private func selectedRow(_ console: ConsoleState, _ layout: FrameLayout) -> Position {
  let body = 1 + (layout.hasCrumbs ? 1 : 0)
  if layout.hasPreviewInFront { return Position(column: 0, row: body) }
  let screen = console.screens.top
  let line = screen.viewport(in: console.shared).map { $0.cursor - $0.top } ?? 0
  return Position(column: 0, row: body + screen.headHeight(layout, in: console.shared) + line)
}

private func bodyLines(_ console: ConsoleState, _ layout: FrameLayout, cache: inout RowCache) -> [Line] {
  let isASCII = console.shared.isASCII
  if layout.hasPreviewInFront { return previewInFront(console.previewLines(layout), layout, isASCII: isASCII) }
  let main = console.screens.top.lines(layout, in: console.shared, cache: &cache)
  return layout.hasPreview ? beside(main, console.previewLines(layout), layout, isASCII: isASCII) : main
}

/// What is known of the row under the cursor, in the place of the rows.
private func previewInFront(_ lines: [Line], _ layout: FrameLayout, isASCII: Bool) -> [Line] {
  lines.map { line in
    drawnLine(layout.size.columns, isASCII: isASCII) { pen in
      pen.skip(IncidentColumns.lead)
      pen.add(line)
    }
  }
}

/// Two columns of lines with a line between them.
private func beside(_ main: [Line], _ side: [Line], _ layout: FrameLayout, isASCII: Bool) -> [Line] {
  let divider = drawnLine(2, isASCII: isASCII) { $0.add("│ ", Theme.quiet) }
  return (0..<layout.bodyHeight).map { row in
    var builder = LineBuilder(width: layout.size.columns)
    if row < main.count { builder.add(main[row]) }
    builder.fill(to: layout.mainWidth)
    builder.add(divider)
    if row < side.count { builder.add(side[row]) }
    return builder.line()
  }
}
