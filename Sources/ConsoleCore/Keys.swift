import PartnerModel
import SafeText
import TerminalKit

/// A key went down.
/// - Parameter time: of its reading, in milliseconds.
func press(_ state: inout ConsoleState, _ key: Key, at time: Int) -> [Effect] {
  // What is asked or said stays as it is.
  if KeyMap.command(for: key) == .redraw { return [.redraw] }
  let isTooSmall = FrameLayout.isTooSmall(state.size)
  if key == .control("c"), state.prompt == nil || isTooSmall { return [.interrupt] }
  if state.isHeld(key, at: time) { return [] }
  let wasLeaving = state.isLeaving
  let offer = state.portal
  let takeover = state.takeover
  state.forgetQuestions()
  if isTooSmall {
    // Nothing is seen, so nothing is done; leaving works, but for a letter of a text.
    let isText = state.prompt != nil || state.calm != nil
    return key == .character("q") && !isText ? quit(&state, isSure: wasLeaving) : []
  }
  if state.prompt != nil { return type(&state, key, at: time) }
  if case .paste = key {
    // Its text may have held a false end.
    state.calm = Calm(after: .paste, at: time)
    state.message = .information("Pasted text is ignored: the console takes keys only.")
    return []
  }
  if let calm = state.calm, !calm.allows(key) {
    state.message = calm.cause.words(key)
    return []
  }
  if let offer, key == .enter || key == .character("o") {
    return [.openPortal(offer.key, url: offer.url)]
  }
  // Esc takes the offer back and nothing else.
  if offer != nil, key == .escape { return [] }
  if state.isTypingNowhere, swallow(&state, key) { return [] }
  guard let command = KeyMap.command(for: key, in: state.place) else {
    state.message = .information("\(KeyMap.name(of: key)) does nothing here: ? lists the keys.")
    return []
  }
  if let obstacle = state.obstacle(to: command) {
    state.message = .information(obstacle)
    if command == .filter { state.isTypingNowhere = true }
    return []
  }
  if command == .claim { return claim(&state, confirming: takeover) }
  if state.placeBelowHelp == .tenants { state.tenants.pin() }
  state.pinList()
  if command == .quit { return state.place == .help ? closeHelp(&state) : quit(&state, isSure: wasLeaving) }
  return follow(&state, command)
}

/// Takes the keys of a word that was meant for a filter; whatever is no part of one ends it.
/// - Returns: whether the key was one of them.
private func swallow(_ state: inout ConsoleState, _ key: Key) -> Bool {
  switch key {
  case .character, .backspace:
    state.message = .information("There is no list to filter here: what is typed is ignored until Esc.")
    return true
  default:
    state.isTypingNowhere = false
    return key == .escape || key == .enter
  }
}

private func follow(_ state: inout ConsoleState, _ command: Command) -> [Effect] {
  switch command {
  case .move(let motion): move(&state, motion)
  case .open: return open(&state)
  case .back: goBack(&state)
  case .switchHome: state.home = state.home == .tenants ? .queue : .tenants
  case .filter: startFilter(&state)
  case .sort: sort(&state)
  case .refresh: return refresh(&state)
  case .portal: state.portal = state.portalOffer.offer
  case .nextNeed: return goToNextNeed(&state)
  case .nextSection, .previousSection:
    goToSection(&state, isForward: command == .nextSection)
  case .findNext, .findPrevious: findAgain(&state, isForward: command == .findNext)
  case .scrollPreview(let motion): state.scrollPreview(motion)
  case .help: if state.help == nil { state.help = HelpState() } else { state.help = nil }
  case .preview:
    if state.size.columns < FrameLayout.previewColumns {
      state.isPreviewInFront.toggle()
    } else {
      state.isPreviewHidden.toggle()
    }
  case .claim, .quit, .redraw: break
  }
  return []
}

// MARK: Moving about

