import PartnerModel
import SafeText
import TerminalKit

/// Coverage that adds up, and what waits for a person.
func statusLine(_ state: SharedState, _ top: any ConsoleScreen, _ kept: inout KeptLines) -> Line {
  let width = state.size.columns
  let writing = written(width, isASCII: state.isASCII) { pen in
    pen.skip(1)
    // The line below is being typed in.
    if state.prompt != nil || state.commandLine != nil, let message = state.message {
      return pen.add(message.text, style(message.level))
    }
    let parts = coverageParts(state.tenants.coverage, width: width - 2)
    for (text, style) in parts { pen.add(text, style) }
    let room = pen.remaining - 2
    let long = waitingNote(state, top, isShort: false)
    pen.addAtEnd(long.columns <= room ? long : waitingNote(state, top, isShort: true), Theme.warning)
  }
  return kept.line(.status, writing)
}

private func waitingNote(_ state: SharedState, _ top: any ConsoleScreen, isShort: Bool) -> SafeText {
  var notes: [SafeText] = []
  let marked = state.marks.isEmpty ? (count: 0, hidden: 0) : state.marked(on: top)
  if marked.count > 0 {
    let hidden: SafeText = marked.hidden == 0 || isShort ? "" : ", \(marked.hidden) not shown"
    notes.append("marked \(marked.count)" + hidden)
  }
  let news = state.queue.unseen.isEmpty ? (count: 0, above: 0) : top.news(in: state)
  func few(_ count: Int) -> SafeText { count > 99 ? "99+" : "\(count)" }
  if news.count > 0 {
    let above: SafeText = news.above == 0 || isShort ? "" : ", \(few(news.above)) above"
    notes.append(few(news.count) + " new" + above)
  }
  let unknown = state.writes.unknown
  let underWay = state.writes.unsettled - unknown
  if underWay > 0 { notes.append(isShort ? "\(underWay) ↑" : "\(underWay) ↑ under way") }
  if unknown > 0 { notes.append(isShort ? "\(unknown) ‽" : "\(unknown) ‽ not known yet") }
  let needs = state.needCount
  if needs > 0 { notes.append(isShort ? "\(needs) !" : needs == 1 ? "1 needs you  !" : "\(needs) need you  !") }
  return notes.joined(separator: " · ")
}

/// The parts of the coverage, as wordy as the width allows. Only parts that are zero are ever left out.
private func coverageParts(_ coverage: Coverage, width: Int) -> [(SafeText, Style)] {
  func parts(_ names: [SafeText], withZeros: Bool, separator: SafeText) -> [(SafeText, Style)] {
    var parts: [(SafeText, Style)] = []
    for (state, name) in zip(coverageOrder, names) where withZeros || coverage[state] > 0 || state == .ok {
      if !parts.isEmpty { parts.append((separator, Theme.quiet)) }
      parts.append(("\(name) \(coverage[state])", coverage[state] == 0 ? Theme.quiet : style(state)))
    }
    return parts + [(" = \(coverage.total)", .plain)]
  }
  func columns(_ parts: [(SafeText, Style)]) -> Int { parts.reduce(0) { $0 + $1.0.columns } }
  let long: [SafeText] = ["ok", "stale", "partial", "failed", "never", "excluded"]
  let short: [SafeText] = ["ok", "st", "pa", "fa", "ne", "ex"]
  let all = parts(long, withZeros: true, separator: " · ")
  if columns(all) + 20 <= width { return all }
  let some = parts(long, withZeros: false, separator: " · ")
  if columns(some) + 16 <= width { return some }
  let tight = parts(long, withZeros: false, separator: " ")
  if columns(tight) <= width { return tight }
  return parts(short, withZeros: false, separator: " ")
}

private let coverageOrder: [SyncState] = [.ok, .stale, .partial, .failed, .never, .excluded]

private func style(_ state: SyncState) -> Style {
  switch state {
  case .ok: Theme.good
  case .stale, .partial: Theme.warning
  case .failed: Theme.failure
  case .never, .excluded: .plain
  }
}
