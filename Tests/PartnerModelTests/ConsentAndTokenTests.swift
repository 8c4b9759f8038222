import Foundation
import PartnerModel
import Testing

@Suite("Consent, tokens and coverage")
struct ConsentAndTokenTests {
  @Test(
    "Writing includes reading, not the reverse, and only of the same thing",
    arguments: [
      ("SecurityIncident.ReadWrite.All", "SecurityIncident.Read.All", true),
      ("SecurityIncident.Read.All", "SecurityIncident.ReadWrite.All", false),
      ("SecurityIncident.Read.All", "SecurityIncident.Read.All", true),
      ("SecurityAlert.ReadWrite.All", "SecurityIncident.Read.All", false),
      ("XSecurityIncident.ReadWrite.All", "SecurityIncident.Read.All", false),
      ("SecurityIncident.ReadWrite.All.Selected", "SecurityIncident.Read.All", false),
      ("SecurityIncident.ReadWrite", "SecurityIncident.Read", false), ("", "", true), ("", ".Read.All", false),
    ])
  func satisfies(held: String, required: String, expected: Bool) {
    #expect(AppRole(held).satisfies(AppRole(required)) == expected)
  }

  @Test("What is missing comes in the order required")
  func missing() {
    let required: [AppRole] = [.updateIncidents, .readAlerts, .hunt]
    #expect(AppRole.missing(from: [.hunt], required: required) == [.updateIncidents, .readAlerts])
    #expect(AppRole.missing(from: [], required: required) == required)
    #expect(AppRole.missing(from: required, required: [.readIncidents]) == [])
  }

