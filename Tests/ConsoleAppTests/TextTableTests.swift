import SafeText
import Testing

@testable import ConsoleApp

@Suite struct TextTableTests {
  @Test("H26: In a pipe one long text pushes only its own line, and is whole; columns stay in line with wide letters")
  func pipe() {
    var table = TextTable([.init("NAME", most: 12), .init("N", .trailing)])
    table.add(["東京データ株式会社の支店" as TextTable.Cell, "1"])
    table.add(["\(String(repeating: "x", count: 30))" as TextTable.Cell, "22"])
    table.add(["short" as TextTable.Cell, "3"])
    #expect(
      table.text(width: nil) == """
        NAME           N
        東京データ株式会社の支店   1
        xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx  22
        short          3

        """)
  }

  /// A, B and C, of 10, 8 and 20 columns; B has a short form of 3.
  private func table(_ steps: [TextTable.Step]) -> TextTable {
    var table = TextTable([.init("A"), .init("B"), .init("C")], givingWay: steps)
    table.add([.init("aaaaaaaaaa"), .init("bbbbbbbb", short: "bbb"), .init("cccccccccccccccccccc")])
    return table
  }

  @Test(
    "In a terminal the columns give way in the order that is named, each only as far as need be",
    arguments: [
      (42, "aaaaaaaaaa  bbbbbbbb  cccccccccccccccccccc"), (41, "aaaaaaaaaa  bbb  cccccccccccccccccccc"),
      (37, "aaaaaaaaaa  bbb  cccccccccccccccccccc"), (36, "aaaaaaaaaa  bbb  cccccccccccccccccc…"),
      (25, "aaaaaaaaaa  bbb  ccccccc…"), (24, "aaaaaaaaaa  ccccccccccc…"), (19, "aaaaaaaa…  ccccccc…"),
      (10, "a…  ccccc…"), (4, "a… …"),
    ])
  func givingWay(width: Int, line: String) {
    let steps: [TextTable.Step] = [.shorten(1), .shrink(2, to: 8), .drop(1), .shrink(0, to: 2), .shrink(2, to: 6)]
    #expect(table(steps).text(width: width).split(separator: "\n").last.map(String.init) == line)
  }

  @Test("What a column that went leaves over goes to those that shrank")
  func regrowing() {
    let line = table([.shrink(2, to: 8), .drop(1)]).text(width: 29).split(separator: "\n").last
    #expect(line == "aaaaaaaaaa  cccccccccccccccc…")
  }

  @Test("No line is wider than the window, whatever the window", arguments: 1...60)
  func neverWider(width: Int) {
    let steps: [TextTable.Step] = [.shorten(1), .shrink(2, to: 8), .drop(1), .shrink(0, to: 2)]
    let lines = table(steps).text(width: width).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    #expect(lines.count == 2)
    for line in lines { #expect(SafeText(String(line)).columns <= width) }
  }
}
