import Foundation
import LabServer
import PartnerModel
import Testing

@testable import PartnerContext

@Suite struct ManyTenantsTests {
  @Test(
    "1,000 tenants, cold: one token request each, within what may be in flight, and no rule of the lab broken; again, warm: none",
    arguments: [
      [CredentialSource.secret(.environment("SECRET"))], [.secret(.command(["printf", "lab-secret"]))],
      [.keyVault(KeyVaultSource(vault: "partner", item: .secret("app"), access: .managedIdentity))],
    ])
  func coldAndWarm(credentials: [CredentialSource]) async throws { try await coldAndWarm(credentials, TestClock()) }

  @Test("The same with a certificate, by which each tenant is shown an assertion of its own")
  func certificate() async throws {
    try await CertificateFolder.with("app") { folder in
      let source = CertificateSource.pem(
        certificate: folder.file("app.crt"), key: folder.file("app.key"), password: nil)
      try await coldAndWarm([.certificate(source)], TestClock(now: Date(timeIntervalSinceNow: 60))) {
        $0.certificates = [try folder.text("app.crt")]
      }
    }
  }

  private func coldAndWarm(
    _ credentials: [CredentialSource], _ clock: TestClock, change: (inout LabOptions) throws -> Void = { _ in }
  ) async throws {
    let ids = (1...1000).map { "eeeeeeee-0000-4000-8000-\(String(format: "%012d", $0))" }
    var options = LabOptions(
      tenants: ids.enumerated().map { LabTenant(id: $1, name: "T\($0)", domain: "t\($0).onmicrosoft.com") })
    options.homeTenant = contoso.rawValue
    options.vaults = [LabVault("partner", secrets: [LabVaultSecret("app", value: "lab-secret")])]
    options.incidentsPerTenant = 1
    options.epoch = labEpoch
    options.now = { clock.now }
    try change(&options)
    try await withLabServer(options) { lab in
      try await withContext(lab.baseURL, clock, credentials: credentials) { context in
        func readAll() async -> Int {
          await withTaskGroup(of: Bool.self) { group in
            for id in ids {
              let tenant = tenant(id)
              group.addTask {
                (try? await context.changes(in: tenant, since: longAgo, priority: .background)) != nil
              }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
          }
        }
        #expect(await readAll() == 1000)
        func customers() -> [LabTenantState] { lab.state().filter { $0.id != contoso.rawValue } }
        #expect(customers().map { $0.requests["token"] } == Array(repeating: 1, count: 1000))
        clock.advance(1000)
        #expect(await readAll() == 1000)
        #expect(customers().map { $0.requests["token"] } == Array(repeating: 1, count: 1000))
        #expect(customers().reduce(0) { $0 + $1.tokensIssued } == 1000)
        // The vault's bare request and the one with the machine's token, for all of them.
        let home = lab.state().first { $0.id == contoso.rawValue }?.requests
        #expect(home?["vault"] ?? 0 <= 2 && home?["identity"] ?? 0 <= 1)
        #expect(lab.violations().isEmpty)
      }
    }
  }
}
