import PartnerModel
import SafeText
import TerminalKit

/// What is amiss with a credential of ours, once for all tenants, and what helps.
func bannerLine(_ state: SharedState, _ layout: FrameLayout, _ kept: inout KeptLines) -> Line {
  let warnings = state.credentialWarnings
  let writing = written(layout.size.columns, isASCII: state.isASCII) { pen in
    guard let first = warnings.first else { return }
    let style = (first.isFailure ? Theme.failure : Theme.warning).adding(.bold)
    let more: SafeText = warnings.count > 1 ? SafeText("  +\(warnings.count - 1) more") : .empty
    pen.skip(1)
    pen.add(first.isFailure ? "✖ " : "◐ ", style)
    let room = max(pen.remaining - more.columns - 1, 1)
    pen.add((SafeText(first.summary) + ": " + SafeText(first.nextAction)).clipped(to: room), style)
    pen.add(more, style)
  }
  return kept.line(.banner, writing)
}
