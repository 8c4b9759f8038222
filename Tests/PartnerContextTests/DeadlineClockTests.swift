import Synchronization
import Testing

@testable import PartnerContext

@Suite struct DeadlineClockTests {
  /// Waits for `count` limits to pass, in the order in which they did.
  private func passed(_ count: Int, _ set: (DeadlineClock, @escaping @Sendable (Int) -> Void) -> Void) async -> [Int] {
    let clock = DeadlineClock()
    let (stream, continuation) = AsyncStream<Int>.makeStream()
    set(clock) { continuation.yield($0) }
    var numbers: [Int] = []
    for await number in stream {
      numbers.append(number)
      if numbers.count == count { break }
    }
    return numbers
  }

  @Test("an earlier limit that is set later does not wait for the one before it")
  func earlier() async {
    let first = await passed(1) { clock, note in
      _ = clock.expire(after: .seconds(3600)) { note(2) }
      _ = clock.expire(after: .milliseconds(20)) { note(1) }
    }
    #expect(first == [1])
  }

  @Test("a limit that was called off never passes, and calling it off again does nothing")
  func calledOff() async {
    let all = await passed(2) { clock, note in
      let callOff = clock.expire(after: .milliseconds(20)) { note(2) }
      _ = clock.expire(after: .milliseconds(30)) { note(1) }
      _ = clock.expire(after: .milliseconds(40)) { note(3) }
      callOff()
      callOff()
    }
    #expect(Set(all) == [1, 3])
  }

  @Test("a clock that slept with nothing left to wake for takes new limits", arguments: [0, 1])
  func again(calledOff: Int) async {
    let order = await passed(2) { clock, note in
      for _ in 0..<calledOff {
        let callOff = clock.expire(after: .milliseconds(10)) { note(9) }
        callOff()
      }
      _ = clock.expire(after: .milliseconds(20)) {
        note(1)
        _ = clock.expire(after: .milliseconds(20)) { note(2) }
      }
    }
    #expect(order == [1, 2])
  }

  @Test("a limit never passes before its time")
  func notBefore() async {
    let start = ContinuousClock.now
    _ = await passed(1) { clock, note in
      for limit in [90, 60, 30] { _ = clock.expire(after: .milliseconds(limit)) { note(limit) } }
    }
    #expect(ContinuousClock.now - start >= .milliseconds(30))
  }
}
