import FoundationEssentials
import PartnerModel
import Synchronization

/// What is known of each of the app's credentials, for all of its tenants.
final class CredentialBoard: Sendable {
  private struct State {
    var standings: [CredentialStanding]
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
    change(index) {
      $0.state = .served(at: now)
      $0.lastServedAt = now
    }
  }

  /// The service does not accept it.
  func noteRefused(_ index: Int, _ problem: Problem) { change(index) { $0.state = .refused(problem) } }

  /// Nothing could be sent.
  func noteUnreadable(_ index: Int, reason: String, at now: Date) {
    change(index) { standing in
      // Since when is what counts.
      if case .unreadable(reason, _) = standing.state { return }
      standing.state = .unreadable(reason: reason, at: now)
    }
  }

  /// What was read tells when it ends, and which certificate it is.
  func noteFacts(_ index: Int, validUntil: Date?, thumbprint: String?) {
    change(index) { ($0.validUntil, $0.thumbprint) = (validUntil, thumbprint) }
  }

  private func change(_ index: Int, _ edit: (inout CredentialStanding) -> Void) {
    state.withLock { state in
      guard state.standings.indices.contains(index) else { return }
      let before = state.standings[index]
      edit(&state.standings[index])
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
