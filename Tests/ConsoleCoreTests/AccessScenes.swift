import Foundation
import PartnerModel
import TerminalKit

@testable import ConsoleCore

private let sizes = [
  Size(columns: 60, rows: 15), Size(columns: 80, rows: 24), Size(columns: 140, rows: 36),
]

/// A link as long as they are.
let consentURL =
  "https://login.microsoftonline.com/aaaaaaaa-0000-4000-8000-000000000002/v2.0/adminconsent?client_id=11111111-2222-3333-4444-555555555555&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&redirect_uri=http%3A%2F%2Flocalhost%3A40123%2F&state=c3RhdGUtb2YtdGhpcy1yZXF1ZXN0LW9ubHk"

let signInURL =
  "https://login.microsoftonline.com/aaaaaaaa-0000-4000-8000-0000000003e7/oauth2/v2.0/authorize?client_id=11111111-2222-3333-4444-555555555555&response_type=code&redirect_uri=http%3A%2F%2Flocalhost%3A40123%2F&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default%20offline_access%20openid%20profile&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&state=c3RhdGU"

let annaSignedIn = SignInStanding(
  account: "anna@northwind.example", tenant: .sample(999), signedInAt: noon.addingTimeInterval(-40 * minute),
  restsIn: "the desktop's keyring (Secret Service)")

func relation(_ status: String, endsIn seconds: TimeInterval, roles: [String], holds: Bool? = true)
  -> DelegatedAdminRelation
{
  DelegatedAdminRelation(
    id: "5e5594d3-6f82-458b-b567-77db4811f0cd-00000000", displayName: "Northwind SOC for 東京データ", status: status,
    endsAt: noon.addingTimeInterval(seconds), roles: roles,
    assignments: [
      AccessAssignment(group: "SOC Tier 1", status: "active", roles: Array(roles.prefix(1)), holdsOperator: holds)
    ])
}

let reader = "5d6b6bb7-de71-4623-b4af-96380a352509"
let responder = "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f"

/// A tenant that people act in.
func delegated(_ number: Int, _ name: String, _ access: AccessRecord, change: (inout TenantOverview) -> Void = { _ in })
  -> TenantOverview
{
  .healthy(number, name).with {
    $0.tenant.context = .user
    $0.access = access
    change(&$0)
  }
}

func accessProblem(_ state: AccessState, code: Int? = 50_020) -> Problem {
  Problem(
    cause: state.rawValue, error: "invalid_grant", code: code, correlationID: "c0ffee00-0000-4000-8000-000000000002",
    at: noon.addingTimeInterval(-2 * minute), nextAction: state.nextAction, whoActs: state.whoActs,
    summary: state.summary)
}

let signInEnded = Problem(
  cause: "signInNeeded", error: "invalid_grant", code: 700_082, correlationID: "c0ffee00-0000-4000-8000-000000000003",
  at: noon.addingTimeInterval(-2 * minute), nextAction: "Sign in again: partner-console token sign-in.",
  whoActs: .partner, summary: "the sign-in is not accepted any more")

func awaitingSignIn(_ number: Int, _ name: String) -> TenantOverview {
  delegated(number, name, AccessRecord(state: .signInNeeded, error: signInEnded)) {
    $0.token = TokenRecord(trouble: .signInNeeded, lastError: signInEnded)
  }
}

/// Everything that is known of a tenant.
let known: TenantOverview = .healthy(1, "Contoso Ltd", high: 1, oldest: hour).with {
  $0.tenant.contact = "Jo Doe, +49 30 1234567, jo.doe@contoso.example"
  $0.tenant.runbook = "https://wiki.northwind.example/runbooks/contoso"
  $0.tenant.notes = "Change window Sundays 02:00 to 04:00. No isolation of FIN-* devices without a call."
  $0.tenant.groups = ["gold", "eu"]
  $0.consent.granted = [
    .updateIncidents, .readAlerts, .hunt, AppRole("Directory.Read.All"), AppRole("Application.Read.All"),
  ]
  $0.token.facts = TokenFacts(
    audience: "https://graph.microsoft.com", roles: [.updateIncidents, .readAlerts, .hunt],
    issuedAt: noon.addingTimeInterval(-9 * minute), credential: "certificate /etc/app.pem (thumbprint 1A2B3C4D…)")
  $0.access = AccessRecord(
    state: .notNeeded, relations: [relation("active", endsIn: 200 * day, roles: [reader, responder])],
    checkedAt: noon.addingTimeInterval(-12 * minute))
}

let history = [
  ConsentChange(
    tenant: .sample(1), at: noon.addingTimeInterval(-4 * day), before: .partial, after: .granted, gained: [.hunt],
    operatorUPN: "anna@northwind.example"),
  ConsentChange(
    tenant: .sample(1), at: noon.addingTimeInterval(-40 * day), before: .granted, after: .partial, lost: [.hunt],
    operatorUPN: "ben@northwind.example"),
  ConsentChange(
    tenant: .sample(1), at: noon.addingTimeInterval(-90 * day), before: nil, after: .granted,
    gained: [.updateIncidents, .readAlerts, .hunt]),
]

