import SafeText
import TerminalKit

/// One line of text that is being typed.
struct LineEditor: Hashable, Sendable {
  static let limit = 256
  private(set) var characters: [Character]
  private(set) var cursor: Int

  init(_ text: String = "") {
    characters = Array(text.prefix(Self.limit))
    cursor = characters.count
  }

  var text: String { String(characters) }

  /// Takes a key in; `false` if it is none for editing.
  mutating func take(_ key: Key) -> Bool {
    switch key {
    case .character(let character):
      guard characters.count < Self.limit else { return true }
      characters.insert(character, at: cursor)
      cursor += 1
    case .backspace:
      guard cursor > 0 else { return true }
      cursor -= 1
      characters.remove(at: cursor)
    case .delete, .control("d"):
      if cursor < characters.count { characters.remove(at: cursor) }
    case .left, .control("b"): cursor = max(cursor - 1, 0)
    case .right, .control("f"): cursor = min(cursor + 1, characters.count)
    case .home, .control("a"): cursor = 0
    case .end, .control("e"): cursor = characters.count
    case .control("u"):
      characters.removeFirst(cursor)
      cursor = 0
    case .control("k"): characters.removeSubrange(cursor...)
    case .control("w"):
      var start = cursor
      while start > 0, characters[start - 1] == " " { start -= 1 }
      while start > 0, characters[start - 1] != " " { start -= 1 }
      characters.removeSubrange(start..<cursor)
      cursor = start
    default: return false
    }
    return true
  }

  /// The text as it fits `width` columns, with the column of the cursor in it.
  func shown(width: Int) -> (text: SafeText, column: Int) {
    var first = 0
    // One column is left for the cursor behind the last character.
    while first < cursor, SafeText(String(characters[first..<cursor])).columns >= width { first += 1 }
    return (SafeText(String(characters[first...])), SafeText(String(characters[first..<cursor])).columns)
  }
}
