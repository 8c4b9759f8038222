import Foundation
import PartnerContext
import PartnerModel
import Synchronization

/// Entra ID and Graph as a history plays them, with their own time: the client's clock, pauses and limits are here, too.
final class HistoryService: Sendable {
  /// Of a process of ours: what it waits for.
  struct Alarm {
    var number: Int
    var process: Int
    var limit: Duration
    var pass: @Sendable () -> Void
  }

  struct State {
    var now: Int64
    /// How far the client's clock is ahead.
    var ahead: Int64 = 0
    /// For requests to Graph, for tokens, and of the client: each of its own, whichever comes first.
    var chance: HistoryChance
    var tokenChance: HistoryChance
    var clientChance: HistoryChance
    /// Of 1,000 requests so many fail.
    var faults: Int
    var rooms: [String: ServedRoom]
    var alarms: [Alarm] = []
    var nextAlarm = 0
    var process = 0
    var nextID = 0
    /// The program dies at this request from now.
    var crash: (left: Int, isAnswered: Bool)?
    var frozen: [CheckedContinuation<Void, Never>] = []
    var isOver = false
    /// What a service would not have borne.
    var violations: [String] = []
    var requests = 0
    var trace: [String]?
  }

  let state: Mutex<State>
  let died: Mutex<Signal?> = Mutex(nil)

  static let origin = Origin(scheme: "http", host: "127.0.0.1", port: 1)
  private static let link = "http://127.0.0.1:1/v1.0/security/incidents"

  init(_ plan: HistoryPlan, tenants: [TenantID], isTraced: Bool) {
    let rooms = zip(tenants, plan.rooms).map { ($0.rawValue, ServedRoom(tenant: $0.rawValue, plan: $1)) }
    state = Mutex(
      State(
        now: plan.start, chance: HistoryChance(plan.seed ^ 0xABCD), tokenChance: HistoryChance(plan.seed ^ 0xBCDE),
        clientChance: HistoryChance(plan.seed ^ 0xCDEF), faults: plan.faults,
        rooms: Dictionary(uniqueKeysWithValues: rooms), trace: isTraced ? [] : nil))
  }

  // MARK: The world of a process

  static func date(_ ticks: Int64) -> Date { Date(timeIntervalSince1970: Double(ticks) / 10_000_000) }

  var clientNow: Date { state.withLock { Self.date($0.now + $0.ahead) } }

  func pass(_ span: Int64) { state.withLock { $0.now += max(0, span) } }

  func setClock(_ ahead: Int64) {
    state.withLock { state in
      state.ahead = ahead
      for key in state.rooms.keys { state.rooms[key]?.clockSetAt = state.now }
    }
  }

  func note(_ text: @autoclosure () -> String) {
    state.withLock { state in if state.trace != nil { state.trace?.append("\(Self.date(state.now)) \(text())") } }
  }

  func dependencies(of process: Int) -> PartnerDependencies {
    PartnerDependencies(
      now: { self.clientNow },
      uptime: { self.state.withLock { .nanoseconds(($0.now - 1_700_000_000 * second) * 100) } },
      sleep: { pause in
        let parts = pause.components
        self.pass(parts.seconds * second + parts.attoseconds / 100_000_000_000)
      },
      expire: { limit, pass in
        let number = self.state.withLock { state in
          state.nextAlarm += 1
          state.alarms.append(Alarm(number: state.nextAlarm, process: process, limit: limit, pass: pass))
          return state.nextAlarm
        }
        return { self.state.withLock { state in state.alarms.removeAll { $0.number == number } } }
      },
      newRequestID: {
        let number = self.state.withLock { state in
          state.nextID += 1
          return state.nextID
        }
        return "00000000-0000-4000-8000-" + String(number + 1_000_000_000_000).dropFirst()
      },
      random: { range in
        range.lowerBound + (range.upperBound - range.lowerBound) * self.state.withLock { $0.clientChance.share() }
      },
      environment: { $0 == "SECRET" ? "s" : nil })
  }

