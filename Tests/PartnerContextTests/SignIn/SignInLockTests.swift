import Foundation
import Glibc
import Synchronization
import Testing

@testable import PartnerContext

@Suite(.timeLimit(.minutes(1))) struct SignInLockTests {
  private struct Refused: Error, Equatable { var why: SignInStoreError }

  /// Whoever has the lock, and the most that had it at once.
  private final class Room: Sendable {
    private let state = Mutex((inside: 0, most: 0, order: [Int]()))
    var most: Int { state.withLock { $0.most } }
    var order: [Int] { state.withLock { $0.order } }
    func enter(_ number: Int) {
      state.withLock { state in
        state.inside += 1
        state.most = max(state.most, state.inside)
        state.order.append(number)
      }
    }
    func leave() { state.withLock { $0.inside -= 1 } }
  }

  private func hold<Value>(
    _ lock: SignInLock, _ patience: Duration = .seconds(30), _ body: () async throws(Refused) -> Value
  ) async throws(Refused) -> Value {
    try await lock.hold(patience: patience, refuse: { Refused(why: $0) }, body)
  }

  /// Why the lock was not had; `nil` when it was.
  private func obstacle(
    _ lock: SignInLock, _ patience: Duration = .seconds(30), _ body: () async -> Void = {}
  ) async -> SignInStoreError? {
    do throws(Refused) {
      try await hold(lock, patience) { () async throws(Refused) in await body() }
      return nil
    } catch { return error.why }
  }

  @Test("T4: two owners of one folder, as two processes are, never have it at once")
  func exclusive() async throws {
    try await StoreFolder.with { folder in
      let locks = [SignInLock(folder: folder.path), SignInLock(folder: folder.path)]
      let room = Room()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<60 {
          group.addTask {
            try await hold(locks[number % 2]) { () async throws(Refused) in
              room.enter(number)
              await Task.yield()
              room.leave()
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(room.most == 1)
      #expect(room.order.count == 60)
      #expect(folder.names == ["sign-in.lock", "sign-in.next"])
      for name in folder.names {
        var status = stat()
        #expect(stat(folder.file(name), &status) == 0 && status.st_mode & 0o7777 == 0o600)
      }
    }
  }

  @Test("Who is waited for goes before those that nobody waits for, and each kind in its order")
  func urgent() async throws {
    let turn = FairTurn()
    let room = Room()
    #expect(await turn.take(until: .now + .seconds(30)) == .taken)
    await withTaskGroup(of: Void.self) { group in
      for (number, isUrgent) in [(0, false), (1, false), (2, true), (3, false), (4, true)] {
        let before = turn.waiting
        group.addTask {
          #expect(await turn.take(until: .now + .seconds(30), isUrgent: isUrgent) == .taken)
          room.enter(number)
          room.leave()
          turn.pass()
        }
        while turn.waiting == before { await Task.yield() }
      }
      turn.pass()
      await group.waitForAll()
    }
    #expect(room.order == [2, 4, 0, 1, 3])
  }

  @Test("T4: who waits in one process is served in order")
  func order() async throws {
    try await StoreFolder.with { folder in
      let lock = SignInLock(folder: folder.path)
      let turn = FairTurn()
      let room = Room()
      #expect(await turn.take(until: .now + .seconds(30)) == .taken)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<20 {
          let before = turn.waiting
          group.addTask {
            #expect(await turn.take(until: .now + .seconds(30)) == .taken)
            try await hold(lock) { () async throws(Refused) in
              room.enter(number)
              room.leave()
            }
            turn.pass()
          }
          while turn.waiting == before { await Task.yield() }
        }
        turn.pass()
        try await group.waitForAll()
      }
      #expect(room.order == Array(0..<20))
    }
  }

  @Test("T4: another process that has it is waited for, and its end frees the lock")
  func otherProcess() async throws {
    try await StoreFolder.with { folder in
      let lock = SignInLock(folder: folder.path)
      try await hold(lock) { () async throws(Refused) in }
      let other = try OtherProcess("exec 9<>sign-in.lock; flock 9; echo held; read -r _", in: folder.path)
      #expect(other.line() == "held")
      let busy = SignInStoreError.busy(path: folder.file("sign-in.lock"))
      #expect(await obstacle(lock, .milliseconds(200)) { Issue.record("had by two") } == busy)
      let waiting = Task { try await hold(lock) { () async throws(Refused) in "mine" } }
      other.kill()
      #expect(try await waiting.value == "mine")
    }
  }

  @Test("T4: who is the next one in another process is let through first")
  func next() async throws {
    try await StoreFolder.with { folder in
      let lock = SignInLock(folder: folder.path)
      #expect(await obstacle(lock) == nil)
      let other = try OtherProcess("exec 9<>sign-in.next; flock 9; echo held; read -r _", in: folder.path)
      #expect(other.line() == "held")
      let busy = SignInStoreError.busy(path: folder.file("sign-in.next"))
      #expect(await obstacle(lock, .milliseconds(100)) { Issue.record("it was let through") } == busy)
      other.kill()
      #expect(await obstacle(lock) == nil)
    }
  }

  @Test("T4: a process that has many waiting lets another one in between")
  func turnstile() async throws {
    try await StoreFolder.with { folder in
      let (many, one) = (SignInLock(folder: folder.path), SignInLock(folder: folder.path))
      let room = Room()
      let isStarted = SharedFlight<Bool>()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<200 {
          group.addTask {
            try await hold(many, .seconds(55)) { () async throws(Refused) in
              room.enter(number)
              isStarted.land(true)
              try? await Task.sleep(for: .milliseconds(5))
              room.leave()
            }
          }
        }
        _ = await isStarted.value()
        try await hold(one, .seconds(55)) { () async throws(Refused) in
          room.enter(-1)
          room.leave()
        }
        group.cancelAll()
        while (try? await group.next()) != nil {}
      }
      let place = try #require(room.order.firstIndex(of: -1))
      #expect(place < 100, "it came only after \(place)")
      #expect(room.most == 1)
    }
  }

  @Test("T4: who is cancelled leaves the queue at once, and the next one has it")
  func cancelled() async throws {
    try await StoreFolder.with { folder in
      let lock = SignInLock(folder: folder.path)
      let (isHeld, isDone) = (SharedFlight<Bool>(), SharedFlight<Bool>())
      let holder = Task {
        try await hold(lock) { () async throws(Refused) in
          isHeld.land(true)
          _ = await isDone.value()
        }
      }
      _ = await isHeld.value()
      let leaver = Task { await obstacle(lock) { Issue.record("it was cancelled") } }
      leaver.cancel()
      #expect(await leaver.value == .cancelled)
      #expect(await obstacle(lock, .milliseconds(50)) == .busy(path: folder.file("sign-in.lock")))
      let next = Task { try await hold(lock) { () async throws(Refused) in true } }
      isDone.land(true)
      try await holder.value
      #expect(try await next.value)
    }
  }

  @Test("T4: an error inside gives it back")
  func failing() async throws {
    try await StoreFolder.with { folder in
      let lock = SignInLock(folder: folder.path)
      let inside = SignInStoreError.failed(reason: "inside")
      do throws(Refused) {
        try await hold(lock) { () async throws(Refused) in throw Refused(why: inside) }
        Issue.record("nothing was thrown")
      } catch { #expect(error.why == inside) }
      #expect(await obstacle(lock) == nil)
    }
  }

  @Test("H63: a lock that is a link or open to others is refused", arguments: [true, false])
  func unsafe(isLink: Bool) async throws {
    try await StoreFolder.with { folder in
      if isLink {
        try FileManager.default.createSymbolicLink(
          atPath: folder.file("sign-in.next"), withDestinationPath: folder.file("target"))
      } else {
        try folder.write([], to: "sign-in.next")
        chmod(folder.file("sign-in.next"), 0o666)
      }
      let lock = SignInLock(folder: folder.path)
      for _ in 0..<2 {
        guard case .unsafe(folder.file("sign-in.next"), _, _) = await obstacle(lock) else {
          Issue.record("it was taken")
          continue
        }
      }
      #expect(!folder.names.contains("target"))
    }
  }
}
