import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

extension EditedText {
  /// The text with `|` where it is typed.
  fileprivate var marked: String {
    String(characters[..<cursor]) + "|" + String(characters[cursor...])
  }
}

private func keys(_ text: String) -> [Key] { text.unicodeScalars.map { .character(Character($0)) } }

@Suite("Text that is typed")
struct TextFieldTests {
  @Test(
    "Keys edit a line",
    arguments: [
      (keys("ab"), "ab|"), (keys("ab") + [.left, .character("x")], "axb|".replacing("b|", with: "|b")),
      (keys("ab") + [.left, .left, .left, .delete], "|b"), (keys("ab") + [.backspace, .backspace, .backspace], "|"),
      (keys("one two") + [.control("w")], "one |"), (keys("one two  ") + [.control("w")], "one |"),
      (keys("one") + [.control("a"), .control("k")], "|"), (keys("one") + [.left, .control("u")], "|e"),
      (keys("one") + [.home, .right, .control("d")], "o|e"), (keys("one") + [.home, .end, .character("s")], "ones|"),
    ] as [([Key], String)])
  func line(keys: [Key], expected: String) {
    var editor = LineEditor()
    for key in keys { #expect(editor.take(key) == true) }
    #expect(editor.edited.marked == expected)
  }

  @Test(
    "A key that edits nothing is left to others",
    arguments: [Key.up, .down, .enter, .tab, .escape, .pageUp, .control("e")])
  func foreignKeys(key: Key) {
    var editor = LineEditor("abc")
    #expect(editor.take(key) == (key == .control("e")))
    #expect(editor.text == "abc")
  }

  @Test("H19, H20: a letter and its marks are one, and a wide letter takes two columns")
  func clusters() {
    var editor = LineEditor()
    for key in keys("e\u{301}東a") { _ = editor.take(key) }
    #expect(editor.edited.characters.count == 3)
    #expect(editor.shown(width: 20).column == 4)
    _ = editor.take(.left)
    _ = editor.take(.left)
    #expect(editor.shown(width: 20).column == 1)
    _ = editor.take(.backspace)
    #expect(editor.edited.marked == "|東a")
    // A mark at the beginning joins the letter that is put in front of it.
    var mark = LineEditor("\u{301}")
    _ = mark.take(.home)
    _ = mark.take(.character("o"))
    #expect(mark.text == "o\u{301}" && mark.edited.characters.count == 1)
  }

  @Test("Where text is typed stays in view, whatever its letters are", arguments: UInt64(0)..<60)
  func inView(seed: UInt64) {
    var chance = SplitMix(seed: seed)
    let letters = ["a", "ş", "東", "e\u{301}", " ", "\u{202E}", "👩\u{200D}💻", "\u{200B}", "|"]
    var editor = LineEditor((0..<40).map { _ in letters.randomElement(using: &chance) ?? "" }.joined())
    let width = Int.random(in: 12...40, using: &chance)
    for _ in 0..<60 {
      _ = editor.take([Key.left, .left, .left, .right, .backspace, .home, .end].randomElement(using: &chance) ?? .left)
      let shown = editor.shown(width: width)
      #expect((0..<width).contains(shown.column))
      let cursor = editor.edited.cursor
      let before = SafeText(String(editor.edited.characters[..<cursor]))
      #expect(shown.column == before.columns || shown.column >= width - 12, "as far right as it fits")
    }
  }

  @Test(
    "A paste is text: line ends become blanks in a line and stay in an area, controls are left out",
    arguments: [
      ("q\r\nq\n", "q q |", "q\nq\n|"), ("a\tb", "a b|", "a    b|"),
      ("\u{1B}[31mred\u{7}\u{0}", "[31mred|", "[31mred|"),
      ("a\u{85}b\u{2028}c", "a b c|", "a\nb\nc|"), ("a\r\rb", "a b|", "a\n\nb|"),
      ("x\u{202E}y", "x\u{202E}y|", "x\u{202E}y|"),
    ])
  func paste(text: String, line: String, area: String) {
    var editor = LineEditor()
    #expect(editor.take(.paste(text)) == true)
    #expect(editor.edited.marked == line)
    var lines = TextArea(limit: 100)
    #expect(lines.take(.paste(text), width: 40, height: 5) == true)
    #expect(lines.edited.marked == area)
  }

  @Test("What finds no room is left out, and that is said until the next key")
  func bounds() {
    var editor = LineEditor(limit: 5)
    _ = editor.take(.paste("abcdefg"))
    #expect(editor.text == "abcde")
    #expect(editor.complaint == "At most 5 characters fit here: the rest was left out.")
    _ = editor.take(.left)
    #expect(editor.complaint == nil)
    _ = editor.take(.character("x"))
    #expect(editor.text == "abcde" && editor.complaint != nil)
    _ = editor.take(.paste("\u{7}\u{7}"))
    #expect(editor.complaint == nil, "what is dropped anyway needs no room")
    var marks = LineEditor(limit: 50)
    _ = marks.take(.paste("a" + String(repeating: "\u{301}", count: 1_000)))
    #expect(marks.text.unicodeScalars.count == 50, "marks count")
  }

  @Test(
    "What is offered as selected is replaced by what is typed or pasted", arguments: [Key.character("x"), .paste("x")])
  func selected(key: Key) {
    var editor = LineEditor("abc", isSelected: true)
    _ = editor.take(key)
    #expect(editor.text == "x")
  }
}

@Suite("Text of several lines")
struct TextAreaTests {
  private func area(_ text: String, _ keys: Key..., width: Int = 11, height: Int = 3) -> TextArea {
    var area = TextArea(text, limit: 1_000)
    for key in keys { _ = area.take(key, width: width, height: height) }
    return area
  }

