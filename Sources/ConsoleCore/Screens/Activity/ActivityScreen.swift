import PartnerModel
import SafeText
import TerminalKit

/// All that was meant and sent from here, by this console and by commands, with what became of it.
struct ActivityScreen: ConsoleScreen {
  static let name: ScreenName = "activity"
  static let preview = PreviewPlace.beside
  static let commands = Set<Command>.moves.union([.open, .filter, .refresh, .undoThis])
  static let hints: [Command] = [
    .open, .undoThis, .filter, .openTenant, .refresh, .move(.pageDown), .back, .show("help"), .quit,
  ]
  static let opener: CommandEntry? = CommandEntry(
    .show(name), "activity", [], "", .look, "all that was to be changed from here, with what became of it")

  var activity = ActivityState()

  static func screen(in state: SharedState) -> ActivityScreen? { ActivityScreen() }

  func crumbs(in state: SharedState, under tenant: TenantID?, isShort: Bool) -> [SafeText] { ["Activity"] }

  func notes(in state: SharedState) -> ScreenNotes? {
    let plus: SafeText = activity.isLast ? "" : "+"
    let all = activity.writes.count
    let part: SafeText = activity.filter.isEmpty ? "" : "\(activity.shown) of "
    let failed = activity.writes.count { $0.state == .failed }
    let notMade = activity.writes.count { $0.isNotMade }
    let count: SafeText =
      "\(part)\(all)\(plus) \(all == 1 && activity.isLast ? "change" : "changes")"
      + (notMade == 0 ? "" : ", \(notMade) not made") + (failed == notMade ? "" : ", \(failed - notMade) refused")
    let reading: SafeText = activity.asked == nil ? "" : "  ⟳"
    guard !activity.filter.isEmpty else { return ScreenNotes(count + reading, instead: [count], Theme.quiet) }
    let filter: SafeText = "filter \(SafeText(activity.filter).clipped(to: max(state.size.columns / 4, 10)))"
    return ScreenNotes("\(count)   \(filter)\(reading)", instead: [filter, count], Theme.warning)
  }

  func hintWord(for command: Command) -> SafeText? { command == .open ? "details" : nil }

  // MARK: What keys act on

  func notMade(in state: SharedState) -> IncidentWrite? {
    activity.write.flatMap { $0.state == .failed && $0.undoes == nil ? $0 : nil }
  }

  func target(in state: SharedState) -> Target? { activity.write.map { Target($0.key) } }

  func incident(in state: SharedState) -> IncidentSummary? {
    activity.write.flatMap { incident($0.key, in: state) }
  }

  func hasPortalLink(in state: SharedState) -> Bool { incident(in: state)?.webURL?.isEmpty == false }

  func obstacle(to command: Command, in state: SharedState) -> SafeText? {
    guard activity.write != nil else {
      return command == .open || command == .undoThis ? "No change is under the cursor." : nil
    }
    switch command {
    case .undoThis:
      return activity.undoable.map { obstacleToUndoing($0, in: state) }
        ?? "What it takes back was not read yet: go down to it, u there does the rest."
    case .claim, .assign, .portal: return "Its page has it: Enter on the line below its details opens it."
    default: return nil
    }
  }

  private func obstacleToUndoing(_ write: IncidentWrite, in state: SharedState) -> SafeText? {
    if let reason = state.readOnlyReason { return "Nothing can be changed: \(SafeText(reason))." }
    if activity.undoing[write.id] == .whole { return "It was undone already." }
    switch write.state {
    case .draft, .queued, .sent, .unknown: return "It is not settled yet: wait for its outcome."
    case .failed: return "It was not made: there is nothing to undo."
    case .confirmed: break
    }
    switch write.action {
    case .comment, .commentAlert: return "A comment cannot be undone: the service keeps every comment."
    case .merge: return "A merge cannot be undone: the service does not part incidents."
    case .update, .updateAlert, .moveAlerts: return nil
    }
  }

  // MARK: What happens to it

  mutating func opened(in state: inout SharedState) -> [Effect] { reload(in: &state) }

  /// What came meanwhile was heard; only the width may be another.
  mutating func shownAgain(in state: inout SharedState) -> [Effect] {
    arrange(in: state)
    return []
  }

  /// Asks from the newest on; what is known stays until the answer is there.
  private mutating func reload(in state: inout SharedState) -> [Effect] {
    let request = state.nextRequest()
    activity.asked = request
    isReloading = true
    return [.loadActivity(after: nil, request: request)]
  }

  private var isReloading = false

  private mutating func loadMore(_ height: Int, in state: inout SharedState) -> [Effect] {
    guard activity.wantsMore(height: height), let last = activity.writes.last else { return [] }
    let request = state.nextRequest()
    activity.asked = request
    return [.loadActivity(after: last.id, request: request)]
  }

