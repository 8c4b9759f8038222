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
  enum Ending: Equatable { case quit, interrupted, terminated, hungUp }

  var driver: TerminalDriver
  var mailbox: Mailbox<Event>
  var performer: EffectPerformer
  var now: @Sendable () -> Date

  private var state: ConsoleState
  private var rows = RowCache()
  /// When the core wants to hear the time again.
  private var tick: ContinuousClock.Instant?
  private var hasWorkToContinue = false
  /// Whether what the loading of the queue left behind is to be given back once nothing is under way.
  private var hasLoaded = false
  private var ending: Ending?

  init(
    driver: TerminalDriver, mailbox: Mailbox<Event>, performer: EffectPerformer, settings: ConsoleSettings,
    now: @escaping @Sendable () -> Date
  ) {
    self.driver = driver
    self.mailbox = mailbox
    self.performer = performer
    self.now = now
    state = ConsoleState(settings: settings, size: driver.size, now: now())
  }

  mutating func run() -> Ending {
    perform(start(&state))
    // What the store knows is in the first frame.
    take(mailbox.drain())
    driver.dropTypedAhead()
    while ending == nil {
      driver.paint(view(state, cache: &rows))
      let inputs = driver.wait(until: hasWorkToContinue ? .now : tick)
      if inputs.contains(.hangup) { return .hungUp }
      if inputs.contains(.terminate) { return .terminated }
      if inputs.contains(.interrupt) { return .interrupted }
      var events = inputs.compactMap(event)
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

  private func event(_ input: TerminalInput) -> Event? {
    switch input {
    case .keys(let keys, let time): .keys(keys, at: time)
    case .resized(let size): .resized(size)
    case .resumed, .woken, .interrupt, .hangup, .terminate: nil
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
      default: performer.perform(effect)
      }
    }
  }
}
