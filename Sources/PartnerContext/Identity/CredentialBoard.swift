import FoundationEssentials
import PartnerModel
import Synchronization

/// What is known of each of the app's credentials, for all of its tenants.
///
/// A credential that was refused is not asked with for each tenant: whoever comes is told the same, and where another
/// one serves, that is used at once. It is tried again by one tenant for all, when its content is another, after a
/// while, or because the operator asks.
final class CredentialBoard: Sendable {
  /// Whether to ask with a credential.
  enum Admission {
    case open
    /// It was refused before, and whoever gets this finds out for all; ``CredentialBoard/end(_:of:)`` ends it.
    case probe(SharedFlight<Bool>)
    /// `isSpared`: because tokens come by another one, so it is worth another look where that fails too.
    case held(PartnerError, isSpared: Bool)
  }

  /// Why a credential is not asked with.
  fileprivate struct Hold {
    var error: PartnerError
    var fingerprint: [UInt8]?
    var since: Duration
    /// Whether it was the operator who had it asked.
    var isOperators = false
    /// Who was told of it: a tenant that comes again is a new wish, and not another part of the same one.
    var told: Set<TenantID> = []
    var mayPassSoon = false
    /// Lands when whoever tries it again is through.
    var probe: SharedFlight<Bool>?
  }

  /// How long a refusal is told without being asked for again where no other credential serves (F37), and how long
  /// where one does.
  private static let memory: Duration = .seconds(60)
  private static let longMemory: Duration = .seconds(3600)
  /// How long the parts of one action of the operator's may lie apart.
  private static let actionSpan: Duration = .seconds(5)

  private struct State {
    var standings: [CredentialStanding]
    var holds: [Int: Hold] = [:]
    var watchers: [Int: AsyncStream<[CredentialStanding]>.Continuation] = [:]
    var nextWatcher = 0
  }

  private let state: Mutex<State>

  init(_ credentials: [CredentialSource]) {
    state = Mutex(
      State(
        standings: credentials.enumerated().map { CredentialStanding(position: $0 + 1, source: $1) }))
  }

  /// In the order of the configuration.
  var standings: [CredentialStanding] { state.withLock { $0.standings } }

  /// The one at `index`; `nil` where there is none.
  func standing(_ index: Int) -> CredentialStanding? {
    state.withLock { $0.standings.indices.contains(index) ? $0.standings[index] : nil }
  }

  /// Whether the credential at `index` was refused, and not accepted since.
  func isHeld(_ index: Int) -> Bool { state.withLock { $0.holds[index] != nil } }

  private enum Step {
    case go(Admission)
    case wait(SharedFlight<Bool>)
  }

  /// Whether `tenant` is asked with the credential at `index`; waits for another who is finding out, if nothing else
  /// serves.
  /// - Parameter showing: what it would show, where that is known without a request.
  /// - Throws: `.cancelled`.
  func admit(
    _ index: Int, _ tenant: TenantID, _ priority: RequestPriority, _ showing: CredentialShowing?,
    at uptime: @Sendable () -> Duration
  ) async throws(PartnerError) -> Admission {
    guard isHeld(index) else { return .open }
    let fingerprint = showing?.fingerprint
    while true {
      switch step(index, tenant, priority, fingerprint, at: uptime()) {
      case .go(let admission): return admission
      case .wait(let probe):
        guard await probe.value() != nil else { throw PartnerError(.cancelled, tenant: tenant) }
      }
    }
  }

  private func step(
    _ index: Int, _ tenant: TenantID, _ priority: RequestPriority, _ fingerprint: [UInt8]?, at uptime: Duration
  ) -> Step {
    state.withLock { state in
      guard var hold = state.holds[index] else { return .go(.open) }
      let hasOther = state.standings.indices.contains {
        if $0 != index, state.holds[$0] == nil, case .served = state.standings[$0].state { true } else { false }
      }
      let memory = hasOther && !hold.mayPassSoon ? Self.longMemory : Self.memory
      let isNews = fingerprint.map { $0 != hold.fingerprint } ?? false
      let isWish =
        priority == .foreground && !hasOther
        && (hold.told.contains(tenant) || !hold.isOperators || uptime - hold.since >= Self.actionSpan)
      guard isNews || isWish || uptime - hold.since >= memory else {
        hold.told.insert(tenant)
        state.holds[index] = hold
        return .go(.held(hold.error.told(to: tenant), isSpared: hasOther))
      }
      if let probe = hold.probe {
        return hasOther ? .go(.held(hold.error.told(to: tenant), isSpared: true)) : .wait(probe)
      }
      let probe = SharedFlight<Bool>()
      hold.probe = probe
      state.holds[index] = hold
      return .go(.probe(probe))
    }
  }

