import Foundation
import LabServer
import Testing

private let vault = LabVault(
  "partner-vault",
  secrets: [LabVaultSecret("app-secret", value: "first"), LabVaultSecret("app-secret", value: "second")])

extension LabServer {
  func askVault(
    _ path: String, _ token: String?, host: String = "partner-vault.localhost", method: String = "GET"
  ) async throws -> RawAnswer {
    var headers = [("Host", host)]
    if let token { headers.append(("Authorization", "Bearer \(token)")) }
    return try await send(method, "\(baseURL)/\(path)", headers)
  }

  func vaultToken(_ tenant: String = home, _ resource: String = "https://vault.azure.net") async throws -> String {
    try await askToken(tenant, ["scope": "\(resource)/.default"]).object()["access_token"] as? String ?? ""
  }
}

@Suite struct VaultTests {
  private func withVault(
    _ vaults: [LabVault] = [vault], _ expected: Set<LabViolation.Kind> = [],
    _ body: (LabServer, _ customer: String) async throws -> Void
  ) async throws {
    var options = options(.granted)
    options.homeTenant = home
    options.vaults = vaults
    options.expectedViolations = expected
    try await withLabServer(options) { try await body($0, options.tenants[0].id) }
  }

  @Test("Without a token the vault names whom to ask, for the domain that it is below", arguments: ["", ":8443"])
  func challenge(_ port: String) async throws {
    try await withVault { lab, _ in
      let answer = try await lab.askVault(
        "secrets/app-secret?api-version=7.4", nil, host: "partner-vault.localhost\(port)")
      #expect(answer.status == 401)
      #expect(
        answer.header("WWW-Authenticate")
          == "Bearer authorization=\"\(lab.baseURL)/\(home)\", resource=\"https://localhost\(port)\"")
      #expect(try answer.error()["code"] as? String == "Unauthorized")
    }
  }

  @Test("Tokens for the vault come from both endpoints and from the machine, under each name of the resource")
  func tokens() async throws {
    try await withVault { lab, _ in
      for resource in ["https://vault.azure.net", "https://localhost", "https://localhost:\(lab.port)"] {
        let first = try await lab.askFirstEndpoint(home, ["resource": resource]).object()["access_token"] as? String
        for token in [try await lab.vaultToken(home, resource), first ?? "", try await lab.identityToken(resource)] {
          let answer = try await lab.askVault("secrets/app-secret?api-version=7.4", token)
          #expect(answer.status == 200, "\(resource): \(answer.text)")
        }
      }
    }
  }

  @Test(
    "A secret is given with all that is said of it, the current version or the named one, for any version of the interface",
    arguments: ["?api-version=7.4", "/?api-version=2026-04-01", "?api-version=2025-07-01&x=1"])
  func secret(_ query: String) async throws {
    try await withVault { lab, _ in
      let token = try await lab.vaultToken()
      let host = "PARTNER-VAULT.localhost:\(lab.port)"
      let body = try await lab.askVault("secrets/app-secret\(query)", token, host: host).object()
      #expect(body["value"] as? String == "second")
      let id = try #require(body["id"] as? String)
      #expect(id.wholeMatch(of: /https:\/\/PARTNER-VAULT\.localhost:\d+\/secrets\/app-secret\/[0-9a-f]{32}/) != nil)
      let attributes = try #require(body["attributes"] as? [String: Any])
      #expect(attributes["enabled"] as? Bool == true)
      #expect(attributes["created"] as? Int == Int(fixedEpoch.timeIntervalSince1970))
      #expect(attributes["updated"] is Int && attributes["recoverableDays"] is Int)
      #expect(attributes["recoveryLevel"] is String)
      let version = id.split(separator: "/").last ?? ""
      #expect(try await lab.askVault("secrets/app-secret/\(version)\(query)", token).object()["id"] is String)
      lab.put(LabVaultSecret("app-secret", value: "third"), intoVault: "partner-vault")
      #expect(try await lab.askVault("secrets/app-secret\(query)", token).object()["value"] as? String == "third")
      let old = try await lab.askVault("secrets/app-secret/\(version)\(query)", token).object()
      #expect(old["value"] as? String == "second")
    }
  }

  @Test("What is not there, not allowed or asked wrongly is told by its code")
  func refused() async throws {
    var disabled = LabVaultSecret("off", value: "x")
    disabled.isEnabled = false
    let closed = LabVault("closed-vault", secrets: [LabVaultSecret("a", value: "b")], readers: [.managedIdentity])
    try await withVault([LabVault("partner-vault", secrets: vault.secrets + [disabled]), closed]) { lab, _ in
      let token = try await lab.vaultToken()
      for (path, host, status, code) in [
        ("secrets/none?api-version=7.4", "partner-vault.localhost", 404, "SecretNotFound"),
        ("secrets/app-secret/0?api-version=7.4", "partner-vault.localhost", 404, "SecretNotFound"),
        ("secrets/off?api-version=7.4", "partner-vault.localhost", 403, "Forbidden"),
        ("secrets/a?api-version=7.4", "closed-vault.localhost", 403, "Forbidden"),
        ("secrets/app-secret", "partner-vault.localhost", 400, "BadParameter"),
        ("keys/app-secret?api-version=7.4", "partner-vault.localhost", 404, "NotFound"),
      ] {
        let answer = try await lab.askVault(path, token, host: host)
        #expect(answer.status == status)
        #expect(try answer.error()["code"] as? String == code)
      }
      #expect(try await lab.askVault("secrets/a?api-version=7.4", token, host: "no-vault.localhost").status == 404)
      #expect(try await lab.askVault("secrets/app-secret?api-version=7.4", token, method: "PUT").status == 405)
      let machine = try await lab.identityToken("https://vault.azure.net")
      #expect(
        try await lab.askVault("secrets/a?api-version=7.4", machine, host: "closed-vault.localhost").status == 200)
      lab.allow([.app], inVault: "closed-vault")
      #expect(try await lab.askVault("secrets/a?api-version=7.4", token, host: "closed-vault.localhost").status == 200)
      #expect(
        try await lab.askVault("secrets/a?api-version=7.4", machine, host: "closed-vault.localhost").status == 403)
    }
  }

  @Test("Only a token for a vault, of this hour and of the partner's own tenant, is taken")
  func wrongTokens() async throws {
    try await withVault([vault], [.crossTenantToken]) { lab, customer in
      let graph = try await lab.token(home)
      let good = try await lab.vaultToken()
      for token in [graph, "nonsense", good + "A"] {
        let answer = try await lab.askVault("secrets/app-secret?api-version=7.4", token)
        #expect(answer.status == 401)
        #expect(answer.header("WWW-Authenticate")?.contains("error=\"invalid_token\"") == true)
      }
      #expect(lab.violations().isEmpty)
      // And a token for the vault opens nothing else.
      #expect(try await lab.get("\(security)/incidents", good).status == 401)
      let other = try await lab.vaultToken(customer)
      #expect(try await lab.askVault("secrets/app-secret?api-version=7.4", other).status == 401)
      #expect(lab.violations().map(\.kind) == [.crossTenantToken])
      #expect(lab.violations().map(\.tenant) == [customer])
      lab.tick(seconds: 3600)
      #expect(try await lab.askVault("secrets/app-secret?api-version=7.4", good).status == 401)
    }
  }

  @Test("A vault's token that is sent to another tenant's authority is reported like any token")
  func strayToken() async throws {
    try await withVault([vault], [.crossTenantToken]) { lab, customer in
      let token = try await lab.vaultToken()
      _ = try await lab.askToken(customer, headers: [("Authorization", "Bearer \(token)")])
      #expect(lab.violations().map(\.kind) == [.crossTenantToken])
    }
  }

  @Test(
    "A certificate's secret holds certificate and key, and the app signs with them",
    arguments: LabVaultSecret.CertificateForm.allCases)
  func certificate(_ form: LabVaultSecret.CertificateForm) async throws {
    let made = try LabVaultSecret.certificate("app", as: form, from: fixedEpoch, until: fixedEpoch + 86_400)
    try await withVault([LabVault("partner-vault", secrets: [made.secret])]) { lab, _ in
      let token = try await lab.vaultToken()
      let body = try await lab.askVault("secrets/app?api-version=7.4", token).object()
      #expect(body["contentType"] as? String == form.rawValue)
      #expect((body["kid"] as? String)?.contains("/keys/app/") == true)
      let attributes = body["attributes"] as? [String: Any]
      #expect(attributes?["exp"] as? Int == Int(fixedEpoch.timeIntervalSince1970) + 86_400)
      let value = try #require(body["value"] as? String)
      let open =
        switch form {
        case .pkcs12: Program("openssl", ["pkcs12", "-passin", "pass:", "-nodes"])
        case .pem: Program("cat", [])
        }
      let input = form == .pkcs12 ? try #require(Data(base64Encoded: value)) : Data(value.utf8)
      let opened = try await open.run(input).output
      let ofKey = try await Program("openssl", ["pkey", "-pubout"]).run(Data(opened.utf8))
      let ofCertificate = try await Program("openssl", ["x509", "-noout", "-pubkey"]).run(Data(opened.utf8))
      #expect(ofKey.output == ofCertificate.output && ofKey.output.hasPrefix("-----BEGIN PUBLIC KEY-----"))
      let known = try await Program("openssl", ["x509", "-noout", "-pubkey"]).run(Data(made.certificate.utf8))
      #expect(known.output == ofCertificate.output)
    }
  }

  @Test("A vault can fail for a while")
  func faults() async throws {
    try await withVault { lab, _ in
      let token = try await lab.vaultToken()
      let body = #"[{"route": "vault", "status": 200, "body": {"value": null}}]"#
      #expect(try await lab.control("POST", "faults", body).status == 204)
      #expect(try await lab.askVault("secrets/app-secret?api-version=7.4", token).object()["value"] is NSNull)
      #expect(try await lab.askVault("secrets/app-secret?api-version=7.4", token).status == 200)
      #expect(lab.state().first { $0.id == home }?.requests["vault"] == 2)
    }
  }
}
