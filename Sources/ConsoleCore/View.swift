import SafeText
package import TerminalKit

/// What the window shows; a function of the state alone, the cache only saves work.
package func view(_ state: ConsoleState, cache: inout RowCache) -> Screen {
  let size = state.size
  if FrameLayout.isTooSmall(size) {
    let needed = "\(FrameLayout.smallest.columns)x\(FrameLayout.smallest.rows)"
    let long: SafeText = "partner-console needs \(needed); this window is \(size.columns)x\(size.rows)."
    let short = long.columns <= size.columns ? long : SafeText("needs \(needed)")
    // Why the first q did not quit has to be seen here too.
    let words = state.isLeaving ? state.message?.text ?? short : short
    let lines = words.wrapped(to: size.columns).map { part in
      drawnLine(size.columns, isASCII: state.isASCII) { $0.add(part) }
    }
    return Screen(size: size, lines: lines)
  }
  let layout = state.layout
  var lines = [topLine(state, layout)]
  if layout.hasCrumbs { lines.append(crumbLine(state, layout)) }
  var body = bodyLines(state, layout, cache: &cache)
  while body.count < layout.bodyHeight { body.append(.blank(size.columns)) }
  lines += body.prefix(layout.bodyHeight)
  lines.append(statusLine(state))
  let bottom = bottomLines(state, layout)
  lines += bottom.lines
  let cursor = bottom.cursor.map { Position(column: $0, row: lines.count - 1) }
  return Screen(size: size, lines: lines, cursor: cursor, rest: selectedRow(state, layout))
}

/// Where the row begins that keys act on: screen readers and magnifiers follow the cursor, which rests there.
private func selectedRow(_ state: ConsoleState, _ layout: FrameLayout) -> Position {
  let heads: Int
  let viewport: Viewport?
  switch state.place {
  case .tenants: (heads, viewport) = (1, state.tenants.viewport)
  case .queue: (heads, viewport) = (1, state.queue.viewport)
  case .tenantIncidents: (heads, viewport) = (layout.tenantHeadHeight + 1, state.tenantIncidents?.list.viewport)
  case .incident: (heads, viewport) = (0, state.page?.viewport)
  case .help: (heads, viewport) = (0, nil)
  }
  let body = 1 + (layout.hasCrumbs ? 1 : 0)
  if layout.hasPreviewInFront { return Position(column: 0, row: body) }
  return Position(column: 0, row: body + heads + (viewport.map { $0.cursor - $0.top } ?? 0))
}

private func bodyLines(_ state: ConsoleState, _ layout: FrameLayout, cache: inout RowCache) -> [Line] {
  let main: [Line]
  if layout.hasPreviewInFront { return previewInFront(state, layout) }
  switch state.place {
  case .help: return helpBody(state, layout)
  case .tenants:
    main = tenantLines(state, layout, cache: &cache)
  case .queue:
    main = incidentLines(state, state.queue, layout, showsTenant: true, cache: &cache)
  case .tenantIncidents:
    guard let list = state.tenantIncidents?.list else { return [] }
    main =
      tenantHeadLines(state, width: layout.mainWidth)
      + incidentLines(state, list, layout, showsTenant: false, cache: &cache)
  case .incident:
    guard let page = state.page else { return [] }
    main = pageLines(state, page, layout)
  }
  return layout.hasPreview ? beside(main, state.previewLines(layout), layout, isASCII: state.isASCII) : main
}

/// What is known of the row under the cursor, in the place of the rows.
private func previewInFront(_ state: ConsoleState, _ layout: FrameLayout) -> [Line] {
  state.previewLines(layout).map { line in
    drawnLine(layout.size.columns, isASCII: state.isASCII) { pen in
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
    if main.indices.contains(row) { builder.add(main[row]) }
    builder.fill(to: layout.mainWidth)
    builder.add(divider)
    if side.indices.contains(row) { builder.add(side[row]) }
    return builder.line()
  }
}
