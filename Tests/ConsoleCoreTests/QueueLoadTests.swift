import PartnerModel
import Testing

@testable import ConsoleCore

/// How the queue comes from the store.
@Suite struct QueueLoadTests {
  @Test("The queue is read on when its last slice is being taken in: never further ahead, and not behind its end")
  func readOn() {
    func slice(_ first: Int, _ count: Int) -> [IncidentSummary] {
      (first..<first + count).map { .sample(1, $0, "row", .low, age: Double($0) * minute) }
    }
    func isReading(_ effects: [Effect]) -> [Effect] {
      effects.filter { if case .loadQueueOn = $0 { true } else { false } }
    }
    var state = ConsoleState.sample { $0.view = .queue }
    _ = start(&state)
    let slices = [slice(0, 120), slice(120, 2_000), slice(2_120, 2_000), slice(4_120, 3)]
    for known in slices[..<2] {
      let asked = isReading(update(&state, .queueLoaded(slice: known, isLast: false)))
      #expect(asked == [.loadQueueOn(after: known[known.count - 1])])
    }
    // Half of the second is still waiting: the third waits behind it, and nothing is read meanwhile.
    #expect(isReading(update(&state, .queueLoaded(slice: slices[2], isLast: false))).isEmpty)
    #expect(isReading(update(&state, .ticked(noon))).isEmpty)
    #expect(isReading(update(&state, .workContinued)) == [.loadQueueOn(after: slices[2][1_999])])
    #expect(isReading(update(&state, .queueLoaded(slice: slices[3], isLast: true))).isEmpty)
    while state.isWorking { #expect(isReading(update(&state, .workContinued)).isEmpty) }
    #expect(state.queue.isLoaded && state.queue.total == 4_123)
  }
}
