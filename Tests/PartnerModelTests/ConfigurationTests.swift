import Foundation
import PartnerModel
import Testing

@Suite("tenants.json")
struct ConfigurationTests {
  static let client = "0f8fad5b-d9cb-469f-a165-70867728950e"
  static let home = "7c9e6679-7425-40de-944b-e07fc1f90ae7"

  @Test("A complete file is read to the last key")
  func complete() throws {
    let text = """
      { // the partner's own
        "version": 1,
        "app": {
          "clientId": "0F8FAD5B-D9CB-469F-A165-70867728950E", "homeTenant": "\(Self.home)", "cloud": "gcc", "api": "graph",
          "credentials": [
            { "type": "secret", "env": "SECRET" }, { "type": "secret", "file": "old.secret" },
            { "type": "secret", "file": "/etc/new.secret" }, { "type": "secret", "command": ["pass", "show", "x y"] },
            { "type": "secret", "command": ["bin/secret", "bin/x"] },
          ],
          "permissions": ["SecurityIncident.Read.All"], "consentRedirect": "https://partner.example/consented",
          "budgetShare": 0.25, "trust": { "caFile": "proxy-ca.pem" },
        },
        "apps": { "gov": { "clientId": "\(Self.client)", "homeTenant": "\(Self.home)", "cloud": "gccHigh",
          "credential": { "type": "secret", "env": "GOV" }, "consentRedirect": "http://localhost:8400/consented" } },
        "operator": { "upn": "anna@northwind-soc.example" },
        "refresh": { "visible": "PT45S", "background": "PT10M", "staleAfter": "PT1H", "history": "P7D" },
        "sla": { "High": { "acknowledge": "PT30M", "resolve": "PT4H" }, "low": { "resolve": "P1DT12H" } },
        "tenants": [
          { "id": "11111111-2222-4333-8444-000000000001", "name": "Adatum Türkiye A.Ş.", "domain": "adatum.example",
            "groups": ["gold", "eu"], "context": "application", "excluded": true, "notes": "n", "contact": "c",
            "runbook": "https://r.example", "sla": { "high": { "resolve": "PT1H" } }, "app": "gov",
            "permissions": ["SecurityAlert.Read.All"] },
          { "id": "11111111-2222-4333-8444-000000000002", "name": " ", "domain": "b.example" },
          { "id": "11111111-2222-4333-8444-000000000003" },
        ],
      }
      """
    let configuration = try ConfigurationReader.read(text, file: "/home/anna/soc/tenants.json")
    let app = AppRegistration(
      clientID: Self.client, homeTenant: try #require(TenantID(Self.home)), cloud: .gcc,
      endpoints: try #require(Cloud.gcc.endpoints),
      credentials: [
        .secret(.environment("SECRET")), .secret(.file("/home/anna/soc/old.secret")), .secret(.file("/etc/new.secret")),
        .secret(.command(["pass", "show", "x y"])), .secret(.command(["/home/anna/soc/bin/secret", "bin/x"])),
      ],
      permissions: [.readIncidents], consentRedirect: "https://partner.example/consented", budgetShare: 0.25,
      trustCAFile: "/home/anna/soc/proxy-ca.pem")
    let gov = AppRegistration(
      clientID: Self.client, homeTenant: app.homeTenant, cloud: .gccHigh,
      endpoints: try #require(Cloud.gccHigh.endpoints), credentials: [.secret(.environment("GOV"))],
      permissions: [.updateIncidents, .readAlerts], consentRedirect: "http://localhost:8400/consented")
    let first = Tenant(
      id: Sample.tenant(1), name: "Adatum Türkiye A.Ş.", domain: "adatum.example", groups: ["gold", "eu"],
      isExcluded: true, notes: "n", contact: "c", runbook: "https://r.example",
      sla: SLAPolicy(targets: [.high: SLATarget(resolve: 3600)]), app: "gov", permissions: [.readAlerts])
    let expected = Configuration(
      app: app, apps: ["gov": gov], operatorUPN: "anna@northwind-soc.example",
      refresh: RefreshPolicy(visible: 45, background: 600, staleAfter: 3600, history: 604_800),
      sla: SLAPolicy(targets: [
        .high: SLATarget(acknowledge: 1800, resolve: 14_400), .low: SLATarget(resolve: 129_600),
      ]),
      tenants: [
        first, Tenant(id: Sample.tenant(2), name: "b.example", domain: "b.example"),
        Tenant(id: Sample.tenant(3), name: Sample.tenant(3).rawValue),
      ])
    #expect(configuration == expected)
    #expect(configuration.app(for: first) == gov)
    #expect(configuration.app(for: configuration.tenants[1]) == app)
    #expect(configuration.requiredRoles(for: first) == [.readAlerts])
    #expect(configuration.requiredRoles(for: configuration.tenants[1]) == [.readIncidents])
    #expect(configuration.sla(for: first).targets[.high] == SLATarget(resolve: 3600))
    #expect(configuration.sla(for: first).targets[.low] == SLATarget(resolve: 129_600))
  }

