public import FoundationEssentials

/// Judges, from what is known of a tenant, whether a person of ours may act in it. Nothing is asked for it.
///
/// Entra ID refuses an account that a tenant does not know with the same words whatever the reason: the relationships
/// tell the reasons apart.
public struct AccessJudgement: Sendable {
  private let row: TenantOverview
  private let now: Date

  /// How long before its end a relationship is told to end (seconds).
  public static let notice: TimeInterval = 30 * 86_400

  /// - Parameter row: with the relationships that are known, and when they were read, in its `access`.
  public init(_ row: TenantOverview, at now: Date) {
    self.row = row
    self.now = now
  }

  public var record: AccessRecord {
    var record = AccessRecord(
      state: .notNeeded, relations: relations.longestFirst, checkedAt: row.access.checkedAt)
    guard row.tenant.context == .user else { return record }
    guard !row.tenant.isExcluded else {
      record.state = .unknown
      return record
    }
    let verdict = verdict
    record.state = verdict.state
    record.error = problem(verdict)
    return record
  }

  private struct Verdict {
    var state: AccessState
    /// What the service said, where it said something.
    var refusal: Problem?
    /// More than the state alone says.
    var summary: String?
    var nextAction: String?
    var whoActs: WhoActs?

    init(
      _ state: AccessState, _ refusal: Problem? = nil, summary: String? = nil, nextAction: String? = nil,
      whoActs: WhoActs? = nil
    ) {
      self.state = state
      self.refusal = refusal
      self.summary = summary
      self.nextAction = nextAction
      self.whoActs = whoActs
    }
  }

  private var relations: [DelegatedAdminRelation] { row.access.relations }

  private var verdict: Verdict {
    if row.token.trouble == .signInNeeded {
      return Verdict(
        .signInNeeded, row.token.lastError, summary: row.token.lastError?.summary,
        nextAction: row.token.lastError?.nextAction)
    }
    if row.token.trouble != nil, let refusal = row.token.lastError, let verdict = verdict(after: refusal) {
      return verdict
    }
    if let refusal = row.sync.error, refusal.cause == AccessState.roleMissing.rawValue {
      return Verdict(.roleMissing, refusal, nextAction: roleAdvice)
    }
    if let ending { return ending }
    if row.token.facts != nil || row.consent.state.allowsReading { return Verdict(.ok) }
    let refusal = row.token.lastError
    return Verdict(.unknown, refusal, summary: refusal?.summary, nextAction: refusal?.nextAction)
  }

  /// `nil` where the refusal tells nothing of anybody's access: what was known of it stays.
  private func verdict(after refusal: Problem) -> Verdict? {
    func same(_ state: AccessState) -> Verdict {
      Verdict(
        state, refusal, summary: refusal.summary, nextAction: refusal.nextAction, whoActs: refusal.whoActs)
    }
    // The account itself is not taken: disabled, at risk, not assigned to the app.
    if refusal.cause == "refused" { return same(.unknown) }
    switch AccessState(rawValue: refusal.cause) {
    case .noRelation, .relationExpired, .notInGroup: return unknownAccount(refusal)
    case .roleMissing: return Verdict(.roleMissing, refusal, nextAction: roleAdvice)
    case .blockedByPolicy: return same(.blockedByPolicy)
    case .notConsented: return same(.notConsented)
    case .signInNeeded: return same(.signInNeeded)
    case .notNeeded, .ok, .ending, .unknown, nil: break
    }
    return switch ConsentState(rawValue: refusal.cause) {
    case .missing, .notGranted, .disabled: same(.notConsented)
    case .blocked: same(.blockedByPolicy)
    case .unlicensed, .tenantNotFound, .appProblem, .credentialProblem: same(.unknown)
    case .granted, .partial, .unknown, nil: nil
    }
  }

  /// The tenant does not know the account: why, by the relationships.
  private func unknownAccount(_ refusal: Problem) -> Verdict {
    let inForce = relations.longestFirst.filter { $0.isInForce(at: now) }
    if !inForce.isEmpty { return outsideOfGroups(inForce, refusal) }
    if let pending = relations.first(where: \.isPending) {
      return Verdict(
        .noRelation, refusal, summary: "the GDAP relationship \(named(pending)) is not active yet (\(pending.status))",
        nextAction: pending.status == "activating"
          ? "Wait some minutes, then check consent again."
          : "Have the tenant's admin approve the GDAP relationship \(named(pending)).")
    }
    if let ended = relations.longestFirst.first(where: { $0.hasEnded(at: now) }) {
      let date = ended.endsAt.flatMap { $0 <= now ? " on \(day($0))" : nil } ?? ""
      return Verdict(
        .relationExpired, refusal, summary: "the GDAP relationship \(named(ended)) ended\(date) (\(ended.status))")
    }
    if let other = relations.longestFirst.first {
      return Verdict(
        .noRelation, refusal, summary: "the GDAP relationship \(named(other)) is not in force (\(other.status))",
        nextAction: "Look at it in Partner Center, and ask the customer for a new one if it does not come into force.")
    }
    guard row.access.checkedAt == nil else { return Verdict(.noRelation, refusal) }
    return Verdict(
      .noRelation, refusal, summary: "the account is not known in the tenant",
      nextAction:
        "\(AccessState.noRelation.nextAction) Whether there is one is not known: reading them needs \(AppRole.readRelations) in our own tenant.",
      whoActs: .partner)
  }

