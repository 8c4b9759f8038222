import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// Where the operator is.
func crumbs(_ state: ConsoleState) -> SafeText {
  var parts: [SafeText] = [state.home == .tenants ? "Tenants" : "Queue"]
  if let tenant = state.tenantIncidents?.tenant { parts.append(SafeText(state.directory.name(of: tenant))) }
  if let page = state.page {
    if state.tenantIncidents == nil { parts.append(SafeText(state.directory.name(of: page.key.tenant))) }
    let name: SafeText = page.summary.map { " \(SafeText(beginningOf: $0.displayName))" } ?? .empty
    parts.append("#\(page.key.id.rawValue)" + name)
  }
  if state.page == nil {
    parts.append(state.tenantIncidents != nil ? "all" : state.home == .tenants ? "all" : "all tenants › open")
  }
  if state.help != nil { parts.append("Keys") }
  return parts.joined(separator: " › ")
}

/// Crumbs, and at the right how much is shown, in which order, by which filter.
func crumbLine(_ state: ConsoleState, _ layout: FrameLayout) -> Line {
  drawnLine(state.size.columns, isASCII: state.isASCII) { pen in
    pen.skip(1)
    let end = scope(state)
    pen.add(crumbs(state).clipped(to: max(state.size.columns - end.columns - 4, 20)))
    guard end.columns + 2 <= pen.remaining else { return }
    pen.fill(to: state.size.columns - end.columns - 1)
    for (text, style) in end.parts { pen.add(text, style) }
  }
}

/// What the right end of the crumbs says, in its styles.
private struct Scope {
  var parts: [(SafeText, Style)]
  var columns: Int { parts.reduce(0) { $0 + $1.0.columns } }
}

private struct ListNotes {
  var count: SafeText
  var sort: SafeText
  var filter: SafeText?
}

private func scope(_ state: ConsoleState) -> Scope {
  if let page = state.page, state.help == nil { return Scope(parts: [(readNote(state, page), Theme.quiet)]) }
  guard let notes = listNotes(state) else { return Scope(parts: []) }
  // A filter stands out: whoever forgets it misses rows.
  let filter: (SafeText, Style) = notes.filter.map { ($0, Theme.warning) } ?? ("filter –", Theme.quiet)
  let long = Scope(parts: [("\(notes.count)   sort \(notes.sort) ▾   ", Theme.quiet), filter])
  if long.columns + 26 <= state.size.columns { return long }
  return Scope(parts: [("\(notes.sort) ▾", Theme.quiet)] + (notes.filter.map { [("  " + $0, Theme.warning)] } ?? []))
}

/// What a line that has no room for crumbs tells instead, from the most words to the fewest: the filter, the order, the
/// age of a page.
func shortNotes(_ state: ConsoleState) -> (words: [SafeText], style: Style)? {
  if let page = state.page, state.help == nil {
    let note = readNote(state, page)
    return page.failure == nil ? ([note], Theme.quiet) : ([note, "read failed"], Theme.warning)
  }
  guard let notes = listNotes(state) else { return nil }
  if let filter = notes.filter { return (["\(filter)  \(notes.sort) ▾", filter], Theme.warning) }
  // How far the reading is comes before how much there is.
  if state.progress.isUnderWay { return nil }
  return (["\(notes.count)  \(notes.sort) ▾", "\(notes.sort) ▾"], Theme.quiet)
}

/// How many incidents a list has, as far as that is known: `?` before anything was read, `9+` while a part is missing or
/// not fresh, so that there may be more.
private func incidentCount(_ state: ConsoleState, _ list: IncidentList) -> SafeText {
  let wasRead: Bool
  let isWhole: Bool
  if let tenant = state.tenantIncidents?.tenant {
    let row = state.tenants[tenant]
    wasRead = row?.sync.lastSuccess != nil
    isWhole = state.trust(in: tenant)?.isWhole ?? false
  } else {
    wasRead = state.tenants.everRead > 0
    isWhole = state.tenants.areAllWhole
  }
  if list.total == 0, !wasRead || !list.isLoaded { return "? incidents" }
  let total: SafeText = isWhole && list.loadFailure == nil ? "\(list.total)" : "\(list.total)+"
  if !list.filter.isEmpty { return "\(list.count) of \(total) incidents" }
  return list.count == 1 && isWhole ? "1 incident" : "\(total) incidents"
}

private func listNotes(_ state: ConsoleState) -> ListNotes? {
  func filterNote(_ text: String) -> SafeText? {
    WordFilter(text).isEmpty ? nil : "filter \(SafeText(text).clipped(to: max(state.size.columns / 4, 10)))"
  }
  func notes(_ list: IncidentList) -> ListNotes {
    let count = incidentCount(state, list)
    let note: SafeText
    switch list.job {
    case .sorting: note = "sorting… "
    case .filtering: note = "filtering… "
    case nil, .refiltering: note = list.isLoaded ? "" : list.loadFailure == nil ? "loading… " : "cache not read  "
    }
    return ListNotes(count: note + count, sort: SafeText(list.sort.rawValue), filter: filterNote(list.filter.text))
  }
  switch state.place {
  case .tenants:
    let filter = filterNote(state.tenants.filter.text)
    let count = filter == nil ? "" : "\(state.tenants.order.count) of "
    let note =
      state.tenants.loadFailure != nil ? "cache not read  " : state.tenants.isLoaded ? "" : "loading… "
    return ListNotes(
      count: "\(note)\(count)\(state.tenants.rows.count) tenants", sort: SafeText(state.tenants.sort.rawValue),
      filter: filter)
  case .queue: return notes(state.queue)
  case .tenantIncidents:
    return (state.tenantIncidents?.list).map(notes)
  case .incident, .help: return nil
  }
}

/// How old a page is.
func readNote(_ state: ConsoleState, _ page: IncidentPageState) -> SafeText {
  let age: SafeText
  if let readAt = page.readAt {
    let words = Age(seconds: state.now.timeIntervalSince(readAt)).words
    age = words == "now" ? "read just now" : "read \(words) ago"
  } else {
    age = "never read"
  }
  if page.isReading { return page.readAt == nil ? "⟳ reading" : age + "  ⟳" }
  return page.failure == nil ? age : age + "  last read failed"
}
