import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private func keys(_ text: String) -> [Key] { text.map { .character($0) } }

/// A form with a field of each kind.
private let everyKind = Form([
  FormField("Status", .choice(ChoiceInput([Choice("active"), Choice("in progress"), Choice("resolved")]))),
  FormField(
    "Assign to",
    .choiceOrText(
      ChoiceOrTextInput(
        [
          Choice("anna@partner.example", label: "me", note: "anna@partner.example"), Choice("ben@partner.example"),
          Choice("", label: "nobody"),
        ], textLabel: "somebody else:"))),
  FormField("Title", .text(LineEditor(limit: 20))),
  FormField("Comment", .area(TextArea(limit: 200), rows: 4)),
])

extension Form {
  @discardableResult
  fileprivate mutating func press(_ keys: [Key]) -> Answer {
    keys.reduce(Answer.stays) { _, key in take(key, width: 80, height: 20) }
  }

  fileprivate var values: [String] {
    fields.map { field in
      switch field.input {
      case .choice(let input): input.value
      case .choiceOrText(let input): input.choice?.value ?? "“\(input.text)”"
      default: field.text ?? ""
      }
    }
  }
}

@Suite("A form")
struct FormTests {
  @Test(
    "Tab and arrows go from field to field",
    arguments: [
      ([Key.tab], 1), ([.tab, .tab, .tab, .tab], 0), ([.backtab], 3), ([.down], 1), ([.up], 0),
      // Three choices and the text lie between.
      ([.down, .down, .down, .down], 1), ([.down, .down, .down, .down, .down], 2), ([.tab, .up], 0), ([.enter], 1),
      ([.enter, .enter, .enter], 3), ([.backtab, .enter, .up], 3), ([.backtab, .enter, .up, .up], 2),
      ([.backtab, .down], 3),
    ] as [([Key], Int)])
  func moves(keys: [Key], focus: Int) {
    var form = everyKind
    form.press(keys)
    #expect(form.focus == focus)
  }

  @Test(
    "Fields take only what is valid",
    arguments: [
      ([Key.right], ["in progress", "anna@partner.example", "", ""]),
      ([.right, .right, .right], ["resolved", "anna@partner.example", "", ""]),
      (keys(" "), ["in progress", "anna@partner.example", "", ""]),
      (keys("r"), ["resolved", "anna@partner.example", "", ""]),
      (keys("x"), ["active", "anna@partner.example", "", ""]),
      ([.paste("resolved")], ["active", "anna@partner.example", "", ""]),
      ([.tab, .down], ["active", "ben@partner.example", "", ""]), ([.tab, .down, .down], ["active", "", "", ""]),
      ([.tab, .down, .down, .down], ["active", "“”", "", ""]), ([.tab] + keys("cid"), ["active", "“cid”", "", ""]),
      // What is typed narrows what is offered.
      ([.tab] + keys("BEN") + [.up], ["active", "ben@partner.example", "", ""]),
      ([.tab] + keys("cid") + [.up], ["active", "“cid”", "", ""]),
      ([.tab, .paste("a@b\nc")], ["active", "“a@b c”", "", ""]),
      ([.tab, .tab, .paste("x\ny")], ["active", "anna@partner.example", "x y", ""]),
      ([.backtab, .paste("x\ny"), .enter], ["active", "anna@partner.example", "", "x\ny\n"]),
    ] as [([Key], [String])])
  func fills(keys: [Key], values: [String]) {
    var form = everyKind
    form.press(keys)
    #expect(form.values == values)
  }

  @Test("Enter sends from the last field, ^S from each; in an area Enter is a line's end")
  func sends() {
    var form = everyKind
    #expect(form.press([.control("s")]) == .sends)
    #expect(form.press([.backtab, .enter]) == .stays && form.press([.control("s")]) == .sends)
    var short = Form([FormField("Title", .text(LineEditor()))])
    #expect(short.press([.enter]) == .sends)
  }

  @Test(
    "Esc leaves at once where nothing was changed, and asks where something was",
    arguments: [Key.escape, .control("c"), .control("g")])
  func leaves(key: Key) {
    var form = everyKind
    #expect(form.press([key]) == .leaves)
    form.press([.tab, .tab, .character("x")])
    #expect(form.press([key]) == .says(Form.leavingWords))
    #expect(form.press([.left]) == .stays, "any other key goes on")
    #expect(form.press([key]) == .says(Form.leavingWords))
    #expect(form.press([.character("n")]) == .stays, "what answers is no letter of the text")
    #expect(form.press([key]) == .says(Form.leavingWords))
    #expect(form.values[2] == "x")
    #expect(form.press([key]) == .leaves)
    // What was put back is no change.
    form.press([.backspace])
    #expect(form.press([.end, .backspace, key]) == .leaves)
  }

