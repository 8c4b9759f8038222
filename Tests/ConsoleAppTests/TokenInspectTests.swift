import Foundation
import LabServer
import SafeText
import Testing

@testable import ConsoleApp

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
      for part in ["audience       https://graph.microsoft.com", "got by         secret in ", roles[0], "not tried"] {
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
      #expect(lines.contains { $0.hasPrefix("  correlation") && $0.count == 15 + 36 })
      #expect(lines.contains { $0.hasPrefix("  request id") && $0.count == 15 + 36 })
      #expect(lines.contains { $0.hasPrefix("  time") && $0.hasSuffix("Z") })
      #expect(lines.contains { $0.hasPrefix("  who acts") && $0.contains("the tenant's admin") })
      #expect(lines.contains { $0.hasPrefix("audience") })
    }
  }

  @Test("token list tells in text what each token told of itself, and by which credential it came")
  func list() async throws {
    try await Workplace.with(options(.granted)) { (place) async throws in
      let lines = try await place.run("token", "list").output.split(separator: "\n")
      try #require(lines.count == 2)
      for title in ["ISSUED", "EXPIRES", "AUDIENCE", "ROLES OR SCOPES", "GOT BY", "LAST ERROR"] {
        #expect(lines[0].contains("  \(title)  "), "\(title)")
      }
      #expect(lines[1].contains("  https://graph.microsoft.com  SecurityAlert.Read.All SecurityIncident.ReadWrite.All"))
      #expect(lines[1].contains("  secret in \(place.home.path)/secret"))
      #expect(lines[1].matches(of: #/  20\d\d-\d\d-/#).count == 2, "issued and expires")
    }
  }

  @Test("T6: token list says once that an earlier credential is refused while another serves, and when that ends")
  func credentialWarnings() async throws {
    let made = try LabVaultSecret.certificate("app", as: .pem, from: Date() - 60, until: Date() + 9.5 * 86_400)
    var options = LabOptions(tenants: LabTenant.generate(count: 3, seed: 11), scenarios: .granted)
    options.certificates = [made.certificate]
    try await Workplace.with(options) { root in
      guard var app = root["app"] as? [String: Any] else { return }
      app["credentials"] = [
        ["type": "secret", "file": "app.secret"], ["type": "certificate", "certificate": "app.pem"],
      ]
      root["app"] = app
    } _: { (place) async throws in
      for (name, text) in [("app.secret", "wrong"), ("app.pem", made.secret.value)] {
        let path = place.home.appending(path: name).path
        let mode: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        #expect(FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: mode))
      }
      let first = try await place.run("token", "list")
      #expect(first.status == 0)
      let told = first.words.split(separator: "\n")
      try #require(told.count == 2, "\(first.words)")
      #expect(told[0].contains("app.secret is refused (7000215); tokens come by certificate "))
      #expect(told[0].contains(". Put the secret's value"))
      #expect(told[1].contains("app.pem (thumbprint ") && told[1].contains(" ends in 9 d ("))
      #expect(told[1].contains("). Register its successor"))
      // Nobody is asked the second time, so nothing is known of a refusal; the files still tell when they end.
      let second = try await place.run("token", "list", "--output", "json").words.split(separator: "\n")
      #expect(second.count == 1 && second.first?.contains(" ends in 9 d (") == true)
    }
  }
}

@Suite("Facts in a narrow window")
struct FactLinesTests {
  private let id = "0f8fad5b-d9cb-469f-a165-70867728950e"

  @Test(
    "What is copied is whole in every window: below its label where it does not fit beside it",
    arguments: [10, 40, 50, 51, 80])
  func whole(width: Int) {
    var lines = FactLines(width: width)
    lines.whole("  correlation", id)
    #expect(lines.text == (width < 51 ? "  correlation\n\(id)\n" : "  correlation  \(id)\n"))
  }

  @Test("Words are wrapped beside their label, and what is not known has no line")
  func words() {
    var lines = FactLines(width: 40)
    lines.add("next", "Wait some minutes, then ask again for it.")
    lines.add("who", nil)
    lines.whole("time", nil)
    #expect(lines.text == "next           Wait some minutes, then\n               ask again for it.\n")
  }
}
