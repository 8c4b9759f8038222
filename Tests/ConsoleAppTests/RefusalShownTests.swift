import ConsoleCore
import Foundation
import LabServer
import PartnerContext
import PartnerModel
import TerminalKit
import Testing

@testable import ConsoleApp

/// What the operator is told of a refusal, on the screen and by the commands, as the lab's answer brought it.
@Suite("T11: each refusal is told with state, cause, whose turn it is and the next step", .serialized)
struct RefusalShownTests {
  @Test("The lab refuses with every number of the table, and with no other")
  func same() {
    #expect(Set(LabRefusalCodes.all).subtracting(RefusalTable.codes) == [], "not in the table")
    #expect(Set(RefusalTable.codes).subtracting(LabRefusalCodes.all) == [], "not in the lab")
  }

  @Test("Every number: the lab's answer comes to the preview and to the JSON, whole")
  func everyNumber() async throws {
    let codes = LabRefusalCodes.all
    var options = LabOptions(tenants: LabTenant.generate(count: codes.count, seed: 5), scenarios: .granted)
    options.secret = "canary~" + UUID().uuidString
    try await withLabServer(options) { lab in
      let app = try app(at: lab.baseURL)
      var dependencies = PartnerDependencies.live
      dependencies.environment = { [secret = options.secret] in $0 == "SECRET" ? secret : nil }
      dependencies.sleep = { _ in }
      try await LiveTransport.withTransport(for: app, dependencies: dependencies) { transport in
        for (code, tenant) in zip(codes, options.tenants) {
          #expect(lab.refuse(tenant.id, code: code))
          // A client of its own: the silence after one refusal is not another's.
          let context = PartnerContext(app: app, transport: transport, dependencies: dependencies)
          let id = try #require(TenantID(tenant.id))
          let told = await context.probeConsent(in: id, required: app.permissions)
          var row = TenantOverview(tenant: Tenant(id: id, name: tenant.name))
          row.consent = told.consent ?? row.consent
          row.consent.error = row.consent.error ?? told.failure?.problem
          row.token = told.token
          try check(row, code, app)
        }
      }
    }
  }

