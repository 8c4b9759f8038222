import CSignals
import ConsoleCore
import FoundationEssentials
import NcursesDriver
import TerminalKit

/// The one loop: keys, signals and answers become events; events change the state; the state becomes a frame.
///
/// It runs on the main thread, which owns the terminal; everything slow happens in tasks that answer through the
/// mailbox.
struct ConsoleLoop {
  /// Why the loop ended.
  enum Ending {
    case quit, interrupted, terminated, hungUp
    /// What was opened behind the first frame is not to be had.
    case failed(CommandError)
  }

  var driver: TerminalDriver
  var mailbox: Mailbox<Event>
  var performer: EffectPerformer
  /// Why the console may not go on, once that is found out; the mailbox wakes for it.
  var failure: LateFailure
  var now: @Sendable () -> Date
  /// As the program found it: an editor is named in it, and gets a part of it.
  var environment: [String: String]

  /// The text that is in the operator's editor, and the number of its request.
  private var editing: (text: TextEditing, request: Int)?
  private var state: ConsoleState
  private var rows = RowCache()
  /// When the core wants to hear the time again.
  private var tick: ContinuousClock.Instant?
  private var hasWorkToContinue = false
  /// Whether what the loading of the queue left behind is to be given back once nothing is under way.
  private var hasLoaded = false
  private var ending: Ending?

  init(
    driver: TerminalDriver, mailbox: Mailbox<Event>, performer: EffectPerformer, failure: LateFailure,
    settings: ConsoleSettings, environment: [String: String], now: @escaping @Sendable () -> Date
  ) {
    self.driver = driver
    self.mailbox = mailbox
    self.performer = performer
    self.failure = failure
    self.environment = environment
    self.now = now
    state = ConsoleState(settings: settings, size: driver.size, now: now())
  }

  /// - Parameter whenShown: called once, behind the first frame: what that does not need begins here.
  mutating func run(whenShown: () -> Void) -> Ending {
    // A text that is still in the editor is not wanted any more.
    defer { editing?.text.remove() }
    perform(start(&state))
    // What the store knows is in the first frame.
    take(mailbox.drain())
    driver.dropTypedAhead()
    var isShown = false
    while ending == nil {
      if !driver.isLent { driver.paint(view(state, cache: &rows)) }
      if !isShown {
        isShown = true
        performer.begin()
        whenShown()
      }
      let inputs = driver.wait(until: hasWorkToContinue ? .now : tick)
      if inputs.contains(.hangup) { return .hungUp }
      if inputs.contains(.terminate) { return .terminated }
      if inputs.contains(.interrupt) { return .interrupted }
      if let error = failure.error { return .failed(error) }
      var events: [Event] = []
      for input in inputs { if let event = event(input) { events.append(event) } }
      events += mailbox.drain()
      if events.isEmpty, hasWorkToContinue {
        hasWorkToContinue = false
        events.append(.workContinued)
      }
      if let due = tick, due <= .now { tick = nil }
      take(events)
      tidyUp(after: events)
    }
    return ending ?? .quit
  }

  /// Reading a hundred thousand rows takes memory that nobody needs afterwards.
  private mutating func tidyUp(after events: [Event]) {
    for case .queueLoaded(slice: _, isLast: true) in events { hasLoaded = true }
    guard hasLoaded, !hasWorkToContinue else { return }
    hasLoaded = false
    console_give_back_memory()
  }

  /// What this console changed and what is not settled yet.
  var openChanges: [OpenChange] { state.openChanges }

  private mutating func event(_ input: TerminalInput) -> Event? {
    switch input {
    case .keys(let keys, let time): return .keys(keys, at: time)
    case .resized(let size): return .resized(size)
    case .returned(let end):
      guard let editing else { return nil }
      self.editing = nil
      defer { editing.text.remove() }
      return .textEdited(request: editing.request, editing.text.outcome(end))
    case .resumed, .woken, .interrupt, .hangup, .terminate: return nil
    }
  }

  /// Gives a text and the terminal to the operator's editor.
  private mutating func edit(_ text: String, _ request: Int) {
    do throws(TextEditing.Failure) {
      let editing = try TextEditing.begin(text, environment: environment)
      if let refusal = driver.lend(to: editing.program) {
        editing.remove()
        throw TextEditing.Failure(reason: "\(editing.program.path) cannot be started: \(refusal).")
      }
      self.editing = (editing, request)
    } catch {
      mailbox.post(.textEdited(request: request, .kept(reason: error.reason)))
    }
  }

  /// Everything that waited, then one frame.
  private mutating func take(_ events: [Event]) {
    perform(update(&state, [.ticked(now())] + events))
  }

  private mutating func perform(_ effects: [Effect]) {
    for effect in effects {
      switch effect {
      case .quit: ending = .quit
      case .interrupt: ending = .interrupted
      case .continueWork: hasWorkToContinue = true
      case .tick(let date): tick = .now + .seconds(max(0, date.timeIntervalSince(now())))
      case .redraw: driver.redraw()
      case .editText(let text, let request): edit(text, request)
      default: performer.perform(effect)
      }
    }
  }
}