  @Test(
    "The roles of a fresh token say the consent",
    arguments: [
      ([AppRole.updateIncidents, .readAlerts], ConsentState.granted, [AppRole]()),
      ([.readAlerts], .partial, [.updateIncidents]),
      ([.readIncidents, .readAlerts], .partial, [.updateIncidents]),
      ([AppRole("Mail.Read")], .partial, [.updateIncidents, .readAlerts]),
      ([], .notGranted, [.updateIncidents, .readAlerts]),
    ])
  func consent(granted: [AppRole], state: ConsentState, missing: [AppRole]) {
    let record = ConsentRecord.from(
      granted: granted, required: [.updateIncidents, .readAlerts], tenant: Sample.tenant(), at: Sample.noon)
    #expect(record.state == state)
    #expect(record.missing == missing)
    #expect(record.granted == granted)
    #expect(record.checkedAt == Sample.noon)
    #expect((record.error == nil) == (state == .granted))
    if let error = record.error {
      #expect(error.at == Sample.noon)
      #expect(error.nextAction.hasSuffix("."))
      for role in missing where state == .partial { #expect(error.nextAction.contains(role.rawValue)) }
    }
  }

  @Test("Only granted and partial allow reading")
  func reading() {
    #expect(ConsentState.allCases.filter(\.allowsReading) == [.granted, .partial])
    #expect(ConsentRecord.never.state == .unknown)
  }

  @Test("A refused credential of ours tells nothing of what was granted, and is no change of the consent")
  func ourCredential() {
    let granted = ConsentRecord(state: .granted, granted: [.readIncidents, .hunt])
    let partial = ConsentRecord(state: .partial, granted: [.readIncidents], missing: [.hunt])
    let refused = ConsentRecord(state: .credentialProblem, missing: [.readIncidents, .hunt])
    for before in [granted, partial] {
      let kept = refused.keepingGrants(of: before)
      #expect(kept.state == .credentialProblem && kept.granted == before.granted && kept.missing == before.missing)
      #expect(!kept.isOther(than: before) && !before.isOther(than: kept))
    }
    #expect(partial.isOther(than: refused.keepingGrants(of: granted)), "what was withdrawn meanwhile is seen")
    #expect(refused.keepingGrants(of: .never).missing.isEmpty, "nothing is known")
    let missing = ConsentRecord(state: .missing, missing: [.hunt])
    #expect(missing.keepingGrants(of: granted) == missing && missing.isOther(than: granted))
  }

  @Test(
    "A token's state, first that applies",
    arguments: [
      (TokenRecord.Trouble?.none, TimeInterval?.none, TimeInterval?.none, TokenState.none), (nil, 3600, nil, .valid),
      (nil, 300.5, nil, .valid), (nil, 300, nil, .expiring), (nil, 30.5, nil, .expiring), (nil, 30, nil, .expired),
      (nil, 0, nil, .expired), (nil, -86_400, nil, .expired), (.signInNeeded, 3600, nil, .signInNeeded),
      (.refused, 3600, nil, .refused), (.refused, nil, 60, .refused), (.throttled, 3600, 60, .throttled),
      (.throttled, nil, nil, .throttled), (.throttled, 3600, 0, .valid), (.throttled, nil, -1, .none),
      (.failed, 3600, nil, .failed), (nil, 3600, 60, .valid),
    ])
  func token(
    trouble: TokenRecord.Trouble?, expiresIn: TimeInterval?, parkedFor: TimeInterval?, expected: TokenState
  ) {
    let record = TokenRecord(
      expiresAt: expiresIn.map(Sample.noon.addingTimeInterval), trouble: trouble,
      parkedUntil: parkedFor.map(Sample.noon.addingTimeInterval))
    #expect(record.state(at: Sample.noon) == expected)
  }

  @Test(
    "B12: what was told at a moment that has not come yet proves neither a token nor a silence; a refusal stays one",
    arguments: [
      (TokenRecord.Trouble?.none, 300.0, TokenState.valid), (nil, 301, .none), (.throttled, 300, .throttled),
      (.throttled, 301, .none), (.refused, 301, .refused), (.failed, 301, .failed), (.signInNeeded, 301, .signInNeeded),
    ])
  func clockSetBack(trouble: TokenRecord.Trouble?, ahead: TimeInterval, expected: TokenState) {
    let told = Sample.noon + ahead
    let record = TokenRecord(expiresAt: told + 3600, trouble: trouble, parkedUntil: told + 60, toldAt: told)
    #expect(record.state(at: Sample.noon) == expected)
    // Of an older release nobody knows when it was told: what no service grants was told ahead.
    let old = TokenRecord(expiresAt: told + 3 * 86_400, trouble: trouble, parkedUntil: told + 3 * 86_400)
    #expect(old.state(at: Sample.noon) == (trouble == nil || trouble == .throttled ? .none : expected))
  }

  @Test("What was told later is kept, unless its moment has not come yet")
  func newer() {
    let noon = Sample.noon
    func mayReplace(_ before: TimeInterval?, _ moment: TimeInterval) -> Bool {
      ClockStep.mayReplace(before.map(noon.addingTimeInterval), with: noon + moment, at: noon)
    }
    #expect(mayReplace(nil, -9000) && mayReplace(-10, -10) && mayReplace(-10, -9) && mayReplace(301, -9000))
    #expect(!mayReplace(-10, -11) && !mayReplace(300, 0))
  }

  @Test("A consent is judged by what is asked for today, and keeps when it was checked")
  func judged() {
    let granted = ConsentRecord.from(
      granted: [.readIncidents, .readAlerts], required: [.updateIncidents, .readAlerts], tenant: Sample.tenant(),
      at: Sample.noon)
    #expect(granted.state == .partial)
    let reading = granted.judged(required: [.readIncidents, .readAlerts], tenant: Sample.tenant())
    #expect(reading.state == .granted && reading.missing == [] && reading.error == nil)
    #expect(reading.checkedAt == Sample.noon)
    #expect(reading.judged(required: [.updateIncidents, .readAlerts], tenant: Sample.tenant()) == granted)
    let missing = ConsentRecord(state: .missing, missing: [.hunt], checkedAt: Sample.noon)
    #expect(missing.judged(required: [], tenant: Sample.tenant()) == missing)
  }

  struct SyncCase: Sendable, CustomTestStringConvertible {
    var attempt: TimeInterval?
    var success: TimeInterval?
    var failed = false
    var unreadable = 0
    var isExcluded = false
    var expected: SyncState
    var testDescription: String { "\(expected)" }
  }

  @Test(
    "A tenant's sync state, first that applies",
    arguments: [
      SyncCase(expected: .never), SyncCase(failed: true, isExcluded: true, expected: .excluded),
      SyncCase(isExcluded: true, expected: .excluded), SyncCase(attempt: -10, failed: true, expected: .failed),
      SyncCase(attempt: -10, success: -20, failed: true, unreadable: 3, expected: .failed),
      SyncCase(attempt: -5000, success: -5000, unreadable: 3, expected: .partial),
      SyncCase(attempt: -10, success: -900, expected: .ok), SyncCase(attempt: -10, success: -901, expected: .stale),
      SyncCase(attempt: -10, success: -10, expected: .ok), SyncCase(attempt: -10, success: 60, expected: .ok),
      SyncCase(attempt: 300, success: 300, expected: .ok), SyncCase(attempt: 301, success: 301, expected: .stale),
      SyncCase(attempt: -10, success: 259_200, expected: .stale),
      SyncCase(success: -10, expected: .ok), SyncCase(attempt: -10, expected: .never),
    ])
  func sync(example: SyncCase) {
    let record = SyncRecord(
      lastAttempt: example.attempt.map(Sample.noon.addingTimeInterval),
      lastSuccess: example.success.map(Sample.noon.addingTimeInterval),
      error: example.failed ? Problem(cause: "outage", nextAction: "Wait.") : nil, unreadable: example.unreadable)
    #expect(
      record.state(at: Sample.noon, isExcluded: example.isExcluded, staleAfter: 900) == example.expected)
    let overview = TenantOverview(
      tenant: Tenant(id: Sample.tenant(), name: "Contoso Ltd", isExcluded: example.isExcluded), sync: record)
    #expect(overview.syncState(at: Sample.noon, staleAfter: 900) == example.expected)
    #expect(overview.id == Sample.tenant())
    #expect(overview.counts == nil)
  }

  @Test("Accounted for: the states always add up to all tenants", arguments: UInt64(0)..<50)
  func coverage(seed: UInt64) {
    var chance = Chance(seed: seed)
    let states = (0..<Int.random(in: 0...500, using: &chance)).map { _ in
      SyncState.allCases.randomElement(using: &chance) ?? .never
    }
    let coverage = Coverage(states)
    #expect(coverage.total == states.count)
    #expect(SyncState.allCases.map { coverage[$0] }.reduce(0, +) == states.count)
    for state in SyncState.allCases { #expect(coverage[state] == states.filter { $0 == state }.count) }
  }
}
