import PartnerModel
import PartnerOperations
import Synchronization
import Testing

@Suite struct TenantsAtOnceTests {
  /// Counts who is at work.
  private final class Room: Sendable {
    private let state = Mutex((now: 0, most: 0, all: 0))
    var most: Int { state.withLock { $0.most } }
    var all: Int { state.withLock { $0.all } }

    func stay() async {
      state.withLock { state in
        state.now += 1
        state.all += 1
        state.most = max(state.most, state.now)
      }
      for _ in 0..<20 { await Task.yield() }
      state.withLock { $0.now -= 1 }
    }
  }

  @Test("each tenant has its turn once, never more at a time than may, and the results keep the tenants' order")
  func turns() async throws {
    try await EngineFixture.with(tenants: 12) { fixture in
      let tenants = fixture.configuration.tenants
      for width in [1, 3, 48] {
        let room = Room()
        let ids = await fixture.engine.each(of: tenants, width: width) { tenant in
          await room.stay()
          return tenant.id
        }
        #expect(ids == tenants.map(\.id))
        #expect(room.all == 12 && room.most <= width)
      }
      #expect(await fixture.engine.each(of: [], { $0.id }).isEmpty)
    }
  }

  @Test("who is cancelled begins with no other tenant")
  func cancelled() async throws {
    try await EngineFixture.with(tenants: 12) { fixture in
      let tenants = fixture.configuration.tenants
      let room = Room()
      let task = Task {
        await fixture.engine.each(of: tenants, width: 2) { tenant in
          await room.stay()
          while !Task.isCancelled { await Task.yield() }
          return tenant.id
        }
      }
      while room.all < 2 { await Task.yield() }
      task.cancel()
      #expect(await task.value == tenants.prefix(2).map(\.id))
    }
  }
}
