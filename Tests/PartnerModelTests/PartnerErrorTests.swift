import Foundation
import PartnerModel
import Testing

@Suite("What an operator is told of a failure")
struct PartnerErrorTests {
  static let causes: [(PartnerError.Cause, String)] =
    ConsentState.allCases.map { (.consent($0), $0.rawValue) } + [
      (.appRoleMissing([.updateIncidents, .hunt]), "appRoleMissing"), (.throttled(until: Sample.noon), "throttled"),
      (.budgetSpent(until: Sample.noon), "budgetSpent"), (.tokensSpent(until: Sample.noon), "tokenBudgetSpent"),
      (.notProvisioned, "notProvisioned"), (.refusedDespiteRoles(message: "No."), "refusedDespiteRoles"),
      (.unreachable(.nameNotFound(host: "h.example")), "unreachable"),
      (.unreachable(.connectionRefused(host: "h.example")), "unreachable"),
      (.unreachable(.noAnswer(host: "h.example")), "unreachable"),
      (.unreachable(.connectionLost(host: "h.example")), "unreachable"),
      (.unreachable(.untrusted(host: "h.example", reason: "self-signed")), "unreachable"),
      (.unreachable(.proxy(reason: "407")), "unreachable"), (.outage(status: 503), "outage"),
      (.unauthorized, "unauthorized"),
      (.claimsChallenge, "claimsChallenge"), (.foreignToken, "foreignToken"), (.foreignData, "foreignData"),
      (.redirectRefused(to: "evil.example"), "redirectRefused"), (.unsafeLink("http://x"), "unsafeLink"),
      (.pagingLoop, "pagingLoop"),
      (.answerTooLarge(limit: 67_108_864), "answerTooLarge"), (.answerIncomplete, "answerIncomplete"),
      (.answerUnreadable("HTML"), "answerUnreadable"), (.deadlineExceeded(seconds: 60), "deadlineExceeded"),
      (.notFound, "notFound"),
      (.merged(into: IncidentID("7")), "merged"), (.merged(into: nil), "merged"), (.conflict("status"), "conflict"),
      (.refused(status: 400, message: "bad"), "refused"), (.outcomeUnknown, "outcomeUnknown"),
      (.credentialUnreadable("no such file"), "credentialUnreadable"), (.storage("disk full"), "storage"),
      (.rootUnreadable("no PEM"), "rootUnreadable"), (.httpLibrary("x"), "httpLibrary"),
      (.answerPartial, "answerPartial"), (.cancelled, "cancelled"),
    ]

  @Test("Every cause has a stable name, a clause and a next action that is a sentence", arguments: causes.indices)
  func words(index: Int) {
    let (cause, name) = Self.causes[index]
    let error = PartnerError(cause, tenant: Sample.tenant())
    #expect(error.causeName == name)
    #expect(!error.summary.isEmpty && !error.summary.hasSuffix("."))
    #expect(error.nextAction.hasSuffix("."))
    #expect(error.nextAction.first?.isUppercase == true)
    #expect(error.nextAction.count > 10 && !error.nextAction.contains("\n"))
    #expect(!error.summary.contains("Optional("))
  }

