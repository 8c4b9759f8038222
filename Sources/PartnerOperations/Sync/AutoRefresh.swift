import FoundationEssentials
package import PartnerModel
import PartnerStore

/// Keeps reading the tenants by a `RefreshSchedule` until it is stopped.
package actor AutoRefresh {
  /// Reads under way at a time; the client holds its own, finer limits.
  private static let width = 48

  private let engine: PartnerEngine
  private let sleep: @Sendable (Duration) async throws -> Void
  private let random: @Sendable () -> Double
  private let onRead: @Sendable () async -> Void
  private var schedule: RefreshSchedule
  private var loop: Task<Void, Never>?
  private var nap: Task<Void, any Error>?
  private var round: (done: Int, of: Int) = (0, 0)
  private var isRoundOver = true
  private var requested: Set<TenantID> = []
  /// Asked for by the operator, and held while another tenant's request finds out whether the host answers again.
  private var held: Set<TenantID> = []
  /// Of those the ones that are read next because it does.
  private var released: Set<TenantID> = []
  /// Reads that succeeded.
  private var successes = 0

  /// - Parameters:
  ///   - random: 0 to 1.
  ///   - onRead: called when a tenant's read has ended: a moment at which the program is awake anyway.
  package init(
    engine: PartnerEngine, sleep: @escaping @Sendable (Duration) async throws -> Void,
    random: @escaping @Sendable () -> Double, onRead: @escaping @Sendable () async -> Void = {}
  ) {
    self.engine = engine
    self.sleep = sleep
    self.random = random
    self.onRead = onRead
    let tenants = engine.configuration.tenants.filter { !$0.isExcluded }.map(\.id)
    schedule = RefreshSchedule(policy: engine.configuration.refresh, tenants: tenants, now: engine.now())
  }

  package func start() {
    guard loop == nil else { return }
    loop = Task { await self.run() }
  }

  /// Ends the reading; what is under way is cancelled, and has ended when this returns.
  package func stop() async {
    let running = loop
    loop = nil
    running?.cancel()
    nap?.cancel()
    await running?.value
  }

  package func watch(_ tenants: [TenantID]) {
    schedule.watch(tenants, now: engine.now())
    nap?.cancel()
  }

  /// Reads these now, because the operator asked.
  package func hurry(_ tenants: [TenantID]) {
    requested.formUnion(tenants)
    schedule.hurry(tenants, now: engine.now())
    nap?.cancel()
  }

  private func run() async {
    await withDiscardingTaskGroup { group in
      // No timer runs where nobody has such relationships.
      if engine.concernsRelations { group.addTask { await self.readRelations() } }
      while !Task.isCancelled {
        let due = schedule.takeDue(Self.width - schedule.running.count, now: engine.now())
        if !due.isEmpty { begin(due) }
        for id in due {
          guard let tenant = engine.tenant(id) else { continue }
          let priority: RequestPriority = requested.remove(id) == nil ? .background : .foreground
          let isSpare = schedule.isSpare(id)
          group.addTask { await self.read(tenant, priority, isSpare: isSpare) }
        }
        await rest()
      }
      group.cancelAll()
    }
  }

  private func readRelations() async {
    while !Task.isCancelled {
      await engine.readRelations(ifDue: true)
      do { try await sleep(.seconds(PartnerEngine.relationPace)) } catch { return }
    }
  }

  private func begin(_ due: [TenantID]) {
    // A history that is read on is nobody's round: who asked for a tenant does not wait for those.
    let round = due.filter { !schedule.isSpare($0) }
    if !round.isEmpty {
      if isRoundOver { self.round = (0, 0) }
      self.round.of += round.count
      released.subtract(round)
    }
    tellProgress(ofRound: !round.isEmpty)
  }

  /// Who is due, or released, is a part of the round already: until it was read too, nothing is at its end.
  private func tellProgress(ofRound: Bool) {
    engine.report(.syncing(schedule.running))
    guard ofRound else { return }
    let now = engine.now()
    let waiting = schedule.dueCount(now: now) + released.count { !schedule.isDue($0, now: now) }
    isRoundOver = round.done == round.of + waiting
    engine.report(.syncProgressed(done: round.done, of: round.of + waiting))
  }

  private func read(_ tenant: Tenant, _ priority: RequestPriority, isSpare: Bool) async {
    let (before, wereReleased) = (successes, released)
    // Alerts of a month wait until all have their incidents.
    let alerts: AlertAsking = schedule.isBehind(now: engine.now()) ? .afterOthers : .withIncidents
    let failure = await engine.sync(tenant, priority: priority, alerts: alerts)
    let hasMore = engine.hasMoreAlerts(of: tenant.id)
    schedule.ended(tenant.id, failure: failure, hasMore: hasMore, now: engine.now(), jitter: random())
    if !isSpare { round.done += 1 }
    if failure == nil { successes += 1 }
    if priority == .foreground, case .breakerOpen = failure?.cause, failure?.host != nil { held.insert(tenant.id) }
    // The host answers again: whoever asked for the others does not wait for their turn.
    if !held.isEmpty, successes != before {
      released.formUnion(held)
      hurry(Array(held))
      held = []
    }
    tellProgress(ofRound: !isSpare || released != wereReleased)
    nap?.cancel()
    if !Task.isCancelled { await onRead() }
  }

  /// Sleeps until a tenant is due, a read ends, or somebody asks; no timer runs when nothing is due.
  private func rest() async {
    let isFull = schedule.running.count >= Self.width
    let wait = isFull ? nil : schedule.nextDue.map { $0.timeIntervalSince(engine.now()) }
    if let wait, wait <= 0 { return }
    let sleep = sleep
    let nap = Task { try await sleep(wait.map { .seconds($0) } ?? .seconds(3600)) }
    self.nap = nap
    await withTaskCancellationHandler {
      _ = try? await nap.value
    } onCancel: {
      nap.cancel()
    }
  }
}
