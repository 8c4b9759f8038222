import Foundation
import LabServer
import Testing

@Suite("Commands about consent", .serialized)
struct ConsentCommandTests {
  private static func options(_ scenarios: LabScenario...) -> LabOptions {
    var options = LabOptions(
      tenants: LabTenant.generate(count: scenarios.count, seed: 11), scenarios: .granted)
    for (index, scenario) in scenarios.enumerated() { options.tenants[index].scenario = scenario }
    return options
  }

  private static func query(_ url: String) -> [String: String] {
    let items = URLComponents(string: url)?.queryItems ?? []
    return Dictionary(items.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { first, _ in first })
  }

  private static func part(_ row: [String: Any]?, _ name: String) -> [String: Any] {
    row?[name] as? [String: Any] ?? [:]
  }

  @Test("The consent link names the tenant, the app, where the admin ends and a state of its own; JSON and CSV tell it")
  func link() async throws {
    try await Workplace.with(tenants: 2) { (place) async throws in
      let tenant = place.tenants[0]
      let text = try await place.run("consent", "link", tenant.domain)
      #expect(text.status == 0 && text.words == "")
      let url = text.output.trimmingCharacters(in: .newlines)
      #expect(url.contains("/\(tenant.id.lowercased())/v2.0/adminconsent?") && !url.contains("\n"))
      let items = Self.query(url)
      #expect(items["client_id"] == Workplace.clientID && items["redirect_uri"] == "https://partner.example/consented")
      #expect(items["scope"] == "https://graph.microsoft.com/.default")
      let json = try await place.run("consent", "link", "@all", "--output", "json")
      let links = json.objects
      #expect(links.count == 2 && links.map { $0["id"] as? String } == place.tenants.map { $0.id.lowercased() })
      let states = Set(links.compactMap { $0["state"] as? String } + [items["state"] ?? ""])
      #expect(states.count == 3 && states.allSatisfy { $0.utf8.count >= 22 }, "another one for each link")
      for link in links { #expect(Self.query(link["url"] as? String ?? "")["state"] == link["state"] as? String) }
      let csv = try await place.run("consent", "link", "@all", "--output", "csv")
      #expect(csv.output.hasPrefix("id,name,url,state\r\n") && csv.output.split(separator: "\r\n").count == 3)
      let both = try await place.run("consent", "link", "@all")
      #expect(both.output.contains("\(tenant.name):\nhttp") && both.words == "")
    }
  }

  @Test(
    "A tenant whose app has no consentRedirect is told with the mend: 1 beside others, 78 alone; an excluded one is left out"
  )
  func linkWithout() async throws {
    try await Workplace.with(
      tenants: 3,
      change: { root in
        guard var app = root["app"] as? [String: Any], var tenants = root["tenants"] as? [[String: Any]] else { return }
        app["consentRedirect"] = nil
        root["apps"] = ["other": app]
        tenants[1]["app"] = "other"
        tenants[2]["excluded"] = true
        root["tenants"] = tenants
      }
    ) { (place) async throws in
      let some = try await place.run("consent", "link", "@all", "--output", "json")
      #expect(some.status == 1 && some.objects.count == 1)
      #expect(some.words.contains("No link for \(place.tenants[1].name): apps.other.consentRedirect is missing"))
      #expect(some.words.contains("excludes them: \(place.tenants[2].name)"))
      #expect(try await place.run("consent", "link", place.tenants[1].domain).status == 78)
      #expect(try await place.run("consent", "link", place.tenants[2].domain).status == 2)
    }
  }

  @Test("The exact diff: each permission required or granted, whether it is there, and what breaks without it")
  func diff() async throws {
    try await Workplace.with(Self.options(.granted, .missing)) { (place) async throws in
      place.lab.changeConsent(
        of: place.tenants[0].id, .grant, roles: ["SecurityIncident.Read.All", "ThreatHunting.Read.All", "Mail.Read"])
      let check = try await place.run("consent", "check", "--output", "json")
      let permissions = Self.part(check.objects.first, "consent")["permissions"] as? [[String: Any]] ?? []
      func told(_ name: String) -> [String: Any]? { permissions.first { $0["permission"] as? String == name } }
      #expect(permissions.count == 5 && permissions.allSatisfy { $0.count == 4 })
      #expect(told("SecurityIncident.ReadWrite.All")?["granted"] as? Bool == false)
      #expect(
        told("SecurityIncident.ReadWrite.All")?["breaks"] as? String
          == "incidents cannot be changed: claim, assign, close")
      #expect(told("ThreatHunting.Read.All")?["granted"] as? Bool == true)
      #expect(told("Mail.Read")?["required"] as? Bool == false && told("Mail.Read")?["breaks"] is NSNull)
      let text = try await place.run("consent", "check")
      #expect(text.output.contains("  without SecurityAlert.Read.All: alerts and their evidence cannot be read"))
      #expect(text.output.contains("  granted and not required: Mail.Read, SecurityIncident.Read.All"))
      #expect(!text.output.contains("\(place.tenants[1].name):\n  without"), "without any consent there is no list")
      let access = Self.part(check.objects.first, "access")
      #expect(access["context"] as? String == "application" && access["state"] as? String == "notNeeded")
      #expect(access["error"] is NSNull && !text.output.contains("ACCESS"))
      let csv = try await place.run("consent", "check", "--output", "csv")
      let header = csv.output.split(separator: "\r\n").first
      #expect(header?.contains(",consent.changedAt,access.context,") == true && header?.hasSuffix(",readAt") == true)
    }
  }

