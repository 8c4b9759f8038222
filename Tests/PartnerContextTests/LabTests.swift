import Foundation
import LabServer
import PartnerModel
import Testing

@testable import PartnerContext

@Suite struct LabTests {
  @Test("Reads a tenant's incidents, then only what changed")
  func changes() async throws {
    let clock = TestClock()
    try await withLabServer(labOptions(.granted, clock: clock)) { lab in
      try await withContext(lab.baseURL, clock) { context in
        let first = try await context.changes(in: contoso, since: longAgo)
        #expect(first.pages.incidents.count == 25)
        #expect(first.pages.incidents.allSatisfy { $0.tenant == contoso })
        #expect(first.pages.allSatisfy { $0.problem == nil })
        let again = try await context.changes(in: contoso, since: first.cursor)
        #expect(again.pages.incidents.isEmpty)
        lab.tick(seconds: 60, newIncidents: 2, tenant: contoso.rawValue)
        clock.advance(60)
        let news = try await context.changes(in: contoso, since: again.cursor)
        #expect(news.pages.incidents.count == 2)
        let record = await context.tokenRecord(of: contoso)
        #expect(record?.state(at: clock.now) == .valid)
        #expect(await context.grantedRoles(in: contoso)?.map(\.rawValue) == everyRole.sorted())
      }
    }
  }

  @Test("Gets an incident with alerts and evidence, and changes it")
  func getAndUpdate() async throws {
    let clock = TestClock()
    try await withLabServer(labOptions(.granted, clock: clock)) { lab in
      try await withContext(lab.baseURL, clock) { context in
        let listed = try await context.changes(in: contoso, since: longAgo).pages.incidents
        let open = try #require(listed.first { $0.status == .active })
        #expect(open.alerts == nil)
        let whole = try await context.getIncident(open.id, in: contoso, withAlerts: true)
        let alerts = try #require(whole.alerts)
        #expect(!alerts.isEmpty)
        #expect(alerts.allSatisfy { !$0.evidence.isEmpty })
        let update = IncidentUpdate(status: .inProgress, assignment: .to("anna@partner.example"))
        let changed = try await context.updateIncident(open.id, in: contoso, with: update) { _ in }
        #expect(update.isInEffect(on: changed))
        #expect(changed.customTags == whole.customTags)
        #expect(lab.state().first?.writes == 1)
      }
    }
  }

  @Test("Evidence that came over HTTP is named, and what lies inside of a thing in it is told")
  func evidence() async throws {
    let clock = TestClock()
    var options = labOptions(.granted, clock: clock)
    options.incidentsPerTenant = 40
    try await withLabServer(options) { lab in
      try await withContext(lab.baseURL, clock) { context in
        var facts: [String: Set<String>] = [:]
        for incident in try await context.changes(in: contoso, since: longAgo).pages.incidents {
          // No faster than a tenant may be asked.
          clock.advance(2)
          let whole = try await context.getIncident(incident.id, in: contoso, withAlerts: true)
          for evidence in (whole.alerts ?? []).flatMap(\.evidence) {
            let overview = evidence.overview
            #expect(!["?", "–", "unreadable"].contains(overview.subject), "\(evidence.json)")
            facts[evidence.type, default: []].formUnion(overview.facts.map(\.label))
            switch evidence.type {
            case "cloudLogonSessionEvidence": #expect(overview.subject.contains("@"))
            case "hostLogonSessionEvidence": #expect(overview.subject.contains(" on "))
            case "sasTokenEvidence": #expect(overview.subject.contains("backup"))
            default: break
            }
          }
        }
        let told = [
          "dnsEvidence": ["server", "host", "leads to"], "teamsMessageEvidence": ["links"],
          "blobEvidence": ["container", "storage"], "kubernetesPodEvidence": ["namespace", "cluster", "containers"],
          "gitHubRepoEvidence": ["owner"], "aiAgentEvidence": ["platform", "instructions"],
        ]
        for (type, labels) in told { #expect(facts[type]?.isSuperset(of: labels) == true, "\(type)") }
      }
    }
  }

  @Test(
    "The token probe tells each state of consent",
    arguments: [
      (LabScenario.granted, ConsentState.granted), (.partial, .partial), (.missing, .missing),
      (.notGranted, .notGranted), (.disabled, .disabled), (.blocked, .blocked), (.unlicensed, .unlicensed),
      (.tenantNotFound, .tenantNotFound), (.appProblem, .appProblem),
    ])
  func consent(scenario: LabScenario, state: ConsentState) async throws {
    let clock = TestClock()
    try await withLabServer(labOptions(scenario, clock: clock)) { lab in
      try await withContext(lab.baseURL, clock) { context in
        let (consent, token) = await context.checkConsent(in: contoso, required: everyRole.map { AppRole($0) })
        let record = try #require(consent)
        #expect(record.state == state)
        #expect(record.checkedAt == clock.now)
        #expect((record.error == nil) == (state == .granted))
        #expect(record.missing.isEmpty == (state == .granted))
        #expect(token.state(at: clock.now) == (state.allowsReading || state == .notGranted ? .valid : .refused))
      }
    }
  }

  @Test("A check of consent always asks for a fresh token, because an older one keeps its roles")
  func freshConsent() async throws {
    let clock = TestClock()
    try await withLabServer(labOptions(.missing, clock: clock)) { lab in
      try await withContext(lab.baseURL, clock) { context in
        let required = everyRole.map { AppRole($0) }
        #expect(await context.checkConsent(in: contoso, required: required).consent?.state == .missing)
        lab.changeConsent(of: contoso.rawValue, .partial)
        #expect(await context.checkConsent(in: contoso, required: required).consent?.state == .partial)
        lab.changeConsent(of: contoso.rawValue, .grant)
        #expect(await context.checkConsent(in: contoso, required: required).consent?.state == .granted)
        #expect(lab.state().first?.tokensIssued == 2)
      }
    }
  }

  @Test(
    "Each of the lab's states ends in rows or in a cause with a next action, and breaks no rule of the lab",
    arguments: LabScenario.allCases.filter { $0 != .slow })
  func scenarios(scenario: LabScenario) async throws {
    let clock = TestClock()
    try await withLabServer(labOptions(scenario, clock: clock)) { lab in
      try await withContext(lab.baseURL, clock) { context in
        do {
          let read = try await context.changes(in: contoso, since: longAgo)
          #expect(!read.pages.incidents.isEmpty)
          #expect(read.pages.allSatisfy { $0.foreign == 0 })
          // Hostile text holds half surrogate pairs, which cost their item.
          #expect((scenario == .hostileText) == read.pages.contains { !$0.unreadable.isEmpty })
          for incident in read.pages.incidents.prefix(5) {
            let whole = try await context.getIncident(incident.id, in: contoso, withAlerts: true)
            #expect(whole.displayName == incident.displayName)
          }
        } catch let error as PartnerError {
          #expect(error.tenant == contoso)
          #expect(!error.nextAction.isEmpty)
          #expect(error.correlationID != nil)
          #expect(error.at == clock.now)
        }
      }
    }
  }
}
