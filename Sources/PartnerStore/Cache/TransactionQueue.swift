import Dispatch
import GRDB
import Synchronization

/// Does in one transaction what many tasks ask of a file at the same time.
///
/// Who asks alone gets a transaction of its own at once. Shortly after one, and while one is under way, it is worth a
/// moment to wait for others that go together into the next: a transaction costs many times what is done in it. Each gets
/// its own outcome: when one of them fails, the transaction is taken back and each is done again by itself, so that
/// nobody's failure costs another anything.
final class TransactionQueue: Sendable {
  typealias Transaction = @Sendable ((Database) throws -> Void) throws(StoreError) -> Void

  private struct Job: Sendable {
    /// Does the work; may be called again after what it did was taken back.
    var attempt: @Sendable (Database) throws -> Void
    /// Wakes who asked, with what the last attempt gave, or with the failure.
    var end: @Sendable (StoreError?) -> Void
  }

  private struct State {
    var waiting: [Job] = []
    var isAtWork = false
    var endedAt: DispatchTime?
  }

  /// So many at a time that nobody waits long for the others, where each of them writes its few pages, too.
  private static let most = 32
  /// So many that no more are waited for.
  private static let enough = 16
  /// How long others are waited for.
  private let moment: DispatchTimeInterval
  /// Whether even who asks alone waits for others.
  private let isPatient: Bool
  /// How long after a transaction more are to be expected.
  private static let afterglow: DispatchTimeInterval = .milliseconds(10)

  private let state = Mutex(State())

  init() { (moment, isPatient) = (.milliseconds(4), false) }

  /// A queue for those who write much each: they wait so long for others even when alone. What several change in one
  /// page of the file, as in an index that all share, goes into its log once for each transaction.
  init(patience milliseconds: Int) { (moment, isPatient) = (.milliseconds(milliseconds), true) }

  /// How many wait for the transaction under way.
  var waiting: Int { state.withLock { $0.waiting.count } }

  /// Runs `body` in a transaction, away from the caller's thread.
  ///
  /// A cancelled caller still gets the outcome: what was written must not be forgotten because nobody waits any more.
  /// - Parameters:
  ///   - body: may be called again after what it did was taken back.
  ///   - transaction: runs its argument in one transaction of the file, which is taken back when that throws.
  func run<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value, in transaction: @escaping Transaction
  ) async throws(StoreError) -> Value {
    let outcome: Result<Value, StoreError> = await withCheckedContinuation { continuation in
      let box = Box<Value>()
      let job = Job(
        attempt: { db in box.set(try body(db)) },
        end: { failure in continuation.resume(returning: box.outcome(failure)) })
      let now = DispatchTime.now()
      let isIdle = state.withLock { state in
        state.waiting.append(job)
        defer { state.isAtWork = true }
        return !state.isAtWork
      }
      let isAlone = !isPatient && state.withLock { $0.endedAt.map { now > $0 + Self.afterglow } ?? true }
      if isIdle { begin(transaction, isAlone: isAlone) }
    }
    return try outcome.get()
  }

  private func begin(_ transaction: @escaping Transaction, isAlone: Bool) {
    let queue = DispatchQueue.global(qos: .userInitiated)
    guard !isAlone else { return queue.async { self.work(transaction) } }
    queue.asyncAfter(deadline: .now() + moment) { self.work(transaction) }
  }

  private func work(_ transaction: @escaping Transaction) {
    var left = 0
    repeat {
      let jobs = state.withLock { state in
        let taken = Array(state.waiting.prefix(Self.most))
        state.waiting.removeFirst(taken.count)
        return taken
      }
      if jobs.count == 1 || !doTogether(jobs, transaction) { doEach(jobs, transaction) }
      let now = DispatchTime.now()
      left = state.withLock { state in
        state.endedAt = now
        state.isAtWork = !state.waiting.isEmpty
        return state.waiting.count
      }
    } while left >= Self.enough
    if left > 0 { begin(transaction, isAlone: false) }
  }

  private func doEach(_ jobs: [Job], _ transaction: Transaction) {
    for job in jobs {
      do throws(StoreError) {
        try transaction { db in try job.attempt(db) }
        job.end(nil)
      } catch {
        job.end(error)
      }
    }
  }

  /// - Returns: `false` when one of them failed and nothing was done.
  private func doTogether(_ jobs: [Job], _ transaction: Transaction) -> Bool {
    var isInJob = false
    do throws(StoreError) {
      try transaction { db in
        isInJob = true
        for job in jobs { try job.attempt(db) }
        isInJob = false
      }
    } catch {
      if isInJob { return false }
      // There was no transaction, or it could not be ended: that is so for each of them.
      for job in jobs { job.end(error) }
      return true
    }
    for job in jobs { job.end(nil) }
    return true
  }

  /// What a job gave, from the attempt until its end.
  private final class Box<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    func set(_ new: Value) { value.withLock { $0 = new } }

    func outcome(_ failure: StoreError?) -> Result<Value, StoreError> {
      if let failure { return .failure(failure) }
      guard let value = value.withLock({ $0 }) else {
        return .failure(.failed(path: "", reason: "a transaction ended without an outcome"))
      }
      return .success(value)
    }
  }
}
