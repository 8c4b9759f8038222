import PartnerModel
import SafeText
import TerminalKit

/// A key went down.
/// - Parameters:
///   - time: of its reading, in milliseconds.
///   - isAlone: whether nothing else came in that reading.
func press(_ console: inout ConsoleState, _ key: Key, at time: Int, isAlone: Bool = true) -> [Effect] {
  // What is asked or said stays as it is.
  if CommandTable.command(for: key) == .redraw { return [.redraw] }
  let isTooSmall = FrameLayout.isTooSmall(console.shared.size)
  let takesText = console.takesText
  if key == .control("c"), !takesText || isTooSmall { return [.interrupt] }
  if console.shared.isHeld(key, at: time, isText: takesText) { return [] }
  // Whoever goes on does not want to be taken elsewhere.
  console.shared.sought = nil
  console.shared.awaitedMove = nil
  let asked = console.shared.forgetQuestions()
  if isTooSmall {
    // Nothing is seen, so nothing is done; leaving works, but for a letter of a text.
    let isText = takesText || console.shared.calm != nil
    return key == .character("q") && !isText ? console.shared.quit(isSure: asked.isLeaving) : []
  }
  if console.shared.prompt != nil { return type(&console, key, at: time) }
  if console.shared.commandLine != nil { return typeCommand(&console, key, at: time, isAlone: isAlone) }
  if takesText { return fillIn(&console, key, at: time, isAlone: isAlone) }
  if case .paste = key {
    // Its text may have held a false end.
    console.shared.calm = Calm(after: .paste, at: time)
    console.shared.message = .information("Pasted text is ignored: the console takes keys only.")
    return []
  }
  if let calm = console.shared.calm, !calm.allows(key) {
    console.shared.message = calm.cause.words(key)
    return []
  }
  if let offer = asked.portal {
    if key == .enter || key == .character("o") { return [.openPortal(offer.key, url: offer.url)] }
    // Esc takes the offer back and nothing else.
    if key == .escape { return [] }
  }
  if console.shared.isTypingNowhere, console.shared.swallow(key) { return [] }
  guard let command = CommandTable.command(for: key, on: console.screens.top) else {
    console.shared.message = .information("\(CommandTable.name(of: key)) does nothing here: ? lists the keys.")
    return []
  }
  // The word that is typed for a filter where there is none must not act.
  if command == .filter, console.obstacle(to: command) != nil { console.shared.isTypingNowhere = true }
  return carryOut(&console, command, after: asked)
}

/// Follows a command, or says why not.
func carryOut(_ console: inout ConsoleState, _ command: Command, after asked: Questions) -> [Effect] {
  if command == .moveAlert, console.waitForAlerts(naming: []) { return [] }
  if let obstacle = console.obstacle(to: command) {
    console.shared.message = .information(obstacle)
    return []
  }
  return follow(&console, command, after: asked)
}

/// Follows a command that nothing stands in the way of: the screen on top its own, then those that hold everywhere.
private func follow(_ console: inout ConsoleState, _ command: Command, after asked: Questions) -> [Effect] {
  if command == .claim {
    if let marked = MarkedClaim(on: console.screens.top, in: console.shared) {
      return claim(&console, marked, confirming: asked.markedClaim)
    }
    return claim(&console, confirming: asked.takeover)
  }
  console.pin()
  let layout = console.layout
  if case .move(let motion) = command, layout.hasPreviewInFront, motion.isPage {
    console.scrollPreview(motion, layout)
    return []
  }
  if let step = console.screens.top.follow(command, layout, in: &console.shared) { return console.take(step) }
  switch command {
  case .back: return console.goBack(layout)
  case .openTenant:
    let target = console.screens.top.target(in: console.shared)
    return target.map { console.open(Target(tenant: $0.tenant)) } ?? []
  case .consent: return openConsent(&console)
  case .signIn, .signInByCode: return console.openScreen(of: command, for: [])
  case .signOut: return console.shared.signOut()
  case .switchHome: console.screens.replaceHome(with: ScreenTable.home(after: console.screens.top))
  case .show(let name): return console.open(name)
  case .filter: console.shared.prompt = console.screens.top.prompt(in: console.shared)
  case .refresh: return refresh(&console)
  case .mark: return console.mark(layout)
  case .unmark: console.shared.marks.remove(console.shared.marks.on(console.screens.top))
  case .commandLine: console.shared.commandLine = OpenCommandLine(asked: asked)
  case .assign, .setStatus, .judge, .comment, .tag, .severity, .rename, .describe, .merge, .moveAlert:
    return openForm(&console, of: command)
  case .undo: return undo(&console, confirming: asked.undo)
  case .reopen: return reopen(&console)
  case .portal:
    let incident = console.screens.top.incident(in: console.shared)
    if let offer = asked.portal, offer.key == incident?.key { return [.openPortal(offer.key, url: offer.url)] }
    console.shared.portal = incident.flatMap { console.shared.portalOffer(of: $0).offer }
  case .nextNeed: return goToNextNeed(&console)
  case .scrollPreview(let motion): console.scrollPreview(motion, layout)
  case .preview:
    if console.shared.size.columns < FrameLayout.previewColumns {
      console.shared.isPreviewInFront.toggle()
    } else {
      console.shared.isPreviewHidden.toggle()
    }
  case .quit: return console.shared.quit(isSure: asked.isLeaving)
  case .redraw: return [.redraw]
  case .interrupt: return [.interrupt]
  case .undoThis: break
  // Only screens follow these.
  case .move, .open, .sort, .nextSection, .previousSection, .findNext, .findPrevious, .claim, .openIncident,
    .requestConsent, .cancel:
    break
  }
  return []
}

