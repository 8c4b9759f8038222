import BenchFigures
import FoundationEssentials
import Glibc
import Logging
import PartnerContext
import PartnerModel
import PartnerOperations
import PartnerStore

/// What the alerts add to a quiet refresh: the program's engine, here in this process, reads a lab's tenants in the
/// background, in turns with their alerts and without. Of a quiet tenant it asks for them in every second turn.
struct AlertShare {
  private let lab: LabProcess
  private let folder: StateFolder

  /// Fills a store, with all alerts that are wanted.
  init(_ ours: Contender, _ lab: LabProcess) async throws {
    self.lab = lab
    let state = try ours.state("alerts")
    _ = try ours.refresh(lab, state: state, run: "alerts")
    folder = try ours.store(of: lab.configuration.app, state: state)
    let rows = try await turn(.filling).rows
    guard rows.allSatisfy({ $0.sync.alerts?.coversFrom != nil }) else {
      throw BenchError("the alerts of some tenants did not come to their end")
    }
  }

  func measure(repetitions: Int, into report: inout BenchReport) async throws {
    var (twoTurns, alone) = (Samples(), Samples())
    for round in 0..<repetitions {
      // Whoever comes first finds another machine than whoever comes after.
      var spent: [Turn: Double] = [:]
      for kind in round.isMultiple(of: 2) ? [Turn.withAlerts, .without] : [.without, .withAlerts] {
        spent[kind] = try await turn(kind).spent.milliseconds
      }
      guard let with = spent[.withAlerts], let without = spent[.without] else { continue }
      twoTurns.append((with + without) / 2)
      alone.append(without)
    }
    report.figures.append(
      Figure(
        "refresh.processor.alerts", unit: "ms", twoTurns,
        beside: .init(.part, "the engine, incidents alone", alone), target: .ratioAtMost(1.4)))
  }

  private enum Turn { case filling, withAlerts, without }

  /// Reads all tenants once, with a token for each.
  /// - Returns: the processor time that it took, and how the tenants stand.
  /// - Throws: where a tenant was not read, or its alerts not as they should be.
  private func turn(_ kind: Turn) async throws -> (spent: Duration, rows: [TenantOverview]) {
    let configuration = lab.configuration
    let tenants = configuration.tenants.sorted { $0.id < $1.id }
    let cache = try Cache.open(in: folder, now: Date())
    defer { cache.close() }
    let journal = Journal(in: folder)
    defer { journal.close() }
    if kind != .filling {
      let last = kind == .without ? Date() : Date(timeIntervalSinceNow: -3_600)
      for tenant in tenants {
        _ = try await cache.change(tenant, at: last) { row, _ in row.sync.alerts?.lastAttempt = last }
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
    // Filling asks for one token only: of those a tenant's app may have no more than a few in a while.
    let failures = await engine.each(of: tenants) { tenant in
      kind == .filling
        ? await engine.syncToEnd(tenant, priority: .background) : await engine.sync(tenant, priority: .background)
    }
    await transport.shutDown()
    let spent = try processorTime() - before
    let rows = await engine.overviews(of: tenants)
    let hasRead = rows.filter { $0.sync.alerts?.lastSuccess.map { $0 >= began } ?? false }
    let expected = kind == .filling ? hasRead.count : kind == .withAlerts ? tenants.count : 0
    guard failures.count == tenants.count, failures.allSatisfy({ $0 == nil }), hasRead.count == expected else {
      let unread = failures.count { $0 != nil }
      throw BenchError("\(unread) of \(tenants.count) tenants were not read, the alerts of \(hasRead.count) were")
    }
    return (spent, rows)
  }

  /// What this process has used, in all its threads.
  private func processorTime() throws -> Duration {
    var time = timespec()
    guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { throw BenchError("no clock of the processor") }
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
