import PartnerModel
import SafeText
import TerminalKit

/// Product, partner, mode, whether anything can be changed, progress and clock.
func topLine(_ state: ConsoleState, _ layout: FrameLayout) -> Line {
  drawnLine(state.size.columns, isASCII: state.isASCII) { pen in
    let end = clock(state.now)
    pen.skip(1)
    let mode = SafeText(state.settings.mode)
    let room = state.size.columns - SafeText(end).columns - mode.columns - 30
    if layout.hasCrumbs {
      pen.add("partner-console", Theme.strong)
      let partner = SafeText(state.settings.partnerName)
      if !partner.isEmpty, room > 12 {
        pen.skip(2)
        pen.add(partner.clipped(to: room - 8))
      }
    } else {
      pen.add(crumbs(state).clipped(to: room), Theme.strong)
    }
    pen.skip(3)
    pen.add(mode, state.settings.mode == Cloud.lab.label ? Style(.cyan, .bold) : Theme.strong)
    if state.readOnlyReason != nil {
      pen.skip(2)
      pen.add("read-only", Theme.warning)
    }
    var status: SafeText = .empty
    if state.progress.isUnderWay {
      status = "⟳ \(state.progress.done)/\(state.progress.total) tenants  "
      if status.columns + end.utf8.count + 2 > pen.remaining {
        status = "⟳ \(state.progress.done)/\(state.progress.total)  "
      }
      if status.columns + end.utf8.count + 2 > pen.remaining { status = .empty }
    }
    pen.fill(to: state.size.columns - status.columns - end.utf8.count - 1)
    pen.add(status, Theme.accent)
    pen.add(SafeText(end), Theme.strong)
  }
}
