public import FoundationEssentials

/// The credentials of one app registration, in the order in which they are tried.
public struct AppCredentials: Hashable, Sendable {
  /// A further registration's name; `nil` for the main one.
  public var app: String?
  public var standings: [CredentialStanding]

  public init(app: String?, standings: [CredentialStanding]) {
    self.app = app
    self.standings = standings
  }
}

/// What is amiss with a credential of ours. It concerns every tenant, so it is said once and not with each of them.
public struct CredentialWarning: Hashable, Sendable {
  /// Whether nothing can be asked for it, or it has ended: else it only has to be mended in time.
  public var isFailure: Bool
  /// One clause. Holds names and paths of the configuration: make it harmless before painting.
  public var summary: String
  /// One sentence: what the operator does next.
  public var nextAction: String
  /// When the credential ends, where that is what is amiss.
  public var endsAt: Date?

  /// Seconds before its end from which a credential's end is told (rule T6).
  public static let notice: TimeInterval = 30 * 86_400
}

extension AppCredentials {
  /// What is amiss, the most pressing first.
  public func warnings(at now: Date) -> [CredentialWarning] {
    let serves = standings.first { if case .served = $0.state { true } else { false } }
    let isLost = standings.allSatisfy { standing in
      switch standing.state {
      case .refused, .unreadable: true
      case .served, .notTried: false
      }
    }
    var found: [CredentialWarning] = []
    for standing in standings {
      let prefix = app.map { "app \($0): " } ?? ""
      let name = prefix + standing.label
      let instead = isLost ? "" : serves.map { "; tokens come by \($0.label)" } ?? ""
      switch standing.state {
      case .refused(let problem):
        let code = problem.code.map { " (\($0))" } ?? ""
        found.append(
          CredentialWarning(
            isFailure: isLost, summary: "\(name) is refused\(code)\(instead)", nextAction: problem.nextAction))
      case .unreadable(let reason, _):
        // The reason names the place.
        found.append(
          CredentialWarning(
            isFailure: isLost, summary: prefix + reason + instead,
            nextAction: "Mend it, or take it out of the app's credentials."))
      case .served, .notTried: found.append(contentsOf: standing.ending(name, at: now).map { [$0] } ?? [])
      }
    }
    return found.sorted {
      ($0.isFailure ? 0 : 1, $0.endsAt ?? .distantPast) < ($1.isFailure ? 0 : 1, $1.endsAt ?? .distantPast)
    }
  }
}

extension CredentialStanding {
  fileprivate func ending(_ name: String, at now: Date) -> CredentialWarning? {
    guard let validUntil, ends(within: CredentialWarning.notice, of: now) else { return nil }
    let left = validUntil.timeIntervalSince(now)
    let days = Int((abs(left) / 86_400).rounded(.down))
    let span = days == 0 ? "today" : left > 0 ? "in \(days) d" : "\(days) d ago"
    return CredentialWarning(
      isFailure: left <= 0,
      summary: "\(name) \(left > 0 ? "ends" : "ended") \(span) (\(Timestamp(validUntil).description.prefix(10)))",
      nextAction: "Register its successor with the app, and name that first in the app's credentials.",
      endsAt: validUntil)
  }
}