  private func check(_ row: TenantOverview, _ code: Int, _ app: AppRegistration) throws {
    let meaning = try #require(RefusalTable.meaning(of: code), "\(code)")
    let json = TenantOutput(now: Date(), staleAfter: 900, required: { _ in [] }).json(row)
    let consent = try #require(json["consent"])
    #expect(consent["state"]?.string == (meaning.state ?? .unknown).rawValue, "\(code)")
    let problem = try #require(consent["error"])
    #expect(problem["code"]?.number == Double(code))
    #expect(problem["summary"]?.string?.hasPrefix(meaning.cause) == true, "\(code)")
    #expect(problem["whoActs"]?.string == meaning.whoActs?.rawValue, "\(code)")
    #expect(problem["message"]?.isNull == true, "\(code)")
    let next = try #require(problem["nextAction"]?.string)
    // A silence that was asked for names its end.
    let end = code == PartnerError.loopCode ? "name several tenants in one command" : meaning.nextAction
    #expect(next.contains(end), "\(code): \(next)")
    let correlation = try #require(problem["correlationId"]?.string)
    #expect(UUID(uuidString: correlation) != nil)
    #expect(meaning.isAskedByCorrelation == next.contains(correlation))
    let time = try #require(problem["at"]?.string)
    #expect(json["token"]?["lastError"]?["code"]?.number == Double(code))

    let lines = preview(of: row, app)
    let text = lines.joined(separator: " ")
    for words in [meaning.cause, "who acts \(meaning.whoActs?.words ?? "")", next] {
      #expect(text.contains(words), "\(code): \(words)")
    }
    #expect(text.contains((meaning.state ?? .unknown).summary), "\(code)")
    for line in ["correlation \(correlation)", "time \(time)"] { #expect(lines.contains(line), "\(code): \(line)") }
  }

  /// The preview's lines in a window that is too narrow to show it beside the rows, blanks made single.
  private func preview(of row: TenantOverview, _ app: AppRegistration) -> [String] {
    let configuration = Configuration(app: app, tenants: [row.tenant])
    var console = ConsoleState(
      settings: ConsoleSettings(configuration: configuration, mode: "LAB"), size: Size(columns: 120, rows: 60),
      now: Date())
    for event in [Event.ticked(Date()), .tenantsLoaded([row]), .keys([.character("p")], at: 1)] {
      _ = update(&console, event)
    }
    var cache = RowCache()
    return view(console, cache: &cache).lines
      .map { $0.text.split { $0 == " " || $0 == "│" }.joined(separator: " ") }
  }

  private func app(at place: String) throws -> AppRegistration {
    let origin = try #require(Origin.split(place)?.origin)
    return AppRegistration(
      clientID: Workplace.clientID, homeTenant: try #require(TenantID("d757e467-091b-4bbe-8042-1f1e2fbe5f33")),
      cloud: .lab,
      endpoints: Endpoints(
        authority: origin, graph: origin, graphResource: "https://graph.microsoft.com",
        portalHosts: ["security.microsoft.com"]),
      credentials: [.secret(.environment("SECRET"))], permissions: [.updateIncidents, .readAlerts, .hunt])
  }

  @Test("A number that nobody knows: the service's own first line is shown, and cannot steer the terminal")
  func unknown() async throws {
    try await Workplace.with(tenants: 1) { place in
      let words = #"AADSTS1234567: \u001b[31mRed\u202e words.\r\nTrace ID: t"#
      let body =
        #"{"error":"invalid_request","error_description":"\#(words)","error_codes":[1234567],"correlation_id":"c-1"}"#
      place.lab.add(
        LabFault(
          .answer(status: 400, headers: ["Content-Type": "application/json"], body: body), route: "token", times: 0))
      let json = try await place.run("consent", "check", "--output", "json")
      let problem = try #require((json.objects.first?["consent"] as? [String: Any])?["error"] as? [String: Any])
      #expect(problem["message"] as? String == "AADSTS1234567: \u{1B}[31mRed\u{202E} words.")
      #expect(problem["whoActs"] is NSNull && problem["code"] as? Int == 1_234_567)
      #expect(!json.output.contains("\u{1B}") && !json.output.contains("\u{202E}"))
      for command in [["consent", "check"], ["token", "list"], ["tenants"], ["tenants", "--output", "csv"]] {
        let text = try await place.run(bare: command + ["--config", place.configuration])
        #expect(text.output.contains("Red") && text.output.contains("c-1"), "\(command)")
        for stream in [text.output, text.words] {
          #expect(!stream.contains("\u{1B}") && !stream.contains("\u{202E}"), "\(command)")
        }
      }
    }
  }

  @Test("Tables name whose turn it is; below them cause, next step, correlation id and time stand whole on their lines")
  func text() async throws {
    try await Workplace.with(tenants: 2) { place in
      let tenant = place.tenants[1]
      place.lab.refuse(tenant.id, code: 53003)
      for command in [["consent", "check"], ["token", "list"], ["tenants"]] {
        let text = try await place.run(bare: command + ["--config", place.configuration])
        let lines = text.output.split(separator: "\n").map(String.init)
        #expect(lines[0].contains("  WHO  ") && lines[2].contains("  the tenant's admin  "), "\(command)")
        let block = try #require(lines.firstIndex(of: "\(tenant.name): conditional access blocks the token (53003)"))
        #expect(lines[block + 1] == "  who acts     the tenant's admin")
        #expect(lines[block + 2].hasPrefix("  next         Ask the tenant's admin which conditional access policy"))
        let correlation = try #require(lines[block + 3].wholeMatch(of: #/  correlation  ([0-9a-f-]{36})/#)).1
        #expect(lines[block + 2].contains(correlation))
        #expect(lines[block + 4].wholeMatch(of: #/  time         \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/#) != nil)
        #expect(lines.count == block + 5, "nothing of the tenant that was let in")
      }
    }
  }

  @Test("F37: a bad credential of ours is told once on standard error, not for each tenant; the rows keep their state")
  func toldOnce() async throws {
    try await Workplace.with(tenants: 4) { place in
      for tenant in place.tenants.dropFirst() { place.lab.refuse(tenant.id, code: 7_000_222) }
      for command in [["incidents", "list"], ["tenants"], ["consent", "check"], ["token", "list"]] {
        let outcome = try await place.run(bare: command + ["--config", place.configuration, "--output", "json"])
        let told = outcome.words.split(separator: "\n").filter { $0.contains("our secret has expired") }
        #expect(told.count == 1, "\(command): \(outcome.words)")
        #expect(
          told.first?.hasPrefix("app.credentials, 3 tenants: our secret has expired (7000222). Create a new") == true)
        #expect(
          outcome.words.matches(of: /\n  correlation  [0-9a-f-]{36}\n  time         \d{4}-[0-9T:-]+Z\n/).count == 1)
        for tenant in place.tenants.dropFirst() {
          let lines = outcome.words.split(separator: "\n").filter { $0.contains(tenant.name) }
          #expect(lines.allSatisfy { $0.contains("not read: \(place.tenants[1].name), ") }, "\(command): \(lines)")
        }
        if command[0] == "incidents" { continue }
        let states = outcome.objects.map { ($0["consent"] as? [String: Any])?["state"] as? String }
        #expect(states == ["granted"] + Array(repeating: "credentialProblem", count: 3), "\(command)")
      }
      let text = try await place.run("tenants")
      #expect(!text.output.contains("  correlation  "), "and not below the table")
      place.lab.refuse(place.tenants[0].id, code: 7_000_222)
      let words = try await place.run("token", "list", "--refresh").words
      #expect(words.hasPrefix("app.credentials, 4 tenants: our secret has expired"))
      #expect(!words.contains(" is refused ("), "nor as a warning beside it: \(words)")
    }
  }
}
