import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// Brings windows to their sizes and asks for what the new picture needs: reads, the next tick, more work.
func settle(_ console: inout ConsoleState) -> [Effect] {
  let layout = console.layout
  let top = console.screens.depth - 1
  let base = console.screens.base(of: top)
  console.lookBelow(base, top)
  console.screens.top.settle(layout, in: &console.shared)
  console.followCursor()
  console.settlePreview(layout)

  var effects: [Effect] = []
  let watched = console.screens[base].watched(layout, in: console.shared)
  if watched != console.shared.watched {
    console.shared.watched = watched
    effects.append(.watch(watched))
  }
  let tick = console.nextTick(layout)
  if tick != console.shared.tickAt {
    console.shared.tickAt = tick
    if let tick { effects.append(.tick(at: tick)) }
  }
  if let last = console.shared.queueReadTo, !console.shared.queue.hasRowsBehind {
    console.shared.queueReadTo = nil
    effects.append(.loadQueueOn(after: last))
  }
  if !console.shared.isWorkAsked, console.isWorking {
    console.shared.isWorkAsked = true
    effects.append(.continueWork)
  }
  return effects
}

extension ConsoleState {
  /// Keeps for a screen that lies on another for a look why commands cannot be followed below it.
  fileprivate mutating func lookBelow(_ base: Int, _ top: Int) {
    if base == top {
      if !shared.obstaclesBelow.isEmpty { shared.obstaclesBelow = [:] }
      return
    }
    var obstacles: [Command: SafeText] = [:]
    for entry in CommandTable.entries { obstacles[entry.command] = obstacle(to: entry.command, at: base) }
    shared.obstaclesBelow = obstacles
  }

  /// Whether long work is under way, on top or below.
  var isWorking: Bool { shared.queue.isWorking || (0..<screens.depth).contains { screens[$0].isWorking } }

  /// The earliest moment at which a time on the screen reads differently, at least a second from now.
  fileprivate func nextTick(_ layout: FrameLayout) -> Date? {
    var due = Due(now: shared.now)
    due.add(after: 60 - shared.now.timeIntervalSince1970.truncatingRemainder(dividingBy: 60))
    due.age(shared.tenants.oldestRead)
    for standing in shared.credentials.flatMap(\.standings) {
      if case .refused(let problem) = standing.state { due.age(problem.at) }
      guard let end = standing.validUntil else { continue }
      for moment in [end.addingTimeInterval(-CredentialWarning.notice), end] where moment > shared.now {
        due.add(at: moment)
      }
    }
    due.add(at: shared.tenants.nextStale.map { $0.addingTimeInterval(0.001) })
    if let resting = shared.resting, shared.queue.isNew(resting.key) {
      due.add(at: resting.since.addingTimeInterval(Resting.enough))
    }
    screens.top.addTimes(to: &due, layout, in: shared)
    return due.earliest
  }
}
