import FoundationEssentials
import PartnerModel
import SafeText

/// What is told of reading: what the operator asked for, and that no tenant can be read at all.
struct RefreshOutcome: Hashable, Sendable {
  /// When a tenant was last tried and last read.
  struct Known: Hashable, Sendable {
    var attempt: Date?
    var success: Date?

    init(_ row: TenantOverview) { (attempt, success) = (row.sync.lastAttempt, row.sync.lastSuccess) }
  }

  /// The tenants that the operator asked to read, with what was known then.
  private(set) var asked: [TenantID: Known] = [:]
  /// Told that nobody can be read, and not yet told that somebody can again.
  private(set) var isBlind = false

  mutating func ask(_ rows: [TenantOverview]) {
    for row in rows { asked[row.id] = Known(row) }
  }

  /// Called when no reading is under way any more.
  /// - Returns: what is worth a message; `nil` if the rows say it all.
  mutating func finished(_ tenants: TenantsState, now: Date, staleAfter: TimeInterval) -> Message? {
    let readable = tenants.rows.filter { !$0.tenant.isExcluded }
    func isFailed(_ row: TenantOverview) -> Bool { row.syncState(at: now, staleAfter: staleAfter) == .failed }
    // What could not be kept was read all the same.
    let failed = readable.filter { isFailed($0) && $0.sync.error?.cause != "storage" }
    let wasBlind = isBlind
    isBlind = readable.count > 1 && failed.count == readable.count
    // Only a read that came after the question answers it; the others are waited for.
    let answers = readable.filter { row in asked[row.id].map { $0.attempt != row.sync.lastAttempt } ?? false }
    // Tried without a failure and not read: our own share of the tenant's limit is used up, and it goes on by itself.
    let waiting = answers.count { !isFailed($0) && asked[$0.id]?.success == $0.sync.lastSuccess }
    for row in answers { asked[row.id] = nil }
    if isBlind { return wasBlind && answers.isEmpty ? nil : blind(failed) }
    if answers.isEmpty {
      return wasBlind ? .information("Tenants can be read again: \(readable.count - failed.count) so far.") : nil
    }
    return answers.count == 1
      ? one(answers[0], isFailed(answers[0]), isWaiting: waiting == 1, now, staleAfter)
      : several(answers, failed: answers.filter(isFailed).count, waiting: waiting)
  }

  private func blind(_ failed: [TenantOverview]) -> Message {
    let problems = failed.compactMap(\.sync.error)
    let common = Dictionary(grouping: problems, by: \.cause).max { ($0.value.count, $0.key) < ($1.value.count, $1.key) }
    let why: SafeText = common.map { ", most: \(spelledOut($0.key))" } ?? .empty
    let next = common?.value.first?.nextAction ?? "It is tried again by itself."
    return .failure("None of \(failed.count) tenants can be read\(why). \(next)")
  }

  private func one(
    _ row: TenantOverview, _ isFailed: Bool, isWaiting: Bool, _ now: Date, _ staleAfter: TimeInterval
  ) -> Message {
    let name = SafeText(row.tenant.name)
    if isWaiting {
      return .warning(
        "\(name) was not read to its end: our share of its request limit is used up. It goes on by itself.")
    }
    if isFailed {
      let advice = whatToKnow(row, now: now, staleAfter: staleAfter)
      let next: SafeText = advice.next.isEmpty ? .empty : " \(advice.next)."
      return .warning("\(name) could not be read: \(advice.bare ?? advice.words).\(next)")
    }
    let open: SafeText = row.counts.map { ": \($0.open) open" } ?? .empty
    let unreadable: SafeText = row.sync.unreadable > 0 ? ", \(row.sync.unreadable) unreadable" : .empty
    guard let leftOut = row.sync.leftOut else { return .information("Read \(name)\(open)\(unreadable).") }
    return .warning("Read \(name)\(open)\(unreadable), not whole: \(leftOutWords(leftOut)).")
  }

  private func several(_ answers: [TenantOverview], failed: Int, waiting: Int) -> Message {
    if failed + waiting == 0 { return .information("Read \(answers.count) tenants.") }
    var words: SafeText = "Read \(answers.count - failed - waiting) of \(answers.count) tenants"
    if waiting > 0 { words += "; \(waiting) wait for our share of the request limit" }
    if failed > 0 { words += "; \(failed) could not be read: their rows say why" }
    return .warning(words + ".")
  }
}
