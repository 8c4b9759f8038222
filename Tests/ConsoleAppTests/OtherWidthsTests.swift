import Foundation
import LabServer
import PseudoTerminal
import SafeText
import TerminalModel
import Testing

/// The whole program in a terminal that gives letters other widths than we do.
@Suite("A terminal whose letters have other widths", .serialized)
struct OtherWidthsTests {
  private static let names = [
    "क्षितिज सुरक्षा प्रा. लि.", "বাংলা ব্যাংক", "Circled ㉈", "شركة واحة النخيل", "Contoso Ltd", "東京データ株式会社", "Fabrikam Health",
  ]

  /// kitty gives spacing vowel signs no column, others two where we count one.
  private static let terminals: [@Sendable (Unicode.Scalar) -> Int] = [
    { $0.properties.generalCategory == .spacingMark ? 0 : displayWidth(of: $0) },
    { !terminalsAgree(onWidthOf: $0) && displayWidth(of: $0) == 1 ? 2 : displayWidth(of: $0) },
    displayWidth,
  ]

  /// What stands on the screen, without the times that go on meanwhile.
  private func picture(_ bytes: [UInt8], _ terminal: Int) -> [String] {
    var seen = SmallTerminal(columns: 120, rows: 24, width: Self.terminals[terminal])
    seen.feed(bytes)
    #expect(seen.unknown == [])
    let time = /\b(\d+ (s|m|h|d)( \d+)?|now|just now|\d\d:\d\dZ)(?= )/
    return seen.picture.map { $0.replacing(time) { String(repeating: "t", count: $0.output.0.count) } }
  }

  @Test("P1: after sorts, moves and other screens the screen is the one that is painted anew", arguments: [0, 1, 2])
  func wholeScreens(terminal: Int) async throws {
    try await Workplace.with(
      tenants: Self.names.count,
      change: { root in
        let tenants = root["tenants"] as? [[String: Any]] ?? []
        root["tenants"] = zip(tenants, Self.names).map { $0.merging(["name": $1]) { $1 } }
      }
    ) { place in
      _ = try await place.run("incidents", "list")
      try await onThread {
        let console = try place.console(columns: 120, rows: 24)
        try console.type("", until: "ok \(Self.names.count)")
        for keys in [
          "s", "jj", "s", "k", "\t", "jjjj", "G", "s", "kkk", "\r", "j", "\u{1B}", "\t", "jjj", "\r", "\u{1B}",
        ] {
          try console.write(keys)
          _ = console.quiet(for: .milliseconds(200), within: .seconds(5))
          let before = picture(console.transcript, terminal)
          _ = try console.frame()
          let after = picture(console.transcript, terminal)
          for (row, (before, after)) in zip(before, after).enumerated() {
            #expect(before == after, "row \(row) after \(keys.debugDescription)")
          }
        }
        try console.quit()
      }
    }
  }
}
