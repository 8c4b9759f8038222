/// One piece of evidence: its common fields, and the whole item as the service sent it.
///
/// Microsoft adds evidence types without notice, so the item's own fields stay in `json`; ``overview``
/// reads what people need from it.
///
/// Source: Microsoft Graph v1.0, `microsoft.graph.security.alertEvidence` and the types derived from it.
public struct Evidence: Hashable, Sendable {
  /// The `@odata.type` without `#microsoft.graph.security.`, for example `deviceEvidence`.
  public var type: String
  public var verdict: EvidenceVerdict
  /// Spelled as Graph spells it.
  public var remediationStatus: String?
  public var createdAt: Timestamp?
  public var roles: [String]
  public var detailedRoles: [String]
  public var tags: [String]
  /// The item as received: one JSON object.
  public var json: String

  public init(
    type: String, verdict: EvidenceVerdict = .unknown, remediationStatus: String? = nil, createdAt: Timestamp? = nil,
    roles: [String] = [], detailedRoles: [String] = [], tags: [String] = [], json: String
  ) {
    self.type = type
    self.verdict = verdict
    self.remediationStatus = remediationStatus
    self.createdAt = createdAt
    self.roles = roles
    self.detailedRoles = detailedRoles
    self.tags = tags
    self.json = json
  }

  /// The type in an analyst's words: `deviceEvidence` is `device`, `mailClusterEvidence` is `mail cluster`.
  public var kind: String {
    var stem = Substring(type)
    if stem.hasSuffix("Evidence") { stem = stem.dropLast(8) }
    guard !stem.isEmpty else { return type }
    switch stem {
    case "ip", "url", "dns": return String(stem)
    case "nic": return "NIC"
    default: break
    }
    var words = ""
    for (start, name) in Self.properNames where stem.hasPrefix(start) {
      words = name
      stem = stem.dropFirst(start.count)
      break
    }
    for character in stem {
      if character.isUppercase, !words.isEmpty { words += " " }
      words += character.lowercased()
    }
    return words
  }

  private static let properNames: KeyValuePairs = [
    "activeDirectory": "Active Directory", "aiAgent": "AI agent", "amazon": "Amazon", "azure": "Azure",
    "gitHub": "GitHub", "googleCloud": "Google Cloud", "ioT": "IoT", "kubernetes": "Kubernetes",
    "oauth": "OAuth", "sas": "SAS",
  ]
}
