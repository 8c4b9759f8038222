/// A filter as it is typed: every word has to be found, compared folded, and every `assigned:` has to hold.
///
/// Where a word is looked for depends on what is searched; owners are found by `assigned:` alone, so that a customer's
/// domain does not lose the incidents that nobody has.
public struct WordFilter: Hashable, Sendable {
  /// What `assigned:` asks of an owner.
  public enum Owner: Hashable, Sendable {
    /// `assigned:me`
    case me
    /// `assigned:none`
    case nobody
    /// `assigned:TEXT`: the owner's name holds this, which is folded.
    case named(String)
  }

  /// As typed.
  public let text: String
  /// Folded, without blanks; but `in progress`, which is how a status is shown, is one word.
  public let words: [String]
  public let owners: [Owner]

  private static let ownerField = "assigned:"

  public init(_ text: String) {
    self.text = text
    var words: [String] = []
    var owners: [Owner] = []
    for word in text.split(whereSeparator: \.isWhitespace).map({ String($0).foldedForSearch }) {
      if word.hasPrefix(Self.ownerField) {
        switch word.dropFirst(Self.ownerField.count) {
        case "": break
        case "me": owners.append(.me)
        case "none": owners.append(.nobody)
        case let name: owners.append(.named(String(name)))
        }
      } else if word == "progress", words.last == "in" {
        words[words.count - 1] = "in progress"
      } else {
        words.append(word)
      }
    }
    self.words = words
    self.owners = owners
  }

  public static let none = WordFilter("")
  public var isEmpty: Bool { words.isEmpty && owners.isEmpty }

  /// Whether every word stands in `folded`, which was folded by `foldedForSearch`, and nothing is asked of an owner.
  public func matches(folded: String) -> Bool {
    owners.isEmpty && words.allSatisfy { folded.containsBytes(of: $0) }
  }

  /// Whether whatever this filter lets through was let through by `other`, so that only its matches need a look.
  /// - Parameter isFieldWord: whether a word names a value of a field, so that it lets through more than what holds it.
  public func narrows(_ other: WordFilter, isFieldWord: (String) -> Bool = { _ in false }) -> Bool {
    other.words.allSatisfy { old in
      words.contains { $0 == old || $0.containsBytes(of: old) && !isFieldWord($0) }
    } && other.owners.allSatisfy { old in owners.contains { $0.narrows(old) } }
  }
}

extension WordFilter.Owner {
  fileprivate func narrows(_ old: WordFilter.Owner) -> Bool {
    if case .named(let name) = self, case .named(let oldName) = old { return name.containsBytes(of: oldName) }
    return self == old
  }
}

extension Tenant {
  /// What a word filter searches of a tenant, folded: name, domain, id and groups.
  public var searchText: String {
    ([name, domain ?? "", id.rawValue] + groups).joined(separator: "\n").foldedForSearch
  }
}

extension String {
  /// Whether `word`, which is folded, stands in this text once that is folded by `foldedForSearch` too.
  public func contains(folded word: String) -> Bool {
    var word = word
    var text = self
    let found = text.withUTF8 { text -> Bool? in
      guard text.isASCII else { return nil }
      return word.withUTF8 { word in text.containsASCII(word) }
    }
    return found ?? foldedForSearch.containsBytes(of: word)
  }

  /// Whether `word` stands in this text; both are folded, so bytes decide.
  func containsBytes(of word: String) -> Bool {
    var word = word
    var text = self
    return text.withUTF8 { text in word.withUTF8 { word in text.contains(word) } }
  }

  package var isASCII: Bool {
    var text = self
    return text.withUTF8 { $0.isASCII }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether the bytes of `word` stand in these, one after the other.
  package func contains(_ word: Self) -> Bool { contains(word) { $0 } }

  fileprivate var isASCII: Bool { allSatisfy { $0 < 0x80 } }

  fileprivate func containsASCII(_ word: Self) -> Bool {
    contains(word) { $0 >= 65 && $0 <= 90 ? $0 + 32 : $0 }
  }

  @inline(__always)
  fileprivate func contains(_ word: Self, folding fold: (UInt8) -> UInt8) -> Bool {
    guard let first = word.first else { return true }
    guard word.count <= count else { return false }
    let last = count - word.count
    var start = 0
    while start <= last {
      if fold(self[start]) == first {
        var length = 1
        while length < word.count, fold(self[start + length]) == word[length] { length += 1 }
        if length == word.count { return true }
      }
      start += 1
    }
    return false
  }
}
