public import FoundationEssentials

// How a change of consent stands in the journal: for people to read, and for the program to read back.

extension ConsentChange {
  public init(of tenant: TenantID, from before: ConsentRecord, to after: ConsentRecord, at moment: Date) {
    // Where nothing is known of the permissions, none is lost.
    let isKnown = after.state != .unknown
    self.init(
      tenant: tenant, at: moment, before: before.state, after: after.state,
      gained: Set(after.granted).subtracting(before.granted).sorted(),
      lost: isKnown ? Set(before.granted).subtracting(after.granted).sorted() : [], problem: after.error)
  }

  /// For example `granted to partial; lost SecurityAlert.Read.All`.
  public var sentence: String {
    var sentence = "\(before?.rawValue ?? "unknown") to \(after.rawValue)"
    if !gained.isEmpty { sentence += "; gained \(Self.list(gained))" }
    if !lost.isEmpty { sentence += "; lost \(Self.list(lost))" }
    return sentence
  }

  /// Reads a ``sentence``, those of before that named no permissions too.
  /// - Returns: `nil` for anything else.
  public init?(sentence: String, tenant: TenantID, at moment: Date) {
    var parts = sentence.components(by: "; ")[...]
    let states = parts.popFirst()?.components(by: " to ") ?? []
    guard states.count == 2, let before = ConsentState(rawValue: states[0]),
      let after = ConsentState(rawValue: states[1])
    else { return nil }
    self.init(
      tenant: tenant, at: moment, before: before == .unknown ? nil : before, after: after,
      gained: Self.roles(&parts, "gained "), lost: Self.roles(&parts, "lost "))
  }

  private static func roles(_ parts: inout ArraySlice<String>, _ word: String) -> [AppRole] {
    guard let first = parts.first, first.hasPrefix(word) else { return [] }
    parts.removeFirst()
    return String(first.dropFirst(word.count)).components(by: ", ").map { AppRole($0) }
  }

  private static func list(_ roles: [AppRole]) -> String { roles.map { plain($0.rawValue) }.joined(separator: ", ") }

  /// A permission's name comes from outside: what would divide the sentence is replaced.
  private static func plain(_ name: String) -> String {
    String(name.prefix(120).map { $0 == "," || $0 == ";" || $0.isWhitespace ? "_" : $0 })
  }
}

extension String {
  fileprivate func components(by separator: String) -> [String] {
    var components: [String] = []
    var rest = self[...]
    while let range = rest.firstRange(of: separator) {
      components.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return components + [String(rest)]
  }
}
