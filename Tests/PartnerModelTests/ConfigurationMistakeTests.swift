import PartnerModel
import Testing

@Suite("Mistakes in tenants.json")
struct ConfigurationMistakeTests {
  /// A file in which one line is replaced: every mistake then has its known place.
  static let lines = [
    #"{"#,
    #"  "version": 1,"#,
    #"  "app": {"#,
    #"    "clientId": "0f8fad5b-d9cb-469f-a165-70867728950e","#,
    #"    "homeTenant": "7c9e6679-7425-40de-944b-e07fc1f90ae7","#,
    #"    "cloud": "commercial","#,
    #"    "credentials": [ { "type": "secret", "env": "S" } ],"#,
    #"    "permissions": ["SecurityIncident.Read.All"]"#,
    #"  },"#,
    #"  "operator": { "upn": "anna@northwind-soc.example" },"#,
    #"  "refresh": { "visible": "PT30S" },"#,
    #"  "sla": { "high": { "resolve": "PT4H" } },"#,
    #"  "tenants": ["#,
    #"    { "id": "11111111-2222-4333-8444-000000000001", "name": "İş Ortağı" },"#,
    #"    { "id": "11111111-2222-4333-8444-000000000002", "name": "Litware" }"#,
    #"  ]"#,
    #"}"#,
  ]

  static func text(line: Int, _ replacement: String) -> String {
    var lines = lines
    lines[line - 1] = replacement
    return lines.joined(separator: "\n")
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var line: Int
    var text: String
    var column: Int
    var key: String?
    /// What message and mend together have to say.
    var says: String
    init(_ line: Int, _ text: String, _ column: Int, _ key: String?, _ says: String) {
      self.line = line
      self.text = text
      self.column = column
      self.key = key
      self.says = says
    }
    var testDescription: String { text }
  }

