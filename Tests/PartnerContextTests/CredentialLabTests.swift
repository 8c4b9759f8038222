import Foundation
import LabServer
import PartnerModel
import Testing

@testable import PartnerContext

/// Each credential against the lab, which verifies what it is shown and counts what must not be.
@Suite struct CredentialLabTests {
  private func signsIn(
    _ credentials: [CredentialSource], _ clock: TestClock, _ lab: LabServer
  ) async throws -> [CredentialStanding] {
    try await withContext(lab.baseURL, clock, credentials: credentials) { context in
      for tenant in [contoso, fabrikam] {
        let consent = await context.checkConsent(in: tenant, required: everyRole.map { AppRole($0) })
        #expect(consent.consent?.state == .granted, "\(String(describing: consent.token.lastError))")
      }
      return context.credentialStandings()
    }
  }

  private func options(_ clock: TestClock) -> LabOptions {
    var options = labOptions(.granted, .granted, clock: clock)
    options.homeTenant = contoso.rawValue
    return options
  }

  @Test("A federated token file signs in; an outdated token is told, until another one is there")
  func federatedFile() async throws {
    let clock = TestClock()
    var options = options(clock)
    options.federatedCredentials = [.workloadIdentity]
    try await withLabServer(options) { lab in
      try await withOwnFolder { folder in
        let path = "\(folder)/token"
        try write("\(lab.federatedToken(lifetime: -600))\n", to: path)
        try await withContext(lab.baseURL, clock, credentials: [.federated(.tokenFile(path))]) { context in
          let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
          #expect(error.code == 700_024)
          guard
            case .credentialUnreadable = try await failure({ try await context.changes(in: contoso, since: longAgo) })
              .cause
          else { throw UnexpectedSuccess() }
          #expect(lab.state().first { $0.id == contoso.rawValue }?.requests["token"] == 1)
          try write("\(lab.federatedToken())\n", to: path)
          _ = try await context.changes(in: contoso, since: longAgo)
        }
      }
    }
  }

  @Test("The machine's identity signs in by federation")
  func managedIdentity() async throws {
    let clock = TestClock()
    var options = options(clock)
    options.federatedCredentials = [.managedIdentity]
    try await withLabServer(options) { lab in
      let standings = try await signsIn([.federated(.managedIdentity)], clock, lab)
      #expect(standings[0].state == .served(at: clock.now))
    }
  }

  @Test("A vault's secret signs in, reached by the machine's identity and by a certificate of the app")
  func vaultSecret() async throws {
    try await CertificateFolder.with("app") { folder in
      let clock = TestClock(now: Date(timeIntervalSinceNow: 60))
      var options = options(clock)
      options.certificates = [try folder.text("app.crt")]
      options.vaults = [LabVault("partner", secrets: [LabVaultSecret("app", value: "lab-secret")])]
      try await withLabServer(options) { lab in
        let files = CertificateSource.pem(
          certificate: folder.file("app.crt"), key: folder.file("app.key"), password: nil)
        for access in [KeyVaultSource.Access.managedIdentity, .certificate(files)] {
          let source = KeyVaultSource(vault: "partner", item: .secret("app"), access: access)
          let standings = try await signsIn([.keyVault(source)], clock, lab)
          #expect(standings[0].state == .served(at: clock.now))
        }
      }
    }
  }

  @Test(
    "A vault's certificate signs in, in both of its forms, and says when it ends",
    arguments: LabVaultSecret.CertificateForm.allCases)
  func vaultCertificate(form: LabVaultSecret.CertificateForm) async throws {
    let clock = TestClock(now: Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded()))
    let made = try LabVaultSecret.certificate("app", as: form, from: clock.now - 60, until: clock.now + 86_400)
    var options = options(clock)
    options.certificates = [made.certificate]
    options.vaults = [LabVault("partner", secrets: [made.secret])]
    try await withLabServer(options) { lab in
      let source = KeyVaultSource(vault: "partner", item: .certificate("app"), access: .managedIdentity)
      let standings = try await signsIn([.keyVault(source)], clock, lab)
      #expect(standings[0].validUntil == clock.now + 86_400 && standings[0].thumbprint != nil)
    }
  }

  @Test("A vault that has no such secret, or lets nobody read, is told with what to do")
  func vaultRefusals() async throws {
    let clock = TestClock()
    var options = options(clock)
    var disabled = LabVaultSecret("off", value: "canary")
    disabled.isEnabled = false
    options.vaults = [
      LabVault("partner", secrets: [disabled]),
      LabVault("closed", secrets: [LabVaultSecret("app", value: "canary")], readers: []),
    ]
    try await withLabServer(options) { lab in
      for (vault, name, reason) in [
        ("partner", "absent", "no such item (SecretNotFound)"), ("partner", "off", "enable it"),
        ("closed", "app", "Key Vault Secrets User"), ("unknown", "app", "does not ask for a token"),
      ] {
        let source = KeyVaultSource(vault: vault, item: .secret(name), access: .managedIdentity)
        try await withContext(lab.baseURL, clock, credentials: [.keyVault(source)]) { context in
          let error = try await failure { try await context.changes(in: fabrikam, since: longAgo) }
          guard case .credentialUnreadable(let told) = error.cause else { throw error }
          #expect(told.contains("Key Vault \(vault)/\(name)") && told.contains(reason) && !told.contains("canary"))
        }
      }
      #expect(lab.state().first { $0.id == fabrikam.rawValue }?.requests["token"] == nil)
    }
  }
}
