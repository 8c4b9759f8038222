import Testing

@testable import PartnerModel

@Suite("Evidence in an analyst's words")
struct EvidenceTests {
  @Test(
    "A type is told in words",
    arguments: [
      ("deviceEvidence", "device"), ("mailClusterEvidence", "mail cluster"), ("ipEvidence", "ip"),
      ("urlEvidence", "url"),
      ("ioTDeviceEvidence", "IoT device"), ("aiAgentEvidence", "AI agent"),
      ("oauthApplicationEvidence", "OAuth application"), ("gitHubRepoEvidence", "GitHub repo"),
      ("cloudLogonSessionEvidence", "cloud logon session"), ("nicEvidence", "NIC"), ("sasTokenEvidence", "SAS token"),
      ("kubernetesServiceAccountEvidence", "Kubernetes service account"),
      ("googleCloudResourceEvidence", "Google Cloud resource"),
      ("activeDirectoryDomainEvidence", "Active Directory domain"),
      ("gitHubOrganizationEvidence", "GitHub organization"),
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
        "dnsEvidence",
        #"{"domainName":"c2.example","dnsServerIp":{"ipAddress":"10.0.0.53"},"hostIpAddress":{"ipAddress":"10.0.0.9"},"ipAddresses":[{"ipAddress":"198.51.100.1"},{"ipAddress":"198.51.100.2"}]}"#,
        "c2.example", ["server: 10.0.0.53", "host: 10.0.0.9", "leads to: 198.51.100.1, 198.51.100.2"]),
      Case(
        "teamsMessageEvidence",
        #"{"subject":"Help desk","urls":[{"url":"https://a.example/"},{"url":"https://b.example/"}],"isExternal":true}"#,
        "Help desk", ["links: https://a.example/, https://b.example/", "from outside: yes"]),
      Case(
        "cloudLogonSessionEvidence",
        #"{"sessionId":"s1","account":{"userAccount":{"userPrincipalName":"a@b.example"}},"browser":"Edge"}"#,
        "a@b.example", ["browser: Edge", "session: s1"]),
      Case(
        "hostLogonSessionEvidence",
        #"{"startUtcDateTime":"2026-03-01T08:00:00Z","account":{"userAccount":{"accountName":"ada"}},"host":{"hostName":"PC-1"}}"#,
        "ada on PC-1", ["started: 2026-03-01T08:00:00Z"]),
      Case("hostLogonSessionEvidence", #"{"account":null,"host":{"hostName":"PC-1"}}"#, "PC-1"),
      Case(
        "blobEvidence", #"{"etag":"0x8D","name":"a.bak","blobContainer":{"name":"exports"}}"#, "a.bak",
        ["container: exports"]),
      Case("blobEvidence", #"{"etag":"0x8D"}"#, "0x8D"),
      Case(
        "containerEvidence", #"{"args":["-c","id"],"name":"web","isPrivileged":false}"#, "web",
        ["arguments: -c, id", "privileged: no"]),
      Case(
        "kubernetesClusterEvidence",
        ##"{"distribution":"k3s","name":"prod","cloudResource":{"@odata.type":"#microsoft.graph.security.googleCloudResourceEvidence","fullResourceName":"//c/prod"}}"##,
        "prod", ["resource: //c/prod", "distribution: k3s"]),
      Case(
        "kubernetesServiceEvidence",
        ##"{"name":"api","servicePorts":[{"port":443,"protocol":"tcp"},{"port":80}],"labels":{"@odata.type":"#x","tags":"a b","app":"api"}}"##,
        "api", ["ports: port=443 protocol=tcp, port=80", "labels: tags=a b app=api"]),
      Case(
        "sasTokenEvidence", #"{"permissions":["Read"],"storageResource":{"resourceId":"/s/1"}}"#, "/s/1",
        ["permissions: Read"]),
      Case("gitHubOrganizationEvidence", #"{"company":"C","displayName":"Org"}"#, "Org", ["name: Org", "company: C"]),
      Case(
        "deviceEvidence",
        #"{"hostName":"PC-1","loggedOnUsers":[{"accountName":"ada","domainName":"CONTOSO"},{"accountName":"ben"}]}"#,
        "PC-1", [#"signed in: CONTOSO\ada, ben"#, "host name: PC-1"]),
      // Of another type than published: told as it came, and once.
      Case(
        "dnsEvidence", #"{"domainName":7,"dnsServerIp":"10.0.0.53","hostIpAddress":4}"#, "7",
        ["server: 10.0.0.53", "host: 4"]),
      Case(
        "deviceEvidence", #"{"deviceDnsName":["a","b"],"osBuild":"new","riskScore":{"level":3}}"#, "a, b",
        ["risk: level=3", "build: new"]),
      Case("userEvidence", #"{"userAccount":["ada",{"accountName":"ben"}]}"#, "ada, ben"),
      Case(
        "ipEvidence", #"{"ipAddress":{"ipAddress":"192.0.2.1","verdict":"unknown"}}"#,
        "ipAddress=192.0.2.1 verdict=unknown"),
      // A thing whose known fields hold nothing, and a field that is newer than the table.
      Case(
        "ipEvidence", ##"{"ipAddress":"192.0.2.1","location":{"region":"EU"},"asn":64500,"asn@odata.type":"#Int64"}"##,
        "192.0.2.1", ["location: region=EU", "asn: 64500"]),
      Case(
        "dnsEvidence", #"{"domainName":"a.example","dnsServerIp":{"ipAddress":null,"verdict":"unknown","port":53}}"#,
        "a.example", ["server: port=53"]),
      // Nothing names it: its first fact does.
      Case("deviceEvidence", #"{"deviceDnsName":null,"osPlatform":"Linux"}"#, "Linux", ["system: Linux"]),
      // What every type has.
      Case(
        "urlEvidence", #"{"url":"u","remediationStatusDetails":"Quarantined","roles":["a"],"tags":[]}"#, "u",
        ["remediation details: Quarantined"]),
      Case(
        "urlEvidence",
        #"{"url":"u","verdict":3,"remediationStatus":["x"],"roles":"attacker","detailedRoles":[1,"b"],"tags":{"a":1},"createdDateTime":9}"#,
        "u", ["first seen: 9", "verdict: 3", "remediation: x", "roles: attacker", "detailed roles: 1, b", "tags: a=1"]),
      Case(
        "quantumEvidence",
        ##"{"@odata.type":"#microsoft.graph.security.quantumEvidence","verdict":"malicious","qubit":"q7","spin":0.5,"cold":true,"deep":{"x":1}}"##,
        "q7", ["spin: 0.5", "cold: yes", "deep: x=1"]),
      Case(
        "quantumEvidence", #"{"etag":"0x8D","foundDateTime":"2026-03-01T08:00:00Z","qubitId":"1","gate":"cnot"}"#,
        "cnot",
        ["etag: 0x8D", "foundDateTime: 2026-03-01T08:00:00Z", "qubitId: 1"]),
      Case("quantumEvidence", #"{"gate":"cnot","qubitName":"q7"}"#, "q7", ["gate: cnot"]),
      Case("quantumEvidence", #"{"qubitName":"q7","displayName":"Seven"}"#, "Seven", ["qubitName: q7"]),
      Case("quantumEvidence", #"{"qubitId":null,"spin":0}"#, "0"),
      Case("quantumEvidence", #"{"verdict":"malicious","roles":["compromised"]}"#, "?"),
      Case("quantumEvidence", #"{"a":[],"b":[[]],"c":[{}],"d":"","e":[["x"],[1,null,true]]}"#, "x, 1, yes"),
      Case("fileEvidence", #"{"fileDetails":"not an object","other":"x"}"#, "not an object", ["other: x"]),
      Case("urlEvidence", "{}", "?"), Case("urlEvidence", "[]", "?"), Case("urlEvidence", "\"x\"", "x"),
      Case("quantumEvidence", "\"x\"", "x"),
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

  @Test("Whatever type a field's value is of, it is told as it came", arguments: EvidenceTable.rows.map(\.kind))
  func anyValue(kind: String) throws {
    let row = try #require(EvidenceTable.types["\(kind)Evidence"])
    let values = [
      ("7", "7"), ("1e999", "1e999"), ("true", "yes"), (#""x""#, "x"), (#"["x",null,"y"]"#, "x, y"),
      ("[[[8]]]", "8"), (#"{"a":{"b":"x"}}"#, "a.b=x"), (#"[{"a":1},"y"]"#, "a=1, y"),
    ]
    for field in row.fields.union(row.leftOut.keys) {
      for (value, words) in values {
        let overview = Evidence(type: "\(kind)Evidence", json: "{\"\(field)\":\(value)}").overview
        let told = [overview.subject] + overview.facts.map(\.value)
        #expect(told.contains(words), "\(field): \(value) is \(told)")
      }
      for nothing in ["null", "[]", "{}", "[null]", "[[[[]]]]", "\"\"", #"{"a":[{}]}"#] {
        let overview = Evidence(type: "\(kind)Evidence", json: "{\"\(field)\":\(nothing)}").overview
        #expect(overview.subject == "?" && overview.facts.isEmpty, "\(field): \(nothing) is \(overview)")
      }
    }
  }

  @Test(
    "Pieces of one subject are one thing, unless something tells them apart, or nothing names them",
    arguments: [
      (
        "deviceEvidence", #"{"deviceDnsName":"a","riskScore":"low"}"#, #"{"deviceDnsName":"a","riskScore":"high"}"#,
        true
      ),
      (
        "sasTokenEvidence", #"{"storageResource":{"resourceName":"s"},"signatureHash":"1"}"#,
        #"{"storageResource":{"resourceName":"s"},"signatureHash":"2"}"#, false
      ),
      (
        "blobEvidence", #"{"name":"a","url":"https://1.example/a"}"#, #"{"name":"a","url":"https://2.example/a"}"#,
        false
      ),
      (
        "kubernetesPodEvidence", #"{"name":"a","namespace":{"name":"x"}}"#, #"{"name":"a","namespace":{"name":"y"}}"#,
        false
      ),
      (
        "kubernetesPodEvidence", #"{"name":"a","namespace":{"name":"x"}}"#,
        #"{"name":"a","podIp":null,"namespace":{"name":"x"}}"#, true
      ),
      ("deviceEvidence", #"{"osPlatform":"Linux"}"#, #"{"osPlatform":"Linux","version":"9"}"#, false),
    ])
  func identity(type: String, left: String, right: String, isOne: Bool) {
    let identities = [left, right].map { Evidence(type: type, json: $0).overview.identity }
    #expect((identities[0] == identities[1]) == isOne)
  }
}
