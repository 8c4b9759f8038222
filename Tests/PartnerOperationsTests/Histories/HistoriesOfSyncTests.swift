import Foundation
import PartnerStore
import Synchronization
import Testing

@Suite("Whatever happens in the service, and however it answers")
struct HistoriesOfSyncTests {
  private static func number(_ name: String) -> UInt64? {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
  }

  private static let histories = number("PARTNER_CONSOLE_HISTORIES_OF_SYNC") ?? 2_000
  /// Plays this one alone, and tells all of it.
  private static let replayed = number("PARTNER_CONSOLE_HISTORY_OF_SYNC")
  /// So many share a store.
  private static let together: UInt64 = 50
  /// At a time.
  private static let width = 4

  @Test("what is kept is in the end what the service has, for every history of a seed", .timeLimit(.minutes(600)))
  func sameInTheEnd() async throws {
    if let seed = Self.replayed {
      let place = try HistoryPlace()
      defer { place.close() }
      let run = HistoryRun(seed: seed, in: place, isTraced: true)
      let found = try await run.differences()
      print(run.trace.joined(separator: "\n"))
      #expect(found == [], "history \(seed)")
      return
    }
    let tally = Tally()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<Self.width { group.addTask { try await Self.play(tally) } }
      try await group.waitForAll()
    }
    let (failures, requests) = tally.state.withLock { ($0.failed, $0.requests) }
    print("histories of sync: \(Self.histories), requests: \(requests), failed: \(failures.count)")
    for (seed, found) in failures.sorted(by: { $0.key < $1.key }).prefix(20) {
      Issue.record("PARTNER_CONSOLE_HISTORY_OF_SYNC=\(seed) plays it again: \(found.joined(separator: "; "))")
    }
  }
  /// What was played, by all who play.
  private final class Tally: Sendable {
    struct State {
      var next: UInt64 = 0
      var requests = 0
      var failed: [UInt64: [String]] = [:]
    }
    let state = Mutex(State())
  }

  private static func play(_ tally: Tally) async throws {
    while true {
      let first = tally.state.withLock { state in
        defer { state.next += together }
        return state.next
      }
      guard first < histories else { return }
      let place = try HistoryPlace()
      defer { place.close() }
      for seed in first..<min(first + together, histories) {
        let run = HistoryRun(seed: seed, in: place)
        let found = try await run.differences()
        let requests = run.requests
        tally.state.withLock { state in
          state.requests += requests
          if !found.isEmpty { state.failed[seed] = found }
        }
      }
    }
  }
}
