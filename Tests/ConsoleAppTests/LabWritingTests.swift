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
    #expect(after.app.endpoints.vaultOrigin == after.app.endpoints.authority)
    #expect(after.app.endpoints.metadata == after.app.endpoints.authority)
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

  /// Runs a lab that ends as soon as it listens.
  private func lab(_ arguments: [String]) throws -> (status: Int32, words: String) {
    let lab = Process()
    lab.executableURL = URL(filePath: Workplace.program)
    lab.arguments = ["lab", "--port", "0", "--tenants", "1", "--until-input-closes"] + arguments
    lab.standardInput = FileHandle.nullDevice
    let words = Pipe()
    lab.standardError = words
    try lab.run()
    let said = words.fileHandleForReading.readDataToEndOfFile()
    lab.waitUntilExit()
    return (lab.terminationStatus, String(decoding: said, as: UTF8.self))
  }

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lab-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  @Test("A configuration that is written for HTTPS names the root that the lab wrote beside it")
  func rootBesideConfiguration() throws {
    try withFolder { folder in
      let file = folder + "/tenants.json"
      #expect(try lab(["--tls", "--write-config", file]).status == 0)
      let text = try String(contentsOfFile: file, encoding: .utf8)
      let root = try #require(try ConfigurationReader.read(text, file: file).app.trustCAFile)
      #expect(root == file + ".ca.pem")
      #expect(try String(contentsOfFile: root, encoding: .utf8).hasPrefix("-----BEGIN CERTIFICATE-----"))
    }
  }

  @Test(
    "A configuration for people is one of a public client: no secret is written, and each tenant is acted in by a person"
  )
  func people() throws {
    try withFolder { folder in
      let file = folder + "/tenants.json"
      #expect(try lab(["--write-config", file, "--context", "user"]).status == 0)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["tenants.json"])
      let written = try ConfigurationReader.read(try String(contentsOfFile: file, encoding: .utf8), file: file)
      #expect(written.app.isPublicClient && written.tenants.map(\.context) == [.user])
      #expect(try lab(["--context", "user"]).status == 64)
    }
  }

  @Test(
    "A lab replaces no file, nor a link to nowhere, without --force: it names it, and writes nothing at all",
    arguments: ["tenants.json", "tenants.json.secret", "tenants.json.ca.pem", "root.pem"])
  func keptFile(name: String) throws {
    try withFolder { folder in
      let kept = folder + "/" + name
      var arguments = ["--tls", "--write-config", folder + "/tenants.json"]
      if name == "root.pem" { arguments += ["--ca-file", kept] }
      try FileManager.default.createSymbolicLink(atPath: kept, withDestinationPath: "/nowhere/at/all")
      let refused = try lab(arguments)
      #expect(refused.status == 2 && refused.words.contains("\(kept): exists") && refused.words.contains("--force"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [name])
      #expect(try lab(arguments + ["--force"]).status == 0)
      for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
        let found = try FileManager.default.attributesOfItem(atPath: folder + "/" + file)
        #expect(found[.type] as? FileAttributeType == .typeRegular && found[.posixPermissions] as? Int == 0o600)
      }
    }
  }

  @Test("The ready file is replaced, as it is there for; two files of one name are a mistake")
  func readyFile() throws {
    try withFolder { folder in
      let ready = folder + "/ready"
      try Data("old".utf8).write(to: URL(filePath: ready))
      #expect(try lab(["--ready-file", ready]).status == 0)
      #expect(try String(contentsOfFile: ready, encoding: .utf8).hasPrefix("http://127.0.0.1:"))
      let twice = try lab(["--write-config", ready, "--ready-file", ready, "--force"])
      #expect(twice.status == 64 && twice.words.contains("same file"))
    }
  }

  @Test(
    "Two files are one however their names are written",
    arguments: ["/./tenants.json", "//tenants.json", "/link/tenants.json", "/link/./tenants.json.secret"])
  func sameFile(name: String) throws {
    try withFolder { folder in
      try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: ".")
      let twice = try lab(["--write-config", folder + "/tenants.json", "--ready-file", folder + name])
      #expect(twice.status == 64 && twice.words.contains("same file"), "\(twice.words)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["link"])
    }
  }

  @Test("The ready file never takes the place of the configuration that is served")
  func readyFileOfConfiguration() throws {
    try withFolder { folder in
      let file = folder + "/tenants.json"
      try Data(served.utf8).write(to: URL(filePath: file))
      let lab = Process()
      lab.executableURL = URL(filePath: Workplace.program)
      lab.arguments = ["lab", "--port", "0", "--config", file, "--ready-file", folder + "/./tenants.json"]
      lab.standardInput = FileHandle.nullDevice
      lab.standardError = FileHandle.nullDevice
      try lab.run()
      lab.waitUntilExit()
      #expect(lab.terminationStatus == 64)
      #expect(try String(contentsOfFile: file, encoding: .utf8) == served)
    }
  }

  @Test("Where a file system has no second names, a file is written all the same, and none is replaced")
  func withoutLinks() throws {
    try withFolder { folder in
      let file = folder + "/tenants.json"
      func write(_ text: String) throws {
        try PrivateFile.write(text, to: file, replacing: false) { _, _ in
          errno = EPERM
          return -1
        }
      }
      try write("first")
      #expect(throws: CommandError.self) { try write("second") }
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "first")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["tenants.json"])
      let found = try FileManager.default.attributesOfItem(atPath: file)
      #expect(found[.posixPermissions] as? Int == 0o600)
    }
  }
}
