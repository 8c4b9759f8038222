import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// One incident in depth, on top of whatever it was opened from.
struct IncidentScreen: ConsoleScreen {
  static let name: ScreenName = "incident"
  static let preview = PreviewPlace.beside
  static let commands = Set<Command>.moves.union([
    .open, .filter, .nextSection, .previousSection, .findNext, .findPrevious,
  ])
  static let hints: [Command] = [
    .claim, .reopen, .judge, .comment, .setStatus, .tag, .open, .filter, .show("help"), .portal, .findNext,
    .nextSection, .undo, .refresh, .back, .assign,
  ]

  var page: IncidentPageState
  /// When its tenant was last read, as far as it was known when this page could not be read.
  private var readBeforeFailure: Date?

  static func screen(for target: Target, known: IncidentSummary?, in state: SharedState) -> IncidentScreen? {
    guard let key = target.key else { return nil }
    let listed = state.queue.slot(of: key).map(state.queue.summary)
    return IncidentScreen(page: IncidentPageState(key: key, summary: known ?? listed))
  }

  func shows(_ target: Target) -> Bool { target.key == page.key }

  var tenant: TenantID? { page.key.tenant }

  func crumbs(in state: SharedState, under tenant: TenantID?, isShort: Bool) -> [SafeText] {
    let name: SafeText = page.summary.map { " \(SafeText(beginningOf: $0.displayName))" } ?? .empty
    let own: SafeText = "#\(page.key.id.rawValue)" + (isShort ? .empty : name)
    return tenant == page.key.tenant ? [own] : [SafeText(state.directory.name(of: page.key.tenant)), own]
  }

  func notes(in state: SharedState) -> ScreenNotes? {
    let note = readNote(state, page)
    return page.failure == nil
      ? ScreenNotes(note, instead: [note], Theme.quiet)
      : ScreenNotes(note, instead: [note, "read failed"], Theme.warning)
  }

  func hintWord(for command: Command) -> SafeText? {
    switch command {
    case .open: "details"
    case .filter: "find"
    default: nil
    }
  }

  // MARK: What keys act on

  func target(in state: SharedState) -> Target? { Target(page.key, item: page.itemAtCursor) }
  func incident(in state: SharedState) -> IncidentSummary? { page.summary }
  func pageItem(in state: SharedState) -> PageIncident? {
    page.incident.map { PageIncident(incident: $0, alert: page.alertAtCursor, shownAlert: page.shownAlert) }
  }
  var awaitsAlerts: Bool { page.isReading && page.incident?.alerts == nil }
  func notMade(in state: SharedState) -> IncidentWrite? {
    if let write = state.writes.reopenable(on: page.key) { return write }
    return page.history?.notMade(on: page.key).flatMap { state.writes.isDropped($0.id) ? nil : $0 }
  }
  func hasPortalLink(in state: SharedState) -> Bool { page.summary?.webURL?.isEmpty == false }
  func need(in state: SharedState) -> Need? { .incident(page.key) }

  func obstacle(to command: Command, in state: SharedState) -> SafeText? {
    switch command {
    case .open:
      page.itemAtCursor == nil ? "Put the cursor on an alert, on evidence or on what happened to see more of it." : nil
    case .findNext, .findPrevious:
      page.search.isEmpty ? "/ looks for something on this page first." : nil
    case .claim: "It was not read yet: there is nothing to claim that was seen."
    case .assign: "It was not read yet: there is nothing to assign that was seen."
    case .portal: "It was not read yet: there is nothing to open that was seen."
    case _ where command.opensForm: "It was not read yet: there is nothing to change that was seen."
    default: nil
    }
  }

  // MARK: What happens to it

  mutating func opened(in state: inout SharedState) -> [Effect] {
    let asked = read(in: &state) + loadHistory()
    return state.writes.hasUnknown(page.key) ? asked + [.settle(page.key)] : asked
  }

  mutating func shownAgain(in state: inout SharedState) -> [Effect] {
    arrange(in: state)
    let read = !page.isReading && (isNewer(page.summary) || recovers(in: state)) ? read(in: &state) : []
    return read + loadHistory()
  }

