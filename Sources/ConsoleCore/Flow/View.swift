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
  var rows = [ScreenRow(topLine(console.shared, console.screens, layout, &cache.frame))]
  rows.reserveCapacity(size.rows)
  if layout.hasCrumbs { rows.append(ScreenRow(crumbLine(console.shared, console.screens, layout, &cache.frame))) }
  if layout.hasBanner { rows.append(ScreenRow(bannerLine(console.shared, layout, &cache.frame))) }
  addBody(of: console, layout, to: &rows, cache: &cache)
  rows.append(ScreenRow(statusLine(console.shared, console.screens.top, &cache.frame)))
  let bottom = bottomLines(console, layout, &cache.frame)
  for line in bottom.lines { rows.append(ScreenRow(line)) }
  var cursor = bottom.cursor.map { Position(column: $0, row: rows.count - 1) }
  if cursor == nil, let text = console.screens.top.cursor(layout, in: console.shared) {
    cursor = Position(column: text.column, row: text.row + layout.bodyTop)
  }
  return Screen(size: size, rows: rows, cursor: cursor, rest: selectedRow(console, layout))
}

/// Where the row begins that keys act on: screen readers and magnifiers follow the cursor, which rests there.
private func selectedRow(_ console: ConsoleState, _ layout: FrameLayout) -> Position {
  let body = layout.bodyTop
  if layout.hasPreviewInFront { return Position(column: 0, row: body) }
  let screen = console.screens.top
  let line = screen.viewport(in: console.shared).map { $0.cursor - $0.top } ?? 0
  return Position(column: 0, row: body + screen.headHeight(layout, in: console.shared) + line)
}

/// The rows of the screen on top, with the preview beside them or in their place.
private func addBody(
  of console: ConsoleState, _ layout: FrameLayout, to rows: inout [ScreenRow], cache: inout RowCache
) {
  let isASCII = console.shared.isASCII
  let main: [Line]
  var side: [Line] = []
  let mainWidth = layout.hasPreview ? layout.mainWidth : layout.size.columns
  if layout.hasPreviewInFront {
    main = previewInFront(console.previewLines(layout, cache: &cache), layout, isASCII: isASCII)
  } else {
    main = console.screens.top.lines(layout, in: console.shared, cache: &cache)
    if layout.hasPreview { side = console.previewLines(layout, cache: &cache) }
  }
  let blank = cache.frame.line(.blank, Writing(width: mainWidth))
  let besideNothing = layout.hasPreview ? dividerLine(layout, isASCII: isASCII, &cache.frame) : nil
  for row in 0..<layout.bodyHeight {
    rows.append(
      ScreenRow(
        row < main.count ? main[row].resized(to: mainWidth) : blank,
        beside: row < side.count ? side[row] : besideNothing)
    )
  }
}

/// What stands beside a row where the preview has no line.
private func dividerLine(_ layout: FrameLayout, isASCII: Bool, _ kept: inout KeptLines) -> Line {
  kept.line(
    .divider,
    written(FrameLayout.dividerWidth + layout.previewWidth, isASCII: isASCII) {
      $0.add(FrameLayout.divider, Theme.quiet)
    })
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
