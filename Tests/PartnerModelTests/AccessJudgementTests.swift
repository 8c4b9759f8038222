import Foundation
import PartnerModel
import Testing

@Suite("Whether a person may act in a tenant, judged from what is known")
struct AccessJudgementTests {
  private static let now = Sample.noon
  private static let day: TimeInterval = 86_400

  private static func relation(
    _ status: String = "active", days: Double = 200, extends: Bool = false, roles: [String] = [],
    assignments: [AccessAssignment]? = nil, id: String = "r"
  ) -> DelegatedAdminRelation {
    DelegatedAdminRelation(
      id: id, displayName: "Security", status: status, endsAt: now + days * day, autoExtends: extends, roles: roles,
      assignments: assignments)
  }

  private static func group(_ holds: Bool?, _ status: String = "active") -> AccessAssignment {
    AccessAssignment(group: "g1", status: status, roles: [], holdsOperator: holds)
  }

  private static func row(
    _ context: TenantContext = .user, refused cause: String? = nil, code: Int? = nil, hasToken: Bool = false,
    sync: String? = nil, relations: [DelegatedAdminRelation] = [], isRead: Bool = true, isExcluded: Bool = false
  ) -> TenantOverview {
    var row = TenantOverview(
      tenant: Tenant(id: Sample.tenant(), name: "Contoso", context: context, isExcluded: isExcluded))
    if let cause {
      row.token.trouble = cause == "signInNeeded" ? .signInNeeded : .refused
      row.token.lastError = Problem(
        cause: cause, code: code, correlationID: "c", at: now, nextAction: "Do.", summary: "what it said")
    }
    if hasToken { row.token.facts = TokenFacts(audience: "https://graph.microsoft.com") }
    if let sync { row.sync.error = Problem(cause: sync, code: 403, requestID: "q", at: now, nextAction: "Do.") }
    row.access = AccessRecord(relations: relations, checkedAt: isRead ? now : nil)
    return row
  }

  private static let cases: [(TenantOverview, AccessState, String)] = [
    (row(.application, refused: "missing"), .notNeeded, ""),
    (row(.application, relations: [relation(days: 3)]), .notNeeded, ""),
    (row(isExcluded: true), .unknown, ""),
    (row(), .unknown, "Check consent."),
    (row(hasToken: true, isRead: false), .ok, ""),
    (row(hasToken: true, relations: [relation()]), .ok, ""),
    (row(hasToken: true, relations: [relation(days: 31)]), .ok, ""),
    (row(hasToken: true, relations: [relation("expiring", days: 29)]), .ending, "2026-08-13"),
    (row(hasToken: true, relations: [relation(days: 29, extends: true)]), .ok, ""),
    (row(hasToken: true, relations: [relation(days: 29), relation(days: 90, id: "s")]), .ok, ""),
    (row(relations: [relation(days: 29)]), .ending, "does not go on by itself"),
    (row(hasToken: true, sync: "roleMissing", relations: [relation(days: 3)]), .roleMissing, ""),
    (
      row(hasToken: true, sync: "roleMissing", relations: [relation(roles: ["5d6b6bb7-de71-4623-b4af-96380a352509"])]),
      .roleMissing, "Assign Security Reader of the GDAP relationship"
    ),
    (row(hasToken: true, sync: "roleMissing", relations: [relation(roles: ["x"])]), .roleMissing, "holds neither"),
    (row(hasToken: true, sync: "outage"), .ok, ""),
    (row(refused: "signInNeeded"), .signInNeeded, "what it said"),
    (row(refused: "noRelation", code: 50_020), .noRelation, "Ask the customer"),
    (row(refused: "noRelation", code: 50_020, isRead: false), .noRelation, "DelegatedAdminRelationship.Read.All"),
    (row(refused: "noRelation", relations: [relation("approvalPending")]), .noRelation, "approve"),
    (row(refused: "noRelation", relations: [relation("activating")]), .noRelation, "Wait some minutes"),
    (row(refused: "noRelation", relations: [relation("expired", days: -4)]), .relationExpired, "ended on 2026-07-11"),
    (row(refused: "noRelation", relations: [relation("terminated")]), .relationExpired, "terminated"),
    // Its end counts, whatever it is still called.
    (row(refused: "noRelation", relations: [relation("active", days: -1)]), .relationExpired, "ended on"),
    (
      row(refused: "noRelation", relations: [relation("expired", days: -4), relation("sleeping", id: "s")]),
      .relationExpired, "ended on"
    ),
    (row(refused: "noRelation", relations: [relation("sleeping")]), .noRelation, "not in force (sleeping)"),
    (row(refused: "noRelation", relations: [relation()]), .notInGroup, "our account is in no group"),
    (row(refused: "noRelation", relations: [relation(assignments: [])]), .notInGroup, "to no group"),
    (row(refused: "noRelation", relations: [relation(assignments: [group(nil)])]), .notInGroup, "g1"),
    (row(refused: "noRelation", relations: [relation(assignments: [group(false)])]), .notInGroup, "g1"),
    (row(refused: "noRelation", relations: [relation(assignments: [group(true, "deleted")])]), .notInGroup, "to no"),
    (row(refused: "noRelation", relations: [relation(assignments: [group(true)])]), .unknown, "does not know it yet"),
    (row(refused: "missing", code: 65_001), .notConsented, "what it said"),
    (row(refused: "notConsented", code: 65_001), .notConsented, "what it said"),
    (row(refused: "disabled", code: 7_000_112), .notConsented, ""),
    (row(refused: "blocked", code: 500_213), .blockedByPolicy, "what it said"),
    (row(refused: "blockedByPolicy", code: 500_212), .blockedByPolicy, "what it said"),
    (row(refused: "credentialProblem"), .unknown, "what it said"),
    (row(refused: "refused", code: 50_057, hasToken: true, relations: [relation()]), .unknown, "what it said"),
    // What tells nothing of anybody's access leaves it as it was.
    (row(refused: "throttled", hasToken: true, relations: [relation()]), .ok, ""),
    (row(refused: "unreachable", relations: [relation(days: 2)]), .ending, ""),
  ]