  mutating func closed(in state: inout SharedState) {
    // Whoever looked at the page has read why its write was refused.
    state.writes.acknowledge(page.key)
  }

  mutating func follow(_ command: Command, _ layout: FrameLayout, in state: inout SharedState) -> Step? {
    switch command {
    case .move(let motion): page.move(motion, height: layout.bodyHeight)
    case .open:
      if case .incident(let id) = page.itemAtCursor {
        return .open(Target(IncidentKey(tenant: page.key.tenant, id: id)))
      }
      page.toggleDetails()
      arrange(in: state)
      page.showDetails(height: layout.bodyHeight)
    case .nextSection, .previousSection:
      page.goToSection(isForward: command == .nextSection, height: layout.bodyHeight)
    case .findNext, .findPrevious: findAgain(isForward: command == .findNext, in: &state)
    default: return nil
    }
    return .done
  }

  mutating func hear(_ event: Event, isShown: Bool, in state: inout SharedState) -> [Effect] {
    switch event {
    case .incidentsChanged(let summaries):
      guard let summary = summaries.last(where: { $0.key == page.key }) else { return [] }
      page.take(summary)
      guard isShown else { break }
      // What changed of it was put on record before it was told.
      return (!page.isReading && isNewer(summary) ? read(in: &state) : rearranged(in: state)) + loadHistory()
    case .incidentRead(page.request, page.key, let reading):
      if take(reading, isShown: isShown, in: &state) { return read(in: &state) }
    case .tenantsChanged: return isShown && !page.isReading && recovers(in: state) ? read(in: &state) : []
    case .historyLoaded(page.historyRequest, page.key, let history): page.take(history)
    case .historyNotLoaded(page.historyRequest, page.key, let reason): page.historyFailure = reason
    case .writesChanged(let writes):
      guard isShown else { break }
      let history = writes.contains(where: isOfThis) ? loadHistory() : []
      // What was done beside the incident's own fields makes no list newer.
      let isDone = writes.contains { $0.key == page.key && $0.state == .confirmed && $0.update == nil }
      return (isDone && !page.isReading ? read(in: &state) : rearranged(in: state)) + history
    case .resized, .updateNotTaken: break
    default: return []
    }
    if isShown { arrange(in: state) }
    return []
  }

  /// Whether a write was meant on it, or on one that became one with it.
  private func isOfThis(_ write: IncidentWrite) -> Bool {
    guard write.key.tenant == page.key.tenant else { return false }
    let merged = (page.history?.mergedFrom ?? []) + (page.history?.mergedInto ?? [])
    return write.key.id == page.key.id || merged.contains { $0.id == write.key.id }
  }

  private mutating func rearranged(in state: SharedState) -> [Effect] {
    arrange(in: state)
    return []
  }

  /// Asks what is on record of it.
  private mutating func loadHistory() -> [Effect] {
    page.historyRequest += 1
    return [.loadHistory(page.key, request: page.historyRequest)]
  }

  /// - Returns: whether the answer is older than what is known already, so that it has to be read again.
  private mutating func take(_ reading: IncidentReading, isShown: Bool, in state: inout SharedState) -> Bool {
    switch reading {
    case .fresh: state.denied[page.key] = nil
    case .failed(let error):
      readBeforeFailure = state.tenants[page.key.tenant]?.sync.lastSuccess
      guard error.cause == .absentJustNow else { break }
      state.denied[page.key] = error.at ?? state.now
      if isShown {
        state.message = .warning("#\(page.key.id.rawValue) \(error.summary): it stays listed.").brief
      }
    case .cached, .absentFromStore: break
    }
    return page.take(reading)
  }

  /// Asks for the incident; what is shown stays until the answer is there.
  private mutating func read(in state: inout SharedState) -> [Effect] {
    page.request = state.nextRequest()
    page.isReading = true
    arrange(in: state)
    return [.readIncident(page.key, request: page.request)]
  }

  /// Whether a list has it newer than it was read.
  private func isNewer(_ summary: IncidentSummary?) -> Bool {
    (summary?.updatedAt?.ticks ?? 0) > (page.incident?.updatedAt?.ticks ?? 0)
  }

