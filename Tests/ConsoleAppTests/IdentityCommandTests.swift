import Foundation
import LabServer
import Testing

@Suite("Commands about tokens, secrets and waiting", .serialized)
struct IdentityCommandTests {
  private static func options(_ scenario: LabScenario = .granted, count: Int = 1) -> LabOptions {
    var options = LabOptions(tenants: LabTenant.generate(count: count, seed: 11), scenarios: .granted)
    options.tenants[0].scenario = scenario
    return options
  }

  private static func tokens(_ place: Workplace) -> Int { place.lab.state()[0].requests["token"] ?? 0 }

  /// A configuration change that names another place of the secret.
  private static func credential(_ credential: [String: Any]) -> @Sendable (inout [String: Any]) -> Void {
    // Only texts and lists of texts are handed in.
    let data = (try? JSONSerialization.data(withJSONObject: credential)) ?? Data()
    return { root in
      guard var app = root["app"] as? [String: Any] else { return }
      app["credentials"] = [(try? JSONSerialization.jsonObject(with: data)) ?? [:]]
      root["app"] = app
    }
  }

  @Test("B54: the 16th short command in five minutes ends with 2, the time, and what helps; nobody asks meanwhile")
  func manyCommands() async throws {
    try await Workplace.with(Self.options()) { (place) async throws in
      let tenant = place.tenants[0].domain
      for _ in 0..<15 { #expect(try await place.run("consent", "check", tenant).status == 0) }
      #expect(Self.tokens(place) == 15)
      let sixteenth = try await place.run("consent", "check", tenant, "--output", "json")
      #expect(sixteenth.status == 2)
      #expect(sixteenth.words.contains("enough tokens were asked for") && sixteenth.words.contains("again at"))
      let row = try #require(sixteenth.objects.first)
      #expect((row["token"] as? [String: Any])?["state"] as? String == "valid", "waiting, and not failed")
      #expect((row["consent"] as? [String: Any])?["state"] as? String == "granted")
      let list = try await place.run("incidents", "list", tenant)
      #expect(list.status == 2 && list.words.contains("again at"))
      // What happened tells the time, so that what to do does not tell it again, to the second.
      for words in [sixteenth.words, list.words] {
        #expect(words.contains("name several tenants in one command") && !words.contains("Run it again"), "\(words)")
      }
      #expect(Self.tokens(place) == 15)
    }
  }

  @Test("B54: after a loop was told no command asks that tenant's token endpoint, and each says until when")
  func loop() async throws {
    try await Workplace.with(Self.options(count: 2)) { (place) async throws in
      let body = #"{"error":"invalid_grant","error_description":"AADSTS50196: A loop.","error_codes":[50196]}"#
      place.lab.add(
        LabFault(
          .answer(status: 400, headers: ["Content-Type": "application/json"], body: body), tenant: place.tenants[0].id,
          route: "token", times: 0))
      for _ in 0..<3 {
        let outcome = try await place.run("incidents", "list", place.tenants[0].domain)
        #expect(outcome.status == 2)
        #expect(outcome.words.contains("asked too often, again at"))
        #expect(outcome.words.contains("Leave the tenant alone until") && !outcome.words.contains("Run it again"))
      }
      #expect(Self.tokens(place) == 1)
      #expect(try await place.run("incidents", "list", place.tenants[1].domain).status == 0)
    }
  }

  @Test("A command waits where the service names some seconds, and says so; --no-wait ends at once")
  func waits() async throws {
    try await Workplace.with(Self.options()) { (place) async throws in
      func throttle(_ route: String, _ seconds: Int) {
        place.lab.add(
          LabFault(.answer(status: 429, headers: ["Retry-After": "\(seconds)"], body: ""), route: route, times: 1))
      }
      throttle("incidents.list", 2)
      let list = try await place.run("incidents", "list", "--output", "json")
      #expect(list.status == 0)
      #expect(list.words.contains("\(place.tenants[0].name): throttled by the service. Waiting until "))
      throttle("token", 1)
      let check = try await place.run("consent", "check")
      #expect(check.status == 0 && check.words.contains("Waiting until "))
      let incidents = (list.json as? [String: Any])?["incidents"] as? [[String: Any]]
      let id = try #require(incidents?.first?["id"] as? String)
      throttle("incidents.get", 1)
      let show = try await place.run("incidents", "show", place.tenants[0].domain, id)
      #expect(show.status == 0 && show.words.contains("Waiting until "))
      throttle("incidents.list", 90)
      let long = try await place.run("incidents", "list")
      #expect(long.status == 2 && !long.words.contains("Waiting"), "longer than a minute is not waited for")
    }
    try await Workplace.with(Self.options()) { (place) async throws in
      place.lab.add(
        LabFault(.answer(status: 429, headers: ["Retry-After": "2"], body: ""), route: "incidents.list", times: 1))
      let list = try await place.run("incidents", "list", "--no-wait")
      #expect(list.status == 2 && !list.words.contains("Waiting") && list.words.contains("Run it again after"))
    }
  }

  @Test("--expect granted is 0 only when all named tenants are granted, else 2; without it the codes stay")
  func expects() async throws {
    try await Workplace.with(Self.options(.missing, count: 2)) { (place) async throws in
      let (missing, granted) = (place.tenants[0].domain, place.tenants[1].domain)
      func check(_ arguments: String...) async throws -> Int32 {
        try await place.run(bare: ["consent", "check"] + arguments + ["--config", place.configuration]).status
      }
      #expect(try await check(missing) == 0)
      #expect(try await check(missing, "--expect", "granted") == 2)
      #expect(try await check(missing, granted, "--expect", "granted") == 2)
      #expect(try await check(granted, "--expect", "granted") == 0)
      place.lab.changeConsent(of: place.tenants[0].id, .partial)
      #expect(try await check(missing, "--expect", "granted") == 2)
      place.lab.changeConsent(of: place.tenants[0].id, .grant)
      #expect(try await check("--expect", "granted") == 0, "also at the moment when it was granted")
      place.lab.add(LabFault(.resetBefore, times: 0))
      #expect(try await check(granted, "--expect", "granted") == 2, "what was known before is no answer")
      for arguments in [["--wait", "10m"], ["--expect", "granted", "--wait", "soon"], ["--expect", "missing"]] {
        let words = ["consent", "check", granted] + arguments + ["--config", place.configuration]
        #expect(try await place.run(bare: words).status == 64)
      }
    }
  }

  @Test("--wait ends at once where nobody may be asked before its time is over, and says until when")
  func waitsForNothing() async throws {
    try await Workplace.with(Self.options()) { (place) async throws in
      let tenant = place.tenants[0].domain
      place.lab.changeConsent(of: place.tenants[0].id, .revoke)
      for _ in 0..<15 { _ = try await place.run("consent", "check", tenant, "--no-wait") }
      let start = ContinuousClock.now
      let over = try await place.run(
        "consent", "check", tenant, "--no-wait", "--expect", "granted", "--wait", "100s")
      #expect(over.status == 2)
      #expect(!over.words.contains("Asked again in"))
      #expect(over.words.contains("not checked now") && over.words.contains("again at"), "\(over.words)")
      #expect(ContinuousClock.now - start < .seconds(100))
    }
  }

  @Test("--wait asks for fresh tokens until consent is given, and says how it goes; or until its time is over")
  func waitsForConsent() async throws {
    try await Workplace.with(Self.options()) { (place) async throws in
      // As long as one answer: given between the first look and the second.
      let body = #"{"error":"invalid_client","error_description":"AADSTS7000229: No.","error_codes":[7000229]}"#
      place.lab.add(
        LabFault(
          .answer(status: 401, headers: ["Content-Type": "application/json"], body: body), route: "token", times: 1))
      let outcome = try await place.run("consent", "check", "--expect", "granted", "--wait", "PT30S")
      #expect(outcome.status == 0)
      #expect(outcome.words.contains("Not granted yet: \(place.tenants[0].name) (missing). Asked again in 5 s."))
      #expect(outcome.output.contains("granted"))
      #expect(Self.tokens(place) == 2)
      place.lab.changeConsent(of: place.tenants[0].id, .revoke)
      let over = try await place.run("consent", "check", "--expect", "granted", "--wait", "1s", "--output", "json")
      #expect(over.status == 2)
      #expect((over.objects.first?["consent"] as? [String: Any])?["state"] as? String == "missing")
      #expect(Self.tokens(place) == 4)
    }
  }

  @Test("B20, 3: a helper's reason is told whole, also in a pipe; a mended secret is told as good by the next command")
  func helper() async throws {
    let reason = "vault: " + String(repeating: "locked ", count: 30) + "end"
    let script = "test -e mended || { echo '\(reason)' >&2; exit 2; }; cat secret"
    try await Workplace.with(
      Self.options(), change: Self.credential(["type": "secret", "command": ["sh", "-c", "cd \"$HOME\"; \(script)"]])
    ) { (place) async throws in
      let check = try await place.run("consent", "check")
      #expect(check.status == 2 && check.words.contains("sh ended with 2: “vault: locked"))
      let tenants = try await place.run("tenants")
      #expect(tenants.output.contains("credential unreadable, "))
      let told = try #require(tenants.output.split(separator: "\n").last)
      #expect(told.count > 250 && told.contains("”.  "), "neither cause nor next step is cut")
      #expect(FileManager.default.createFile(atPath: place.home.path + "/mended", contents: nil))
      #expect(try await place.run("incidents", "list").status == 0)
      let after = try await place.run("tenants", "--output", "json")
      let row = try #require(after.objects.first)
      for (part, key) in [("consent", "error"), ("token", "lastError"), ("sync", "error")] {
        #expect((row[part] as? [String: Any])?[key] is NSNull)
      }
    }
  }

  @Test("B48: ~/ is the user's home; a variable in a path is a mistake with its place, told before anything is asked")
  func home() async throws {
    try await Workplace.with(Self.options(), change: Self.credential(["type": "secret", "file": "~/secret"])) {
      (place) async throws in
      #expect(try await place.run("consent", "check").status == 0)
    }
    try await Workplace.with(Self.options(), change: Self.credential(["type": "secret", "file": "$HOME/secret"])) {
      (place) async throws in
      let outcome = try await place.run("consent", "check")
      #expect(outcome.status == 78)
      #expect(outcome.words.contains("tenants.json:1:") && outcome.words.contains("app.credentials[0].file"))
      #expect(Self.tokens(place) == 0)
    }
  }

  @Test("B21, B28: what only the customer can mend says so, in text and JSON; the consent is untouched")
  func customersTurn() async throws {
    try await Workplace.with(Self.options(count: 2)) { (place) async throws in
      #expect(try await place.run("consent", "check").status == 0)
      func answer(_ status: Int, _ body: String, route: String, tenant: Int) {
        place.lab.add(
          LabFault(
            .answer(status: status, headers: ["Content-Type": "application/json"], body: body),
            tenant: place.tenants[tenant].id, route: route, times: 0))
      }
      answer(
        400, #"{"error":"invalid_client","error_description":"AADSTS500014: Off.","error_codes":[500014]}"#,
        route: "token", tenant: 0)
      answer(
        403, #"{"error":{"code":"Forbidden","message":"Account is not provisioned."}}"#, route: "incidents.list",
        tenant: 1)
      let list = try await place.run("tenants", "--refresh", "--output", "json")
      let rows = list.objects
      #expect((rows[0]["consent"] as? [String: Any])?["state"] as? String == "disabled")
      #expect((rows[1]["consent"] as? [String: Any])?["state"] as? String == "granted")
      #expect((rows[1]["sync"] as? [String: Any])?["state"] as? String == "failed")
      let text = try await place.run("tenants")
      #expect(text.output.contains("enable Microsoft Graph"))
      #expect(text.output.contains("not provisioned 403, just now: Ask the customer to set up Microsoft Defender"))
      #expect(try await place.run("consent", "check", place.tenants[0].domain).status == 0, "an answer")
    }
  }
}
