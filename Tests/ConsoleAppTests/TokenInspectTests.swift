import Foundation
import LabServer
import Testing

@Suite("token inspect", .serialized)
struct TokenInspectTests {
  private func options(_ scenario: LabScenario) -> LabOptions {
    var options = LabOptions(tenants: LabTenant.generate(count: 1, seed: 11), scenarios: .granted)
    options.tenants[0].scenario = scenario
    return options
  }

  private func tokens(_ place: Workplace) -> Int { place.lab.state()[0].requests["token"] ?? 0 }

  @Test("token inspect tells what the token told of itself and by which credential it came, and never the token")
  func inspect() async throws {
    try await Workplace.with(options(.partial)) { (place) async throws in
      let tenant = place.tenants[0].domain
      let first = try await place.run("token", "inspect", tenant, "--output", "json")
      #expect(first.status == 0)
      let found = try #require(try JSONSerialization.jsonObject(with: Data(first.output.utf8)) as? [String: Any])
      let token = try #require(found["token"] as? [String: Any])
      #expect(token["state"] as? String == "valid")
      #expect(token["audience"] as? String == "https://graph.microsoft.com")
      #expect(token["tenant"] as? String == place.tenants[0].id)
      let roles = try #require(token["roles"] as? [String])
      #expect(!roles.isEmpty && (token["scopes"] as? [String])?.isEmpty == true)
      for key in ["issuedAt", "expiresAt"] { #expect((token[key] as? String)?.hasSuffix("Z") == true) }
      #expect((token["credential"] as? String)?.hasPrefix("secret in ") == true)
      let credential = try #require((found["credentials"] as? [[String: Any]])?.first)
      #expect(credential["position"] as? Int == 1 && credential["type"] as? String == "secret")
      #expect(credential["state"] as? String == "served" && credential["error"] is NSNull)
      // Another process knows it from the store, and asks nobody.
      let again = try await place.run("token", "inspect", tenant)
      #expect(again.status == 0)
      for part in ["audience      https://graph.microsoft.com", "got by        secret in ", roles[0], "not tried"] {
        #expect(again.output.contains(part), "\(part)")
      }
      #expect(tokens(place) == 1)
      let list = try await place.run("token", "list", "--output", "json")
      let listed = try #require(list.objects.first?["token"] as? [String: Any])
      #expect(listed["roles"] as? [String] == roles)
      #expect(try await place.run("token", "inspect", tenant, "--refresh").status == 0)
      #expect(tokens(place) == 2)
      for outcome in [first, again, list] {
        #expect(!outcome.output.contains("eyJ"), "no token")
      }
    }
  }

  @Test("token inspect tells the last refusal whole, beside what the token told before it")
  func inspectRefused() async throws {
    try await Workplace.with(options(.granted)) { (place) async throws in
      let tenant = place.tenants[0].domain
      #expect(try await place.run("token", "inspect", tenant).status == 0)
      place.lab.changeConsent(of: place.tenants[0].id, .disable)
      let refused = try await place.run("token", "inspect", tenant, "--refresh")
      #expect(refused.status == 0, "a refusal is an answer")
      let lines = refused.output.split(separator: "\n").map(String.init)
      #expect(lines.contains { $0.hasPrefix("token") && $0.hasSuffix("refused") })
      #expect(lines.contains { $0.hasPrefix("last refusal") && $0.contains("7000112") })
      #expect(lines.contains { $0.hasPrefix("  correlation") && $0.count == 14 + 36 })
      #expect(lines.contains { $0.hasPrefix("  time") && $0.hasSuffix("Z") })
      #expect(lines.contains { $0.hasPrefix("  who acts") && $0.contains("the tenant's admin") })
      #expect(lines.contains { $0.hasPrefix("audience") })
    }
  }
}
