import FoundationEssentials
import PartnerModel
import Synchronization

/// Keeps a silence that the service asked of the whole app, in whatever tenant it said so: nothing leaves in the
/// background, and what the operator asks for leaves once a second.
///
/// Each process learns of it by itself, from one refusal: what they share counts by tenant, before each request, and one
/// more look there would cost every request of every day what an app-wide silence, which is rare, costs once. Only what
/// the operator asks for waits here, and six at most, so that they hold few of the places for requests under way.
///
/// Source: Microsoft Graph, `x-ms-throttle-scope: <scope>/<limit>/<application>/<tenant, user or resource>`.
final class AppThrottle: Sendable {
  private struct State {
    /// By the clock that nobody can set.
    var until: Duration = .zero
    /// When the next request of the operator may leave.
    var next: Duration = .zero
  }

  private static let pace: Duration = .seconds(1)
  /// Nobody waits longer for a turn: most of the time that one answer may take is left for the answer.
  private static let longestTurn: Duration = .seconds(5)

  private let host: String
  private let dependencies: PartnerDependencies
  private let state = Mutex(State())

  init(host: String, dependencies: PartnerDependencies) {
    self.host = host
    self.dependencies = dependencies
  }

  /// The service wants silence of the app until then; one that lasts longer is not shortened.
  /// - Returns: the failure with the host that it concerns.
  func note(_ failure: PartnerError, until: Date) -> PartnerError {
    let end = dependencies.uptime() + .seconds(max(0, until.timeIntervalSince(dependencies.now())))
    state.withLock { $0.until = max($0.until, end) }
    var failure = failure
    failure.host = host
    return failure
  }

  /// Returns when a request may leave.
  /// - Throws: `.throttled` in the background, and where too many of the operator's wait already.
  func admit(_ tenant: TenantID, _ priority: RequestPriority) async throws(PartnerError) {
    let uptime = dependencies.uptime()
    let (turn, refusedUntil) = state.withLock { state -> (Duration?, Duration?) in
      guard uptime < state.until else { return (nil, nil) }
      let turn = max(state.next, uptime)
      guard priority == .foreground else { return (nil, state.until) }
      guard turn - uptime <= Self.longestTurn else { return (nil, turn) }
      state.next = turn + Self.pace
      return (turn, nil)
    }
    if let refusedUntil {
      let now = dependencies.now()
      throw PartnerError(
        .throttled(until: now.addingTimeInterval((refusedUntil - uptime) / .seconds(1))), tenant: tenant, at: now,
        host: host)
    }
    guard let turn, turn > uptime else { return }
    do { try await dependencies.sleep(turn - uptime) } catch { throw PartnerError(.cancelled, tenant: tenant) }
  }
}

extension Answer {
  /// Whether a refusal for too many requests is meant for the app in all its tenants.
  var throttlesApp: Bool {
    value("x-ms-throttle-scope").map { $0.prefix { $0 != "/" }.lowercased() == "application" } ?? false
  }
}
