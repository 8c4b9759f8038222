import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private struct Words: CommandVocabulary {
  var commands = [
    CommandWord(name: "claim", words: "assign to me"),
    CommandWord(name: "refresh", words: "read again"),
    CommandWord(name: "redraw", words: "paint anew"),
    CommandWord(name: "tenant", words: "go to a tenant", argument: .tenant),
    CommandWord(name: "incident", words: "go to an incident", argument: .incident),
  ]
  var names = ["Contoso Ltd", "Contoso Italia", "Adatum Türkiye A.Ş.", "contoso.example"]

  func arguments(of command: String, beginning: String, limit: Int) -> [Candidate] {
    let all = command == "tenant" ? names : (0..<60).map { "#\(2100 + $0)" }
    let fitting = all.filter { $0.foldedForSearch.hasPrefix(beginning.foldedForSearch) }
    return fitting.prefix(limit).map { Candidate(text: $0, note: "note of \(SafeText($0))") }
  }
}

private func keys(_ text: String) -> [Key] { text.map { .character($0) } }

private func prompt(_ keys: [Key], _ history: [String] = []) -> CommandPrompt {
  var kept = CommandHistory()
  for line in history { kept.add(line) }
  var prompt = CommandPrompt()
  for key in keys { _ = prompt.take(key, Words(), kept) }
  return prompt
}

@Suite("The command line")
struct CommandPromptTests {
  @Test(
    "Tab completes what all that fits has in common, and then goes through it",
    arguments: [
      (keys("c") + [.tab], "claim"), (keys("re") + [.tab], "refresh"), (keys("re") + [.tab, .tab], "redraw"),
      (keys("re") + [.tab, .tab, .tab], "refresh"), (keys("re") + [.backtab], "redraw"), (keys("r") + [.tab], "re"),
      (keys("x") + [.tab], "x"), (keys("te") + [.tab], "tenant "), (keys("TE") + [.tab], "tenant "),
      (keys("tenant c") + [.tab], "tenant Contoso"), (keys("tenant c") + [.tab, .tab], "tenant Contoso Ltd"),
      (keys("tenant c") + [.tab, .tab, .tab], "tenant Contoso Italia"),
      (keys("tenant c") + [.tab, .tab, .tab, .character("x")], "tenant Contoso Italiax"),
      (keys("tenant contoso l") + [.tab], "tenant Contoso Ltd"),
      (keys("tenant adatum turk") + [.tab], "tenant Adatum Türkiye A.Ş."),
      (keys("tenant  ") + [.tab], "tenant Contoso Ltd"), (keys("claim x") + [.tab], "claim x"),
      // There are more than are looked at: what they have in common is not known.
      (keys("incident ") + [.tab], "incident #2100"), (keys("incident #215") + [.tab, .tab], "incident #2151"),
      ([.tab], "claim"),
    ] as [([Key], String)])
  func completes(keys: [Key], text: String) { #expect(prompt(keys).text == text) }

  @Test("What fits is listed, and while Tab goes through it the list stays")
  func fits() {
    #expect(prompt(keys("re")).fits(Words()).candidates.map(\.text) == ["refresh", "redraw"])
    let going = prompt(keys("re") + [.tab, .tab])
    #expect(going.fits(Words()).candidates.map(\.text) == ["refresh", "redraw"])
    #expect(going.fits(Words()).selected == 1)
    #expect(prompt(keys("incident ")).fits(Words()).hasMore)
    #expect(prompt(keys("incident ")).fits(Words()).candidates.count == CommandPrompt.offered)
    #expect(prompt(keys("claim ")).fits(Words()).candidates == [])
    #expect(prompt(keys("nothing ")).fits(Words()).candidates == [])
  }

  @Test("The name ends at the first blank, the argument is all that follows")
  func words() {
    let parts = { (text: String) in (prompt(keys(text)).name, prompt(keys(text)).argument) }
    #expect(parts("") == ("", nil))
    #expect(parts(" claim") == ("claim", nil))
    #expect(parts("tenant  Contoso Ltd") == ("tenant", "Contoso Ltd"))
    #expect(parts("tenant ") == ("tenant", ""))
  }

  @Test(
    "Up and down go through the lines that begin with what was typed",
    arguments: [
      ([Key.up], "claim"), ([.up, .up], "tenant b"), ([.up, .up, .up, .up, .up], "refresh"),
      ([.up, .up, .down], "claim"),
      ([.up, .down], ""), ([.up, .down, .down], ""), (keys("t") + [.up], "tenant b"),
      (keys("t") + [.up, .up], "tenant a"),
      (keys("t") + [.up, .up, .up], "tenant a"), (keys("t") + [.up, .up, .down, .down], "t"), (keys("x") + [.up], "x"),
      (keys("t") + [.up, .character("c")], "tenant bc"), (keys("t") + [.up, .character("c"), .up], "tenant bc"),
    ] as [([Key], String)])
  func history(keys: [Key], text: String) {
    #expect(prompt(keys, ["refresh", "tenant a", "tenant a", "tenant b", "claim", "claim"]).text == text)
  }

  @Test("The history keeps the last hundred lines, one of those that are the same in a row, and no empty one")
  func bounds() {
    var history = CommandHistory()
    for line in ["a", "a", "b", "a", ""] { history.add(line) }
    #expect(history.lines == ["a", "b", "a"])
    for number in 0..<150 { history.add("\(number)") }
    #expect(history.lines.count == CommandHistory.limit && history.lines.last == "149")
  }

  @Test(
    "A typing error leads to the nearest name",
    arguments: [
      ("refesh", "refresh"), ("tennat", "tenant"), ("Claim", "claim"), ("inc", "incident"), ("re", nil), ("zzz", nil),
      ("", nil), ("rdraw", "redraw"), ("claims", "claim"),
    ])
  func nearestName(name: String, expected: String?) {
    #expect(nearest(to: name, among: Words().commands.map(\.name)) == expected)
  }

  @Test("It is drawn in two lines, the cursor in view", arguments: [60, 80, 200])
  func lines(width: Int) throws {
    for (name, keys) in [
      ("empty", []), ("names", keys("re") + [.tab, .tab]), ("one", keys("c")), ("nothing", keys("zzz")),
      ("arguments", keys("incident #215") + [.tab, .tab]),
      ("long", keys("tenant " + String(repeating: "long name ", count: 25))),
    ] as [(String, [Key])] {
      let prompt = prompt(keys)
      let drawn = commandPromptLines(prompt, prompt.fits(Words()), width: width, isASCII: false)
      #expect(drawn.lines.count == 2 && drawn.lines.allSatisfy { $0.width == width })
      #expect((0..<width).contains(drawn.cursor))
      let size = Size(columns: width, rows: 2)
      try compare(
        Screen(size: size, lines: drawn.lines, cursor: Position(column: drawn.cursor, row: 1)), "command-line-\(name)")
    }
  }
}
