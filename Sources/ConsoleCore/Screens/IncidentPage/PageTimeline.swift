import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

extension IncidentPageState {
  /// A line that leads to another incident, wrapped; the cursor rests on its first line.
  func link(_ text: SafeText, _ id: IncidentID, width: Int) -> [PageRow] {
    text.wrapped(to: width).enumerated().map { index, part in
      index == 0 ? .link(part, .incident(id)) : .text(part, .warning)
    }
  }

  /// The incidents that were merged into it.
  func mergedRows(width: Int) -> [PageRow] {
    let listed = 10
    let merged = history?.mergedFrom ?? []
    var rows = merged.prefix(listed).flatMap { other in
      let name: SafeText = other.displayName.map { " \(SafeText(beginningOf: $0).clipped(to: 50))" } ?? .empty
      return link("Merged from #\(SafeText(other.id.rawValue))\(name): Enter opens it.", other.id, width: width)
    }
    if merged.count > listed { rows.append(.text("and from \(merged.count - listed) more.", .quiet)) }
    return rows
  }

  /// What happened to it, the newest first.
  func timelineRows(width: Int) -> [PageRow] {
    var rows: [PageRow] = [.blank, .rule("Timeline", count: timeline.entries.count + timeline.older)]
    if let historyFailure {
      let words: SafeText = "What is on record of it could not be read: \(SafeText(historyFailure)) r tries again."
      rows += words.wrapped(to: width).map { .text($0, .failure) }
    } else if history == nil {
      rows.append(.text("What is on record of it is being looked up…", .quiet))
    }
    for (index, entry) in timeline.entries.enumerated() {
      let item = PageItem.event(entry.name)
      let row = PageRow.event(index, item)
      rows.append(row)
      if expanded.contains(item) { rows += details(of: row, width: width - 6).map(PageRow.detail) }
    }
    if timeline.older > 0 { rows.append(.text("+\(timeline.older) older, which are not listed.", .quiet)) }
    if let since = history?.knownSince {
      rows.append(.text("Followed since \(moment(Timestamp(since))): what changed before is not known.", .quiet))
    } else if history != nil {
      rows.append(.text("It is not followed yet: what changes is told once it was read.", .quiet))
    }
    return rows
  }

  /// What an entry tells in one line, without its time and who it was.
  func words(of entry: TimelineEntry) -> SafeText {
    let lead: SafeText = entry.other.map { "#\(SafeText($0.rawValue)) " } ?? .empty
    switch entry.kind {
    case .alert(let index):
      guard let alerts = incident?.alerts, alerts.indices.contains(index) else { return "alert" }
      return lead + "alert  " + (alerts[index].title.map { SafeText(beginningOf: $0) } ?? "?")
    case .comment(let comment): return lead + "comment  \(SafeText(beginningOf: comment.text.inOneLine))"
    case .change(let change):
      let what = lead + change.changes.map(\.words).joined(separator: ", ")
      return change.count > 1 ? what + " (\(change.count) changes in one)" : what
    case .write(let write):
      let what: SafeText =
        if case .comment(let text) = write.action { "comment  \(SafeText(beginningOf: text.inOneLine))" } else {
          write.words
        }
      return lead + what
    }
  }

  /// Who it was.
  func who(of entry: TimelineEntry) -> SafeText {
    switch entry.kind {
    case .alert(let index):
      guard let alerts = incident?.alerts, alerts.indices.contains(index) else { return "?" }
      return alerts[index].serviceSource.map(productName) ?? "?"
    case .comment(let comment): return ownerName(comment.createdBy ?? "?")
    case .change(let change): return ownerName(change.by ?? "?")
    case .write(let write): return ownerName(write.operatorUPN ?? "?")
    }
  }

  func eventDetails(_ entry: TimelineEntry, width: Int) -> [DetailLine] {
    var lines = DetailLines(width: width)
    switch entry.kind {
    case .alert(let index):
      guard let alerts = incident?.alerts, alerts.indices.contains(index) else { return [] }
      return alertDetails(alerts[index], index, width: width, hasTitle: false)
    case .comment(let comment):
      lines.add("by", comment.createdBy.map { SafeText(beginningOf: $0) })
      lines.addParagraphs(comment.text)
    case .change(let change):
      for field in change.changes {
        lines.add(
          field.field.words, "\(field.field.words(of: field.before)) → \(field.field.words(of: field.after))",
          labelWidth: 17)
      }
      lines.add("by", change.by.map { SafeText(beginningOf: $0) } ?? "the service does not tell", labelWidth: 17)
      lines.add("seen", moment(Timestamp(change.seenAt)), labelWidth: 17)
      if change.count > 1 {
        let since: SafeText = change.readBefore.map { " since \(moment(Timestamp($0)))" } ?? ""
        lines.add(
          "stands for", "\(change.count) changes\(since): the journal could not be written meanwhile", labelWidth: 17)
      }
    case .write(let write):
      lines.add(write.factLines + write.resultLines(moment))
    }
    return lines.lines
  }

  /// What is looked through for a text; with what an entry hides while it is folded.
  func eventText(_ index: Int, isFolded: Bool) -> String {
    guard timeline.entries.indices.contains(index) else { return "" }
    let entry = timeline.entries[index]
    // What has a line of its own above is found there.
    switch entry.kind {
    case .alert: return ""
    case .comment where entry.other == nil: return ""
    default: break
    }
    let shown = "\(who(of: entry).text) \(words(of: entry).text)"
    guard isFolded else { return shown }
    let hidden = eventDetails(entry, width: 200).map { "\($0.label.text) \($0.text.text)" }
    return ([shown] + hidden).joined(separator: "\n")
  }
}

/// Draws something that happened: when, who, what, and of our own writes what became of them.
func draw(_ entry: TimelineEntry, of page: IncidentPageState, on pen: inout Pen) {
  let room = pen.remaining
  let who = room >= 66 ? 17 : 10
  pen.field(shortMoment(entry.at.map { Timestamp(ticks: $0) }), 11, .leading, Theme.quiet)
  pen.field(page.who(of: entry), who, .leading, entry.isOurs ? Theme.accent : Theme.quiet)
  guard case .write(let write) = entry.kind else {
    return pen.add(page.words(of: entry), entry.isAlert ? Theme.quiet : .plain)
  }
  let undoer = page.timeline.undoers[write.id]
  let words = page.words(of: entry)
  let outcome: SafeText = undoer.map { "undone by \(ownerName($0))" } ?? write.outcomeWords
  pen.field(words, max(min(words.columns, pen.remaining - outcome.columns - 3), 1))
  pen.add(" " + outcome, undoer == nil ? write.outcomeStyle : Theme.quiet)
}

extension TimelineEntry {
  fileprivate var isOurs: Bool { if case .write = kind { true } else { false } }
  fileprivate var isAlert: Bool { if case .alert = kind { true } else { false } }
}

extension IncidentWrite {
  var outcomeStyle: Style {
    switch state {
    case .confirmed: Theme.quiet
    case .draft, .queued, .sent: Theme.accent
    case .unknown: Theme.warning
    case .failed: Theme.failure
    }
  }
}