  /// Whether it should be read again because its tenant, which failed, answers again.
  private func recovers(in state: SharedState) -> Bool {
    guard let failure = page.failure else { return false }
    // What is gone stays gone, however well the tenant is.
    switch failure.cause {
    case .notFound, .merged: return false
    default: break
    }
    guard let success = state.tenants[page.key.tenant]?.sync.lastSuccess else { return false }
    return readBeforeFailure.map { $0 < success } ?? true
  }

  private mutating func arrange(in state: SharedState) {
    page.arrange(width: state.mainWidth, write: state.writes.words(for: page.key), now: state.now)
  }

  mutating func settle(_ layout: FrameLayout, in state: inout SharedState) {
    // Whoever opens a page looks at its incident.
    state.queue.lookedAt(page.key)
    page.settle(height: layout.bodyHeight)
  }

  // MARK: Finding, by the prompt that filters lists

  func prompt(in state: SharedState) -> FilterPrompt? { FilterPrompt(kept: page.search, page.viewport) }

  /// What is looked for changed: from where the page was, the first line that holds it is shown.
  mutating func filter(by text: String, in state: inout SharedState) {
    let before = state.prompt?.viewport
    let isFound = page.find(text, from: before?.cursor ?? page.viewport.cursor)
    forgetMiss(in: &state)
    // Half a word may have been found further down.
    if !isFound, let before { page.viewport = before }
    if !isFound, !text.allSatisfy(\.isWhitespace) { state.message = Self.miss }
  }

  mutating func restore(_ prompt: FilterPrompt, in state: inout SharedState) {
    forgetMiss(in: &state)
    page.search = prompt.before
    page.viewport = prompt.viewport
  }

  private mutating func findAgain(isForward: Bool, in state: inout SharedState) {
    guard let found = page.findAgain(isForward: isForward) else {
      state.message = Self.miss
      return
    }
    let sought = SafeText(beginningOf: page.search).clipped(to: 30)
    state.message = .information("\(sought): \(found.number) of \(counted(found.of, "line")). n next, N previous.")
  }

  private static let miss = Message.information("No line of this page holds it.")

  /// What else was said meanwhile stays.
  private func forgetMiss(in state: inout SharedState) {
    if state.message == Self.miss { state.message = nil }
  }

  // MARK: What it keeps fresh

  func watched(_ layout: FrameLayout, in state: SharedState) -> [TenantID] { [page.key.tenant] }
  func canRefresh(in state: SharedState) -> Bool { true }
  func refreshScope(in state: SharedState) -> [TenantID] { [page.key.tenant] }

  mutating func refresh(asking effects: [Effect], in state: inout SharedState) -> [Effect] {
    effects + read(in: &state) + loadHistory()
  }

  func addTimes(to due: inout Due, _ layout: FrameLayout, in state: SharedState) {
    due.age(page.readAt)
    due.age(page.summary?.createdAt?.date)
    due.age(page.summary?.updatedAt?.date)
  }

  // MARK: Its picture

  func viewport(in state: SharedState) -> Viewport? { page.viewport }

  func lines(_ layout: FrameLayout, in state: SharedState, cache: inout RowCache) -> [Line] {
    pageLines(state, page, layout)
  }

  func side(_ layout: FrameLayout, in state: SharedState, kept: inout KeptLines) -> [Line] {
    pageSide(state, page, layout, &kept)
  }
}

/// How old a page is.
private func readNote(_ state: SharedState, _ page: IncidentPageState) -> SafeText {
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

extension IncidentHistory {
  /// What failed last on an incident, where nothing was done since that stands for it.
  fileprivate func notMade(on key: IncidentKey) -> IncidentWrite? {
    let own = writes.filter { $0.key == key && $0.undoes == nil && $0.state != .draft }
    guard let failed = own.filter({ $0.state == .failed }).max(by: { $0.intendedAt < $1.intendedAt }) else {
      return nil
    }
    let isReplaced = own.contains { $0.intendedAt > failed.intendedAt && failed.action.isReplaced(by: $0.action) }
    return isReplaced ? nil : failed
  }
}
