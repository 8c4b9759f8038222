import PartnerModel
import SafeText
import TerminalKit

/// Where the operator is: the screens that lie on each other, from the bottom up.
/// - Parameter width: what they should fit; of many the ones in the middle are left out.
func crumbs(_ state: SharedState, _ screens: ScreenStack, width: Int) -> SafeText {
  let top = screens.depth - 1
  let base = screens.base(of: top)
  var parts: [[SafeText]] = []
  var tenant: TenantID?
  for index in 0...top {
    let screen = screens[index]
    parts.append(screen.crumbs(in: state, under: tenant, isShort: index < base))
    if !type(of: screen).isAside { tenant = screen.tenant }
  }
  parts[base] += screens[base].scopeCrumbs
  func joined(_ parts: ArraySlice<[SafeText]>) -> SafeText { parts.flatMap(\.self).joined(separator: " › ") }
  let whole = joined(parts[...])
  if whole.columns <= width || base < 3 { return whole }
  for first in 2...base {
    let shorter = joined([parts[0], ["…"]] + parts[first...])
    if shorter.columns <= width || first == base { return shorter }
  }
  return whole
}

/// Crumbs, and at the right how much is shown, in which order, by which filter.
func crumbLine(
  _ state: SharedState, _ screens: ScreenStack, _ layout: FrameLayout, _ kept: inout KeptLines
) -> Line {
  let width = layout.size.columns
  let writing = written(width, isASCII: state.isASCII) { pen in
    pen.skip(1)
    let end = screens.top.notes(in: state)?.parts(width: width) ?? []
    let columns = ScreenNotes.columns(end)
    let room = max(width - columns - 4, 20)
    pen.add(crumbs(state, screens, width: room).clipped(to: room))
    guard columns + 2 <= pen.remaining else { return }
    pen.fill(to: width - columns - 1)
    for part in end { pen.add(part.text, part.style) }
  }
  return kept.line(.crumbs, writing)
}