  @Test("Each state follows from context, refusal and relationships, with its cause, whose turn it is and what to do")
  func states() {
    for (index, (row, state, words)) in Self.cases.enumerated() {
      let record = AccessJudgement(row, at: Self.now).record
      #expect(record.state == state, "case \(index)")
      guard state != .ok, state != .notNeeded, !row.tenant.isExcluded else {
        #expect(record.error == nil, "case \(index)")
        continue
      }
      #expect(record.error?.cause == state.rawValue, "case \(index)")
      #expect(record.error?.nextAction.isEmpty == false, "case \(index)")
      let told = "\(record.error?.summary ?? "") \(record.error?.nextAction ?? "")"
      #expect(words.isEmpty || told.contains(words), "case \(index): \(told)")
      if row.token.trouble == .refused, state != .ending {
        #expect(record.error?.code == row.token.lastError?.code && record.error?.correlationID == "c", "case \(index)")
      }
    }
    let met = Set(Self.cases.map(\.1))
    #expect(met == Set(AccessState.allCases), "every state is among the cases")
  }

  @Test("A refusal says the same wherever it is kept, with its own numbers; judging again changes nothing")
  func everywhere() {
    for (index, (row, state, _)) in Self.cases.enumerated() {
      let judged = row.judgingAccess(at: Self.now)
      #expect(judged.access.state == state, "case \(index)")
      #expect(judged.judgingAccess(at: Self.now) == judged, "case \(index)")
      guard row.token.lastError?.cause == "noRelation", let told = judged.access.error else { continue }
      let same = judged.token.lastError
      #expect(same?.summary == told.summary && same?.nextAction == told.nextAction, "case \(index)")
      #expect(same?.whoActs == told.whoActs && same?.code == row.token.lastError?.code, "case \(index)")
    }
  }

  @Test("A refusal of before is not told in the words of what fails now")
  func otherFailure() {
    for (index, (row, _, _)) in Self.cases.enumerated() {
      var row = row
      let refused = PartnerError(.access(.noRelation), tenant: row.id, error: "invalid_grant", code: 50_020).problem
      row.token.lastError = PartnerError(.outage(status: 503), tenant: row.id, code: 503, at: Self.now).problem
      row.token.trouble = .failed
      row.sync.error = refused
      #expect(row.judgingAccess(at: Self.now).sync.error == refused, "case \(index)")
    }
  }

  @Test("The relationship that lasts longest comes first, and the reading's age stays with them")
  func order() {
    let relations = [
      Self.relation("terminated", days: 2, id: "a"), Self.relation(days: 300, id: "b"), Self.relation(days: 9, id: "c"),
    ]
    let record = AccessJudgement(Self.row(hasToken: true, relations: relations), at: Self.now).record
    #expect(record.relations.map(\.id) == ["b", "c", "a"])
    #expect(record.checkedAt == Self.now)
  }
}
