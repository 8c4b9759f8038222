import SafeText
import TerminalKit

/// One line of text that is being typed.
struct LineEditor: Hashable, Sendable {
  static let limit = 256
  private(set) var edited: EditedText

  init(_ text: String = "", limit: Int = LineEditor.limit, isSelected: Bool = false) {
    edited = EditedText(text, limit: limit, keepsLines: false, isSelected: isSelected)
  }

  var text: String { edited.text }
  var isEmpty: Bool { edited.isEmpty }
  var isSelected: Bool { edited.isSelected }
  var complaint: SafeText? { edited.complaint }
  /// Whether text is typed at its end.
  var isAtEnd: Bool { edited.cursor == edited.characters.count }

  /// Takes a key in; `false` if it is none for editing.
  mutating func take(_ key: Key) -> Bool { edited.take(key) }

  /// Takes in text that was pasted: line ends and tabs are blanks, other controls are left out.
  mutating func insert(_ text: String) { edited.insert(text) }

  /// The text as it fits `width` columns, with the column of the cursor in it.
  func shown(width: Int) -> (text: SafeText, column: Int) {
    let (characters, cursor) = (edited.characters, edited.cursor)
    var first = cursor
    // One column is left for the cursor behind the last character.
    var left = width - 1
    while first > 0 {
      left -= columns(of: characters[first - 1])
      if left < 0 { break }
      first -= 1
    }
    return (SafeText(String(characters[first...])), SafeText(String(characters[first..<cursor])).columns)
  }
}