  mutating func follow(_ command: Command, _ layout: FrameLayout, in state: inout SharedState) -> Step? {
    let asked = activity.askedUndo
    activity.askedUndo = nil
    switch command {
    case .move(let motion):
      activity.move(motion, height: layout.listHeight)
      return Step(effects: loadMore(layout.listHeight, in: &state))
    case .open:
      if activity.rows.indices.contains(activity.viewport.cursor),
        case .incident(_, let key) = activity.rows[activity.viewport.cursor]
      {
        return .open(Target(key), known: incident(key, in: state))
      }
      activity.toggle()
      arrange(in: state)
      activity.showDetails(height: layout.listHeight)
      return .done
    case .refresh:
      activity.failure = nil
      return Step(effects: reload(in: &state))
    case .undoThis: return undo(confirming: asked, in: &state)
    default: return nil
    }
  }

  /// Takes back what is under the cursor, after a question that names it.
  private mutating func undo(confirming asked: WriteID?, in state: inout SharedState) -> Step {
    guard let write = activity.undoable else { return .done }
    let name: SafeText = "\(state.directory.name(of: write.key.tenant)) #\(SafeText(write.key.id.rawValue))"
    let what = activity.what(write)
    guard asked == write.id else {
      activity.askedUndo = write.id
      state.message = .warning("\(name): u again undoes this: \(what).\(write.alertRemark)")
      return .done
    }
    state.message = .information("Undoing \(what) of \(name).")
    return Step(effects: [.undo(write.id)])
  }

  mutating func hear(_ event: Event, isShown: Bool, in state: inout SharedState) -> [Effect] {
    switch event {
    case .activityLoaded(let request, let writes, let isLast) where request == activity.asked:
      if isReloading { activity.forget() }
      isReloading = false
      activity.take(writes, isLast: isLast)
    case .activityNotLoaded(let request, let reason) where request == activity.asked:
      (activity.asked, isReloading) = (nil, false)
      activity.failure = reason
    case .writesChanged(let writes):
      if writes.isEmpty { return [] }
      activity.change(writes)
    case .resized, .tenantsLoaded: break
    // A filter that was just typed may have to look further.
    case .workContinued: return loadMore(0, in: &state)
    default: return []
    }
    arrange(in: state)
    return loadMore(state.size.rows, in: &state)
  }

  /// Whether a filter has to look through what was not read yet.
  var isWorking: Bool { !activity.filter.isEmpty && activity.wantsMore(height: 0) && !activity.writes.isEmpty }

  private mutating func arrange(in state: SharedState) {
    activity.arrange(width: state.mainWidth) { state.directory.name(of: $0) }
  }

  mutating func settle(_ layout: FrameLayout, in state: inout SharedState) {
    activity.settle(height: layout.listHeight)
  }

  // MARK: Filter

  func hasFilter(in state: SharedState) -> Bool { !activity.filter.isEmpty }
  func prompt(in state: SharedState) -> FilterPrompt? { FilterPrompt(kept: activity.filter, activity.viewport) }

  mutating func filter(by text: String, in state: inout SharedState) {
    activity.filter(by: text) { state.directory.name(of: $0) }
    arrange(in: state)
  }

  mutating func restore(_ prompt: FilterPrompt, in state: inout SharedState) {
    activity.filter(by: prompt.before) { state.directory.name(of: $0) }
    arrange(in: state)
    activity.viewport = prompt.viewport
  }

  func canRefresh(in state: SharedState) -> Bool { true }

  // MARK: Its picture

  func headHeight(_ layout: FrameLayout, in state: SharedState) -> Int { 1 }
  func viewport(in state: SharedState) -> Viewport? { activity.viewport }

  func lines(_ layout: FrameLayout, in state: SharedState, cache: inout RowCache) -> [Line] {
    activityLines(state, activity, layout)
  }

  func side(_ layout: FrameLayout, in state: SharedState, kept: inout KeptLines) -> [Line] {
    guard let write = activity.write else { return [] }
    var panel = Panel(preview: layout, isASCII: state.isASCII, &kept)
    panel.title("\(state.directory.name(of: write.key.tenant)) #\(SafeText(write.key.id.rawValue))")
    if let undone = activity.undone, let steps = activity.undos[undone] {
      panel.text(steps.what, Theme.quiet)
      panel.blank()
      panel.facts(steps.lines)
      panel.whole("takes back", SafeText(undone.rawValue))
      return panel.end(&kept)
    }
    panel.text(activity.what(write), Theme.quiet)
    panel.blank()
    panel.facts(write.factLines)
    panel.blank()
    for line in write.resultLines(moment) {
      line.label == "request" || line.label == "write"
        ? panel.whole(line.label, line.value) : panel.fact(line.label, line.value)
    }
    return panel.end(&kept)
  }
}