  @Test("An error leads to its field, keeps what was typed, and goes when that is changed")
  func errors() {
    var form = everyKind
    form.press([.tab] + keys("cid") + [.tab] + keys("title"))
    let before = form.values
    form.refuse(1, "Write a UPN like ben@partner.example.")
    #expect(form.values == before && form.focus == 1 && form.fields[1].error != nil)
    form.press([.tab, .character("s")])
    #expect(form.fields[1].error != nil, "another field is changed")
    form.press([.backtab, .character("@")])
    #expect(form.fields[1].error == nil && form.values[1] == "“cid@”")
  }

  @Test("^E hands out the text of the field with the cursor, and takes it back harmless and bounded")
  func editor() {
    var form = everyKind
    #expect(form.press([.control("e")]) == .says("^E edits a text: there is none in this field."))
    #expect(form.press([.tab, .control("e")]) == .says("^E edits a text: there is none in this field."))
    #expect(form.press(keys("ci") + [.control("e")]) == .edits("ci"))
    #expect(form.press([.tab] + keys("title") + [.control("e")]) == .edits("title"))
    #expect(form.press([.tab, .paste("x\ny"), .control("e")]) == .edits("x\ny"))
    #expect(form.replaceText(of: 3, with: "one\r\ntwo\u{1B}[2J") == nil)
    #expect(
      form.replaceText(of: 2, with: String(repeating: "x", count: 30))
        == "At most 20 characters fit here: the rest was left out.")
    #expect(form.replaceText(of: 1, with: "cid@partner.example\n") == nil)
    #expect(form.values == ["active", "“cid@partner.example ”", String(repeating: "x", count: 20), "one\ntwo[2J"])
    #expect(form.replaceText(of: 9, with: "x") == nil)
  }

  @Test("What does not fit is said")
  func bounds() {
    var form = everyKind
    #expect(
      form.press([.tab, .tab, .paste(String(repeating: "x", count: 21))])
        == .says("At most 20 characters fit here: the rest was left out."))
  }
}

private struct FormScene: Sendable, CustomTestStringConvertible {
  var name: String
  var keys: [Key]
  var sentence = FormSentence.sends("PATCH incident #2184 in Contoso Ltd: assignedTo = anna@partner.example")
  var refusal: SafeText?
  var isASCII = false
  var testDescription: String { name }
}

private let formScenes = [
  FormScene(name: "form", keys: []),
  FormScene(
    name: "form-typed",
    keys: [.right, .tab] + keys("cid") + [.tab] + keys("東京 e\u{301}") + [.tab, .paste("one\ntwo three\n\n\nfive")],
    sentence: .lacks("Write a UPN like ben@partner.example.")),
  FormScene(
    name: "form-refused", keys: [.tab] + keys("cid"), refusal: "Write a UPN like ben@partner.example.", isASCII: true),
]

@Suite("Forms look as they were reviewed")
struct FormScreenTests {
  @Test(arguments: formScenes)
  fileprivate func looksAsReviewed(scene: FormScene) throws {
    for size in [Size(columns: 60, rows: 15), Size(columns: 80, rows: 24), Size(columns: 200, rows: 50)] {
      var form = everyKind
      for key in scene.keys { _ = form.take(key, width: size.columns, height: size.rows) }
      if let refusal = scene.refusal { form.refuse(1, refusal) }
      let drawn = formLines(
        form, head: ["#2184 Multi-stage incident: initial access & exfiltration involving one user", "Contoso Ltd"],
        sentence: scene.sentence, width: size.columns, height: size.rows, isASCII: scene.isASCII)
      #expect(drawn.lines.count == size.rows)
      try compare(Screen(size: size, lines: drawn.lines, cursor: drawn.cursor), scene.name)
    }
  }

  @Test("The field with the cursor is in view at any height", arguments: 3...24)
  func inView(height: Int) {
    for focus in 0..<4 {
      for more in [[], keys("x"), [.paste("a\nb\nc\nd\ne\nf")]] as [[Key]] {
        var form = everyKind
        for key in Array(repeating: Key.tab, count: focus) + more { _ = form.take(key, width: 80, height: 20) }
        let drawn = formLines(
          form, head: ["head"], sentence: .sends("PATCH"), width: 80, height: height, isASCII: false)
        #expect(drawn.lines.count == height)
        #expect(drawn.lines.last?.text == "   PATCH")
        let cursor = drawn.cursor
        #expect(
          cursor.map { (0..<max(height - 2, 1)).contains($0.row) } ?? false, "\(focus) \(String(describing: cursor))")
      }
    }
  }
}