  static let app: [Case] = [
    Case(2, #"  "version": 2,"#, 14, "version", "must be 1"),
    Case(2, #"  "version": "1","#, 14, "version", "must be 1"),
    Case(4, #"    "clientId": "my-app","#, 17, "app.clientId", "11111111-2222-3333-4444-555555555555"),
    Case(4, #"    "clientId": 7,"#, 17, "app.clientId", "is not a GUID"),
    Case(5, #"    "homeTenant": "contoso.com","#, 19, "app.homeTenant", "is not a GUID"),
    Case(6, #"    "cloud": "Commercial","#, 14, "app.cloud", "commercial, gcc, gccHigh, dod, lab"),
    Case(6, #"    "cloud": true,"#, 14, "app.cloud", "must be text"),
    Case(6, #"    "api": "defender","#, 12, "app.api", "Write graph"),
    Case(6, #"    "budgetShare": 0,"#, 20, "app.budgetShare", "above 0"),
    Case(6, #"    "budgetShare": 1.01,"#, 20, "app.budgetShare", "at most 1"),
    Case(6, #"    "budgetShare": -1,"#, 20, "app.budgetShare", "above 0"),
    Case(6, #"    "budgetShare": 1e400,"#, 20, "app.budgetShare", "at most 1"),
    Case(6, #"    "budgetShare": "1","#, 20, "app.budgetShare", "above 0"),
    Case(6, #"    "consentRedirect": 1,"#, 24, "app.consentRedirect", "must be text"),
    Case(6, #"    "consentRedirect": "/consented","#, 24, "app.consentRedirect", "is not an https address"),
    Case(6, #"    "consentRedirect": "","#, 24, "app.consentRedirect", "https://partner.example/consented"),
    Case(
      6, #"    "consentRedirect": "http://partner.example/c","#, 24, "app.consentRedirect", "is not an https address"),
    Case(6, #"    "consentRedirect": "https://u@p.example/c","#, 24, "app.consentRedirect", "is not an https address"),
    Case(6, #"    "consentRedirect": "https://p.example/c#x","#, 24, "app.consentRedirect", "is not an https address"),
    Case(6, #"    "trust": "ca.pem","#, 14, "app.trust", "must be an object"),
    Case(6, #"    "trust": { "caFile": 1 },"#, 26, "app.trust.caFile", "must be text"),
    Case(6, #"    "endpoints": { "graph": "http://127.0.0.1:1" },"#, 18, "app.endpoints", "only the lab's"),
    Case(8, #"    "permissions": "SecurityIncident.Read.All""#, 20, "app.permissions", "must be a list"),
    Case(8, #"    "permissions": ["a", 1]"#, 20, "app.permissions", "must be a list"),
  ]

  static let credentials: [Case] = [
    Case(
      7, #"    "credentials": [ { "type": "secret", "file": "~/x" } ],"#, 50, "app.credentials[0].file",
      "HOME is not set"),
    Case(
      7, #"    "credentials": [ { "type": "secret", "file": "~bo/x" } ],"#, 50, "app.credentials[0].file",
      "the whole path"),
    Case(
      7, #"    "credentials": [ { "type": "secret", "file": "$HOME/x" } ],"#, 50, "app.credentials[0].file",
      "a variable"),
    Case(
      7, #"    "credentials": [ { "type": "secret", "file": "a/${X}/x" } ],"#, 50, "app.credentials[0].file",
      "begin it with ~/"),
    Case(
      7, #"    "credentials": [ { "type": "secret", "command": ["$X/y"] } ],"#, 54, "app.credentials[0].command[0]",
      "a variable"),
    Case(6, #"    "trust": { "caFile": "%HOME%/ca.pem" },"#, 26, "app.trust.caFile", "a variable"),
    Case(6, #"    "clientSecret": "x","#, 21, "app.clientSecret", "must not stand in this file"),
    Case(6, #"    "secret": "x","#, 15, "app.secret", "mode 0600"),
    Case(
      7, #"    "credentials": [ { "type": "secret", "value": "x" } ],"#, 51, "app.credentials[0].value",
      "must not stand"),
    Case(
      7, #"    "credentials": [ { "type": "secret", "secret": "x", "env": "S" } ],"#, 52, "app.credentials[0].secret",
      "must not stand"),
    Case(
      7, #"    "credentials": [ { "type": "certificate", "pkcs12": "a", "password": "x" } ],"#, 74,
      "app.credentials[0].password",
      "a password must not stand"),
    Case(
      7, #"    "credentials": [ { "type": "certificate", "pkcs12": "a", "password": { "value": "x" } } ],"#, 85,
      "app.credentials[0].password.value",
      "must not stand"),
    Case(
      7,
      #"    "credentials": [ { "type": "certificate", "pkcs12": "a", "password": { "file": "p", "comand": [] } } ],"#,
      89, "app.credentials[0].password.comand",
      "Write \"command\""),
    Case(
      7, #"    "credentials": [ { "type": "certificate", "pkcs12": "a", "key": "b" } ],"#, 69,
      "app.credentials[0].pkcs12",
      "stands beside"),
    Case(
      7, #"    "credentials": [ { "type": "certificate", "key": "b" } ],"#, 22, "app.credentials[0]",
      "names no certificate"),
    Case(
      7, #"    "credentials": [ { "type": "secret", "env": "abC8Q~Zx.yTq1" } ],"#, 49, "app.credentials[0].env",
      "is not a variable's name"),
    Case(
      7,
      #"    "credentials": [ { "type": "certificate", "key": "-----BEGIN PRIVATE KEY-----", "certificate": "a" } ],"#,
      54, "app.credentials[0].key",
      "is not a path"),
    Case(
      7, #"    "credentials": [ { "type": "secret", "file": "a\nb" } ],"#, 50, "app.credentials[0].file",
      "is not a path"),
    Case(
      7, #"    "credentials": [ { "type": "secret", "file": "a", "env": "S" } ],"#, 22, "app.credentials[0]",
      "names more than one place: env, file"),
    Case(
      7, #"    "credentials": [ { "type": "certificate", "pkcs12": "a", "passphrase": { "env": "S" } } ],"#, 76,
      "app.credentials[0].passphrase",
      "Write \"password\""),
    Case(
      7, #"    "credentials": [ { "type": "federated", "tokenFile": "a", "managedIdentity": true } ],"#, 22,
      "app.credentials[0]",
      "names both"),
    Case(
      7,
      #"    "credentials": [ { "type": "keyVault", "vault": "https://abc.vault.azure.net", "secret": "a", "certificate": "b" } ],"#,
      22, "app.credentials[0]",
      "names both"),
    Case(7, #"    "credentials": [ ],"#, 20, "app.credentials", "is empty"),
    Case(7, #"    "credentials": {},"#, 20, "app.credentials", "must be a list"),
    Case(7, #"    "credentials": [ "x" ],"#, 22, "app.credentials[0]", "must be an object"),
    Case(7, #"    "credentials": [ { "type": 1 } ],"#, 32, "app.credentials[0].type", "must be text"),
    Case(7, #"    "credentials": [ { "env": "S" } ],"#, 22, "app.credentials[0].type", "is missing"),
    Case(7, #"    "credentials": [ { "type": "psk" } ],"#, 32, "app.credentials[0].type", "not read by this version"),
    Case(
      7, #"    "credentials": [ { "type": "secret" } ],"#, 22, "app.credentials[0]", "\"env\", \"file\" or \"command\""),
    Case(7, #"    "credentials": [ { "type": "secret", "env": "" } ],"#, 22, "app.credentials[0]", "names no place"),
    Case(7, #"    "credentials": [ { "type": "secret", "file": "" } ],"#, 22, "app.credentials[0]", "names no place"),
    Case(
      7, #"    "credentials": [ { "type": "secret", "command": [] } ],"#, 22, "app.credentials[0]", "names no place"),
    Case(
      7, #"    "credentials": [ { "type": "secret", "command": [""] } ],"#, 22, "app.credentials[0]", "names no place"),
    Case(7, #"    "credential": { "type": "psk" },"#, 29, "app.credential.type", "not read by this version"),
    Case(7, #"    "was": 1,"#, 10, "app.credentials", "is missing"),
  ]

  static let policies: [Case] = [
    Case(10, #"  "operator": "anna@northwind-soc.example","#, 15, "operator", "must be an object"),
    Case(10, #"  "operator": { "upn": "anna" },"#, 24, "operator.upn", "is not a UPN"),
    Case(10, #"  "operator": { "upn": [] },"#, 24, "operator.upn", "must be text"),
    Case(10, #"  "apps": [],"#, 11, "apps", "must be an object"),
    Case(10, #"  "apps": { "gov": 1 },"#, 20, "apps.gov", "must be an object"),
    Case(11, #"  "refresh": "PT30S","#, 14, "refresh", "must be an object"),
    Case(11, #"  "refresh": { "visible": "PT0S" },"#, 27, "refresh.visible", "Use PT10S to PT1H"),
    Case(11, #"  "refresh": { "visible": "PT-1S" },"#, 27, "refresh.visible", "is not a duration"),
    Case(11, #"  "refresh": { "visible": "PT1000000000000S" },"#, 27, "refresh.visible", "is out of range"),
    Case(11, #"  "refresh": { "visible": 0 },"#, 27, "refresh.visible", "is not a duration"),
    Case(11, #"  "refresh": { "visible": -1 },"#, 27, "refresh.visible", "is not a duration"),
    Case(11, #"  "refresh": { "visible": 1000000000000 },"#, 27, "refresh.visible", "is not a duration"),
    Case(11, #"  "refresh": { "background": "PT29S" },"#, 30, "refresh.background", "Use PT30S to P1D"),
    Case(11, #"  "refresh": { "staleAfter": "P1M" },"#, 30, "refresh.staleAfter", "PT5M"),
    Case(11, #"  "refresh": { "history": "P181D" },"#, 27, "refresh.history", "Use P1D to P180D"),
    Case(12, #"  "sla": [],"#, 10, "sla", "must be an object"),
    Case(12, #"  "sla": { "critical": {} },"#, 12, "sla.critical", "high, medium, low or informational"),
    Case(12, #"  "sla": { "unknown": {} },"#, 12, "sla.unknown", "is not a severity"),
    Case(12, #"  "sla": { "high": {}, "HIGH": {} },"#, 24, "sla.HIGH", "stands twice"),
    Case(12, #"  "sla": { "high": "PT4H" },"#, 20, "sla.high", "must be an object"),
    Case(12, #"  "sla": { "high": { "resolve": "4h" } },"#, 33, "sla.high.resolve", "is not a duration"),
    Case(12, #"  "sla": { "high": { "acknowledge": "PT1S" } },"#, 37, "sla.high.acknowledge", "is out of range"),
  ]

  static let second = "11111111-2222-4333-8444-000000000002"
  static let tenants: [Case] = [
    Case(15, #"    { "id": "11111111-2222-4333-8444-000000000001" }"#, 13, "tenants[1].id", "at line 14 already"),
    Case(15, #"    { "id": "11111111-2222-4333-8444-00000000000Ø" }"#, 13, "tenants[1].id", "is not a GUID"),
    Case(15, #"    { "name": "Litware" }"#, 5, "tenants[1].id", "is missing"),
    Case(15, #"    "litware""#, 5, "tenants[1]", "must be an object"),
    Case(15, #"    { "id": "\#(second)", "name": 5 }"#, 61, "tenants[1].name", "must be text"),
    Case(15, #"    { "id": "\#(second)", "domain": 5 }"#, 63, "tenants[1].domain", "must be text"),
    Case(15, #"    { "id": "\#(second)", "excluded": "yes" }"#, 65, "tenants[1].excluded", "must be true or false"),
    Case(15, #"    { "id": "\#(second)", "groups": "gold" }"#, 63, "tenants[1].groups", "must be a list"),
    Case(
      15, #"    { "id": "\#(second)", "context": "partner" }"#, 64, "tenants[1].context", "Write application or user"),
    Case(15, #"    { "id": "\#(second)", "app": "gov" }"#, 60, "tenants[1].app", "no “gov” in apps"),
    Case(15, #"    { "id": "\#(second)", "sla": { "high": 1 } }"#, 70, "tenants[1].sla.high", "must be an object"),
    Case(
      14, #"    { "id": "11111111-2222-4333-8444-000000000001", "name": "İşŞğ", "notes": 1 },"#, 78, "tenants[0].notes",
      "must be text"),
  ]

  static let misspelt: [Case] = [
    Case(15, #"    { "id": "\#(second)", "exclude": true }"#, 53, "tenants[1].exclude", "Write \"excluded\""),
    Case(15, #"    { "id": "\#(second)", "gruops": [] }"#, 53, "tenants[1].gruops", "Write \"groups\""),
    Case(10, #"  "operator": { "UPN": "anna@northwind-soc.example" },"#, 17, "operator.UPN", "Write \"upn\""),
    Case(11, #"  "refresh": { "visble": "PT30S" },"#, 16, "refresh.visble", "Write \"visible\""),
    Case(12, #"  "sla": { "high": { "resolv": "PT4H" } },"#, 22, "sla.high.resolv", "Write \"resolve\""),
    Case(
      8, #"    "permission": ["SecurityIncident.Read.All"]"#, 5, "app.permission", "Write \"permissions\""),
    Case(
      8, #"    "permissions": ["SecurityIncident.Raed.All"]"#, 21, "app.permissions[0]",
      "Write \"SecurityIncident.Read.All\""),
  ]

  @Test(
    "Invariant 7: what may be a secret in a wrong place is told without being repeated",
    arguments: [
      #""type": "secret", "env": "canary~Zx.yTq1""#, #""type": "secret", "file": "canary\ncanary""#,
      #""type": "certificate", "certificate": "a", "key": "-----BEGIN PRIVATE KEY-----canary""#,
    ])
  func wrongPlace(credential: String) throws {
    let text = Self.text(line: 7, "\"credentials\": [ { \(credential) } ],")
    let error = try #require(throws: ConfigurationError.self) { try ConfigurationReader.read(text, file: "t.json") }
    #expect(error.mistakes.count == 1 && !error.description.contains("canary"))
  }

  @Test("D3: keys of a newer release are kept", arguments: ["color", "webhooks", "x", "ownerTeam", "$schema"])
  func foreignKey(key: String) throws {
    let text = Self.text(line: 15, #"    { "id": "\#(Self.second)", "\#(key)": { "any": 1 } }"#)
    #expect(try ConfigurationReader.read(text, file: "t.json").tenants.count == 2)
  }

  static let text: [Case] = [
    Case(2, #"  version: 1,"#, 3, nil, "expected a key in quotes"),
    Case(2, #"  "version": 1 1,"#, 16, nil, "expected a comma"),
    Case(2, #"  "version": 1, "version": 1,"#, 17, nil, "stands twice"),
    Case(17, "", 1, nil, "expected a comma or }"),
    Case(17, "} {", 3, nil, "nothing more after the end"),
    Case(1, "PK\u{3}\u{4}", 1, nil, "expected a value"),
  ]

  @Test(
    "F62, H62: each mistake is told with line, column, key and mend",
    arguments: app + credentials + policies + tenants + misspelt + text)
  func told(example: Case) throws {
    let text = Self.text(line: example.line, example.text)
    let error = try #require(throws: ConfigurationError.self) { try ConfigurationReader.read(text, file: "/c/t.json") }
    #expect(error.mistakes.count == 1, "\(error)")
    let mistake = try #require(error.mistakes.first)
    let line = example.key == "app.credentials" && example.says == "is missing" ? 3 : example.line
    #expect(mistake.position == TextPosition(line: line, column: example.column), "\(error)")
    #expect(mistake.key == example.key)
    #expect("\(mistake.message) \(mistake.fix)".contains(example.says), "\(error)")
    #expect(mistake.message.hasSuffix(".") && mistake.fix.hasSuffix("."))
    #expect(error.description.hasPrefix("/c/t.json:\(line):\(example.column):"))
    #expect(!error.description.contains("\"x\""), "a secret is never repeated")
  }

  @Test("The file that the mistakes are put into is right")
  func rightWithout() throws {
    #expect(try ConfigurationReader.read(Self.lines.joined(separator: "\n"), file: "t.json").tenants.count == 2)
    #expect(try ConfigurationReader.read(Self.lines.joined(separator: "\r\n"), file: "t.json").tenants.count == 2)
  }

  @Test(
    "The lab's endpoints are on this machine only",
    arguments: [
      ("http://127.0.0.1:8787", true), ("http://localhost:1", true), ("https://127.0.0.1", true),
      ("http://127.0.0.1:8787/", true), ("http://LOCALHOST:1", true), ("http://127.0.0.1:8787/v1.0", false),
      ("https://graph.microsoft.com", false), ("http://127.0.0.1.evil.example", false),
      ("http://localhost@evil.example", false),
      ("http://0x7f000001", false), ("http://[::1]:1", false), ("ftp://127.0.0.1", false), ("127.0.0.1:8787", false),
      ("", false),
      ("http://127.0.0.2", false), ("http://127.0.0.1:0", false), ("http://127.0.0.1:65536", false),
    ])
  func lab(endpoint: String, isAccepted: Bool) throws {
    let text = Self.text(
      line: 6, #"    "cloud": "lab", "endpoints": { "authority": "\#(endpoint)", "graph": "http://127.0.0.1:8787" },"#)
    guard !isAccepted else {
      _ = try ConfigurationReader.read(text, file: "t.json")
      return
    }
    let error = try #require(throws: ConfigurationError.self) { try ConfigurationReader.read(text, file: "t.json") }
    #expect(error.mistakes.map(\.key) == ["app.endpoints.authority"])
    #expect(error.mistakes.first?.position == TextPosition(line: 6, column: 49))
  }

  @Test(
    "The lab without its endpoints is told so",
    arguments: [
      ("", ["app.endpoints"]), (#""endpoints": {},"#, ["app.endpoints.authority", "app.endpoints.graph"]),
      (#""endpoints": [],"#, ["app.endpoints"]), (#""endpoints": null,"#, ["app.endpoints"]),
    ])
  func labWithout(endpoints: String, keys: [String]) throws {
    let text = Self.text(line: 6, #"    "cloud": "lab", \#(endpoints)"#)
    let error = try #require(throws: ConfigurationError.self) { try ConfigurationReader.read(text, file: "t.json") }
    #expect(error.mistakes.map(\.key) == keys)
  }

  @Test("All mistakes are told at once")
  func together() throws {
    let text = #"{ "version": 3, "app": {}, "tenants": {} }"#
    let error = try #require(throws: ConfigurationError.self) { try ConfigurationReader.read(text, file: "t.json") }
    #expect(
      error.mistakes.map(\.key) == ["version", "app.clientId", "app.homeTenant", "app.credentials", "tenants"])
    #expect(error.description.split(separator: "\n").count == 5)
  }

  @Test(
    "H61: what is no configuration at all is told, never a trap",
    arguments: [
      "", "[]", "1", "null", "{}", "{\"app\":null}", "\u{0}\u{1}\u{2}", "{\"version\":1,\"app\":[],\"tenants\":[]}",
    ])
  func nothing(text: String) throws {
    let error = try #require(throws: ConfigurationError.self) { try ConfigurationReader.read(text, file: "t.json") }
    #expect(!error.mistakes.isEmpty)
  }

  @Test("A file with any part replaced is read or told, never refused without a word", arguments: UInt64(0)..<300)
  func replaced(seed: UInt64) {
    var chance = Chance(seed: seed)
    var text = Self.lines.joined(separator: "\n")
    let values = text.indices.filter { "\"[{1".contains(text[$0]) }
    guard let place = values.randomElement(using: &chance) else { return }
    let end = text.index(place, offsetBy: Int.random(in: 1...60, using: &chance), limitedBy: text.endIndex)
    let other = ["null", "1", "\"\"", "[]", "{}", "[null]", "true", "\"x\"", "{\"type\":1}", ""].randomElement(
      using: &chance)
    text.replaceSubrange(place..<(end ?? text.endIndex), with: other ?? "")
    do {
      _ = try ConfigurationReader.read(text, file: "t.json")
    } catch {
      #expect(!error.mistakes.isEmpty, "seed \(seed): \(text)")
    }
  }

  @Test(
    "Durations of weeks, days, hours, minutes and seconds",
    arguments: [
      ("PT30S", 30.0), ("PT5M", 300), ("PT4H", 14_400), ("P30D", 2_592_000), ("P1W", 604_800), ("P1DT12H", 129_600),
      ("PT1H30M", 5400), ("PT0.5S", 0.5), ("PT0S", 0), ("", nil), ("P", nil), ("PT", nil), ("P1DT", nil), ("30S", nil),
      ("P1M", nil), ("P1Y", nil), ("PT1D", nil), ("P1H", nil), ("PT1", nil), ("PTS", nil), ("PT-1S", nil),
      ("-PT1S", nil),
      ("PT1.2.3S", nil), ("pt1s", nil), ("PT1SPT1S", nil), ("PT1S1H", nil), ("PT1S1S", nil), ("PT١S", nil),
      ("PT1e5S", nil), ("PTinfS", nil), ("PT5\u{301}S", nil), ("P1DT1H ", nil),
      ("PT00000000000000000000000000000000001S", nil),
    ] as [(String, Double?)])
  func durations(text: String, seconds: Double?) {
    #expect(ISODuration.seconds(text) == seconds)
  }
}
