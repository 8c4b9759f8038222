import Foundation
import RecordedData
import Testing

@Suite(
  "Faults reported elsewhere: tokens, secrets and consent", .serialized,
  .enabled(if: RecordedFolder.cases.isWanted, "\(RecordedFolder.cases.reason)"))
struct IdentityCaseTests {
  private let tenant = PlayedCase.tenant

  private func consent(_ played: PlayedCase, _ changes: [String: String] = [:]) async throws -> (
    state: String?, problem: [String: Any]?, run: ProgramRun
  ) {
    let run = try await played.run(
      "consent", "check", tenant, "--output", "json", environment: changes)
    let consent = run.objects.first?["consent"] as? [String: Any]
    return (consent?["state"] as? String, consent?["error"] as? [String: Any], run)
  }

  private func useSecret(_ played: PlayedCase, _ credential: [String: Any]) throws {
    try played.configure { root in
      var app = root["app"] as? [String: Any] ?? [:]
      app["credentials"] = [credential]
      root["app"] = app
    }
  }

  @Test(
    "B18: a mark or white space around a secret is no part of it",
    arguments: ["bom", "trailing-blank", "two-newlines", "nbsp"])
  func secretWithMarks(name: String) async throws {
    try await PlayedCase.with("B18") { played in
      let copy = played.work.appending(path: "copied")
      try Data(contentsOf: URL(filePath: played.file("B18/\(name).secret"))).write(to: copy)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: copy.path)
      try useSecret(played, ["type": "secret", "file": copy.path])
      let state = try await consent(played).state
      #expect(state == "granted")
    }
  }

  @Test("B18: a secret in UTF-16 is named as that, and is not sent")
  func secretInUTF16() async throws {
    try await PlayedCase.with("B18") { played in
      let copy = played.work.appending(path: "copied")
      try Data(contentsOf: URL(filePath: played.file("B18/utf16.secret"))).write(to: copy)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: copy.path)
      try useSecret(played, ["type": "secret", "file": copy.path])
      let run = try await consent(played).run
      #expect(run.output.contains("UTF-16"))
      let sent = try await played.tokenRequests()
      #expect(sent == 0)
    }
  }

  @Test("B20: a helper that fails is told with its status and its last words, never with its output")
  func helper() async throws {
    try await PlayedCase.with("B20") { played in
      try useSecret(played, ["type": "secret", "command": [played.file("B20/locked.sh")]])
      let locked = try await consent(played).run
      #expect(locked.output.contains("vault unlock"))
      #expect(locked.output.contains("ended with 2"))
      try useSecret(played, ["type": "secret", "command": [played.file("B20/needs-env.sh")]])
      let missing = try await consent(played).run
      #expect(missing.output.contains("PASSWORD_STORE_DIR is not set"))
      let state = try await consent(played, ["PASSWORD_STORE_DIR": "/somewhere"]).state
      #expect(state == "granted")
    }
  }

  @Test("B21: Graph that is switched off in the tenant is its admin's to mend")
  func disabledGraph() async throws {
    try await PlayedCase.with("B21") { played in
      let (state, problem, run) = try await consent(played)
      #expect(state == "disabled")
      #expect(problem?["code"] as? Int == 500014)
      let next = problem?["nextAction"] as? String
      #expect(next?.contains("Microsoft Graph") == true)
      #expect(run.status == 0)
    }
  }

  @Test(
    "B22: a refusal's number counts as a text too, and at the very beginning of the description",
    arguments: [("B22", "disabled", 7_000_112), ("B22/text-codes", "missing", 700_016)])
  func numbers(name: String, state: String, code: Int) async throws {
    try await PlayedCase.with(name) { played in
      let told = try await consent(played)
      #expect(told.state == state)
      #expect(told.problem?["code"] as? Int == code)
    }
  }

  @Test("B28: a tenant without Defender, a passing refusal and one that is not about permissions are told apart")
  func forbidden() async throws {
    try await PlayedCase.with("B28") { played in
      var told: [String] = []
      for _ in 0..<3 {
        let run = try await played.run("tenants", tenant, "--refresh", "--output", "json")
        let row = try #require(run.objects.first)
        #expect((row["consent"] as? [String: Any])?["state"] as? String == "granted")
        let sync = try #require(row["sync"] as? [String: Any])
        #expect(sync["state"] as? String == "failed")
        #expect((row["incidents"] as? [String: Any])?["open"] is NSNull)
        let problem = try #require(sync["error"] as? [String: Any])
        told.append(problem["nextAction"] as? String ?? "")
      }
      #expect(Set(told).count == 3, "\(told)")
      #expect(told[0].contains("Defender"))
    }
  }

  @Test("B54: many short commands stay below what the service takes, and say until when")
  func manyCommands() async throws {
    try await PlayedCase.with("B54") { played in
      var failed: ProgramRun?
      for _ in 0..<20 where failed == nil {
        let run = try await played.run("incidents", "show", tenant, "711", "--no-wait")
        if run.status != 0 { failed = run }
      }
      #expect(failed?.status == 2)
      for _ in 0..<2 {
        let sent = try await played.tokenRequests()
        #expect(sent == 15)
        _ = try await played.run("incidents", "show", tenant, "711", "--no-wait")
      }
    }
  }

  @Test("B04: after a 403 for a missing role, r asks for a new token, once")
  func consentWasGiven() async throws {
    try await PlayedCase.with("B04") { played in
      let typed = try await played.type("B04/keys.json")
      #expect(typed.exit == 0)
      let sent = try await played.tokenRequests()
      #expect(sent == 2)
      let ids = try await played.listed().ids
      #expect(ids == ["301"])
    }
  }
}