  @Test("Names are words for programs, and each state of consent has its own")
  func names() {
    for (_, name) in Self.causes { #expect(name.utf8.allSatisfy { ($0 | 0x20) >= 97 && ($0 | 0x20) <= 122 }) }
    #expect(Set(ConsentState.allCases.map(\.summary)).count == ConsentState.allCases.count)
  }

  @Test(
    "A clause names what it is about",
    arguments: [
      (
        PartnerError.Cause.appRoleMissing([.updateIncidents, .hunt]),
        "SecurityIncident.ReadWrite.All, ThreatHunting.Read.All"
      ),
      (.outage(status: 503), "503"), (.answerTooLarge(limit: 67_108_864), "64 MiB"),
      (.answerTooLarge(limit: 262_144), "256 KiB"),
      (.merged(into: IncidentID("7")), "into 7"),
      (.unreachable(.untrusted(host: "h.example", reason: "self-signed")), "h.example is not trusted: self-signed"),
      (.deadlineExceeded(seconds: 60), "60 s"), (.refused(status: 400, message: "bad"), "refused (HTTP 400): bad"),
    ])
  func clause(cause: PartnerError.Cause, expected: String) {
    #expect(PartnerError(cause, tenant: nil).summary.contains(expected))
  }

  @Test(
    "The next action follows the AADSTS number where it tells more than the state",
    arguments: [
      (ConsentState.blocked, 500_213, "inbound cross-tenant access"),
      (.blocked, 500_212, "outbound cross-tenant access"),
      (.blocked, 53_003, "correlation id"), (.blocked, 53_001, "conditional access"),
      (.missing, 650_051, "stale enterprise application"), (.missing, 65_004, "accept"),
      (.missing, 90_099, "Partner Center"), (.missing, 7_000_229, "consent link"),
      (.missing, 700_016, "the app's clientId"),
      (.credentialProblem, 700_024, "clock"), (.credentialProblem, 7_000_218, "Configure a credential"),
      (.credentialProblem, 7_000_215, "not its id"), (.appProblem, 70_011, "the app's cloud"),
      (.appProblem, 1_002_012, "the app's cloud"), (.appProblem, 700_022, "the app's cloud"),
      (.appProblem, 28_002, "the app's cloud"),
      (.appProblem, 650_057, "API permissions"), (.tenantNotFound, 90_038, "cloud"),
    ])
  func advice(state: ConsentState, code: Int, expected: String) {
    let error = PartnerError(.consent(state), tenant: nil, code: code, correlationID: "c-8")
    #expect(error.nextAction.contains(expected))
    #expect(error.nextAction.hasSuffix(".") && error.nextAction.first?.isUppercase == true)
    #expect(error.problem.nextAction == error.nextAction)
  }

  @Test("F13–F14, F31: the next action fits the cause: the clock before a root, consent before what was sent")
  func fitting() {
    func action(_ cause: PartnerError.Cause, code: Int? = nil) -> String {
      PartnerError(cause, tenant: nil, code: code).nextAction
    }
    #expect(action(.unreachable(.untrusted(host: "h", reason: "x"))).hasPrefix("Check this machine's clock"))
    #expect(action(.refused(status: 403, message: "No."), code: 403).contains("consent"))
    #expect(action(.refused(status: 400, message: "No."), code: 400).contains("what was sent"))
    #expect(action(.throttled(until: Sample.noon), code: 50_196).contains("several tenants in one command"))
    #expect(action(.notProvisioned, code: 403).contains("consenting again does not help"))
    #expect(action(.refusedDespiteRoles(message: "No."), code: 403).contains("not the permissions"))
    #expect(action(.consent(.disabled), code: 500_014).contains("enable Microsoft Graph"))
    #expect(!action(.storage("disk full")).contains("sent"))
    #expect(action(.rootUnreadable("x")).contains("app.trust.caFile"))
    #expect(action(.httpLibrary("x")).contains("apt-get install libcurl4"))
  }

  @Test("A problem keeps all that the error knew")
  func problem() {
    let error = PartnerError(
      .throttled(until: Sample.noon), tenant: Sample.tenant(), error: "TooManyRequests", code: 429, correlationID: "c",
      requestID: "r", at: Sample.noon)
    #expect(
      error.problem
        == Problem(
          cause: "throttled", error: "TooManyRequests", code: 429, correlationID: "c", requestID: "r", at: Sample.noon,
          nextAction: error.nextAction, summary: error.summary))
    #expect(!error.mayHaveTakenEffect)
  }

  @Test("Only throttling and our own budget name a moment to ask again")
  func retryAt() {
    for (cause, name) in Self.causes {
      #expect(
        (PartnerError(cause, tenant: nil).retryAt == Sample.noon)
          == (["throttled", "budgetSpent", "tokenBudgetSpent"].contains(name)))
    }
  }

  @Test(
    "A request id is asked to be quoted only where there is one, and then it stands there", arguments: causes.indices)
  func quoting(index: Int) {
    var error = PartnerError(Self.causes[index].0, tenant: Sample.tenant(), code: 403)
    #expect(!error.nextAction.contains("request id") && !error.nextAction.contains("correlation id"))
    error.requestID = "r-7"
    #expect(error.nextAction.contains("quote") == error.nextAction.contains("r-7"))
    error.code = 53_003
    error.correlationID = "c-8"
    if case .consent = error.cause { #expect(error.nextAction.contains("quote the correlation id c-8")) }
  }

  @Test("B54: who asked too often is told until when")
  func loop() {
    let error = PartnerError(
      .throttled(until: Sample.noon), tenant: Sample.tenant(), code: PartnerError.loopCode, at: Sample.noon)
    #expect(error.summary.contains("asked too often, again at 12:00Z"))
    #expect(PartnerError(.tokensSpent(until: Sample.noon), tenant: nil).summary.contains("again at 12:00Z"))
  }
}
