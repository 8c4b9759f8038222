import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// Product, partner, mode, whether anything can be changed, progress and clock.
func topLine(
  _ state: SharedState, _ screens: ScreenStack, _ layout: FrameLayout, _ kept: inout KeptLines
) -> Line {
  let writing = written(state.size.columns, isASCII: state.isASCII) { pen in
    let end = clock(state.now)
    pen.skip(1)
    let mode = SafeText(state.settings.mode)
    let nameRoom = state.size.columns - end.utf8.count - mode.columns - (layout.hasCrumbs ? 30 : 24)
    if layout.hasCrumbs {
      pen.add("partner-console", Theme.strong)
      let partner = SafeText(state.settings.partnerName)
      if !partner.isEmpty, nameRoom > 12 {
        pen.skip(2)
        pen.add(partner.clipped(to: nameRoom - 8))
      }
    } else {
      pen.add(crumbs(state, screens, width: nameRoom).clipped(to: nameRoom), Theme.strong)
    }
    pen.skip(3)
    pen.add(mode, state.settings.mode == Cloud.lab.label ? Style(.cyan, .bold) : Theme.strong)
    let apps = [state.settings.configuration.app] + state.settings.configuration.apps.values
    if apps.contains(where: { $0.trustCAFile != nil }) {
      // Whoever holds that root can read what the console reads: nobody should forget that it is trusted.
      pen.skip(2)
      pen.add("extra CA", Theme.warning)
    }
    if state.readOnlyReason != nil {
      pen.skip(2)
      pen.add("read-only", Theme.warning)
    }
    if let standing = state.access.standings.first, layout.size.columns >= 100 {
      pen.skip(2)
      pen.add(SafeText(beginningOf: standing.account, limit: 120).clipped(to: 32), Theme.quiet)
    }
    let room = pen.remaining - end.utf8.count - 3
    var words = syncWords(state)
    var style = state.progress.isUnderWay ? Theme.accent : Theme.quiet
    if !layout.hasCrumbs, let notes = screens.top.notes(in: state), !(notes.givesWay && state.progress.isUnderWay) {
      words = notes.instead.map { $0 + "  " }
      style = notes.insteadStyle
    }
    let status = words.first { $0.columns <= room } ?? .empty
    pen.fill(to: state.size.columns - status.columns - end.utf8.count - 1)
    pen.add(status, style)
    pen.add(SafeText(end), Theme.strong)
  }
  return kept.line(.top, writing)
}

/// How fresh everything is, from the most words to the fewest.
private func syncWords(_ state: SharedState) -> [SafeText] {
  let progress = state.progress
  if progress.isUnderWay {
    return ["⟳ \(progress.done)/\(progress.total) tenants  ", "⟳ \(progress.done)/\(progress.total)  "]
  }
  guard let oldest = state.tenants.oldestRead else { return [] }
  let age = Age(since: oldest, at: state.now)
  return ["oldest read \(age.ago)  ", "oldest \(age.words)  "].map { SafeText($0) }
}
