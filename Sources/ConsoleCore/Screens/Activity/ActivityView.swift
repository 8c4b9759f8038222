import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// The activity's columns, as many as a width has room for.
private struct ActivityColumns {
  static let lead = 3
  let time = 11
  let tenant: Int
  let incident = 11
  let result: Int
  /// A request's id is never cut: it has its column where all of it fits.
  let request: Int
  let what: Int

  init(width: Int) {
    tenant = width >= 100 ? 20 : 12
    // What became of it is the last to be cut.
    result = width >= 100 ? 24 : width >= 76 ? 20 : 16
    request = width >= 150 ? 36 : 0
    let used = Self.lead + time + tenant + incident + result + 4 + (request > 0 ? request + 1 : 0)
    what = max(width - used - 2, 8)
  }
}

/// The lines that are on screen, below the heads of the columns.
func activityLines(_ state: SharedState, _ activity: ActivityState, _ layout: FrameLayout) -> [Line] {
  let width = layout.mainWidth
  let columns = ActivityColumns(width: width)
  var lines = [head(columns, width, state.isASCII)]
  guard !activity.rows.isEmpty else { return lines + empty(state, activity, width) }
  for index in activity.viewport.visible(count: activity.rows.count, height: layout.listHeight) {
    let isAtCursor = index == activity.viewport.cursor
    let line = drawnLine(width, isASCII: state.isASCII) { pen in
      switch activity.rows[index] {
      case .undo(let undone, _):
        if let steps = activity.undos[undone], let write = activity.write(of: activity.rows[index]) {
          draw(steps, newest: write, state, columns, on: &pen)
        }
      case .write:
        if let write = activity.write(of: activity.rows[index]) { draw(write, activity, state, columns, on: &pen) }
      case .detail(_, let detail):
        pen.skip(6)
        pen.add(detail.label, Theme.quiet)
        pen.add(detail.text)
      case .incident(_, let key):
        pen.skip(4)
        pen.add("▸ ", Theme.accent)
        pen.add("Enter opens #\(SafeText(key.id.rawValue)) of \(state.directory.name(of: key.tenant))", Theme.accent)
      }
    }
    lines.append(isAtCursor ? line.restyled(Style(.standard, .reverse)) : line)
  }
  return lines
}

private func head(_ columns: ActivityColumns, _ width: Int, _ isASCII: Bool) -> Line {
  drawnLine(width, isASCII: isASCII) { pen in
    pen.skip(ActivityColumns.lead)
    pen.field("WHEN", columns.time, .leading, Theme.quiet)
    pen.field("TENANT", columns.tenant, .leading, Theme.quiet)
    pen.field("INCIDENT", columns.incident, .leading, Theme.quiet)
    pen.field("WHAT", columns.what, .leading, Theme.quiet)
    pen.field("RESULT", columns.result, .leading, Theme.quiet)
    if columns.request > 0 { pen.field("REQUEST", columns.request, .leading, Theme.quiet) }
  }
}

private func draw(
  _ write: IncidentWrite, _ activity: ActivityState, _ state: SharedState, _ columns: ActivityColumns,
  on pen: inout Pen
) {
  drawBeginning(of: write, mark(of: write), activity.what(write), state, columns, on: &pen)
  if let progress = activity.undoing[write.id] {
    pen.field(progress.words, columns.result, .leading, progress == .whole ? Theme.quiet : Theme.warning)
  } else {
    pen.field(result(of: write), columns.result, .leading, write.outcomeStyle)
  }
  if columns.request > 0 {
    pen.field(write.requestID.map { SafeText($0) } ?? "–", columns.request, .leading, Theme.quiet)
  }
}

/// Each step has a request of its own: none stands for all.
private func draw(
  _ steps: UndoSteps, newest: IncidentWrite, _ state: SharedState, _ columns: ActivityColumns, on pen: inout Pen
) {
  drawBeginning(of: newest, steps.mark, steps.what, state, columns, on: &pen)
  pen.field(steps.result, columns.result, .leading, steps.style)
}

private func drawBeginning(
  of write: IncidentWrite, _ mark: WriteMark?, _ what: SafeText, _ state: SharedState, _ columns: ActivityColumns,
  on pen: inout Pen
) {
  pen.skip(1)
  if let mark { pen.add(mark.glyph, mark.style) }
  pen.fill(to: ActivityColumns.lead)
  pen.field(shortMoment(Timestamp(write.intendedAt)), columns.time, .leading, Theme.quiet)
  pen.field(SafeText(state.directory.name(of: write.key.tenant)), columns.tenant)
  pen.field("#\(SafeText(write.key.id.rawValue))", columns.incident)
  pen.field(what, columns.what)
}

private func mark(of write: IncidentWrite) -> WriteMark? {
  switch write.state {
  case .draft, .confirmed: nil
  case .queued, .sent: .pending
  case .unknown: .unknown
  case .failed: .refused
  }
}

/// What became of it, and of what was not made why.
private func result(of write: IncidentWrite) -> SafeText {
  guard write.state == .failed, write.conflict == nil, let problem = write.problem else { return write.outcomeWords }
  return "\(write.outcomeWords): \(spelledOut(problem.cause))"
}

/// Why there is nothing, and what would fill it.
private func empty(_ state: SharedState, _ activity: ActivityState, _ width: Int) -> [Line] {
  var panel = Panel(width: width, isASCII: state.isASCII)
  func say(_ words: SafeText, _ style: Style) {
    for part in words.wrapped(to: max(width - 6, 8)) {
      panel.add { pen in
        pen.skip(ActivityColumns.lead)
        pen.add(part, style)
      }
    }
  }
  panel.blank()
  if let failure = activity.failure {
    say("The journal could not be read: \(SafeText(failure)) r tries again.", Theme.failure)
  } else if !activity.isLast {
    say("The changes are being looked up…", Theme.quiet)
  } else if !activity.writes.isEmpty {
    say("None of the \(counted(activity.writes.count, "change")) holds what is looked for.", .plain)
    say("Esc takes the filter away.", Theme.quiet)
  } else {
    say("Nothing was changed from here yet.", .plain)
    say("Each change that this console or a command makes is listed here, with what became of it.", Theme.quiet)
  }
  return panel.lines
}
