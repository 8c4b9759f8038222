import PartnerModel
import SafeText
import TerminalKit

/// What the preview tells of: it begins at its first line again when this changes.
enum PreviewSubject: Hashable, Sendable {
  case tenant(TenantID)
  case incident(IncidentKey)
  case item(PageItem)
}

/// How far down the preview was scrolled.
struct PreviewScroll: Hashable, Sendable {
  var subject: PreviewSubject?
  var top = 0
}

extension ConsoleState {
  private var previewSubject: PreviewSubject? {
    switch place {
    case .tenants: tenants.selected.map(PreviewSubject.tenant)
    case .queue: queue.selectedKey.map(PreviewSubject.incident)
    case .tenantIncidents: tenantIncidents?.list.selectedKey.map(PreviewSubject.incident)
    case .incident: page?.itemAtCursor.map(PreviewSubject.item)
    case .help: nil
    }
  }

  /// The preview's lines, all of them.
  private func wholePreview(_ layout: FrameLayout) -> [Line] {
    switch place {
    case .tenants: tenantPreview(self, layout)
    case .queue, .tenantIncidents: incidentPreview(self, layout)
    case .incident: page.map { pageSide(self, $0, layout) } ?? []
    case .help: []
    }
  }

  /// The preview as it fits the body; what does not is told, with the keys that bring it.
  func previewLines(_ layout: FrameLayout) -> [Line] {
    let lines = wholePreview(layout)
    guard lines.count > layout.bodyHeight else { return lines }
    let room = max(layout.bodyHeight - 1, 1)
    let first = min(previewScroll.top, lines.count - room)
    let note = drawnLine(layout.previewWidth, isASCII: isASCII) { pen in
      pen.add("lines \(first + 1)–\(first + room) of \(lines.count)", Theme.warning)
      pen.add("  J further, K back", Theme.quiet)
    }
    return lines[first..<first + room] + [note]
  }

  mutating func scrollPreview(_ motion: Motion) {
    let height = layout.bodyHeight
    let rows = motion == .pageDown || motion == .pageUp ? height - 2 : height / 2
    let isDown = motion == .pageDown || motion == .halfPageDown
    previewScroll.top += isDown ? max(rows, 1) : -max(rows, 1)
  }

  /// Brings the scrolled preview into its lines, and another row's to its beginning.
  mutating func settlePreview(_ layout: FrameLayout) {
    let subject = previewSubject
    if previewScroll.subject != subject { previewScroll = PreviewScroll(subject: subject) }
    guard previewScroll.top != 0 else { return }
    let last = wholePreview(layout).count - max(layout.bodyHeight - 1, 1)
    previewScroll.top = max(min(previewScroll.top, last > 1 ? last : 0), 0)
  }
}