extension ConsoleState {
  /// The console on a tenant's consent page.
  static func consentPage(
    of row: TenantOverview, _ others: [TenantOverview] = [], size: Size = Size(columns: 80, rows: 24),
    history: [ConsentChange] = [], change: (inout ConsoleSettings) -> Void = { _ in }
  ) -> ConsoleState {
    var state = ConsoleState.loaded([row] + others, [], size: size) {
      $0.configuration.app.consentRedirect = "https://northwind.example/consented"
      change(&$0)
    }
    _ = perform(&state, "consent", row.tenant.name)
    let link = AdminConsentLink(app: state.settings.configuration.app, tenant: row.id, state: "c3RhdGU")?.url
    state.take(
      .consentLinksMade(request: state.lastRequest - 1, link.map { [row.id: $0] } ?? [:]),
      .consentHistoryLoaded(request: state.lastRequest, row.id, history))
    return state
  }
}

/// The page of the tenant whose consent is requested, after what came of it.
private func requested(_ size: Size, _ progress: ConsentRequestProgress..., after seconds: TimeInterval = 0)
  -> ConsoleState
{
  var state = ConsoleState.consentPage(of: allStates[1], size: size)
  state.press(.enter)
  let request = state.lastRequest
  for step in progress { state.take(.consentProgressed(request: request, step)) }
  state.take(.ticked(noon.addingTimeInterval(seconds)))
  return state
}

private let link = ConsentRequestProgress.link(url: consentURL, openedBy: "firefox", reason: nil)

private let justSignedIn = SignInStanding(
  account: "anna@northwind.example", tenant: .sample(999), signedInAt: noon,
  reason: "neither secret-tool nor the kernel's keyring is there, and no passphrase is configured")

private func signingIn(_ size: Size, code: Bool = false, _ progress: SignInProgress...) -> ConsoleState {
  var state = ConsoleState.loaded([awaitingSignIn(1, "Contoso Ltd"), awaitingSignIn(2, "Fabrikam")], [], size: size)
  if code { _ = perform(&state, "sign-in-code") } else { state.press(.character("I")) }
  for step in progress { state.take(.signInProgressed(request: state.lastRequest, step)) }
  return state
}

private func marked(_ size: Size, _ change: (inout ConsoleState) -> Void = { _ in }) -> ConsoleState {
  var state = ConsoleState.loaded([allStates[1], allStates[2], allStates[6], allStates[7]], [], size: size) {
    $0.configuration.app.consentRedirect = "https://northwind.example/consented"
  }
  let ids = state.tenants.rows.map(\.id)
  for _ in ids { state.press(.character(" ")) }
  state.press(.character("c"))
  let app = state.settings.configuration.app
  let links = ids.map { ($0, AdminConsentLink(app: app, tenant: $0, state: "c3RhdGU")?.url ?? "") }
  state.take(.consentLinksMade(request: state.lastRequest, Dictionary(uniqueKeysWithValues: links)))
  change(&state)
  return state
}