  private func rows(_ area: TextArea, width: Int = 11, height: Int = 9) -> [String] {
    area.window(width: width, height: height).rows.map(\.text)
  }

  @Test(
    "Long lines go on in the next row, after a blank where there is one",
    arguments: [
      ("", [""]), ("one", ["one"]), ("one\n", ["one", ""]), ("one two three", ["one two ", "three"]),
      ("abcdefghijkl", ["abcdefghij", "kl"]), ("a bcdefghijklmn", ["a ", "bcdefghijk", "lmn"]),
      ("東京東京東京", ["東京東京東", "京"]), ("a\n\nb", ["a", "", "b"]), ("e\u{301}1234567890", ["e\u{301}123456789", "0"]),
    ] as [(String, [String])])
  func wraps(text: String, expected: [String]) { #expect(rows(area(text)) == expected) }

  @Test(
    "The cursor goes by rows and keeps to its column",
    arguments: [
      ([Key.up], 1, 0), ([.up, .up], 0, 5), ([.up, .up, .down, .down], 2, 5), ([.up, .up, .up], 0, 5),
      ([.home, .up, .up], 0, 0), ([.up, .up, .end], 0, 7), ([.up, .left], 0, 7),
    ] as [([Key], Int, Int)])
  func vertical(keys: [Key], row: Int, column: Int) {
    // Rows of 7, 0 and 5 columns; the cursor begins at the end.
    var area = area("one two\n\nthree")
    for key in keys { _ = area.take(key, width: 11, height: 3) }
    let window = area.window(width: 11, height: 3)
    #expect(window.cursorRow == row && window.cursorColumn == column)
  }

  @Test("Up on the first row and down on the last are left to others")
  func edges() {
    var area = area("one\ntwo")
    #expect(area.take(.down, width: 11, height: 3) == false)
    #expect(area.take(.up, width: 11, height: 3) == true)
    #expect(area.take(.up, width: 11, height: 3) == false)
    #expect(area.text == "one\ntwo")
  }

  @Test("Enter begins a line; Backspace, ^K and ^W at a line's end take it away")
  func lines() {
    #expect(area("ab", .left, .enter).text == "a\nb")
    #expect(area("a\nb", .home, .backspace).text == "ab")
    #expect(area("a\nb", .up, .end, .control("k")).text == "ab")
    #expect(area("a\nb", .home, .control("w")).text == "ab")
    #expect(area("one\ntwo three", .control("u")).text == "one\n")
  }

  @Test("It scrolls so that the cursor is seen, and no further", arguments: UInt64(0)..<60)
  func scrolls(seed: UInt64) {
    var chance = SplitMix(seed: seed)
    let pieces = ["one ", "東京", "\n", "a", "e\u{301}", "longer-than-a-row", " ", "\u{202E}", "👩\u{200D}💻"]
    var area = TextArea((0..<30).map { _ in pieces.randomElement(using: &chance) ?? "" }.joined(), limit: 1_000)
    let (width, height) = (Int.random(in: 2...20, using: &chance), Int.random(in: 1...6, using: &chance))
    for _ in 0..<80 {
      let keys: [Key] = [
        .up, .up, .down, .left, .right, .pageUp, .pageDown, .home, .end, .enter, .backspace, .delete, .character("x"),
        .paste("a b\nc"), .control("k"), .control("w"),
      ]
      _ = area.take(keys.randomElement(using: &chance) ?? .up, width: width, height: height)
      let window = area.window(width: width, height: height)
      #expect((0..<min(height, window.rows.count)).contains(window.cursorRow))
      let total = area.window(width: width, height: 10_000).rows.count
      #expect(window.above + window.rows.count + window.below == total)
      #expect(window.rows.count == min(height, total), "no blank rows while text is hidden")
      #expect(window.cursorColumn >= 0)
      if width > 12 { #expect(window.rows.allSatisfy { $0.columns < width } && window.cursorColumn < width) }
    }
  }
}
