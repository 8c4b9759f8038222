import PartnerModel
import Testing

@Suite("Evidence in an analyst's words")
struct EvidenceTests {
  @Test(
    "A type is told in words",
    arguments: [
      ("deviceEvidence", "device"), ("mailClusterEvidence", "mail cluster"), ("ipEvidence", "ip"),
      ("urlEvidence", "url"),
      ("ioTDeviceEvidence", "IoT device"), ("aiAgentEvidence", "AI agent"),
      ("oauthApplicationEvidence", "OAuth application"), ("gitHubRepoEvidence", "GitHub repo"),
      ("cloudLogonSessionEvidence", "cloud logon session"),
      ("Evidence", "Evidence"), ("", ""), ("somethingNew", "something new"), ("DeviceEvidence", "device"),
      ("\u{1B}[2JEvidence", "\u{1B}[2 j"),
    ])
  func kind(type: String, expected: String) {
    #expect(Evidence(type: type, json: "{}").kind == expected)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var type: String
    var json: String
    var subject: String
    var facts: [String] = []
    init(_ type: String, _ json: String, _ subject: String, _ facts: [String] = []) {
      self.type = type
      self.json = json
      self.subject = subject
      self.facts = facts
    }
    var testDescription: String { type + " " + json.prefix(60) }
  }

  @Test(
    "What names it, and what to know about it",
    arguments: [
      Case(
        "deviceEvidence",
        #"{"deviceDnsName":"ws-17.contoso.example","osPlatform":"Windows11","riskScore":"high","version":null}"#,
        "ws-17.contoso.example", ["system: Windows11", "risk: high"]),
      Case("deviceEvidence", #"{"deviceDnsName":"","mdeDeviceId":"abc"}"#, "abc", ["device id: abc"]),
      Case(
        "userEvidence", #"{"userAccount":{"userPrincipalName":null,"accountName":"ışıl","domainName":"CONTOSO"}}"#,
        "ışıl",
        ["account: ışıl", "domain: CONTOSO"]),
      Case(
        "fileEvidence",
        #"{"fileDetails":{"fileName":"-rf","fileSize":12,"filePath":"C:\\Temp"},"detectionStatus":"prevented"}"#,
        "-rf", ["folder: C:\\Temp", "size: 12", "detection: prevented"]),
      Case("processEvidence", #"{"processId":4242,"imageFile":null}"#, "4242", ["process id: 4242"]),
      Case(
        "ipEvidence", #"{"ipAddress":"203.0.113.7","countryLetterCode":"TR","location":{"city":"İzmir"}}"#,
        "203.0.113.7",
        ["country: TR", "city: İzmir"]),
      Case("urlEvidence", #"{"url":"https://evil.example/"}"#, "https://evil.example/"),
      Case(
        "analyzedMessageEvidence",
        #"{"subject":"Rechnung","p2Sender":{"emailAddress":"a@b.example"},"threats":["phish","spam"],"urlCount":0}"#,
        "Rechnung", ["from: a@b.example", "threats: phish, spam", "links: 0"]),
      Case(
        "networkConnectionEvidence",
        #"{"destinationAddress":{"ipAddress":"198.51.100.1"},"destinationPort":443,"protocol":"Tcp"}"#,
        "198.51.100.1", ["port: 443", "protocol: Tcp"]),
      Case(
        "registryKeyEvidence", #"{"registryKey":"SOFTWARE\\Run","registryHive":"HKLM"}"#, "SOFTWARE\\Run",
        ["hive: HKLM"]),
      Case("mailboxEvidence", #"{"upn":"a@b.example"}"#, "a@b.example", ["UPN: a@b.example"]),
      Case(
        "oauthApplicationEvidence", #"{"displayName":"Reader","publisher":"Unknown"}"#, "Reader", ["publisher: Unknown"]
      ),
      Case(
        "malwareEvidence", ##"{"name":"Trojan:Win32/Test!MTB","category":"Trojan"}"##, "Trojan:Win32/Test!MTB",
        ["category: Trojan"]),
      Case(
        "quantumEvidence",
        ##"{"@odata.type":"#microsoft.graph.security.quantumEvidence","verdict":"malicious","qubit":"q7","spin":0.5,"cold":true,"deep":{"x":1}}"##,
        "q7", ["spin: 0.5", "cold: yes"]),
      Case("quantumEvidence", #"{"verdict":"malicious","roles":["compromised"]}"#, "–"),
      Case("quantumEvidence", #"{"a":[],"b":[[]],"c":[{}],"d":"","e":[["x"],[1,null,true]]}"#, "x, 1, yes"),
      Case("fileEvidence", #"{"fileDetails":"not an object","other":"x"}"#, "not an object", ["other: x"]),
      Case("urlEvidence", "{}", "–"), Case("urlEvidence", "[]", "–"), Case("urlEvidence", "\"x\"", "–"),
      Case("urlEvidence", "", "unreadable"), Case("urlEvidence", "{", "unreadable"),
      Case("urlEvidence", #"{"url":"a","url":"b"}"#, "unreadable"),
      Case("urlEvidence", String(repeating: "[", count: 100_000), "unreadable"),
      Case("urlEvidence", #"{"url":"\ud83d\u001b[2J"}"#, "\u{FFFD}\u{1B}[2J"),
    ])
  func overview(example: Case) {
    let overview = Evidence(type: example.type, json: example.json).overview
    #expect(overview.subject == example.subject)
    #expect(overview.facts.map { "\($0.label): \($0.value)" } == example.facts)
  }

  @Test("Of an unknown type at most eight facts are told")
  func unknownType() {
    let members = (0..<50).map { "\"k\($0)\":\"v\($0)\"" }.joined(separator: ",")
    let overview = Evidence(type: "quantumEvidence", json: "{\(members)}").overview
    #expect(overview.subject == "v0")
    #expect(overview.facts.map(\.value) == (1...8).map { "v\($0)" })
  }

  @Test(
    "Every known type tells something of any item, and never traps",
    arguments: [
      "deviceEvidence", "userEvidence", "fileEvidence", "processEvidence", "ipEvidence", "urlEvidence", "dnsEvidence",
      "networkConnectionEvidence", "registryKeyEvidence", "registryValueEvidence", "analyzedMessageEvidence",
      "mailboxEvidence",
      "mailClusterEvidence", "mailboxConfigurationEvidence", "submissionMailEvidence", "teamsMessageEvidence",
      "cloudApplicationEvidence", "oauthApplicationEvidence", "servicePrincipalEvidence", "securityGroupEvidence",
      "cloudLogonSessionEvidence", "malwareEvidence", "fileHashEvidence", "azureResourceEvidence",
      "amazonResourceEvidence",
      "nobodyKnowsEvidence",
    ])
  func hostile(type: String) {
    let values = ["null", "1", "true", "\"x\"", "[]", "{}", "[null]", "[[[[]]]]", #"{"fileName":{"a":[]}}"#, "1e999"]
    let keys = [
      "deviceDnsName", "userAccount", "fileDetails", "imageFile", "ipAddress", "url", "subject", "displayName", "name",
      "threats",
    ]
    for value in values {
      for key in keys {
        let overview = Evidence(type: type, json: "{\"\(key)\":\(value)}").overview
        #expect(!overview.subject.isEmpty)
        #expect(overview.facts.allSatisfy { !$0.value.isEmpty })
      }
    }
  }
}
