/// How evidence of one type is told: a row of ``EvidenceTable``.
struct EvidenceLayout: Sendable {
  /// The `@odata.type` without its namespace and without `Evidence`.
  var kind: String
  /// What names it: the first of these that holds something.
  var subject: [EvidenceSource]
  var facts: [(label: String, sources: [EvidenceSource])]
  /// What tells two of the same subject apart.
  var apart: [EvidenceSource]
  /// Its fields that are not told, each with the reason.
  var leftOut: [String: String]

  /// - Parameters:
  ///   - subject: sources, divided by `|`; see ``EvidenceSource``.
  ///   - facts: labels with their sources, in the order in which they are told; a row of a screen has the first two.
  init(
    _ kind: String, _ subject: String, _ facts: KeyValuePairs<String, String> = [:], apart: String = "",
    leftOut: [String: String] = [:]
  ) {
    self.kind = kind
    self.subject = EvidenceSource.all(subject)
    self.facts = facts.map { (label: $0.key, sources: EvidenceSource.all($0.value)) }
    self.apart = EvidenceSource.all(apart)
    self.leftOut = leftOut
  }

  var sources: [EvidenceSource] { subject + facts.flatMap(\.sources) + apart }
  /// Its own fields that the row names.
  var fields: Set<String> { Set(sources.flatMap(\.parts).map { $0.path[0] }) }
}

/// Where in an item a text is found: a field, or with dots one in the thing that a field holds. `field:kind` is the name
/// of that thing, told as its own kind is. Two fields may make one text, with ` on ` or a backslash between them.
struct EvidenceSource: Hashable, Sendable {
  struct Part: Hashable, Sendable {
    var path: [String]
    var kind: String?
  }
  var parts: [Part]
  var joiner: String

  /// Sources that are divided by `|`.
  static func all(_ text: String) -> [EvidenceSource] { text.split(separator: "|").map { EvidenceSource($0) } }

  private init(_ text: Substring) {
    joiner = text.contains(" on ") ? " on " : "\\"
    var parts: [Part] = []
    for part in text.split(separator: joiner) {
      let sides = part.split(separator: ":")
      let path = sides.first.map { $0.split(separator: ".").map(String.init) } ?? []
      if !path.isEmpty { parts.append(Part(path: path, kind: sides.count > 1 ? String(sides[1]) : nil)) }
    }
    self.parts = parts
  }
}