  @Test("consent history tells each observed change with its time; a look without any is an answer too")
  func history() async throws {
    try await Workplace.with(tenants: 2) { (place) async throws in
      _ = try await place.run("consent", "check")
      let none = try await place.run("consent", "history", "--output", "json")
      #expect(none.status == 0 && none.objects.isEmpty && none.words.contains("No change"))
      place.lab.changeConsent(of: place.tenants[0].id, .partial)
      let check = try await place.run("consent", "check", "--output", "json")
      #expect(check.status == 1)
      let changedAt = Self.part(check.objects.first, "consent")["changedAt"] as? String
      #expect(changedAt?.hasSuffix("Z") == true)
      place.lab.changeConsent(of: place.tenants[0].id, .revoke)
      _ = try await place.run("consent", "check")
      let history = try await place.run("consent", "history", place.tenants[0].domain, "--output", "json")
      #expect(history.status == 0 && history.words == "")
      let changes = history.objects
      #expect(changes.map { $0["after"] as? String } == ["missing", "partial"], "the newest first")
      #expect(changes.last?["at"] as? String == changedAt)
      #expect(changes.last?["before"] as? String == "granted" && changes.last?["operator"] as? String == Workplace.upn)
      #expect((changes.last?["lost"] as? [String])?.isEmpty == false && changes.last?["gained"] is [String])
      #expect(Self.part(changes.first, "error")["cause"] as? String == "missing")
      let text = try await place.run("consent", "history")
      #expect(
        text.output.contains("WHEN") && text.output.contains("granted") && text.output.contains(place.tenants[0].name))
      let csv = try await place.run("consent", "history", "--output", "csv")
      #expect(csv.output.hasPrefix("id,name,at,before,after,gained,lost,operator,error.cause,"))
      let other = try await place.run("consent", "history", place.tenants[1].domain, "--output", "json")
      #expect(other.objects.isEmpty)
    }
  }

  /// Runs consent request and answers its page, whose link stands on standard error before it is waited for.
  private static func request(
    _ place: Workplace, _ answer: String, more: [String] = []
  ) async throws -> ProgramRun {
    let script = """
      rm -f out err page; "$program" consent request '\(place.tenants[0].id)' --config "$config" \(more.joined(separator: " ")) >out 2>err & \
      started=$!; \
      for i in $(seq 300); do link=$(grep -m1 '^http' err 2>/dev/null) && break; sleep 0.1; done; \
      port=$(printf %s "$link" | grep -o 'localhost%3A[0-9]*' | grep -o '[0-9]*$'); \
      state=$(printf %s "$link" | sed 's/.*[?&]state=//;s/&.*//'); \
      \(answer); wait $started; code=$?; cat out; cat err >&2; exit $code
      """
    return try await place.shell(script)
  }

  private static func visit(_ query: String) -> String {
    #"curl -s -o page "http://localhost:$port/?\#(query)""#
  }

  @Test(
    "consent request: the link is on standard error before it waits, then only a token counts; 0 when all is granted")
  func request() async throws {
    try await Workplace.with(Self.options(.granted)) { (place) async throws in
      let run = try await Self.request(
        place,
        // What is no GUID says nothing of whose page it was, and a foreign state ends nothing.
        Self.visit("admin_consent=True&tenant=\(place.tenants[0].id)&state=foreign") + "; "
          + Self.visit("admin_consent=True&tenant=..%2F%1B%5B2Jx&state=$state"), more: ["--output", "json"])
      #expect(run.status == 0, "\(run.words)")
      #expect(!run.words.contains("\u{1B}"))
      #expect(Self.part(run.objects.first, "consent")["state"] as? String == "granted")
      #expect(run.words.contains("consent is given") && run.words.contains("the page was answered"))
      let page = try String(contentsOf: place.home.appending(path: "page"), encoding: .utf8)
      #expect(page.contains("Thank you"))
    }
  }

  @Test(
    "H58 and H59: declined, no rights, another tenant or two, admin_consent=False, ESC in an error: 2, and nothing of it steers a terminal"
  )
  func requestRefused() async throws {
    try await Workplace.with(Self.options(.missing)) { (place) async throws in
      for (query, words) in [
        ("error=access_denied&error_subcode=cancel&state=$state", "the admin declined"),
        ("error=access_denied&error_description=AADSTS90094%3A+x&state=$state", "may not consent for the tenant"),
        ("admin_consent=True&tenant=00000000-1111-4222-8333-444444444444&state=$state", "came back for another tenant"),
        (
          "admin_consent=True&tenant=\(place.tenants[0].id)&tenant=00000000-1111-4222-8333-444444444444&state=$state",
          "came back for another tenant (00000000-1111-4222-8333-444444444444)"
        ),
        ("admin_consent=False&tenant=\(place.tenants[0].id)&state=$state", "the page says that nothing was granted"),
        (
          "admin_consent=True&error=server_error%1B%5B2J&error_description=%1B%5D0%3Bx%07%E2%80%AEred%0D%0Anext&state=$state",
          "the page came back with server_error"
        ),
      ] {
        let run = try await Self.request(place, Self.visit(query))
        #expect(run.status == 2 && run.words.contains(words), "\(run.words)")
        let page = try String(contentsOf: place.home.appending(path: "page"), encoding: .utf8)
        for text in [run.words, run.output, page] {
          #expect(text.unicodeScalars.allSatisfy { !["\u{1B}", "\u{7}", "\u{202E}", "\r"].contains($0) }, "\(text)")
        }
      }
      #expect(place.lab.state()[0].requests["token"] == nil)
    }
  }

  @Test("consent request: a foreign state ends nothing, and Ctrl-C ends with 130")
  func requestInterrupted() async throws {
    try await Workplace.with(Self.options(.missing)) { (place) async throws in
      let run = try await Self.request(
        place,
        Self.visit("admin_consent=True&state=foreign")
          + "; kill -INT $started")
      #expect(run.status == 130, "\(run.words)")
      #expect(run.words.contains("waiting up to 10 minutes"))
      let page = try String(contentsOf: place.home.appending(path: "page"), encoding: .utf8)
      #expect(page.contains("Not what is waited for"))
    }
  }
}
