import SafeText
import TerminalKit

/// Text that is being typed, and the place where it is typed: what a line and an area have in common.
///
/// It is cut between characters as people see them: a letter and its marks are one, and go as one.
struct EditedText: Hashable, Sendable {
  private(set) var characters: [Character] = []
  /// How many characters stand before the place where text is typed.
  private(set) var cursor = 0
  /// The whole text is offered as it is: what is typed replaces it, a key that moves or deletes begins to edit it.
  private(set) var isSelected = false
  /// Something of what came last found no room.
  private(set) var isCut = false
  /// Unicode scalars that it holds at most: a letter can carry any number of marks.
  let limit: Int
  /// Whether it may have several lines.
  let keepsLines: Bool
  private var length = 0

  init(_ text: String = "", limit: Int, keepsLines: Bool, isSelected: Bool = false) {
    self.limit = limit
    self.keepsLines = keepsLines
    insert(text)
    self.isSelected = isSelected && !characters.isEmpty
  }

  var text: String { String(characters) }
  var isEmpty: Bool { characters.isEmpty }

  /// Why the end of what came last is missing.
  var complaint: SafeText? {
    isCut ? "At most \(limit) characters fit here: the rest was left out." : nil
  }

  /// Takes a key in; `false` if it is none for editing.
  mutating func take(_ key: Key) -> Bool {
    isCut = false
    switch key {
    case .character(let character): add(character)
    case .enter where keepsLines: add("\n")
    case .paste(let text): insert(text)
    case .backspace: if cursor > 0 { replace(cursor - 1..<cursor) }
    case .delete, .control("d"): if cursor < characters.count { replace(cursor..<cursor + 1) }
    case .left, .control("b"): cursor = max(cursor - 1, 0)
    case .right, .control("f"): cursor = min(cursor + 1, characters.count)
    case .home, .control("a"): cursor = lineStart
    case .end, .control("e"): cursor = lineEnd
    case .control("u"): replace(lineStart..<cursor)
    case .control("k"):
      // At its end a line takes the next one up.
      replace(cursor..<(lineEnd == cursor ? min(cursor + 1, characters.count) : lineEnd))
    case .control("w"): replace(wordStart..<cursor)
    default: return false
    }
    isSelected = false
    return true
  }

  /// Takes in text that was pasted or comes from a file. Controls are left out; what cannot be seen stays and is shown as
  /// what it is. One line has blanks where lines end.
  mutating func insert(_ text: String) {
    isCut = false
    dropSelection()
    var added = String.UnicodeScalarView()
    var isBehindBlank = cursor > 0 && characters[cursor - 1] == " "
    var isBehindReturn = false
    var count = 0
    for scalar in text.unicodeScalars {
      // CR and LF are one line end.
      if isBehindReturn, scalar == "\n" {
        isBehindReturn = false
        continue
      }
      isBehindReturn = scalar == "\r"
      for shown in made(scalar, isBehindBlank: isBehindBlank) {
        guard length + count < limit else {
          isCut = true
          break
        }
        added.append(shown)
        count += 1
        isBehindBlank = shown == " "
      }
      if isCut { break }
    }
    if count > 0 { replace(cursor..<cursor, with: String(added)) }
  }

  /// Puts the place where text is typed elsewhere.
  mutating func move(to place: Int) {
    cursor = min(max(place, 0), characters.count)
    isSelected = false
    isCut = false
  }

  // MARK: Lines and words

  /// Where the line of the cursor begins.
  private var lineStart: Int { (characters[..<cursor].lastIndex(of: "\n") ?? -1) + 1 }
  private var lineEnd: Int { characters[cursor...].firstIndex(of: "\n") ?? characters.count }

  private var wordStart: Int {
    var start = cursor
    while start > 0, characters[start - 1] == " " { start -= 1 }
    while start > 0, characters[start - 1] != " ", characters[start - 1] != "\n" { start -= 1 }
    // Right behind a line's end, that goes.
    return start == cursor ? max(start - 1, 0) : start
  }

  // MARK: Changing

  private mutating func add(_ character: Character) {
    dropSelection()
    guard length + character.unicodeScalars.count <= limit else {
      isCut = true
      return
    }
    replace(cursor..<cursor, with: String(character))
  }

  private mutating func dropSelection() {
    if isSelected { replace(0..<characters.count) }
    isSelected = false
  }

  /// What becomes of a scalar that did not come as a key.
  private func made(_ scalar: Unicode.Scalar, isBehindBlank: Bool) -> [Unicode.Scalar] {
    let isLineEnd = ["\n", "\r", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar)
    if keepsLines, isLineEnd { return ["\n"] }
    if keepsLines, scalar == "\t" { return [" ", " ", " ", " "] }
    if !keepsLines, scalar.properties.isWhitespace { return isBehindBlank ? [] : [" "] }
    return scalar.properties.generalCategory == .control ? [] : [scalar]
  }

  /// Puts text in the place of some characters; what stands beside it may become one character with it.
  private mutating func replace(_ range: Range<Int>, with text: String = "") {
    let before = String(characters[..<range.lowerBound]) + text
    let whole = before + String(characters[range.upperBound...])
    characters = Array(whole)
    length = whole.unicodeScalars.count
    cursor = min(before.count, characters.count)
  }
}

/// Columns of a character as it is shown.
func columns(of character: Character) -> Int {
  if let ascii = character.asciiValue, ascii >= 0x20, ascii < 0x7F { return 1 }
  return SafeText(String(character)).columns
}
