import PseudoTerminal
import TerminalModel
import Testing

@Suite("Names on whose width terminals differ", .serialized)
struct ContestedWidthTests {
  private static let names = [
    "क्षितिज सुरक्षा प्रा. लि.", "বাংলা ব্যাংক", "Circled ㉈", "شركة الأمن المتقدم", "Contoso Ltd", "Fabrikam 2",
  ]

  @Test(
    "P1: no digit of a tenant stays in another's row, after moves, sorts and scrolls; a full repaint changes nothing",
    arguments: [TerminalWidths.fewer, .more], ["tenants", "queue"])
  func rows(widths: TerminalWidths, view: String) async throws {
    try await Workplace.with(
      tenants: 40, incidents: 4,
      change: { root in
        var tenants = root["tenants"] as? [[String: Any]] ?? []
        for index in tenants.indices { tenants[index]["name"] = "\(Self.names[index % 6]) \(index)" }
        root["tenants"] = tenants
      }
    ) { place in
      try await onThread {
        let terminal = try place.console("--view", view, columns: 110, rows: 24)
        // The same bytes on two terminals: where ours counts as the library does, nothing can be at a wrong place.
        var control = SmallTerminal(columns: 110, rows: 24)
        var seen = SmallTerminal(columns: 110, rows: 24, widths: widths)
        var fed = 0
        func look() {
          _ = terminal.quiet(for: .milliseconds(80), within: .seconds(5))
          let bytes = Array(terminal.transcript[fed...])
          fed = terminal.transcript.count
          control.feed(bytes)
          seen.feed(bytes)
        }
        try terminal.type("", until: "ok 40")
        look()
        #expect(!seen.isReordering, "P2")
        var compared = 0
        for key in ["j", "j", "s", "j", "s", "k", "\u{6}", "j", "s", "G", "k", "k", "g", "s", "\u{6}", "\u{2}", "j"] {
          try terminal.write(key)
          look()
          let (before, controlBefore) = (seen.picture, control.picture)
          try terminal.write("\u{C}")
          look()
          // Ages grow meanwhile, rarely: the control tells.
          if control.picture == controlBefore {
            compared += 1
            #expect(seen.picture == before, "after \(key.debugDescription)")
          }
          for row in 0..<24 {
            let (digits, expected) = (seen.picture[row].suffix(50), control.picture[row].suffix(50))
            let isPlain = expected.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value < 0x900 || $0.value > 0x2000 } }
            if isPlain { #expect(digits == expected, "after \(key.debugDescription)") }
          }
        }
        #expect(compared >= 10)
        try terminal.write("q")
        #expect(try terminal.waitForExit(within: Workplace.patience) == .status(0))
        look()
        #expect(seen.isReordering, "P2")
        #expect(seen.unknown == [])
      }
    }
  }
}
