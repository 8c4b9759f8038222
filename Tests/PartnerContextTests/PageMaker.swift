import PartnerModel

/// Makes the JSON of incidents at random: members in any order, blanks, escapes, values of other types, unknown members.
struct PageMaker {
  /// One incident's JSON, and that of the evidence of each of its alerts.
  struct Incident {
    var json: String
    var evidence: [[String]]
  }

  var chance: SplitMix

  mutating func incident(number: Int) -> Incident {
    var (alerts, evidence): ([String], [[String]]) = ([], [])
    for place in 0..<Int.random(in: 0..<4, using: &chance) {
      let pieces = (0..<Int.random(in: 0..<4, using: &chance)).map { _ in self.evidence() }
      let times = [
        "createdDateTime", "lastUpdateDateTime", "firstActivityDateTime", "lastActivityDateTime", "resolvedDateTime",
      ]
      let texts = [
        "title", "description", "recommendedActions", "category", "serviceSource", "detectionSource", "productName",
        "investigationState", "actorDisplayName", "threatDisplayName", "threatFamilyName", "assignedTo",
      ]
      alerts.append(
        object(
          [("id", "\"a\(number)-\(place)\""), ("evidence", list(pieces)), ("alertWebUrl", text())]
            + [("tenantId", "\"\(contoso)\""), ("mitreTechniques", words()), ("systemTags", words())]
            + [("incidentId", word(["\(number)", "", "99"])), ("comments", list(comments()))]
            + [("classification", word(["falsePositive", "y"])), ("determination", word(["phishing", "clean"]))]
            + [("severity", word(["high", "LOW", "odd"])), ("status", word(["new", "inProgress", "x"]))]
            + texts.map { ($0, textOrOther()) } + times.map { ($0, time()) }))
      evidence.append(pieces)
    }
    let comments = comments()
    let texts = [
      "displayName", "description", "summary", "assignedTo", "resolvingComment", "lastModifiedBy", "incidentWebUrl",
    ]
    let json = object(
      [
        ("id", "\"\(number)\""), ("tenantId", "\"\(contoso)\""),
        ("priorityScore", number % 3 == 0 ? "null" : "\(number)"),
      ]
        + texts.map { ($0, textOrOther()) } + [("customTags", words()), ("systemTags", words())]
        + [
          ("severity", word(["high", "medium", "low", "LOW", "odd"])), ("status", word(["active", "resolved", "x"])),
        ]
        + [("classification", word(["truePositive", "y"])), ("determination", word(["malware", "notMalicious"]))]
        + [("createdDateTime", time()), ("lastUpdateDateTime", time()), ("comments", list(comments))]
        + (Bool.random(using: &chance) ? [("alerts", list(alerts))] : []))
    return Incident(json: json, evidence: evidence)
  }

  private mutating func comments() -> [String] {
    (0..<Int.random(in: 0..<3, using: &chance)).map { _ in
      object([("comment", text()), ("createdByDisplayName", textOrOther()), ("createdDateTime", time())])
    }
  }

  private mutating func evidence() -> String {
    object([
      ("@odata.type", word(["#microsoft.graph.security.userEvidence", "deviceEvidence", "#x"])),
      ("verdict", word(["malicious", "noThreatsFound", "new"])), ("remediationStatus", textOrOther()),
      ("createdDateTime", time()), ("roles", words()), ("detailedRoles", words()), ("tags", words()),
      ("details", anything()),
    ])
  }

  /// With unknown members among them, in any order.
  mutating func object(_ members: [(String, String)]) -> String {
    var members = members
    for number in 0..<Int.random(in: 0..<3, using: &chance) { members.append(("other\(number)", anything())) }
    members.shuffle(using: &chance)
    return braced("{", members.map { "\"\($0)\"\(blanks())\(":")\(blanks())\($1)" }, "}")
  }

  mutating func list(_ items: [String]) -> String { braced("[", items, "]") }

  private mutating func braced(_ open: String, _ items: [String], _ close: String) -> String {
    open + blanks() + items.map { $0 + blanks() }.joined(separator: "," + blanks()) + close
  }

  /// Anything at all, to some depth.
  mutating func anything(depth: Int = 0) -> String {
    switch Int.random(in: 0..<(depth > 3 ? 4 : 6), using: &chance) {
    case 0: return text()
    case 1: return ["null", "true", "false"].randomElement(using: &chance) ?? "null"
    case 2: return "\(Int.random(in: -9_999_999...9_999_999, using: &chance))"
    case 3: return ["1.5e3", "-0.25", "[]", "{}"].randomElement(using: &chance) ?? "0"
    case 4:
      let items = (0..<Int.random(in: 0..<4, using: &chance)).map { _ in anything(depth: depth + 1) }
      return list(items)
    default:
      let members = (0..<Int.random(in: 0..<4, using: &chance)).map { ("\"m\($0)\"", anything(depth: depth + 1)) }
      return braced("{", members.map { "\($0):\($1)" }, "}")
    }
  }

  mutating func text() -> String {
    let parts = [
      "word", "Zürich", "日本", "😀", #"\""#, #"\\"#, #"\/"#, #"\n"#, #"\u00fc"#, #"\ud83d\ude00"#, "{", "}", "[", "],",
      ":",
      " ", "C:\\\\Windows\\\\System32", "a longer part of a text that needs memory of its own", "",
    ]
    return "\"" + (0..<Int.random(in: 0..<6, using: &chance)).map { _ in pick(parts) }.joined() + "\""
  }

  private mutating func textOrOther() -> String { Int.random(in: 0..<5, using: &chance) == 0 ? anything() : text() }
  private mutating func pick(_ parts: [String]) -> String { parts.randomElement(using: &chance) ?? "" }
  private mutating func word(_ words: [String]) -> String { "\"\(pick(words))\"" }
  private mutating func words() -> String {
    list((0..<Int.random(in: 0..<4, using: &chance)).map { _ in textOrOther() })
  }
  private mutating func time() -> String {
    pick([
      #""2026-09-01T09:00:00Z""#, #""2026-02-28T23:59:59.1234567Z""#, #""2024-02-29T12:30:00.5+02:00""#, #""soon""#,
      #""0001-01-01T00:00:00Z""#, "null", "7", #""2026-02-29T00:00:00Z""#,
    ])
  }
  private mutating func blanks() -> String {
    Int.random(in: 0..<4, using: &chance) == 0 ? pick([" ", "\n", "\t ", "\r\n"]) : ""
  }
}
