import SafeText
import TerminalKit

/// One line of text that is being typed.
struct LineEditor: Hashable, Sendable {
  static let limit = 256
  private(set) var characters: [Character]
  private(set) var cursor: Int
  /// The whole text is offered as it is: what is typed replaces it, a key that moves or deletes begins to edit it.
  private(set) var isSelected: Bool

  init(_ text: String = "", isSelected: Bool = false) {
    characters = Array(text.prefix(Self.limit))
    cursor = characters.count
    self.isSelected = isSelected && !characters.isEmpty
  }

  var text: String { String(characters) }

  /// Takes a key in; `false` if it is none for editing.
  mutating func take(_ key: Key) -> Bool {
    switch key {
    case .character(let character):
      replaceSelection()
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
    isSelected = false
    return true
  }

  /// Takes in text that was pasted: line ends and tabs are blanks, other controls are left out.
  mutating func insert(_ text: String) {
    replaceSelection()
    for scalar in text.unicodeScalars {
      let isBlank = scalar.properties.isWhitespace
      guard characters.count < Self.limit, isBlank || scalar.properties.generalCategory != .control else { continue }
      // CR and LF are one line end.
      if isBlank, cursor > 0, characters[cursor - 1] == " " { continue }
      characters.insert(isBlank ? " " : Character(scalar), at: cursor)
      cursor += 1
    }
  }

  private mutating func replaceSelection() {
    guard isSelected else { return }
    characters = []
    cursor = 0
    isSelected = false
  }

  /// The text as it fits `width` columns, with the column of the cursor in it.
  func shown(width: Int) -> (text: SafeText, column: Int) {
    var first = 0
    // One column is left for the cursor behind the last character.
    while first < cursor, SafeText(String(characters[first..<cursor])).columns >= width { first += 1 }
    return (SafeText(String(characters[first...])), SafeText(String(characters[first..<cursor])).columns)
  }
}
