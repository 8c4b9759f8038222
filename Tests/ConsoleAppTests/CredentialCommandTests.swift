import Foundation
import LabServer
import Testing

@Suite("Credentials of tenants.json", .serialized)
struct CredentialCommandTests {
  /// A credential as it stands in the file, and what `token inspect` calls it.
  struct Named: Sendable, CustomTestStringConvertible {
    var fields: String
    var type: String
    var label: String
    var testDescription: String { fields }
  }

  private static let vault = #""type": "keyVault", "vault": "https://partner-vault.vault.azure.net""#
  private static let all = [
    Named(
      fields: #"\#(vault), "secret": "app-secret", "through": "managedIdentity""#, type: "keyVaultSecret",
      label: "Key Vault partner-vault/app-secret"),
    Named(
      fields: #"\#(vault), "certificate": "app-certificate", "through": "managedIdentity""#,
      type: "keyVaultCertificate", label: "Key Vault partner-vault/app-certificate (thumbprint "),
    Named(fields: #""type": "federated", "tokenFile": "token""#, type: "federated", label: "federated token /"),
    Named(
      fields: #""type": "federated", "managedIdentity": true"#, type: "federated",
      label: "federated token of the managed identity"),
  ]

  @Test(
    "Invariants 6 and 7: vaults, federated tokens and the machine's identity sign in, told by name, and leave nothing",
    arguments: all)
  func signsIn(_ credential: Named) async throws {
    let secret = "canary-vault-\(UUID().uuidString)"
    let made = try LabVaultSecret.certificate("app-certificate", from: Date() - 60, until: Date() + 90 * 86_400)
    var options = LabOptions(tenants: LabTenant.generate(count: 2, seed: 11), scenarios: .granted)
    options.homeTenant = "d757e467-091b-4bbe-8042-1f1e2fbe5f33"
    options.furtherSecrets = [LabClientSecret(secret)]
    options.certificates = [made.certificate]
    options.federatedCredentials = [.workloadIdentity, .managedIdentity]
    options.vaults = [LabVault("partner-vault", secrets: [LabVaultSecret("app-secret", value: secret), made.secret])]
    let canaries = [secret, String(made.secret.value.dropFirst(400).prefix(80)), "eyJ", "client_assertion"]
    @Sendable func finds(_ bytes: Data) -> [String] { canaries.filter { bytes.range(of: Data($0.utf8)) != nil } }
    try await Workplace.with(options) { root in
      guard var app = root["app"] as? [String: Any], var places = app["endpoints"] as? [String: Any] else { return }
      places["keyVault"] = places["authority"]
      app["endpoints"] = places
      app["credentials"] = [try? JSONSerialization.jsonObject(with: Data("{\(credential.fields)}".utf8))]
      root["app"] = app
    } _: { place in
      let token = place.home.appending(path: "token").path
      let mode: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
      let text = Data(try place.lab.federatedToken().utf8)
      #expect(FileManager.default.createFile(atPath: token, contents: text, attributes: mode))
      let log = place.home.appending(path: "log.txt").path
      let told = ["--log-file", log, "--log-level", "trace", "--config", place.configuration]
      let check = try await place.run(bare: ["consent", "check"] + told)
      #expect(check.status == 0, "\(check.words)")
      let inspect = try await place.run(
        bare: ["token", "inspect", place.tenants[0].domain, "--refresh", "--output", "json"] + told)
      let found = try JSONSerialization.jsonObject(with: Data(inspect.output.utf8)) as? [String: Any]
      let standing = try #require((found?["credentials"] as? [[String: Any]])?.first)
      #expect(standing["type"] as? String == credential.type && standing["state"] as? String == "served")
      let label = try #require((found?["token"] as? [String: Any])?["credential"] as? String)
      #expect(label == standing["label"] as? String && label.hasPrefix(credential.label), "\(label)")
      #expect(standing["validUntil"] is NSNull == (credential.type != "keyVaultCertificate"))
      for run in [check, inspect] { #expect(finds(Data((run.output + run.words).utf8)) == []) }
      var seen = 0
      let files = try #require(FileManager.default.enumerator(atPath: place.home.path))
      for case let name as String in files where !["token", "secret"].contains(name) {
        guard let bytes = FileManager.default.contents(atPath: place.home.path + "/" + name) else { continue }
        seen += 1
        #expect(finds(bytes) == [], "\(name)")
      }
      #expect(seen >= 4)
    }
  }
}