  /// Whoever tried a refused credential again is through, whatever came of it.
  func end(_ probe: SharedFlight<Bool>, of index: Int) {
    state.withLock { if $0.holds[index]?.probe === probe { $0.holds[index]?.probe = nil } }
    probe.land(true)
  }

  /// The standings now, and whenever another thing than the time of the last token has changed.
  func changes() -> AsyncStream<[CredentialStanding]> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: [CredentialStanding].self, bufferingPolicy: .bufferingNewest(1))
    let number = state.withLock { state in
      state.nextWatcher += 1
      state.watchers[state.nextWatcher] = continuation
      continuation.yield(state.standings)
      return state.nextWatcher
    }
    continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.watchers[number] = nil } }
    return stream
  }

  /// A token came by the credential at `index`.
  func noteServed(_ index: Int, at now: Date) {
    change(index) { state in
      state.holds[index] = nil
      state.standings[index].state = .served(at: now)
      state.standings[index].lastServedAt = now
    }
  }

  /// The service does not accept it: no other tenant is to find out the same.
  func noteRefused(
    _ index: Int, _ error: PartnerError, _ showing: CredentialShowing, for tenant: TenantID,
    _ priority: RequestPriority, isProbe: Bool, at uptime: Duration
  ) {
    let fingerprint = showing.fingerprint
    change(index) { state in
      var hold = Hold(error: error, fingerprint: fingerprint, since: uptime)
      hold.isOperators = priority == .foreground
      // Of many who had asked at once, each is told by its own answer.
      hold.told = isProbe ? [tenant] : (state.holds[index]?.told ?? []).union([tenant])
      hold.probe = state.holds[index]?.probe
      // Made anew for each request, it is our clock that it depends on, and that may be set right any moment.
      hold.mayPassSoon = error.code == PartnerError.outdatedAssertion && showing.thumbprint != nil
      state.holds[index] = hold
      state.standings[index].state = .refused(error.problem)
    }
  }

  /// Nothing could be sent.
  func noteUnreadable(_ index: Int, reason: String, at now: Date) {
    change(index) { state in
      // Since when is what counts.
      if case .unreadable(reason, _) = state.standings[index].state { return }
      state.standings[index].state = .unreadable(reason: reason, at: now)
    }
  }

  /// What was read tells when it ends, and which certificate it is.
  func noteFacts(_ index: Int, validUntil: Date?, thumbprint: String?) {
    guard validUntil != nil || thumbprint != nil else { return }
    change(index) { state in
      (state.standings[index].validUntil, state.standings[index].thumbprint) = (validUntil, thumbprint)
    }
  }

  private func change(_ index: Int, _ edit: (inout State) -> Void) {
    state.withLock { state in
      guard state.standings.indices.contains(index) else { return }
      let before = state.standings[index]
      edit(&state)
      guard !state.standings[index].tellsTheSame(as: before) else { return }
      // Under the lock, so that they come in order; a stream only keeps the newest.
      for watcher in state.watchers.values { watcher.yield(state.standings) }
    }
  }

  deinit { state.withLock { for watcher in $0.watchers.values { watcher.finish() } } }
}

extension CredentialStanding {
  /// Whether only the time differs at which it served.
  fileprivate func tellsTheSame(as other: CredentialStanding) -> Bool {
    guard case .served = state, case .served = other.state else { return self == other }
    var other = other
    (other.state, other.lastServedAt) = (state, lastServedAt)
    return self == other
  }
}

extension PartnerError {
  /// The same for another tenant than the one that was asked: the ids are those of its request.
  fileprivate func told(to other: TenantID) -> PartnerError {
    guard tenant != other else { return self }
    var error = self
    (error.tenant, error.requestID, error.correlationID) = (other, nil, nil)
    return error
  }
}
