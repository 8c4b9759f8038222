import PartnerModel
import Synchronization

/// Hands on which tenants are on screen, in order and only the last of a quick series: whoever scrolls past a hundred
/// tenants does not ask for a hundred reads.
final class WatchRelay: Sendable {
  private struct Wish {
    var tenants: [TenantID] = []
    var number = 0
  }

  /// How long the screen has to stand still.
  private static let rest = Duration.milliseconds(300)
  private let wish = Mutex(Wish())
  private let wishes: AsyncStream<Void>
  private let changed: AsyncStream<Void>.Continuation

  init() { (wishes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

  func post(_ tenants: [TenantID]) {
    wish.withLock { wish in
      wish.tenants = tenants
      wish.number += 1
    }
    changed.yield()
  }

  /// Works until its task is cancelled; `watch` hears one wish after the other.
  func run(sleep: (Duration) async throws -> Void, watch: ([TenantID]) async -> Void) async {
    var told = 0
    for await _ in wishes {
      var seen = told
      var tenants: [TenantID] = []
      while seen != number {
        (seen, tenants) = wish.withLock { ($0.number, $0.tenants) }
        do { try await sleep(Self.rest) } catch { return }
      }
      if seen == told { continue }
      told = seen
      await watch(tenants)
    }
  }

  private var number: Int { wish.withLock { $0.number } }
}