private func move(_ state: inout ConsoleState, _ motion: Motion) {
  let layout = state.layout
  if layout.hasPreviewInFront, motion.isPage { return state.scrollPreview(motion) }
  switch state.place {
  case .tenants: state.tenants.move(motion, height: layout.listHeight)
  case .queue: state.queue.move(motion, height: layout.listHeight)
  case .tenantIncidents: state.tenantIncidents?.list.move(motion, height: layout.tenantListHeight)
  case .incident: state.page?.move(motion, height: layout.bodyHeight)
  case .help:
    // The top line moves as a cursor would, over the lines that the help can begin with.
    let viewport = Viewport(cursor: state.help?.top ?? 0, top: state.help?.top ?? 0)
    let last = helpLastTop(state, layout)
    state.help?.top = motion.applied(to: viewport, count: last + 1, height: layout.bodyHeight).cursor
  }
}

private func open(_ state: inout ConsoleState) -> [Effect] {
  switch state.place {
  case .tenants: return state.tenants.selected.map { openTenant(&state, $0) } ?? []
  case .queue, .tenantIncidents: return state.target.map { openIncident(&state, $0) } ?? []
  case .incident:
    state.page?.toggleDetails()
    arrangePage(&state)
    let height = state.layout.bodyHeight
    state.page?.showDetails(height: height)
    return []
  case .help: return []
  }
}

private func goBack(_ state: inout ConsoleState) {
  if state.help != nil {
    state.help = nil
  } else if let page = state.page {
    // Whoever looked at the page has read why its write was refused.
    state.writes.acknowledge(page.key)
    state.page = nil
  } else if state.layout.hasPreviewInFront {
    state.isPreviewInFront = false
  } else if state.hasFilter {
    applyFilter(&state, .none)
  } else {
    state.tenantIncidents = nil
  }
}

private func closeHelp(_ state: inout ConsoleState) -> [Effect] {
  state.help = nil
  return []
}

private func quit(_ state: inout ConsoleState, isSure: Bool) -> [Effect] {
  let unsettled = state.writes.unsettled
  if unsettled == 0 || isSure { return [.quit] }
  state.isLeaving = true
  state.message = .warning(
    unsettled == 1
      ? "1 write is not settled yet: that is done at the next start. q again quits."
      : "\(unsettled) writes are not settled yet: that is done at the next start. q again quits.")
  return []
}

// MARK: Sorting and filtering

private func sort(_ state: inout ConsoleState) {
  switch state.place {
  case .tenants: state.tenants.sort(by: state.tenants.sort.next)
  case .queue: state.queue.sort(by: state.queue.sort.next)
  case .tenantIncidents:
    if let next = state.tenantIncidents?.list.sort.next { state.tenantIncidents?.list.sort(by: next) }
  case .incident, .help: break
  }
}

private func startFilter(_ state: inout ConsoleState) {
  switch state.place {
  case .tenants:
    state.prompt = FilterPrompt(
      editor: LineEditor(state.tenants.filter.text, isSelected: true), before: state.tenants.filter.text,
      viewport: state.tenants.viewport, tenant: state.tenants.selected)
  case .queue: state.prompt = prompt(for: state.queue)
  case .tenantIncidents: state.prompt = (state.tenantIncidents?.list).map(prompt)
  case .incident: state.prompt = state.page.map(findPrompt)
  case .help: break
  }
}

private func prompt(for list: IncidentList) -> FilterPrompt {
  FilterPrompt(
    editor: LineEditor(list.filter.text, isSelected: true), before: list.filter.text, viewport: list.viewport,
    incident: list.selectedKey)
}

/// A key while a filter is being typed.
private func type(_ state: inout ConsoleState, _ key: Key, at time: Int) -> [Effect] {
  guard var prompt = state.prompt else { return [] }
  func close() {
    state.prompt = nil
    state.calm = Calm(after: .filter, at: time)
  }
  switch key {
  case .enter: close()
  case .escape, .control("c"), .control("g"):
    close()
    restore(&state, prompt)
  case .paste(let text): insert(&state, text)
  case .up: move(&state, .up)
  case .down: move(&state, .down)
  case .pageUp: move(&state, .pageUp)
  case .pageDown: move(&state, .pageDown)
  default:
    guard prompt.editor.take(key) else { break }
    state.prompt = prompt
    applyFilter(&state, WordFilter(prompt.editor.text))
  }
  return []
}