extension ConsoleState {
  /// A key was pressed: from now on the cursor keeps its row.
  mutating func pin() {
    let top = screens.depth - 1
    let base = screens.base(of: top)
    screens[base].pin(in: &shared)
    if base != top { screens[top].pin(in: &shared) }
  }
}

extension SharedState {
  /// Takes the keys of a word that was meant for a filter; whatever is no part of one ends it.
  /// - Returns: whether the key was one of them.
  fileprivate mutating func swallow(_ key: Key) -> Bool {
    switch key {
    case .character, .backspace:
      message = .information("There is no list to filter here: what is typed is ignored until Esc.")
      return true
    default:
      isTypingNowhere = false
      return key == .escape || key == .enter
    }
  }

  fileprivate mutating func quit(isSure: Bool) -> [Effect] {
    let unsettled = writes.unsettled
    if unsettled == 0 || isSure { return [.quit] }
    isLeaving = true
    let steps = writes.unsentSteps
    let others = unsettled - steps
    var words: [SafeText] = []
    if steps > 0 {
      words.append(
        "The undo stops here, \(counted(steps, "alert")) \(steps == 1 ? "stays" : "stay") closed: u in Activity does the rest."
      )
    }
    if others > 0 {
      let verb: SafeText = others == 1 ? "is" : "are"
      words.append("\(counted(others, "write")) \(verb) not settled yet: that is done at the next start.")
    }
    message = .warning(words.joined(separator: " ") + " q again quits.")
    return []
  }
}

// MARK: Filtering

/// A key while a filter is being typed.
private func type(_ console: inout ConsoleState, _ key: Key, at time: Int) -> [Effect] {
  guard var prompt = console.shared.prompt else { return [] }
  func close() {
    console.shared.prompt = nil
    console.shared.calm = Calm(after: .typing, at: time)
  }
  func move(_ motion: Motion) {
    let layout = console.layout
    if layout.hasPreviewInFront, motion.isPage { return console.scrollPreview(motion, layout) }
    _ = console.screens.top.follow(.move(motion), layout, in: &console.shared)
  }
  switch key {
  case .enter: close()
  case .escape, .control("c"), .control("g"):
    close()
    console.screens.top.restore(prompt, in: &console.shared)
  case .paste(let text): insert(&console, text, at: time)
  case .up: move(.up)
  case .down: move(.down)
  case .pageUp: move(.pageUp)
  case .pageDown: move(.pageDown)
  default:
    guard prompt.editor.take(key) else { break }
    console.shared.prompt = prompt
    console.shared.message = prompt.editor.complaint.map { .information($0) } ?? console.shared.message
    console.screens.top.filter(by: prompt.editor.text, in: &console.shared)
  }
  return []
}

// MARK: Filling in

/// A key while a form is on top.
private func fillIn(_ console: inout ConsoleState, _ key: Key, at time: Int, isAlone: Bool) -> [Effect] {
  // What came with a text, or right behind a paste, may be a part of it: it sends nothing.
  let maySend = isAlone && console.shared.calm?.cause != .paste
  if case .paste = key { console.shared.calm = Calm(after: .paste, at: time) }
  let step = console.screens.top.type(key, maySend: maySend, console.layout, in: &console.shared)
  let effects = console.take(step)
  if !console.takesText { console.shared.calm = Calm(after: .typing, at: time) }
  return effects
}

extension ConsoleState {
  /// Whether keys are text now: of a filter, a command line or a form.
  var takesText: Bool { shared.prompt != nil || shared.commandLine != nil || screens.top.takesText }
}

/// Text that was pasted into what is being typed.
func insert(_ console: inout ConsoleState, _ text: String, at time: Int) {
  guard !text.isEmpty else { return }
  if var prompt = console.shared.prompt {
    prompt.editor.insert(text)
    console.shared.prompt = prompt
    console.shared.message = prompt.editor.complaint.map { .information($0) } ?? console.shared.message
    return console.screens.top.filter(by: prompt.editor.text, in: &console.shared)
  }
  console.shared.calm = Calm(after: .paste, at: time)
  if console.shared.commandLine != nil {
    console.takeIntoCommandLine(.paste(text))
  } else {
    _ = console.screens.top.type(.paste(text), maySend: false, console.layout, in: &console.shared)
  }
}
