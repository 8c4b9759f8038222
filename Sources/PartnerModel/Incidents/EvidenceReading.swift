/// Finds texts in one item of evidence, be its fields of the published types or not.
struct EvidenceReading {
  let item: JSONNode
  /// Places where a plain value stood instead of a thing with fields, and was told.
  private var stops: Set<[String]> = []
  private var facts: Set<EvidenceSource> = []
  /// Its own fields of which something was told.
  private var told: Set<String> = []

  init(item: JSONNode) { self.item = item }

  /// The next of the facts: the first of `sources` that holds something and is no fact yet.
  mutating func fact(_ sources: [EvidenceSource]) -> String? {
    guard let (value, source) = find(sources.filter { !facts.contains($0) }) else { return nil }
    facts.insert(source)
    return value
  }

  /// The first of `sources` that holds something.
  mutating func first(_ sources: [EvidenceSource]) -> String? { find(sources)?.value }

  private mutating func find(_ sources: [EvidenceSource]) -> (value: String, source: EvidenceSource)? {
    for source in sources {
      var walk = Walk(stops: stops)
      let texts = source.parts.compactMap { part in
        let found = walk.texts(item, part.path[...], kind: part.kind, behind: [])
        if !found.isEmpty { told.insert(part.path[0]) }
        return found.isEmpty ? nil : found.joined(separator: ", ")
      }
      if texts.isEmpty { continue }
      stops.formUnion(walk.newStops)
      return (texts.joined(separator: source.joiner), source)
    }
    return nil
  }

  /// The same, of an item that nothing was told of yet.
  func named(_ sources: [EvidenceSource]) -> String? {
    var reading = self
    return reading.first(sources)
  }

  private struct Walk {
    var stops: Set<[String]>
    var newStops: Set<[String]> = []

    mutating func texts(_ node: JSONNode, _ path: ArraySlice<String>, kind: String?, behind: [String]) -> [String] {
      switch node.value {
      case .null: return []
      case .array(let items):
        // Of plain values among things every one is told.
        if !path.isEmpty, items.isMixed { return told(node, behind) }
        return items.flatMap { texts($0, path, kind: kind, behind: behind) }
      case .object:
        guard let key = path.first else { return node.name(as: kind).map { [$0] } ?? [] }
        return node[key].map { texts($0, path.dropFirst(), kind: kind, behind: behind + [key]) } ?? []
      case .string, .number, .bool:
        if path.isEmpty, kind == nil { return node.text.map { [$0] } ?? [] }
        return told(node, behind)
      }
    }

    /// A value where a thing with fields belongs, as it came, and only once.
    private mutating func told(_ node: JSONNode, _ place: [String]) -> [String] {
      guard let text = node.text, !stops.contains(place) else { return [] }
      newStops.insert(place)
      return [text]
    }
  }

  /// The item itself, where it is no object.
  var plainText: String? { item.members == nil ? item.text : nil }

  /// What every type has.
  private static let common: Set<String> = [
    "createdDateTime", "verdict", "remediationStatus", "remediationStatusDetails", "roles", "detailedRoles", "tags",
  ]
  /// Of an object's members those that tell of it: not what every type has, nor what OData says about the message.
  static func isOwn(_ key: String) -> Bool { !key.contains("@") && !common.contains(key) }

  /// Fields that no source found anything in: new ones, and known ones that hold something else than is published.
  func others(than layout: EvidenceLayout?) -> [EvidenceFact] {
    let known = layout?.fields ?? []
    return (item.members ?? []).compactMap { member in
      guard Self.isOwn(member.key), layout?.leftOut[member.key] == nil, !told.contains(member.key) else { return nil }
      // A plain value that another one stood in for.
      if known.contains(member.key), member.value.members == nil, member.value.array == nil { return nil }
      return member.value.text.map { EvidenceFact(label: member.key, value: $0) }
    }
  }

  /// The first text in a field that else is not told.
  func leftOut(_ layout: EvidenceLayout) -> String? {
    (item.members ?? []).lazy.filter { layout.leftOut[$0.key] != nil }.compactMap(\.value.text).first
  }

  /// What of the fields that every type has is told nowhere else: the words about the remediation, and what is of another
  /// type than published.
  func oddities(of evidence: Evidence) -> [EvidenceFact] {
    var facts: [EvidenceFact] = []
    func add(_ label: String, _ key: String, unless isTold: (JSONNode) -> Bool) {
      guard let node = item[key], !isTold(node), let text = node.text else { return }
      facts.append(EvidenceFact(label: label, value: text))
    }
    func isTexts(_ node: JSONNode) -> Bool { node.array?.allSatisfy { $0.string != nil || $0.isNull } ?? false }
    add("remediation details", "remediationStatusDetails") { _ in false }
    add("first seen", "createdDateTime") { _ in evidence.createdAt != nil }
    add("verdict", "verdict") { $0.string != nil }
    add("remediation", "remediationStatus") { $0.string != nil }
    add("roles", "roles", unless: isTexts)
    add("detailed roles", "detailedRoles", unless: isTexts)
    add("tags", "tags", unless: isTexts)
    return facts
  }
}

extension [JSONNode] {
  fileprivate var isMixed: Bool {
    contains { $0.members != nil } && contains { $0.members == nil && $0.array == nil && !$0.isNull }
  }
}

extension JSONNode {
  /// What it says, in words: an object's members as `key=value`; `nil` for what says nothing.
  fileprivate var text: String? {
    switch value {
    case .string(let text): return text.isEmpty ? nil : text
    case .number(let digits): return digits
    case .bool(let flag): return flag ? "yes" : "no"
    case .null: return nil
    case .array(let items):
      let texts = items.compactMap(\.text)
      return texts.isEmpty ? nil : texts.joined(separator: ", ")
    case .object:
      return said { !$0.contains("@") }
    }
  }

  /// All that an object says in the members that `isTold` names.
  private func said(_ isTold: (String) -> Bool) -> String? {
    let pairs = pairs("", isTold)
    return pairs.isEmpty ? nil : pairs.joined(separator: " ")
  }

  private func pairs(_ prefix: String, _ isTold: (String) -> Bool) -> [String] {
    (members ?? []).flatMap { member -> [String] in
      guard isTold(member.key) else { return [] }
      if member.value.members != nil { return member.value.pairs("\(prefix)\(member.key).", isTold) }
      return member.value.text.map { ["\(prefix)\(member.key)=\($0)"] } ?? []
    }
  }

  /// What names an object: as its own `@odata.type` has it, else as things of `kind` are named, else all it says.
  fileprivate func name(as kind: String?) -> String? {
    let type = self["@odata.type"]?.string.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
    let ownSubject = type.flatMap { EvidenceTable.types[$0]?.subject }
    for subject in [ownSubject, kind.flatMap(EvidenceTable.subject)].compactMap({ $0 }) {
      if let name = EvidenceReading(item: self).named(subject) { return name }
    }
    return kind == nil ? text : said(EvidenceReading.isOwn)
  }
}