  @Test("The lab's endpoints are read as origins")
  func lab() throws {
    let text = """
      {"version":1,"app":{"clientId":"\(Self.client)","homeTenant":"\(Self.home)","cloud":"lab",
      "credential":{"type":"secret","env":"LAB"},
      "endpoints":{"authority":"http://127.0.0.1:8787","graph":"https://localhost:8788/"}},"tenants":[]}
      """
    #expect(
      try ConfigurationReader.read(text, file: "t.json").app.endpoints
        == Endpoints(
          authority: Origin(scheme: "http", host: "127.0.0.1", port: 8787),
          graph: Origin(scheme: "https", host: "localhost", port: 8788), graphResource: "https://graph.microsoft.com",
          portalHosts: ["security.microsoft.com"], metadata: Origin(scheme: "http", host: "127.0.0.1", port: 8787)))
  }

  @Test(
    "Invariant 14: the lab and a real cloud in one file are refused, whichever comes first", arguments: [true, false])
  func mixed(isLabFirst: Bool) throws {
    let real = #""clientId":"\#(Self.client)","homeTenant":"\#(Self.home)","credential":{"type":"secret","env":"S"}"#
    let lab = #"\#(real),"endpoints":{"authority":"http://127.0.0.1:1","graph":"http://127.0.0.1:1"},"cloud":"lab""#
    let text = """
      {"version":1,"app":{\(isLabFirst ? lab : real)},"apps":{
      "other":{\(isLabFirst ? real : lab)}},"tenants":[]}
      """
    let error = try #require(throws: ConfigurationError.self) { try ConfigurationReader.read(text, file: "t.json") }
    #expect(error.mistakes.map(\.key) == ["apps.other.cloud"])
    #expect(error.mistakes.first?.position.line == 2)
    #expect(error.mistakes.first?.fix == "Give the lab a file of its own.")
  }

  @Test("A short file gets the defaults, and what is not known is left alone")
  func short() throws {
    let text = """
      {"version":1.0,"future":{"x":[1]},"app":{"clientId":"\(Self.client)","homeTenant":"\(Self.home)","new":null,
      "credentials":[{"type":"secret","env":"S","rotated":"2026"}]},"tenants":[],"apps":null,"operator":null}
      """
    let configuration = try ConfigurationReader.read(text, file: "/tenants.json")
    #expect(configuration.app.cloud == .commercial)
    #expect(configuration.app.endpoints.graph.description == "https://graph.microsoft.com")
    #expect(configuration.app.permissions == [.updateIncidents, .readAlerts])
    #expect(configuration.app.budgetShare == 1)
    #expect(configuration.refresh == RefreshPolicy())
    #expect(configuration.sla == SLAPolicy())
    #expect(configuration.operatorUPN == nil && configuration.apps.isEmpty && configuration.tenants.isEmpty)
  }

  @Test(
    "A certificate, what is in a vault and a federated token are named by their place alone, in the vault domain of the cloud",
    arguments: [
      (
        "commercial",
        #""type":"keyVault","vault":"https://soc.vault.azure.net/","secret":"app","through":"managedIdentity""#,
        .keyVault(KeyVaultSource(vault: "soc", item: .secret("app"), access: .managedIdentity))
      ),
      (
        "gccHigh",
        #""type":"keyVault","vault":"https://soc.vault.usgovcloudapi.net","certificate":"app-1","through":{"type":"certificate","pkcs12":"a.p12"}"#,
        .keyVault(
          KeyVaultSource(
            vault: "soc", item: .certificate("app-1"), access: .certificate(.pkcs12(file: "/a.p12", password: nil))))
      ),
      (
        "commercial", #""type":"certificate","certificate":"a.pem","key":"a.key""#,
        .certificate(.pem(certificate: "/a.pem", key: "/a.key", password: nil))
      ),
      (
        "gcc", #""type":"certificate","certificate":"a.pem","password":{"type":"secret","env":"P"}"#,
        .certificate(.pem(certificate: "/a.pem", key: "/a.pem", password: .environment("P")))
      ),
      (
        "dod", #""type":"certificate","pkcs12":"a.p12","password":{"command":["pass","app"]}"#,
        .certificate(.pkcs12(file: "/a.p12", password: .command(["pass", "app"])))
      ),
      ("commercial", #""type":"federated","tokenFile":"token""#, .federated(.tokenFile("/token"))),
      ("dod", #""type":"federated","managedIdentity":true"#, .federated(.managedIdentity)),
      (
        "gccHigh",
        #""type":"keyVault","vault":"https://soc.vault.azure.net","secret":"app","through":"managedIdentity""#, nil
      ),
      (
        "commercial",
        #""type":"keyVault","vault":"http://soc.vault.azure.net","secret":"app","through":"managedIdentity""#, nil
      ),
      (
        "commercial",
        #""type":"keyVault","vault":"https://soc.vault.azure.net","secret":"a/b","through":"managedIdentity""#, nil
      ),
      (
        "commercial", #""type":"keyVault","vault":"https://soc.vault.azure.net","secret":"app","through":"secret""#, nil
      ),
      ("commercial", #""type":"federated","tokenFile":"token","managedIdentity":true"#, nil),
    ] as [(String, String, CredentialSource?)])
  func otherPlaces(cloud: String, fields: String, expected: CredentialSource?) {
    let text = """
      {"version":1,"app":{"clientId":"\(Self.client)","homeTenant":"\(Self.home)","cloud":"\(cloud)",
      "credentials":[{\(fields)}]},"tenants":[]}
      """
    let credentials = try? ConfigurationReader.read(text, file: "/tenants.json").app.credentials
    #expect(credentials == expected.map { [$0] })
  }

  @Test(
    "Relative paths are relative to the file",
    arguments: [("/a/b/t.json", "/a/b/s"), ("/t.json", "/s"), ("t.json", "./s"), ("c/t.json", "c/s")])
  func relative(file: String, expected: String) throws {
    let text = """
      {"version":1,"app":{"clientId":"\(Self.client)","homeTenant":"\(Self.home)",
      "credentials":[{"type":"secret","file":"s"}]},"tenants":[]}
      """
    #expect(try ConfigurationReader.read(text, file: file).app.credentials == [.secret(.file(expected))])
  }

  @Test(
    "B48: a leading ~/ is the user's home, in every path of the file",
    arguments: [("/home/anna", "/home/anna/x"), ("/", "//x")])
  func home(home: String, expected: String) throws {
    let text = """
      {"version":1,"app":{"clientId":"\(Self.client)","homeTenant":"\(Self.home)","trust":{"caFile":"~/x"},
      "credentials":[{"type":"secret","file":"~/x"},{"type":"secret","command":["~/x","~/y"]}]},"tenants":[]}
      """
    let app = try ConfigurationReader.read(text, file: "/a/t.json", home: home).app
    #expect(app.credentials == [.secret(.file(expected)), .secret(.command([expected, "~/y"]))])
    #expect(app.trustCAFile == expected)
  }

  @Test("Dollars and tildes that no shell would replace are part of a name")
  func plainSigns() throws {
    for name in ["a$b", "$", "$1", "x~", "a/~/b", "100%", "%"] {
      let text = """
        {"version":1,"app":{"clientId":"\(Self.client)","homeTenant":"\(Self.home)",
        "credentials":[{"type":"secret","file":"\(name)"}]},"tenants":[]}
        """
      #expect(try ConfigurationReader.read(text, file: "/a/t.json").app.credentials == [.secret(.file("/a/\(name)"))])
    }
  }

  @Test("Only a tenant whose permissions allow it is changed, and nobody is asked for more than they say")
  func onlyRead() throws {
    let error = PartnerError(.appRoleMissing([.readIncidents, .updateIncidents]), tenant: Sample.tenant())
    func advice(_ permissions: [AppRole]?, _ error: PartnerError) throws -> (mayChange: Bool, next: String) {
      let text = """
        {"version":1,"app":{"clientId":"\(Self.client)","homeTenant":"\(Self.home)",
        "credentials":[{"type":"secret","env":"S"}]},"tenants":[]}
        """
      let configuration = try ConfigurationReader.read(text, file: "t.json")
      let tenant = Tenant(id: Sample.tenant(), name: "Contoso", permissions: permissions)
      return (configuration.mayChange(tenant), configuration.problem(of: error, in: tenant).nextAction)
    }
    let all = try advice(nil, error)
    #expect(all.mayChange && all.next.contains(AppRole.updateIncidents.rawValue))
    let reading = try advice([.readIncidents, .readAlerts], error)
    #expect(!reading.mayChange && reading.next.contains("SecurityIncident.Read.All is granted"))
    #expect(!reading.next.contains("ReadWrite"))
    let writing = try advice(
      [.readIncidents], PartnerError(.appRoleMissing([.updateIncidents]), tenant: Sample.tenant()))
    #expect(writing.next.hasPrefix("Nothing is changed in Contoso") && !writing.next.contains("consent"))
  }

  @Test("A thousand tenants are read without counting the file anew for each")
  func large() throws {
    let tenants = (1...1000).map { "{\"id\":\"\(Sample.tenant($0))\",\"name\":\"Müşteri \($0)\"}" }
    let text = """
      {"version":1,"app":{"clientId":"\(Self.client)","homeTenant":"\(Self.home)",
      "credentials":[{"type":"secret","env":"S"}]},"tenants":[
      \(tenants.joined(separator: ",\n"))]}
      """
    let configuration = try ConfigurationReader.read(text, file: "t.json")
    #expect(configuration.tenants.count == 1000)
    #expect(configuration.tenants.last?.name == "Müşteri 1000")
  }

  @Test("The sample reads without a mistake: thirty tenants in use and one excluded")
  func sample() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "tenants.sample.json")
    let configuration = try ConfigurationReader.read(
      try String(contentsOf: file, encoding: .utf8), file: "/etc/partner/tenants.sample.json")
    #expect(configuration.tenants.count == 31)
    #expect(configuration.tenants.map(\.isExcluded).firstIndex(of: true) == 30)
    #expect(configuration.tenants.filter { $0.sla != nil }.count == 1)
    #expect(configuration.tenants.filter { $0.permissions != nil }.count == 1)
    #expect(Set(configuration.tenants.map(\.name)).count == 31)
    #expect(Set(configuration.tenants.compactMap(\.domain)).count == 31)
    #expect(configuration.tenants.allSatisfy { $0.domain?.hasSuffix(".onmicrosoft.com") == true })
    #expect(configuration.tenants.allSatisfy { !$0.groups.isEmpty })
    let ids =
      configuration.tenants.map(\.id.rawValue) + [configuration.app.clientID, configuration.app.homeTenant.rawValue]
    for id in ids {
      let marks = Array(id)
      #expect(marks[14] == "4" && "89ab".contains(marks[19]), "\(id) is not of version 4")
    }
    #expect(Set(ids).count == 33)
    #expect(configuration.app.credentials == [.secret(.file("/etc/partner/partner-console.secret"))])
    #expect(configuration.app.permissions == [.updateIncidents, .readAlerts, .hunt])
    #expect(configuration.app.cloud == .commercial)
    #expect(configuration.operatorUPN == "anna@northwind-soc.example")
  }
}
