import FoundationEssentials
import PartnerModel

/// What a list of incidents does not say by itself: which tenants are not in it, which only as they were, and why.
///
/// A list without rows looks the same whether nothing burns or nobody looked.
struct ListCoverage {
  /// The tenants that were chosen, in the order of the configuration.
  var overviews: [TenantOverview]
  var readings: TenantReadings
  /// For each row the incident's tenant, and when it was read; `nil` if that is not known.
  var listed: [(tenant: TenantID, readAt: Date?)]
  var includesClosed: Bool
  /// Whether tenants were named; one that was excluded by the configuration and not named is nobody's question.
  var areNamed: Bool
  var now: Date
  var configuration: Configuration

  /// For each tenant whether it answered; `nil` for an excluded one.
  var answers: [Bool?] {
    overviews.map { overview in overview.tenant.isExcluded ? nil : unreadBecause(overview) == nil }
  }

  /// Whether nothing is missing from the tenants that answered.
  var areWhole: Bool { overviews.allSatisfy { $0.tenant.isExcluded || $0.sync.isWhole } }

  /// One message a line, for standard error.
  var words: [String] {
    let asked = overviews.filter { !$0.tenant.isExcluded }
    let excluded = overviews.filter(\.tenant.isExcluded)
    guard !asked.isEmpty else { return [Self.nothingAsked(excluded)] }
    var words: [String] = []
    if areNamed, !excluded.isEmpty {
      words.append(
        "not asked, as the configuration excludes \(excluded.count == 1 ? "it" : "them"): \(Self.names(excluded))")
    }
    let rows = Dictionary(grouping: listed, by: \.tenant)
    if asked.count > 1 { words += CredentialNotice.words(asked.filter { unreadBecause($0) != nil }) }
    for overview in asked { words += lines(overview, rows: rows[overview.id]?.map(\.readAt) ?? []) }
    let unread = asked.filter { unreadBecause($0) != nil }
    // Of a single tenant its own line says it all.
    if !unread.isEmpty, asked.count > 1 { words.append(summary(of: asked.count, unread)) }
    return words
  }

  /// Says so where all that was chosen is excluded.
  static func tellIfNothingAsked(_ overviews: [TenantOverview]) {
    if overviews.allSatisfy(\.tenant.isExcluded) { StandardStreams.say(nothingAsked(overviews)) }
  }

  private static func nothingAsked(_ excluded: [TenantOverview]) -> String {
    guard !excluded.isEmpty else { return "nothing was asked: the configuration names no tenant." }
    return "nothing was asked: the configuration excludes \(names(excluded)). Set \"excluded\": false to have "
      + "\(excluded.count == 1 ? "it" : "them") read."
  }

  /// - Parameter rows: when each of the tenant's rows was read.
  private func lines(_ overview: TenantOverview, rows: [Date?]) -> [String] {
    let name = overview.tenant.name
    var lines: [String] = []
    let readAt = rows.isEmpty ? overview.sync.lastSuccess.map { Timestamp($0).description } : Self.span(rows)
    if let reason = unreadBecause(overview) {
      // One of ours is told once for all.
      if overviews.count(where: { !$0.tenant.isExcluded }) == 1 || overview.credentialProblem == nil {
        lines.append("\(name): not read: \(reason)")
      }
      if !rows.isEmpty, let readAt {
        lines.append("\(name): \(rows.count == 1 ? "its row is" : "its \(rows.count) rows are") as of \(readAt).")
      }
    } else if let readAt, let reason = oldBecause(overview) {
      lines.append("\(name): as of \(readAt): \(reason)")
    }
    return lines + overview.sync.missingParts.map { "\(name): \($0)" }
  }

  /// From the first to the last of the times that are known; `nil` when none is.
  private static func span(_ rows: [Date?]) -> String? {
    let known = rows.compactMap(\.self)
    guard let first = known.min(), let last = known.max() else { return nil }
    let (from, to) = (Timestamp(first).description, Timestamp(last).description)
    return from == to ? from : "\(from) to \(to)"
  }

  private func summary(of asked: Int, _ unread: [TenantOverview]) -> String {
    let kind = includesClosed ? "an incident" : "an open incident"
    let read = asked - unread.count
    if !listed.isEmpty { return "\(unread.count) of \(asked) tenants not read: \(Self.names(unread))" }
    if read == 0 {
      return "whether any of the \(asked) tenants has \(kind) is not known; not read: \(Self.names(unread))"
    }
    let none =
      read == 1
      ? "the 1 tenant that was read has not \(kind)" : "none of the \(read) tenants that were read has \(kind)"
    return "\(none); \(unread.count) of \(asked) not read: \(Self.names(unread))"
  }

  /// The first ten by name: each has a line of its own as well.
  private static func names(_ overviews: [TenantOverview]) -> String {
    let names = overviews.prefix(10).map(\.tenant.name).joined(separator: ", ")
    return overviews.count > 10 ? "\(names) and \(overviews.count - 10) more" : names
  }

  /// Why a tenant's incidents cannot be listed as they are, and what to do; `nil` when they can.
  private func unreadBecause(_ overview: TenantOverview) -> String? {
    switch readings.outcome(of: overview.id) {
    case .read: return nil
    case .failed(let error):
      return "\(error.summary). \(configuration.nextAction(after: error, in: overview.tenant))"
    case .notAsked:
      guard overview.sync.lastSuccess == nil else { return nil }
      guard let problem = overview.sync.error else { return "nothing is known of it yet. Run without --offline." }
      return "\(problem.told(at: now)). \(Self.nextAction(after: problem))"
    }
  }

  /// What to do about a read that failed before. To read again helps by itself only where nothing has to be mended.
  private static func nextAction(after problem: Problem) -> String {
    let isPassing = ["throttled", "appThrottled", "budgetSpent", "breakerOpen", "hostBreakerOpen", "cancelled"]
      .contains(problem.cause)
    return isPassing ? "Run without --offline." : problem.nextAction
  }

  /// Why what is known of a tenant that nobody asked now may not be so any more.
  private func oldBecause(_ overview: TenantOverview) -> String? {
    guard case .notAsked = readings.outcome(of: overview.id) else { return nil }
    switch overview.syncState(at: now, staleAfter: configuration.refresh.staleAfter) {
    case .failed:
      guard let problem = overview.sync.error else { return "the last read failed. Run without --offline." }
      return "the last read failed: \(problem.told(at: now)). \(Self.nextAction(after: problem))"
    case .stale where overview.sync.isClockUndone(at: now):
      return "that time has not come, because the clock was set back. Run without --offline."
    case .stale: return "older than the configuration's staleAfter. Run without --offline."
    case .ok, .partial, .never, .excluded: return nil
    }
  }
}
