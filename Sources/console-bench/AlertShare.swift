import BenchFigures
import FoundationEssentials
import Glibc
import Logging
import PartnerContext
import PartnerModel
import PartnerOperations
import PartnerStore

/// What the alerts add to a quiet refresh: the program's engine, here in this process, reads a lab's tenants in the
/// background, once with their alerts and once without.
///
/// Without means what the program does by itself for ten minutes where alerts could not be read: it leaves them alone.
struct AlertShare {
  private let lab: LabProcess
  private let (with, without): (StateFolder, StateFolder)

  /// Fills a store for each.
  init(_ ours: Contender, _ lab: LabProcess) throws {
    self.lab = lab
    func filled(_ name: String) throws -> StateFolder {
      let state = try ours.state(name)
      _ = try ours.refresh(lab, state: state, run: name)
      return try ours.store(of: lab.configuration.app, state: state)
    }
    (with, without) = (try filled("alerts-with"), try filled("alerts-without"))
  }

  func measure(repetitions: Int, into report: inout BenchReport) async throws {
    var (with, without) = (Samples(), Samples())
    for round in 0..<repetitions {
      // Whoever comes first finds another machine than whoever comes after.
      for readsAlerts in round.isMultiple(of: 2) ? [true, false] : [false, true] {
        let spent = try await refresh(readsAlerts ? self.with : self.without, readsAlerts: readsAlerts)
        if readsAlerts { with.append(spent.milliseconds) } else { without.append(spent.milliseconds) }
      }
    }
    report.figures.append(
      Figure(
        "refresh.processor.alerts", unit: "ms", with,
        beside: .init(.part, "the engine, incidents alone", without), target: .ratioAtMost(1.4)))
  }

  /// Reads all tenants once, with a token for each.
  /// - Returns: the processor time that it took.
  /// - Throws: where a tenant was not read, or its alerts not as they should be.
  private func refresh(_ folder: StateFolder, readsAlerts: Bool) async throws -> Duration {
    let configuration = lab.configuration
    let tenants = configuration.tenants.sorted { $0.id < $1.id }
    let cache = try Cache.open(in: folder, now: Date())
    defer { cache.close() }
    let journal = Journal(in: folder)
    defer { journal.close() }
    if !readsAlerts {
      let began = Date()
      for tenant in tenants {
        _ = try await cache.change(tenant, at: began) { row, _ in
          row.sync.alerts?.lastAttempt = began
          row.sync.alerts?.error = Problem(cause: "appRoleMissing", at: began, nextAction: "Ask again later.")
        }
      }
    }
    let began = Date()
    let before = try processorTime()
    let transport = try LiveTransport(for: configuration.app)
    let context = PartnerContext(
      app: configuration.app, transport: transport, ledger: SharedRequestLog(cache),
      logger: Logger(label: "console-bench") { _ in SwiftLogNoOpLogHandler() })
    let engine = PartnerEngine(
      configuration: configuration, journal: journal, cache: cache, mainContext: context, contexts: [:],
      now: { Date() }, newID: { UUID().uuidString }, report: { _ in })
    let failures = await engine.each(of: tenants) { await engine.sync($0, priority: .background) }
    await transport.shutDown()
    let spent = try processorTime() - before
    let rows = await engine.overviews(of: tenants)
    let hasRead = rows.filter { $0.sync.alerts?.lastSuccess.map { $0 >= began } ?? false }
    guard failures.count == tenants.count, failures.allSatisfy({ $0 == nil }),
      hasRead.count == (readsAlerts ? tenants.count : 0)
    else {
      let unread = failures.count { $0 != nil }
      throw BenchError("\(unread) of \(tenants.count) tenants were not read, the alerts of \(hasRead.count) were")
    }
    return spent
  }

  /// What this process has used, in all its threads.
  private func processorTime() throws -> Duration {
    var time = timespec()
    guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { throw BenchError("no clock of the processor") }
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
