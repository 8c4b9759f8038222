import Foundation
import PartnerModel
import Testing

@testable import ConsoleApp

@Suite struct LabWritingTests {
  private let served = """
    {
      "version": 1,
      "app": {
        "clientId": "11111111-2222-3333-4444-555555555555", "homeTenant": "99999999-2222-3333-4444-555555555555",
        "cloud": "commercial", "api": "graph", "credentials": [{ "type": "secret", "env": "S" }],
        "permissions": ["SecurityIncident.Read.All"], "budgetShare": 0.25
      },
      "apps": {
        "gov": {
          "clientId": "11111111-2222-3333-4444-666666666666", "homeTenant": "99999999-2222-3333-4444-555555555555",
          "cloud": "gccHigh", "api": "graph", "credentials": [{ "type": "secret", "env": "S" }],
          "permissions": ["SecurityAlert.Read.All"]
        }
      },
      "tenants": [
        { "id": "026c62da-5e65-4f6d-83f9-af4a89a4ce00", "name": "Contoso" },
        { "id": "84e6c01d-8043-4dc5-ae6b-0fbb78625233", "name": "Fabrikam", "app": "gov" },
        { "id": "a6455cf9-9e5a-4530-98b5-db89d63deda0", "name": "Adatum", "permissions": ["ThreatHunting.Read.All"] }
      ]
    }
    """

  @Test("The configuration for a lab keeps the share of the budget and what each tenant's work needs")
  func kept() throws {
    let before = try ConfigurationReader.read(served, file: "served.json")
    let text = ConfigurationText(configuration: before, baseURL: "http://127.0.0.1:8787", secretFile: "/s").text
    let after = try ConfigurationReader.read(text, file: "written.json")
    #expect(after.app.budgetShare == 0.25)
    #expect(after.tenants.map(after.requiredRoles) == before.tenants.map(before.requiredRoles))
    #expect(after.tenants.map(\.permissions).filter { $0 == nil }.count == 1)
  }

  @Test("A demo's lab gets of the environment what it needs, and no secret")
  func environment() {
    let all = [
      "PATH": "/bin", "HOME": "/home/anna", "LC_ALL": "C", "TZ": "UTC", "AZURE_CLIENT_SECRET": "x", "TERM": "y",
    ]
    #expect(LabChild.environment { all[$0] } == ["PATH=/bin", "HOME=/home/anna", "LC_ALL=C", "TZ=UTC"])
  }

  @Test("A configuration that is written for HTTPS names the root that the lab wrote beside it")
  func rootBesideConfiguration() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lab-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "tenants.json").path
    let lab = Process()
    lab.executableURL = Bundle.main.executableURL?.deletingLastPathComponent().appending(path: "partner-console")
    lab.arguments = [
      "lab", "--port", "0", "--tls", "--tenants", "1", "--write-config", file, "--until-input-closes",
    ]
    lab.standardInput = FileHandle.nullDevice
    lab.standardError = FileHandle.nullDevice
    try lab.run()
    lab.waitUntilExit()
    #expect(lab.terminationStatus == 0)
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let root = try #require(try ConfigurationReader.read(text, file: file).app.trustCAFile)
    #expect(root == file + ".ca.pem")
    #expect(try String(contentsOfFile: root, encoding: .utf8).hasPrefix("-----BEGIN CERTIFICATE-----"))
  }
}
