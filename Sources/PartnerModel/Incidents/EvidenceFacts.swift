/// One thing to know about a piece of evidence.
public struct EvidenceFact: Hashable, Sendable {
  public var label: String
  public var value: String
}

/// What names a piece of evidence, and what else an analyst reads of it, as the service sent it. All of it is outside
/// text.
public struct EvidenceOverview: Hashable, Sendable {
  public var subject: String
  public var facts: [EvidenceFact]
  /// The same for pieces of one type that are the same thing: two that nothing names are never one.
  public var identity: String
}

extension Evidence {
  /// Fields that say nothing here are told by their own names: at most so many, for a type may have hundreds.
  private static let mostOthers = 8

  /// What names this evidence in a list, and what an analyst reads next.
  ///
  /// Fields and types that ``EvidenceTable`` does not know are told by the service's own names for them.
  public var overview: EvidenceOverview {
    guard let item = try? JSONReader.read(json) else {
      return EvidenceOverview(subject: "unreadable", facts: [], identity: json)
    }
    let layout = EvidenceTable.types[type]
    var reading = EvidenceReading(item: item)
    let subject = layout.flatMap { reading.first($0.subject) }
    var facts: [EvidenceFact] = []
    for (label, sources) in layout?.facts ?? [] {
      if let value = reading.fact(sources) { facts.append(EvidenceFact(label: label, value: value)) }
    }
    var others = reading.others(than: layout)
    let base = reading.oddities(of: self)
    if let subject {
      let apart = layout.flatMap { EvidenceReading(item: item).named($0.apart) }
      let identity = apart.map { "\(subject)\n\($0)" } ?? subject
      return EvidenceOverview(
        subject: subject, facts: facts + others.prefix(Self.mostOthers) + base, identity: identity)
    }
    // Nothing names it: its first fact has to, or else the likeliest of its other fields.
    var name = facts.first?.value
    if name == nil, let place = others.nameIndex { name = others.remove(at: place).value }
    name = name ?? reading.plainText ?? layout.flatMap { reading.leftOut($0) }
    return EvidenceOverview(
      subject: name ?? "?", facts: facts + others.prefix(Self.mostOthers) + base, identity: json)
  }

  /// What every type has beside its verdict, as the service spells it.
  public var standing: [EvidenceFact] {
    [
      ("first seen", createdAt?.description), ("remediation", remediationStatus),
      ("roles", (roles + detailedRoles).joined(separator: ", ")), ("tags", tags.joined(separator: ", ")),
    ].compactMap { label, value in
      guard let value, !value.isEmpty else { return nil }
      return EvidenceFact(label: label, value: value)
    }
  }
}

extension [EvidenceFact] {
  /// The one that most likely names what it is of: a name first, then a text that is no id and no time.
  fileprivate var nameIndex: Int? {
    firstIndex { ["name", "displayname"].contains($0.label.lowercased()) }
      ?? firstIndex { $0.label.lowercased().hasSuffix("name") }
      ?? firstIndex { fact in
        !["id", "guid", "datetime", "etag", "urn"].contains { fact.label.lowercased().hasSuffix($0) }
      } ?? indices.first
  }
}
