import PartnerModel
import Testing

@testable import ConsoleApp

/// What a relay was seen doing.
private actor Witness {
  private(set) var heard: [[TenantID]] = []
  private var rests = 0

  func rested() -> Int {
    rests += 1
    return rests
  }

  func hear(_ tenants: [TenantID]) -> Int {
    heard.append(tenants)
    return heard.count
  }
}

@Suite("What is on screen, handed on")
struct WatchRelayTests {
  @Test("Of a quick series only the last is handed on, in order, once the screen stands still")
  func newestOnly() async throws {
    let one = try #require(TenantID("aaaaaaaa-0000-4000-8000-000000000001"))
    let two = try #require(TenantID("aaaaaaaa-0000-4000-8000-000000000002"))
    let (relay, witness) = (WatchRelay(), Witness())
    relay.post([one])
    relay.post([two])
    let work = Task {
      await relay.run(
        sleep: { _ in
          // The screen moves on during the first rest.
          if await witness.rested() == 1 { relay.post([one, two]) }
        },
        watch: { tenants in
          if await witness.hear(tenants) == 1 {
            relay.post([one])
          } else {
            withUnsafeCurrentTask { $0?.cancel() }
          }
        })
    }
    await work.value
    #expect(await witness.heard == [[one, two], [one]])
  }
}