  /// The next request but `count` is the last of this process.
  func crash(after count: Int, isAnswered: Bool, _ signal: Signal) {
    state.withLock { $0.crash = (count, isAnswered) }
    died.withLock { $0 = signal }
  }

  /// Another process begins.
  /// - Returns: its number.
  func beginProcess() -> Int {
    died.withLock { $0 = nil }
    return state.withLock { state in
      state.crash = nil
      state.process += 1
      // Nobody rings in a dead house.
      state.alarms = []
      return state.process
    }
  }

  /// From here on all goes well.
  func calm() { state.withLock { $0.faults = 0 } }

  /// Those that died in the middle come to their end.
  func bury() {
    let frozen = state.withLock { state in
      state.isOver = true
      defer { state.frozen = [] }
      return state.frozen
    }
    for continuation in frozen { continuation.resume() }
  }

  // MARK: Answers

  enum Play {
    case answer(Int, [HeaderField], String)
    case brokenOff(Int, [HeaderField], String)
    case reset(mayHaveLeft: Bool)
    case hang
    case dead
  }

  /// The way of one process to the service.
  struct Way: HTTPTransport {
    let service: HistoryService
    let process: Int

    func exchange(
      _ request: TransportRequest,
      receive: @escaping @Sendable (_ part: TransportPart) throws(TransportFailure) -> Void
    ) async throws(TransportFailure) {
      try await service.exchange(request, of: process, receive: receive)
    }
  }

  private func exchange(
    _ request: TransportRequest, of process: Int,
    receive: @escaping @Sendable (_ part: TransportPart) throws(TransportFailure) -> Void
  ) async throws(TransportFailure) {
    let bearer = request.authorization.map { $0.withBytes { String(decoding: $0, as: UTF8.self) } }
    let play = state.withLock { state in state.process == process ? state.play(request, bearer) : .dead }
    switch play {
    case .answer(let status, let headers, let body):
      try receive(.head(status: status, headers: headers))
      try receive(.body(Array(body.utf8)))
    case .brokenOff(let status, let headers, let body):
      try receive(.head(status: status, headers: headers))
      try receive(.body(Array(body.utf8.prefix(body.utf8.count / 2))))
      throw TransportFailure(.answerIncomplete, mayHaveLeft: true)
    case .reset(let mayHaveLeft):
      throw TransportFailure(.unreachable(.connectionLost(host: "127.0.0.1")), mayHaveLeft: mayHaveLeft)
    case .hang:
      await hang(process)
      throw TransportFailure(.cancelled, mayHaveLeft: true)
    case .dead:
      died.withLock { $0 }?.fire()
      await freeze()
      throw TransportFailure(.cancelled, mayHaveLeft: true)
    }
  }

  /// Stands still until all dead are buried.
  private func freeze() async {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        if !state.isOver { state.frozen.append(continuation) }
        return state.isOver
      }
      if isOver { continuation.resume() }
    }
  }

  /// Nothing comes until the client gives up: every wait of its passes, the short ones first. Of a process that died
  /// meanwhile no wait passes any more.
  private func hang(_ process: Int) async {
    while !Task.isCancelled {
      let (isDead, due) = state.withLock { state -> (Bool, Alarm?) in
        guard state.process == process else { return (true, nil) }
        guard let index = state.alarms.indices.min(by: { state.alarms[$0].limit < state.alarms[$1].limit })
        else { return (false, nil) }
        let alarm = state.alarms.remove(at: index)
        state.now += alarm.limit.components.seconds * second
        return (false, alarm)
      }
      if isDead { return await freeze() }
      due?.pass()
      await Task.yield()
    }
  }
}

/// Something that comes about once.
final class Signal: Sendable {
  private let state = Mutex<(isFired: Bool, waiter: CheckedContinuation<Void, Never>?)>((false, nil))

  func fire() {
    let waiter = state.withLock { state in
      state.isFired = true
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isFired = state.withLock { state in
        if !state.isFired { state.waiter = continuation }
        return state.isFired
      }
      if isFired { continuation.resume() }
    }
  }
}