  private func outsideOfGroups(_ relations: [DelegatedAdminRelation], _ refusal: Problem) -> Verdict {
    let assignments = relations.compactMap(\.assignments).flatMap(\.self).filter { $0.status == "active" }
    if assignments.contains(where: { $0.holdsOperator == true }) {
      return Verdict(
        .unknown, refusal, summary: "the account has a GDAP relationship, and the tenant does not know it yet",
        nextAction: "Wait some minutes, then check consent again; if it stays, sign in with the account of the group.",
        whoActs: .partner)
    }
    let isRead = relations.allSatisfy { $0.assignments != nil }
    if isRead, assignments.isEmpty {
      return Verdict(
        .notInGroup, refusal,
        summary: "the GDAP relationship \(named(relations[0])) gives its roles to no group",
        nextAction: "Assign a security role of it to a group of ours in Partner Center, and put the account into it.")
    }
    let groups = Set(assignments.map(\.group)).sorted().prefix(5)
    return Verdict(
      .notInGroup, refusal,
      nextAction: groups.isEmpty ? nil : "Have the account put into \(list(Array(groups))), our group that it names.")
  }

  /// What is in force, and ends soon without anything that goes on.
  private var ending: Verdict? {
    let inForce = relations.longestFirst.filter { $0.isInForce(at: now) }
    guard let last = inForce.first, !inForce.contains(where: \.autoExtends), let end = last.endsAt,
      end.timeIntervalSince(now) <= Self.notice
    else { return nil }
    return Verdict(
      .ending, summary: "the GDAP relationship \(named(last)) ends on \(day(end)), and does not go on by itself")
  }

  /// Whether a new relationship is needed, or only an assignment of the one that is there.
  private var roleAdvice: String? {
    let offered = Set(relations.filter { $0.isInForce(at: now) }.flatMap(\.roles))
    guard !offered.isEmpty else { return nil }
    let security = EntraRole.security.filter { offered.contains($0.id) }.map(\.name)
    return security.isEmpty
      ? "Ask the customer for a GDAP relationship that holds Security Reader, to change incidents Security Operator: this one holds neither."
      : "Assign \(list(security)) of the GDAP relationship to the account's group in Partner Center."
  }

  private func problem(_ verdict: Verdict) -> Problem? {
    let state = verdict.state
    if state == .ok || state == .notNeeded { return nil }
    let refusal = verdict.refusal
    return Problem(
      cause: state.rawValue, error: refusal?.error, code: refusal?.code, correlationID: refusal?.correlationID,
      requestID: refusal?.requestID, at: refusal?.at, nextAction: verdict.nextAction ?? state.nextAction,
      whoActs: verdict.whoActs ?? state.whoActs, summary: verdict.summary ?? state.summary, message: refusal?.message)
  }

  private func named(_ relation: DelegatedAdminRelation) -> String {
    "“\(relation.displayName.isEmpty ? relation.id : relation.displayName)”"
  }

  private func day(_ moment: Date) -> Substring { Timestamp(moment).description.prefix(10) }

  private func list(_ words: [String]) -> String { words.joined(separator: " or ") }
}

extension TenantOverview {
  /// The row with what is judged of its access. The same refusal then says the same wherever else it stands: the
  /// relationships know more of it than the service told.
  public func judgingAccess(at now: Date) -> TenantOverview {
    var row = self
    row.access = AccessJudgement(self, at: now).record
    guard let told = row.access.error else { return row }
    row.consent.error = row.consent.error?.explained(by: told)
    row.token.lastError = row.token.lastError?.explained(by: told)
    row.sync.error = row.sync.error?.explained(by: told)
    return row
  }
}

extension Problem {
  /// The same failure with the reason that was found for it; its numbers and ids stay.
  fileprivate func explained(by told: Problem) -> Problem {
    let unknownAccount = [AccessState.noRelation, .relationExpired, .notInGroup].map(\.rawValue)
    let isUnclear = told.cause == AccessState.unknown.rawValue
    let isSame =
      unknownAccount.contains(cause)
      ? isUnclear || unknownAccount.contains(told.cause)
      : cause == AccessState.roleMissing.rawValue && told.cause == cause
    // What else keeps us out now, as a failing service, explains no refusal of before.
    guard isSame, told.code == code else { return self }
    var problem = self
    // By the service's own word it is judged anew.
    if !isUnclear { problem.cause = told.cause }
    (problem.summary, problem.nextAction, problem.whoActs) = (told.summary, told.nextAction, told.whoActs)
    return problem
  }
}

extension [DelegatedAdminRelation] {
  /// The one that lasts longest first; one without an end, which is not in force, last.
  public var longestFirst: [DelegatedAdminRelation] {
    sorted { ($0.lasting, $1.id) > ($1.lasting, $0.id) }
  }
}

extension DelegatedAdminRelation {
  /// Whether it waits for somebody before it is in force.
  public var isPending: Bool { ["created", "approvalPending", "approved", "activating"].contains(status) }

  fileprivate func hasEnded(at now: Date) -> Bool {
    ["expired", "terminating", "terminated", "terminationRequested"].contains(status)
      || endsAt.map { $0 <= now } ?? false
  }

  fileprivate var lasting: Date { endsAt ?? (["active", "expiring"].contains(status) ? .distantFuture : .distantPast) }
}
