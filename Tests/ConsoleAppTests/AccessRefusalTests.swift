import Foundation
import LabServer
import PseudoTerminal
import Testing

@Suite("What keeps a person of ours out of customers' tenants, by the lab", .serialized, .timeLimit(.minutes(5)))
struct AccessRefusalTests {
  private static let cases: [(access: LabAccess, state: String, code: Int?, words: String?)] = [
    (.ok, "ok", nil, nil), (.ending, "ending", nil, "GDAP ends in"),
    (.noRelation, "noRelation", 50_020, "no GDAP relationship"),
    (.relationExpired, "relationExpired", 50_020, "GDAP has ended"),
    (.roleMissing, "roleMissing", 403, "no security role"),
    (.notInGroup, "notInGroup", 50_020, "not in GDAP's group"),
    (.notConsented, "notConsented", 90_099, "send consent link"),
    (.blockedByPolicy, "blockedByPolicy", 500_213, "cross-tenant policy"), (.guest, "ok", nil, nil),
  ]

  private static func options() -> LabOptions {
    var options = LabOptions(tenants: LabTenant.generate(count: cases.count, seed: 11), scenarios: .granted)
    options.incidentsPerTenant = 2
    options.homeTenant = "d757e467-091b-4bbe-8042-1f1e2fbe5f33"
    options.isPublicClient = true
    options.users = [LabUser(Workplace.upn, name: "Anna")]
    return options
  }

  @Test("Each is told apart in JSON and on the screen, with its number; an answer all the same for consent check")
  func toldApart() async throws {
    try await Workplace.with(
      Self.options(),
      change: { root in
        var app = root["app"] as? [String: Any] ?? [:]
        app["credentials"] = [["type": "none"]]
        root["app"] = app
        root["signIn"] = ["store": "file", "passphrase": ["file": "passphrase"]]
        root["tenants"] = (root["tenants"] as? [[String: Any]] ?? []).map { $0.merging(["context": "user"]) { $1 } }
      }
    ) { place in
      _ = FileManager.default.createFile(
        atPath: place.home.appending(path: "passphrase").path, contents: Data("open sesame".utf8),
        attributes: [.posixPermissions: 0o600])
      place.lab.answer(signIn: .auto)
      for (tenant, known) in zip(place.tenants, Self.cases) {
        place.lab.change(access: known.access, to: tenant.id)
      }
      let signIn = try await place.run(
        "token", "sign-in", environment: ["BROWSER": "curl -sLo \(place.home.path)/page.html"])
      #expect(signIn.status == 0, "\(signIn.words)")
      // A role that is missing shows when something is read.
      #expect(try await place.run("incidents", "list").status == 1)
      let check = try await place.run("consent", "check", "--output", "json")
      #expect(check.status == 0, "\(check.words)")
      #expect(!check.words.contains("not checked now"), "\(check.words)")
      for (row, known) in zip(check.objects, Self.cases) {
        let access = row["access"] as? [String: Any] ?? [:]
        let error = access["error"] as? [String: Any]
        #expect(access["state"] as? String == known.state && access["context"] as? String == "user", "\(known)")
        #expect(error?["cause"] as? String == (known.state == "ok" ? nil : known.state), "\(known)")
        #expect(error?["code"] as? Int == known.code, "\(known): \(error ?? [:])")
        #expect(access["checkedAt"] as? String != nil, "\(known)")
      }
      #expect(check.objects.count == Self.cases.count)
      try await onThread {
        let terminal = try place.console(columns: 160)
        for words in Self.cases.compactMap(\.words) {
          try terminal.readUntil(contains: words, within: Workplace.patience)
        }
        try terminal.quit()
      }
    }
  }
}
