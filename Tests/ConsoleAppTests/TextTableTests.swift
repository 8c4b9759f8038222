import SafeText
import Testing

@testable import ConsoleApp

@Suite struct TextTableTests {
  @Test("H26: One long text does not widen every line; columns stay in line with wide letters")
  func cut() {
    var table = TextTable([.init("NAME", most: 12), .init("N", .trailing)])
    table.add(["東京データ株式会社の支店", "1"])
    table.add(["\(String(repeating: "x", count: 9_000))", "22"])
    table.add(["short", "3"])
    #expect(
      table.text == """
        NAME           N
        東京データ…    1
        xxxxxxxxxxx…  22
        short          3

        """)
  }
}
