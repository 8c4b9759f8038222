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
