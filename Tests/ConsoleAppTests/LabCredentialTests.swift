import Foundation
import LabServer
import PartnerModel
import Testing

@testable import ConsoleApp

@Suite struct LabCredentialTests {
  private func options(_ sources: CredentialSource...) throws -> LabOptions {
    var options = LabOptions(tenants: [], secret: "first")
    try AcceptedCredentials(of: sources).apply(to: &options)
    return options
  }

  private func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try body(file.path)
  }

  @Test("Of a certificate's file the lab takes what is public, and nothing of the key beside it")
  func certificate() throws {
    let made = try LabVaultSecret.certificate("app", as: .pem, from: Date(), until: Date() + 60)
    try withFile(made.secret.value) { path in
      let taken = try options(.certificate(.pem(certificate: path, key: path, password: nil))).certificates
      #expect(taken == [made.certificate])
    }
    let named = CertificateSource.pem(certificate: "/nowhere", key: "/nowhere", password: nil)
    #expect(throws: CommandError.self) { try options(.certificate(named)) }
    try withFile("text") { path in
      let named = CertificateSource.pem(certificate: path, key: path, password: nil)
      #expect(throws: CommandError.self) { try options(.certificate(named)) }
    }
    #expect(throws: CommandError.self) { try options(.certificate(.pkcs12(file: "/app.p12", password: nil))) }
  }

  @Test(
    "The lab's vault holds what the configuration looks for there, open to whom it sends, and the app is taken by it")
  func vault() throws {
    let access = KeyVaultSource.Access.managedIdentity
    let options = try options(
      .keyVault(KeyVaultSource(vault: "partner-vault", item: .secret("s"), access: access)),
      .keyVault(KeyVaultSource(vault: "partner-vault", item: .certificate("c"), access: access)))
    let vault = try #require(options.vaults.first)
    #expect(options.vaults.count == 1 && vault.name == "partner-vault" && vault.readers == [.managedIdentity])
    #expect(vault.secrets.map(\.name) == ["s", "c"])
    #expect(vault.secrets[0].value.count == 40)
    #expect(vault.secrets[1].contentType == "application/x-pkcs12")
    #expect(options.certificates.count == 1)
  }

  @Test("Whose tokens the configuration names, the registration trusts")
  func federated() throws {
    #expect(try options(.federated(.managedIdentity)).federatedCredentials == [.managedIdentity])
    #expect(try options(.federated(.tokenFile("/token"))).federatedCredentials == [.workloadIdentity])
    #expect(try AcceptedCredentials(of: [.federated(.tokenFile("/token"))]).tokenFile == "/token")
  }

  /// Runs a lab that ends as soon as it listens.
  private func status(_ arguments: [String]) throws -> Int32 {
    let lab = Process()
    lab.executableURL = URL(filePath: Workplace.program)
    lab.arguments = ["lab", "--port", "0", "--tenants", "1", "--until-input-closes"] + arguments
    lab.standardInput = FileHandle.nullDevice
    lab.standardError = FileHandle.nullDevice
    try lab.run()
    lab.waitUntilExit()
    return lab.terminationStatus
  }

  @Test("The lab keeps a token in the file it is told, for nobody else to read")
  func tokenFile() throws {
    try withFile("old") { path in
      #expect(try status(["--federated-token", path]) == 2)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "old", "what is there is kept")
      #expect(try status(["--federated-token", path, "--force", "--vault", "partner-vault"]) == 0)
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(text.wholeMatch(of: /[\w-]+\.[\w-]+\.[\w-]+\n/) != nil)
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
  }

  @Test(
    "What goes wrong with the options of the lab's credentials is told before it serves",
    arguments: [
      ["--vault", "a"], ["--vault", "a.b.c"], ["--vault", "näme"],
      ["--federated-token", "/tmp/x", "--ready-file", "/tmp/x"],
    ])
  func wrongOptions(_ arguments: [String]) throws {
    #expect(try status(arguments) == 64)
  }
}