/// Text that was pasted into the filter.
func insert(_ state: inout ConsoleState, _ text: String) {
  guard var prompt = state.prompt, !text.isEmpty else { return }
  prompt.editor.insert(text)
  state.prompt = prompt
  applyFilter(&state, WordFilter(prompt.editor.text))
}

private func applyFilter(_ state: inout ConsoleState, _ filter: WordFilter) {
  switch state.place {
  case .tenants: state.tenants.filter(by: filter)
  case .queue: state.queue.filter(by: filter)
  case .tenantIncidents: state.tenantIncidents?.list.filter(by: filter)
  case .incident: find(&state, filter.text)
  case .help: break
  }
}

/// Everything is as it was before the filter was typed.
private func restore(_ state: inout ConsoleState, _ prompt: FilterPrompt) {
  applyFilter(&state, WordFilter(prompt.before))
  let line = prompt.viewport.cursor - prompt.viewport.top
  switch state.place {
  case .tenants: if let tenant = prompt.tenant { _ = state.tenants.select(tenant, line: line) }
  case .queue: state.queue.restore(prompt.incident, line: line)
  case .tenantIncidents: state.tenantIncidents?.list.restore(prompt.incident, line: line)
  case .incident: endFinding(&state, prompt)
  case .help: break
  }
}

// MARK: Acting

private func refresh(_ state: inout ConsoleState) -> [Effect] {
  let tenants = state.tenantsShown
  let reload = reloadFromStore(&state)
  let name: SafeText =
    tenants.count == 1 ? SafeText(state.directory.name(of: tenants[0])) : "\(tenants.count) tenants"
  if case .readOnly = state.ownership {
    state.message = .information("The other console reads \(name); what it stored is shown.")
  } else {
    let rows = tenants.compactMap { state.tenants[$0] }
    let now = state.now
    func isParked(_ row: TenantOverview) -> Bool { row.token.parkedUntil.map { $0 > now } ?? false }
    let parked = rows.filter(isParked)
    state.refreshOutcome.ask(rows.filter { !isParked($0) })
    if parked.count == tenants.count, let until = parked.compactMap(\.token.parkedUntil).min() {
      state.message = .information("The service asked us to wait: \(name) is read again at \(clock(until)).")
    } else {
      let rest: SafeText = parked.isEmpty ? "" : " \(parked.count) wait as the service asked."
      state.message = .information("Reading \(name).\(rest)")
    }
  }
  return reload + [.refresh(tenants)] + (state.place == .incident ? readPage(&state) : [])
}

/// Asks the store again for what it could not give.
private func reloadFromStore(_ state: inout ConsoleState) -> [Effect] {
  switch state.place {
  case .tenants where state.tenants.loadFailure != nil:
    state.tenants.loadFailure = nil
    return [.loadTenants]
  case .queue where state.queue.loadFailure != nil:
    state.queue.loadFailure = nil
    return [.loadQueue]
  case .tenantIncidents:
    guard let shown = state.tenantIncidents, shown.list.loadFailure != nil else { return [] }
    state.tenantIncidents?.list.loadFailure = nil
    return [.loadTenantIncidents(shown.tenant, request: shown.request)]
  default: return []
  }
}

/// Takes the incident, after a question where it could be another than the one that was meant.
private func claim(_ state: inout ConsoleState, confirming takeover: Takeover?) -> [Effect] {
  let wasPinned = state.isListPinned
  state.pinList()
  guard let incident = state.target, let upn = state.settings.operatorUPN else { return [] }
  let key = incident.key
  if !wasPinned {
    let name = "\(state.directory.name(of: key.tenant)) #\(key.id.rawValue)"
    state.message = .warning("Rows were still coming in: a again claims \(SafeText(name)).")
    return []
  }
  if let owner = incident.assignedTo, !owner.isEmpty, owner.lowercased() != upn.lowercased() {
    let asked = Takeover(key: key, owner: owner)
    if takeover != asked {
      state.takeover = asked
      state.message = .warning("\(ownerName(owner)) has it: a again takes it over.")
      return []
    }
  }
  let update = IncidentUpdate(status: .inProgress, assignment: .to(upn))
  state.writes.acknowledge(key)
  state.writes.intend(update, for: key)
  arrangePage(&state)
  return [.update(key, update, seen: incident)]
}
