import Foundation
import GRDB
import PartnerModel
import Synchronization
import Testing

@testable import PartnerStore

@Suite struct TransactionQueueTests {
  private struct Refused: Error {}

  private final class Count: Sendable {
    private let count = Mutex(0)
    func next() -> Int {
      count.withLock { count in
        count += 1
        return count
      }
    }
  }

  /// A file in memory, that counts the transactions.
  private final class File: Sendable {
    let queue: TransactionQueue
    private let began = Mutex(0)
    private let database: DatabaseQueue
    private let isBroken = Mutex(false)

    init(_ queue: TransactionQueue = TransactionQueue()) throws {
      self.queue = queue
      database = try DatabaseQueue()
      try database.write { try $0.execute(sql: "CREATE TABLE kept (number INTEGER UNIQUE)") }
    }

    /// How many transactions were tried.
    var tried: Int { began.withLock { $0 } }

    func breakDown() { isBroken.withLock { $0 = true } }

    func run<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
      try await queue.run(body) { [self] work throws(StoreError) in
        began.withLock { $0 += 1 }
        if isBroken.withLock({ $0 }) { throw .busy(path: "here") }
        try StoreFile.mapping("here") { try database.write(work) }
      }
    }

    func keep(_ number: Int) async throws {
      try await run { try $0.execute(sql: "INSERT INTO kept VALUES (?)", arguments: [number]) }
    }

    func kept() throws -> [Int] {
      try database.read { try Int.fetchAll($0, sql: "SELECT number FROM kept ORDER BY 1") }
    }
  }

  /// Holds the queue in a transaction until all of `bodies` wait behind it.
  private func together(
    _ file: File, _ bodies: [@Sendable () async throws -> Void], breaksDown: Bool = false
  ) async -> [Bool] {
    let (entered, enter) = AsyncStream<Void>.makeStream()
    let gate = DispatchSemaphore(value: 0)
    let first = Task {
      try await file.run { _ in
        enter.finish()
        gate.wait()
      }
    }
    for await _ in entered {}
    return await withTaskGroup(of: (Int, Bool).self) { group in
      for (index, body) in bodies.enumerated() {
        group.addTask {
          do {
            try await body()
            return (index, true)
          } catch {
            return (index, false)
          }
        }
      }
      while file.queue.waiting < bodies.count { await Task.yield() }
      if breaksDown { file.breakDown() }
      gate.signal()
      var outcomes = [Bool](repeating: false, count: bodies.count)
      for await (index, isKept) in group { outcomes[index] = isKept }
      _ = await first.result
      return outcomes
    }
  }

  @Test("what many ask for at the same time is done in one transaction")
  func oneForAll() async throws {
    let file = try File()
    let outcomes = await together(file, (0..<20).map { number in { try await file.keep(number) } })
    #expect(outcomes.allSatisfy { $0 })
    #expect(try file.kept() == Array(0..<20))
    #expect(file.tried == 2, "the one that held the others up, and theirs")
  }

  @Test("who writes much waits a moment for others, even when alone")
  func patience() async throws {
    let file = try File(TransactionQueue(patience: 500))
    let began = ContinuousClock.now
    try await file.keep(0)
    #expect(ContinuousClock.now - began > .milliseconds(450))
    async let one: Void = file.keep(1)
    async let other: Void = file.keep(2)
    _ = try await (one, other)
    #expect(try file.kept() == [0, 1, 2])
    #expect(file.tried == 2)
  }

  @Test("one that fails costs the others nothing, and nothing of it is kept")
  func oneFails() async throws {
    let file = try File()
    let bodies: [@Sendable () async throws -> Void] = (0..<6).map { number in
      {
        try await file.run { db in
          try db.execute(sql: "INSERT INTO kept VALUES (?)", arguments: [number])
          if number == 3 { throw Refused() }
        }
      }
    }
    #expect(await together(file, bodies) == [true, true, true, false, true, true])
    #expect(try file.kept() == [0, 1, 2, 4, 5])
  }

  @Test("a transaction that cannot begin fails all who wait for it at once, not one after the other")
  func cannotBegin() async throws {
    let file = try File()
    let outcomes = await together(file, (0..<6).map { number in { try await file.keep(number) } }, breaksDown: true)
    #expect(outcomes.allSatisfy { !$0 })
    #expect(try file.kept().isEmpty)
    #expect(file.tried == 2)
  }

  @Test("an outcome is told when it is kept, and not before")
  func keptWhenTold() async throws {
    try await withFolder { (folder) async throws in
      let cache = try Cache.open(in: folder, now: noon)
      let other = try Cache.open(in: folder, now: noon)
      let log = SharedRequestLog(cache)
      let told = Count()
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<40 {
          group.addTask {
            let answer = try? await log.admit(
              app: "a", tenant: contoso, priority: .foreground, share: 1, at: noon + Double(number) / 100)
            #expect(answer == .admitted)
            let before = told.next()
            // Another process sees all that was let go, so a crash now can count too many and never too few.
            let seen = try? other.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM requests") }
            #expect(seen ?? 0 >= before)
          }
        }
      }
      cache.close()
      other.close()
    }
  }
}
