import Foundation
import LabServer
import Testing

@Suite("Variables that libraries listen to")
struct InheritedVariableTests {
  private func withTLS(_ body: (Workplace, _ root: String) async throws -> Void) async throws {
    var options = LabOptions(tenants: LabTenant.generate(count: 1, seed: 11), scenarios: .granted)
    options.tls = true
    try await Workplace.with(options) { place in
      let root = place.home.appending(path: "root.pem")
      try Data(try #require(place.lab.caPEM).utf8).write(to: root)
      try await body(place, root.path)
    }
  }

  @Test("Invariant 9: who is trusted is said in the configuration, and by no variable")
  func trust() async throws {
    try await withTLS { place, root in
      let variables = ["SSL_CERT_FILE": root, "CURL_CA_BUNDLE": root]
      let untrusting = try await place.run("incidents", "list", environment: variables)
      #expect(untrusting.status == 2 && untrusting.words.contains("issuer"), "\(untrusting.words)")
      try place.rewrite { root in
        var app = root["app"] as? [String: Any] ?? [:]
        app["trust"] = ["caFile": "root.pem"]
        root["app"] = app
      }
      let trusting = try await place.run("incidents", "list")
      #expect(trusting.status == 0, "\(trusting.words)")
    }
  }

  @Test("Invariant 7: the keys of TLS are written nowhere")
  func keys() async throws {
    try await withTLS { place, _ in
      try place.rewrite { root in
        var app = root["app"] as? [String: Any] ?? [:]
        app["trust"] = ["caFile": "root.pem"]
        root["app"] = app
      }
      let file = place.home.appending(path: "keys").path
      let listed = try await place.run("incidents", "list", environment: ["SSLKEYLOGFILE": file])
      #expect(listed.status == 0, "\(listed.words)")
      #expect(!FileManager.default.fileExists(atPath: file))
    }
  }
}