let accessScenes: [Scene] = [
  Scene(name: "consent-granted", make: { .consentPage(of: known, size: $0, history: history) }, sizes: sizes),
  Scene(
    name: "consent-token",
    make: { size in
      var state = ConsoleState.consentPage(of: known, size: size, history: history)
      state.press(.tab, .tab)
      return state
    }, sizes: sizes),
  Scene(
    name: "consent-access",
    make: { size in
      var state = ConsoleState.consentPage(of: known, size: size, history: history)
      state.press(.backtab, .down, .enter)
      return state
    }, sizes: sizes),
  Scene(
    name: "consent-change-unfolded",
    make: { size in
      var state = ConsoleState.consentPage(of: known, size: size, history: history)
      while state.screens.top.viewport(in: state.shared)?.cursor != 11 { state.press(.down) }
      state.press(.enter)
      return state
    }, sizes: sizes),
  Scene(name: "consent-partial", make: { .consentPage(of: allStates[2], size: $0) }, sizes: sizes),
  Scene(name: "consent-missing", make: { .consentPage(of: allStates[1], size: $0) }, sizes: sizes),
  Scene(name: "consent-blocked", make: { .consentPage(of: allStates[3], size: $0) }, sizes: sizes),
  Scene(name: "consent-excluded", make: { .consentPage(of: allStates[17], size: $0) }, sizes: sizes),
  Scene(
    name: "consent-drifted",
    make: { size in
      var state = ConsoleState.loaded(size: size)
      state.take(
        .tenantsChanged([
          allStates[6].with {
            $0.consent = .from(granted: [.updateIncidents], required: everyRole, tenant: $0.id, at: noon)
            $0.drift.changedAt = noon
          }
        ]))
      return state
    }, sizes: sizes),
  Scene(name: "consent-waiting", make: { requested($0, link, after: 80) }, sizes: sizes),
  Scene(
    name: "consent-not-opened",
    make: { requested($0, .link(url: consentURL, openedBy: nil, reason: "xdg-open is not installed")) }, sizes: sizes),
  Scene(name: "consent-answered", make: { requested($0, link, .answered) }, sizes: sizes),
  Scene(
    name: "consent-lagging", make: { requested($0, link, .answered, .lagging(until: noon.addingTimeInterval(30))) },
    sizes: sizes),
  Scene(name: "consent-declined", make: { requested($0, link, .ended(.declined)) }, sizes: sizes),
  Scene(
    name: "consent-refused",
    make: { requested($0, link, .ended(.refused(error: "server_error", words: "AADSTS1001: \u{1B}[2Jlater"))) },
    sizes: sizes),
  Scene(name: "consent-marked", make: { marked($0) }, sizes: sizes),
  Scene(
    name: "consent-marked-waiting",
    make: { size in
      marked(size) { state in
        state.press(.character("C"))
        state.take(.consentProgressed(request: state.lastRequest, link))
      }
    }, sizes: sizes),
  Scene(
    name: "consent-marked-checked",
    make: { size in
      marked(size) { state in
        state.press(.character("r"))
        let rows = [allStates[1], allStates[2], allStates[6]].map { row in
          row.with { $0.consent.checkedAt = noon }
        }
        state.take(
          .tenantsChanged(rows),
          .consentChecked(request: state.lastRequest, rows.map(\.id) + [allStates[7].id]))
      }
    }, sizes: sizes),
  Scene(name: "sign-in-preparing", make: { signingIn($0) }, sizes: sizes),
  Scene(
    name: "sign-in-link",
    make: { signingIn($0, .link(url: signInURL, openedBy: nil, reason: "there is no desktop here")) }, sizes: sizes),
  Scene(
    name: "sign-in-code",
    make: {
      signingIn(
        $0, code: true,
        .code(
          userCode: "GJ7K-PLQX", page: "https://microsoft.com/devicelogin", until: noon.addingTimeInterval(15 * minute))
      )
    }, sizes: sizes),
  Scene(name: "sign-in-done", make: { signingIn($0, .signedIn(justSignedIn)) }, sizes: sizes),
  Scene(
    name: "sign-in-failed",
    make: {
      signingIn(
        $0, .failed(PartnerError(.signInFailed(.otherAccount("eve\u{202E}@evil.example")), tenant: nil, at: noon)))
    }, sizes: sizes),
  Scene(
    name: "sign-in-awaited",
    make: { size in
      ConsoleState.loaded(
        [awaitingSignIn(1, "Contoso Ltd"), awaitingSignIn(2, "Fabrikam"), known.with { $0.tenant.id = .sample(3) }], [],
        size: size)
    }, sizes: sizes),
  Scene(
    name: "access-sign-in", make: { .consentPage(of: awaitingSignIn(1, "Contoso Ltd"), size: $0) }, sizes: sizes),
  Scene(
    name: "access-no-relation",
    make: { size in
      var state = ConsoleState.consentPage(
        of: delegated(
          1, "東京データ株式会社", AccessRecord(state: .noRelation, checkedAt: noon, error: accessProblem(.noRelation))),
        size: size)
      state.take(.signInsChanged([annaSignedIn]))
      return state
    }, sizes: sizes),
  Scene(
    name: "access-ending",
    make: { size in
      var state = ConsoleState.consentPage(
        of: delegated(
          1, "Contoso Ltd",
          AccessRecord(
            state: .ending, relations: [relation("active", endsIn: 12.5 * day, roles: [reader, responder])],
            checkedAt: noon)), size: size)
      state.take(.signInsChanged([annaSignedIn]))
      state.press(.backtab)
      return state
    }, sizes: sizes),
  Scene(
    name: "access-not-in-group",
    make: { size in
      var state = ConsoleState.consentPage(
        of: delegated(
          1, "Contoso Ltd",
          AccessRecord(
            state: .notInGroup,
            relations: [relation("active", endsIn: 300 * day, roles: [reader], holds: false)], checkedAt: noon,
            error: accessProblem(.notInGroup))), size: size)
      state.take(.signInsChanged([annaSignedIn]))
      return state
    }, sizes: sizes),
  Scene(
    name: "tenants-access",
    make: { size in
      let states = AccessState.allCases.enumerated().map { index, state in
        delegated(
          index + 1, "Tenant \(state.rawValue)",
          AccessRecord(
            state: state, relations: [relation("active", endsIn: 12.5 * day, roles: [reader])], checkedAt: noon))
      }
      return ConsoleState.loaded(states, [], size: size)
    }, sizes: sizes),
]
