/// A filter of words: every word has to stand somewhere in what is searched, compared folded.
public struct WordFilter: Hashable, Sendable {
  /// As typed.
  public let text: String
  /// Folded, without blanks.
  public let words: [String]

  public init(_ text: String) {
    self.text = text
    words = text.split(whereSeparator: \.isWhitespace).map { String($0).foldedForSearch }
  }

  public static let none = WordFilter("")
  public var isEmpty: Bool { words.isEmpty }

  /// Whether every word stands in `folded`, which was folded by `foldedForSearch`.
  public func matches(folded: String) -> Bool {
    words.allSatisfy { folded.containsBytes(of: $0) }
  }

  /// Whether whatever this filter lets through was let through by `other`, so that only its matches need a look.
  public func narrows(_ other: WordFilter) -> Bool {
    other.words.allSatisfy { old in words.contains { $0.containsBytes(of: old) } }
  }
}

extension IncidentSummary {
  /// What a word filter searches of an incident, folded: name, id, tags, owner and the tenant's name.
  public func searchText(tenantName: String) -> String {
    var text = displayName
    text += "\n"
    text += key.id.rawValue
    for tag in tags {
      text += "\n"
      text += tag
    }
    if let assignedTo {
      text += "\n"
      text += assignedTo
    }
    text += "\n"
    text += tenantName
    return text.foldedForSearch
  }
}

extension Tenant {
  /// What a word filter searches of a tenant, folded: name, domain, id and groups.
  public var searchText: String {
    ([name, domain ?? "", id.rawValue] + groups).joined(separator: "\n").foldedForSearch
  }
}

extension String {
  /// Whether the bytes of `needle` stand in this text. Both are folded already, so bytes decide.
  fileprivate func containsBytes(of needle: String) -> Bool {
    var needle = needle
    var haystack = self
    return haystack.withUTF8 { haystack in
      needle.withUTF8 { needle in
        guard let first = needle.first else { return true }
        guard needle.count <= haystack.count else { return false }
        let last = haystack.count - needle.count
        var start = 0
        while start <= last {
          if haystack[start] == first {
            var length = 1
            while length < needle.count, haystack[start + length] == needle[length] { length += 1 }
            if length == needle.count { return true }
          }
          start += 1
        }
        return false
      }
    }
  }
}
