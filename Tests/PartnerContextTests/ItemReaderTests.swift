import Foundation
import PartnerModel
import Testing

@testable import PartnerContext

@Suite struct ItemReaderTests {
  private func answer(_ bytes: [UInt8], type: String = "application/json") -> Answer {
    Answer(status: 200, headers: [HeaderField("Content-Type", type)], body: bytes)
  }

  private func read(_ bytes: [UInt8], limits: AnswerLimits = .standard) throws -> ItemReader.Page<Incident> {
    try #require(ItemReader(tenant: contoso, limits: limits)).incidents(answer(bytes))
  }

  private func read(_ text: String) throws -> ItemReader.Page<Incident> { try read(Array(text.utf8)) }

  private func only(_ text: String) throws -> Incident? {
    let items = try read(page([text])).items
    #expect(items.count == 1)
    guard case .read(let incident)? = items.first else { return nil }
    return incident
  }

  @Test("Every documented field of an incident, an alert, a piece of evidence and a comment is read")
  func whole() throws {
    let evidence = ##"""
      {"@odata.type":"#microsoft.graph.security.deviceEvidence","createdDateTime":"2026-09-01T09:00:00.1234567Z","verdict":"malicious","remediationStatus":"active","roles":["attacked"],"detailedRoles":["Primary device"],"tags":["vip"],"hostName":"wk-1","vmMetadata":{"vmId":"7"}}
      """##
    let alert = #"""
      {"id":"a1","title":"Alert","description":"About","recommendedActions":"Act","category":"Malware","severity":"medium","status":"new","classification":"truePositive","determination":"malware","assignedTo":"a@b.c","serviceSource":"microsoftDefenderForEndpoint","detectionSource":"antivirus","mitreTechniques":["T1059","T1105"],"createdDateTime":"2026-09-01T09:00:00Z","lastUpdateDateTime":"2026-09-01T09:01:00Z","firstActivityDateTime":"2026-09-01T08:00:00Z","lastActivityDateTime":"2026-09-01T08:30:00Z","alertWebUrl":"https://security.microsoft.com/alerts/a1","tenantId":"\#(contoso)","incidentId":"42","productName":"Product","investigationState":"benign","actorDisplayName":"Actor","threatDisplayName":"Threat","threatFamilyName":"Family","systemTags":["Defender Experts"],"comments":[{"comment":"e","createdBy":"Cy","createdTime":"2026-09-01T11:30:00Z"}],"resolvedDateTime":"2026-09-01T12:00:00Z","evidence":[\#(evidence)]}
      """#
    let text = #"""
      {"id":"42","tenantId":"\#(contoso)","displayName":"Name","description":"Details","summary":"Summary","severity":"high","status":"inProgress","classification":"falsePositive","determination":"notMalicious","assignedTo":"anna@partner.example","customTags":["t1","t2"],"systemTags":["s"],"resolvingComment":"done","comments":[{"comment":"c","createdByDisplayName":"Anna","createdDateTime":"2026-09-01T10:00:00Z"},{"comment":"d","createdBy":"Ben","createdTime":"2026-09-01T11:00:00Z"}],"createdDateTime":"2026-09-01T09:00:00Z","lastUpdateDateTime":"2026-09-02T09:00:00.5Z","lastModifiedBy":"API-App:x","redirectIncidentId":"7","incidentWebUrl":"https://security.microsoft.com/incident2/42","priorityScore":77,"alerts":[\#(alert)]}
      """#
    let expected = Incident(
      tenant: contoso, id: IncidentID("42"), displayName: "Name", details: "Details", summary: "Summary",
      severity: .high, status: .inProgress, classification: .falsePositive, determination: .notMalicious,
      assignedTo: "anna@partner.example", customTags: ["t1", "t2"], systemTags: ["s"], resolvingComment: "done",
      comments: [
        IncidentComment(text: "c", createdBy: "Anna", createdAt: time("2026-09-01T10:00:00Z")),
        IncidentComment(text: "d", createdBy: "Ben", createdAt: time("2026-09-01T11:00:00Z")),
      ],
      createdAt: time("2026-09-01T09:00:00Z"), updatedAt: time("2026-09-02T09:00:00.5Z"),
      lastModifiedBy: "API-App:x", redirectIncidentID: IncidentID("7"),
      webURL: "https://security.microsoft.com/incident2/42", priorityScore: 77,
      alerts: [
        Alert(
          id: "a1", title: "Alert", details: "About", recommendedActions: "Act", category: "Malware",
          severity: .medium, status: .new, classification: .truePositive, determination: .malware,
          assignedTo: "a@b.c", serviceSource: "microsoftDefenderForEndpoint", detectionSource: "antivirus",
          mitreTechniques: ["T1059", "T1105"], createdAt: time("2026-09-01T09:00:00Z"),
          updatedAt: time("2026-09-01T09:01:00Z"), firstActivityAt: time("2026-09-01T08:00:00Z"),
          lastActivityAt: time("2026-09-01T08:30:00Z"), webURL: "https://security.microsoft.com/alerts/a1",
          evidence: [
            Evidence(
              type: "deviceEvidence", verdict: .malicious, remediationStatus: "active",
              createdAt: time("2026-09-01T09:00:00.1234567Z"), roles: ["attacked"],
              detailedRoles: ["Primary device"], tags: ["vip"], json: evidence)
          ],
          incidentID: IncidentID("42"), productName: "Product", investigationState: "benign", actorName: "Actor",
          threatName: "Threat", threatFamily: "Family", systemTags: ["Defender Experts"],
          comments: [IncidentComment(text: "e", createdBy: "Cy", createdAt: time("2026-09-01T11:30:00Z"))],
          resolvedAt: time("2026-09-01T12:00:00Z"))
      ])
    #expect(try only(text) == expected)
    #expect(try only(text.replacingOccurrences(of: ",", with: " ,\n\t"))?.alerts?.count == 1)
  }

  @Test(
    "What Microsoft's pages spell in two ways is read in either, in any casing of a word",
    arguments: GraphSpelling.table)
  func spellings(row: GraphSpelling.Row) throws {
    func read(_ name: String) throws -> Incident? {
      switch row.place {
      case .determination:
        try only(#"{"id":"1","determination":"\#(name)","alerts":[{"id":"a","determination":"\#(name)"}]}"#)
      case .comment:
        try only(
          #"{"id":"1","comments":[{"\#(name)":"2026-09-01T11:00:00Z"}],"alerts":[{"id":"a","comments":[{"\#(name)":"2026-09-01T11:00:00Z"}]}]}"#
        )
      case .incident: try only(#"{"id":"1","\#(name)":["a"]}"#)
      }
    }
    let today = try #require(try read(row.today))
    #expect(try read(row.earlier) == today)
    #expect(try read("other") != today, "it is not left out of both")
    if row.place == .determination {
      #expect(today.determination?.unrecognisedWire == nil && today.determination?.wire == row.today)
      #expect(try read(row.earlier.uppercased()) == today)
    }
  }

  @Test(
    "F47: what is wrong inside one item costs that item only",
    arguments: [
      ("no id", #"{"displayName":"x"}"#), ("H39: id null", #"{"id":null}"#), ("H39: id a number", #"{"id":7}"#),
      ("id empty", #"{"id":""}"#), ("H42: id of 4 KB", #"{"id":"\#(String(repeating: "1", count: 4096))"}"#),
      ("H22: lone surrogate", #"{"id":"1","displayName":"\ud800"}"#),
      ("H22: in a comment", #"{"id":"1","comments":[{"comment":"\udc00x"}]}"#),
      ("unknown escape", #"{"id":"1","displayName":"\q"}"#),
      ("H33: two ids", #"{"id":"1","id":"2"}"#),
      ("H33: two tenants", #"{"id":"1","tenantId":"\#(contoso)","tenantId":"\#(contoso)"}"#),
      ("H36: NaN for a known field", #"{"id":"1","displayName":NaN}"#),
      (
        "H34: depth 513",
        #"{"id":"1","x":\#(String(repeating: "[", count: 513))\#(String(repeating: "]", count: 513))}"#
      ),
      (
        "H34: depth 100,000",
        #"{"id":"1","x":\#(String(repeating: "[", count: 100_000))\#(String(repeating: "]", count: 100_000))}"#
      ),
      ("no colon", #"{"id" "1"}"#), ("unfinished", #"{"id":"1","displayName":}"#),
      ("not an object", "7"), ("null", "null"), ("a text", #""x""#), ("a list", "[1]"), ("nothing", ""),
      ("two in one place", #"{"id":"1"}{"id":"2"}"#),
    ])
  func malformed(what: String, text: String) throws {
    let read = try read(page([item("first"), text, item("last")]))
    #expect(read.items.count == 3)
    guard case .read(let first) = read.items[0], case .unreadable = read.items[1], case .read(let last) = read.items[2]
    else {
      Issue.record("\(what): \(read.items)")
      return
    }
    #expect(first.id.rawValue == "first")
    #expect(last.id.rawValue == "last")
  }

  @Test(
    "H24: bytes that are no UTF-8 cost their item only",
    arguments: [[0xFF], [0xC0, 0xAF], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]])
  func badBytes(bytes: [UInt8]) throws {
    let parts = page([item("1"), #"{"id":"2","displayName":"@"}"#, item("3")]).split(separator: "@odata.context")
    let whole = Array((parts.joined(separator: "context")).utf8)
    let place = try #require(whole.lastIndex(of: UInt8(ascii: "@")))
    let items = try read(whole[..<place] + bytes + whole[(place + 1)...]).items
    guard items.count == 3, case .read = items[0], case .unreadable(let item) = items[1], case .read = items[2] else {
      Issue.record("\(items)")
      return
    }
    #expect(!item.reason.isEmpty)
  }

  @Test(
    "A value of another type than documented counts as absent, and the rest is read",
    arguments: [
      "null", "7", "-1.5", "true", "{}", #"{"a":[1]}"#, "[]", "[null]", "[[]]", "[7]", "1e400",
      "1000000000000000000000000000000",
    ])
  func otherTypes(value: String) throws {
    let fields = [
      "displayName", "description", "severity", "status", "classification", "determination", "assignedTo",
      "customTags", "systemTags", "comments", "createdDateTime", "lastUpdateDateTime", "redirectIncidentId",
      "incidentWebUrl", "alerts", "resolvingComment", "summary", "tenantId", "unheardOf",
    ]
    let text = #"{"id":"1",\#(fields.map { "\"\($0)\":\(value)" }.joined(separator: ",")),"lastModifiedBy":"end"}"#
    let incident = try #require(try only(text))
    var expected = Incident(tenant: contoso, id: IncidentID("1"), lastModifiedBy: "end")
    expected.status = .unknown
    if value.first == "[" { expected.alerts = [] }
    // A member of the list that is no alert is one that could not be read.
    if value.first == "[", value != "[]" { expected.alertGaps.unreadable = 1 }
    #expect(incident == expected)
  }

  @Test(
    "H41, B17: a time is read as far as it is one, and not where it means none",
    arguments: [
      ("0001-01-01T00:00:00Z", false), ("9999-12-31T23:59:59.9999999Z", false), ("2026-01-01T00:00:60Z", true),
      ("1970-01-01T00:00:00Z", false), ("1999-12-31T23:59:59Z", false), ("2000-01-01T00:00:00Z", true),
      ("2099-12-31T23:59:59Z", true), ("2100-01-01T00:00:00Z", false), ("10000-01-01T00:00:00Z", false),
      ("2026-01-01T00:00:00+14:00", true), ("2026-01-01T00:00:00.1234567Z", true), ("", false), ("soon", false),
      ("2026-13-01T00:00:00Z", false),
    ])
  func times(text: String, isTime: Bool) throws {
    #expect((try only(#"{"id":"1","lastUpdateDateTime":"\#(text)"}"#)?.updatedAt != nil) == isTime)
  }

  @Test("Everything that the schema lets be null is none then, in an incident, an alert and evidence")
  func nulls() throws {
    func nulls(_ names: String) -> String { names.split(separator: " ").map { ",\"\($0)\":null" }.joined() }
    let evidence =
      ##"{"@odata.type":"#microsoft.graph.security.urlEvidence","createdDateTime":"2026-09-01T09:00:00Z","##
      + #""remediationStatus":"none","verdict":"unknown","roles":[]"#
      + nulls("url tags detailedRoles remediationStatusDetails") + "}"
    let alert =
      #"{"id":"a","serviceSource":"microsoftSecurityForAI","severity":"low","status":"new","evidence":[\#(evidence)]"#
      + nulls(
        "title description recommendedActions category classification determination assignedTo detectionSource "
          + "mitreTechniques firstActivityDateTime lastActivityDateTime alertWebUrl tenantId comments systemTags "
          + "categories resolvedDateTime providerAlertId incidentId") + "}"
    let text =
      #"{"id":"1","createdDateTime":"2026-09-01T09:00:00Z","lastUpdateDateTime":"2026-09-01T09:00:00Z","#
      + #""severity":"low","status":"active","alerts":[\#(alert)]"#
      + nulls(
        "displayName description summary classification determination assignedTo customTags systemTags comments "
          + "resolvingComment lastModifiedBy redirectIncidentId incidentWebUrl priorityScore tenantId") + "}"
    let incident = try #require(try only(text))
    let time = time("2026-09-01T09:00:00Z")
    let expected = Incident(
      tenant: contoso, id: IncidentID("1"), severity: .low, status: .active, createdAt: time, updatedAt: time,
      alerts: [
        Alert(
          id: "a", severity: .low, status: .new, serviceSource: "microsoftSecurityForAI",
          evidence: [
            Evidence(type: "urlEvidence", verdict: .unknown, remediationStatus: "none", createdAt: time, json: evidence)
          ], incidentID: IncidentID("1"))
      ])
    #expect(incident == expected)
  }

  @Test(
    "H43, F49: an enumeration is read in any casing, and an unknown word is kept as it came",
    arguments: [
      ("High", Severity.high), ("HIGH", .high), ("medium", .medium), ("Critical", .unrecognised("Critical")),
      ("", .unrecognised("")),
    ])
  func enumerations(word: String, severity: Severity) throws {
    #expect(try only(#"{"id":"1","severity":"\#(word)"}"#)?.severity == severity)
  }

  @Test("H39: a status that is not there is not guessed, and the incident counts as open")
  func noStatus() throws {
    let incident = try #require(try only(#"{"id":"1"}"#))
    #expect(incident.status == .unknown)
    #expect(incident.status != .active)
    #expect(incident.status.isOpen)
  }

  @Test("H44: an item of more parts than memory is worth costs itself only")
  func endlessItem() throws {
    let tags = repeatElement(#""""#, count: 600_000).joined(separator: ",")
    let items = try read(page([item("1"), #"{"id":"2","customTags":[\#(tags)]}"#, item("3")])).items
    guard items.count == 3, case .read = items[0], case .unreadable(let item) = items[1], case .read = items[2] else {
      Issue.record("not one unreadable item between two others")
      return
    }
    #expect(item.id == "2")
  }

  @Test("Tags under either name are read; escapes, surrogate pairs and quotes in texts too")
  func textsAndTags() throws {
    let incident = try only(#"{"id":"1","tags":["a\\","b\"]"],"displayName":"\ud83d\ude00 \u00fc \/ \n ]}"}"#)
    #expect(incident?.customTags == ["a\\", "b\"]"])
    #expect(incident?.displayName == "😀 ü / \n ]}")
    #expect(try only(#"{"id":"1","customTags":["x"],"tags":["y"]}"#)?.customTags == ["x"])
  }

  @Test("A broken piece of evidence costs that piece, not its alert")
  func brokenEvidence() throws {
    let good = ##"{"@odata.type":"#microsoft.graph.security.urlEvidence","url":"http://x"}"##
    let text = #"{"id":"1","alerts":[{"id":"a","evidence":[\#(good),{"tags":["\ud800"]},7,\#(good)]}]}"#
    let alert = try #require(try only(text)?.alerts?.first)
    #expect(alert.evidence.map(\.json) == [good, good])
    #expect(alert.unreadableEvidence == 2)
    for (list, count) in [(#""x""#, 1), (#"{"a":1}"#, 1), ("5", 1), ("null", 0), ("[]", 0)] {
      let odd = try #require(try only(#"{"id":"1","alerts":[{"id":"a","evidence":\#(list)}]}"#)?.alerts?.first)
      #expect(odd.unreadableEvidence == count, "\(list) is no list, and not none")
    }
  }

  @Test(
    "F42: an item of another tenant is quarantined",
    arguments: [
      #""tenantId":"\#(fabrikam)""#, #""tenantId":"not a GUID""#,
    ])
  func foreign(member: String) throws {
    let items = try read(page([item("1"), "{\"id\":\"2\",\(member)}"])).items
    guard items.count == 2, case .read = items[0], case .foreign = items[1] else {
      Issue.record("\(items)")
      return
    }
  }

  @Test("An empty tenantId and one in capitals are ours")
  func ownTenant() throws {
    #expect(try only(#"{"id":"1","tenantId":""}"#) != nil)
    #expect(try only(#"{"id":"1","tenantId":"\#(contoso.rawValue.uppercased())"}"#) != nil)
  }

  @Test(
    "F48: what is no page is not read at all",
    arguments: [
      ("H40: value an object", #"{"value":{}}"#), ("H40: value a text", #"{"value":"x"}"#), ("no value", "{}"),
      ("two lists", #"{"value":[],"value":[]}"#), ("H37: two documents", #"{"value":[]}{"value":[]}"#),
      ("H37: comment", #"/* x */{"value":[]}"#), ("H45: empty", ""), ("H45: XML", "<?xml version=\"1.0\"?><a/>"),
      ("H45, F16: HTML", "<!doctype html><p>Sign in"), ("cut off", #"{"value":[{"id":"1"}"#),
      ("cut off in a text", #"{"value":[{"id":"1"#), ("a list", "[]"), ("a number", "7"),
    ])
  func noPage(what: String, text: String) throws {
    #expect {
      try read(text)
    } throws: { error in
      guard case .answerUnreadable(let reason)? = (error as? PartnerError)?.cause else { return false }
      return !reason.contains("Sign in")
    }
  }

  @Test("H38: a byte order mark is skipped, UTF-16 is not read")
  func marks() throws {
    #expect(try read([0xEF, 0xBB, 0xBF] + Array(page([item("1")]).utf8)).items.count == 1)
    let utf16 = try #require(page([item("1")]).data(using: .utf16LittleEndian))
    #expect(throws: PartnerError.self) { try read(Array(utf16)) }
  }

  @Test("H40, invariant 18: a page of more items than allowed is refused")
  func tooMany() throws {
    let text = page((0...5000).map { "{\"id\":\"\($0)\"}" })
    #expect(throws: PartnerError(.answerUnreadable("a page of more than 5000 items"), tenant: contoso)) {
      try read(text)
    }
    #expect(try read(page((0..<5000).map { "{\"id\":\"\($0)\"}" })).items.count == 5000)
  }

  @Test("H44: a hundred thousand comments are read")
  func manyComments() throws {
    let comments = Array(repeating: #"{"comment":"c"}"#, count: 100_000).joined(separator: ",")
    #expect(try only(#"{"id":"1","comments":[\#(comments)]}"#)?.comments.count == 100_000)
  }

  @Test("Cutting a page anywhere never crashes, and never makes an item up", arguments: 0..<40)
  func cut(part: Int) throws {
    let whole = Array(page([item("1"), item("2", more: #","alerts":[{"id":"a","evidence":[{"x":"\\"}]}]"#)]).utf8)
    for length in stride(from: part, to: whole.count, by: 40) {
      #expect(throws: PartnerError.self) { try read(Array(whole[..<length])) }
    }
  }

  @Test("Changing bytes of a page at random never crashes", arguments: UInt64(0)..<50)
  func random(seed: UInt64) throws {
    var chance = SplitMix(state: seed)
    let whole = Array(
      page([item("1"), item("2", more: #","alerts":[{"id":"a","evidence":[{"x":"\\\u0041"}],"t":null}]"#)]).utf8)
    for _ in 0..<200 {
      var bytes = whole
      for _ in 0...Int.random(in: 0..<4, using: &chance) {
        bytes[Int.random(in: 0..<bytes.count, using: &chance)] = UInt8.random(in: 0...255, using: &chance)
      }
      guard let page = try? read(bytes) else { continue }
      for case .read(let incident) in page.items { #expect(!incident.id.rawValue.isEmpty) }
    }
  }
}

struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
