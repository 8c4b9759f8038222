import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import LabServer

@Suite("consent request, with a browser that goes where the authority's own consent page leads", .serialized)
struct ConsentPageRunTests {
  private static func options(_ scenarios: LabScenario...) -> LabOptions {
    var options = LabOptions(tenants: LabTenant.generate(count: scenarios.count, seed: 11), scenarios: .granted)
    for (index, scenario) in scenarios.enumerated() { options.tenants[index].scenario = scenario }
    return options
  }

  private func request(_ place: Workplace, _ tenant: Int) async throws -> ProgramRun {
    try await place.run(
      "consent", "request", place.tenants[tenant].id, "--output", "json", environment: place.browser())
  }

  private func consent(_ run: ProgramRun) -> String? {
    (run.objects.first?["consent"] as? [String: Any])?["state"] as? String
  }

  private func page(_ place: Workplace) throws -> String {
    try String(contentsOf: place.home.appending(path: "page.html"), encoding: .utf8)
  }

  @Test("Accepted: the link is told, the page was answered, a fresh token proves it; 0")
  func accepted() async throws {
    try await Workplace.with(Self.options(.missing)) { place in
      place.lab.answer(consent: .accept)
      let run = try await request(place, 0)
      #expect(run.status == 0 && consent(run) == "granted", "\(run.words)")
      let steps = [
        "waiting up to 10 minutes", "/v2.0/adminconsent?", "the page was answered", "consent is given: a fresh",
      ]
      let places = steps.map { run.words.firstRange(of: $0)?.lowerBound }
      #expect(
        places.compactMap(\.self).count == steps.count
          && places.compactMap(\.self) == places.compactMap(\.self).sorted())
      #expect(try page(place).contains("Thank you"))
    }
  }

  @Test("A part: it is looked at three times, then told with what is missing; 1")
  func part() async throws {
    try await Workplace.with(Self.options(.missing)) { place in
      place.lab.answer(consent: .partial)
      let run = try await request(place, 0)
      #expect(run.status == 1 && consent(run) == "partial", "\(run.words)")
      #expect(run.words.contains("consent is given in part: "))
      #expect(run.words.contains("SecurityIncident.ReadWrite.All") && run.words.contains("is missing"))
      #expect(run.words.contains("Add what is missing to the API permissions of the app registration"))
      #expect(run.words.matches(of: /the grant does not show yet; asking again at \d\d:\d\d:\d\dZ/).count == 2)
    }
  }

  @Test(
    "H58 and H59: declined, without the right, for another tenant, or with an error beside admin_consent=True: 2, and no token is asked for"
  )
  func refused() async throws {
    try await Workplace.with(Self.options(.missing, .granted, .unlicensed)) { place in
      let cases: [(tenant: Int, LabConsentAnswer, words: String, next: String, page: String)] = [
        (0, .decline, "the admin declined", "Ask the tenant's admin why", "Consent declined"),
        (0, .noRights, "who signed in may not consent for the tenant", "Privileged Role Administrator", "Not allowed"),
        (2, .accept, "the page came back with access_denied: AADSTS", "Request consent again", "Consent was not given"),
      ]
      for (tenant, answer, words, next, title) in cases {
        place.lab.answer(consent: answer)
        let run = try await request(place, tenant)
        #expect(run.status == 2, "\(run.words)")
        #expect(run.words.contains(words) && run.words.contains(next), "\(run.words)")
        #expect(!run.words.contains("the page was answered"))
        #expect(try page(place).contains(title))
      }
      place.lab.answer(consent: .accept, consentTenant: place.tenants[1].id)
      let other = try await request(place, 0)
      #expect(other.status == 2, "\(other.words)")
      #expect(
        other.words.contains("came back for another tenant (\(place.tenants[1].id.lowercased()))"), "\(other.words)")
      #expect(try page(place).contains("Another organisation"))
      #expect(place.lab.state().map { $0.requests["token"] ?? 0 } == [0, 0, 0])
    }
  }

  @Test("A grant that lags is looked for again, which is told with the time, and ends as granted; 0")
  func lag() async throws {
    try await Workplace.with(Self.options(.missing)) { place in
      place.lab.world.room(place.tenants[0].id)?.state.withLock { $0.consentLag = 3 }
      place.lab.answer(consent: .accept)
      let run = try await request(place, 0)
      #expect(run.status == 0 && consent(run) == "granted", "\(run.words)")
      let told = run.words.firstRange(of: /the grant does not show yet; asking again at \d\d:\d\d:\d\dZ/)
      let end = run.words.firstRange(of: "consent is given: ")
      #expect(told.map { range in end.map { range.upperBound < $0.lowerBound } ?? false } ?? false, "\(run.words)")
      #expect(place.lab.state()[0].requests["token"] == 2)
      let history = try await place.run("consent", "history", "--output", "json")
      #expect(history.objects.first?["after"] as? String == "granted", "\(history.output)")
    }
  }
}
