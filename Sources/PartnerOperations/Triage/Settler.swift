package import FoundationEssentials
import PartnerStore

/// Settles writes whose outcome is open, ever more rarely, until none is left; asleep without a timer otherwise.
///
/// For the owner of the state folder.
package actor Settler {
  /// Seconds between two attempts at the most.
  private static let longestPause: TimeInterval = 600

  private let engine: PartnerEngine
  private let pace: TimeInterval
  private let sleep: @Sendable (Duration) async throws -> Void
  private var hasDoubt = false
  private var isStopped = false
  private var pause: TimeInterval
  private var work: Task<Void, Never>?
  private var nap: Task<Void, any Error>?

  /// - Parameter pace: seconds from the first attempt to the second; each later pause is twice the one before.
  package init(
    engine: PartnerEngine, pace: TimeInterval, sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.engine = engine
    self.pace = pace
    self.sleep = sleep
    pause = pace
  }

  /// A write may be open: looks now.
  package func doubt() {
    guard !isStopped else { return }
    hasDoubt = true
    pause = pace
    nap?.cancel()
    if work == nil { work = Task { await self.settle() } }
  }

  package func stop() async {
    isStopped = true
    work?.cancel()
    nap?.cancel()
    await work?.value
  }

  private func settle() async {
    while hasDoubt, !isStopped {
      hasDoubt = false
      var wait = pause
      do throws(StoreError) {
        let left = try await engine.settleLeftovers()
        if left.open.isEmpty { continue }
        if let retryAt = left.retryAt { wait = max(wait, retryAt.timeIntervalSince(engine.now())) }
      } catch {
        engine.report(.warned("\(error)", nil))
        // A damaged journal only reads from now on: nothing can be settled in it.
        if engine.journal.mode != .readWrite { break }
      }
      // A doubt that came meanwhile is looked at without a pause.
      if hasDoubt || isStopped { continue }
      hasDoubt = true
      pause = min(Self.longestPause, pause * 2)
      let nap = Task { [sleep, wait] in try await sleep(.seconds(wait)) }
      self.nap = nap
      _ = try? await nap.value
    }
    work = nil
  }
}
