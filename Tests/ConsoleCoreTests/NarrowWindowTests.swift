import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

@Suite("What counts is readable in a window of 80 columns")
struct NarrowWindowTests {
  private static let narrow = Size(columns: 80, rows: 24)
  private static let long = IncidentUpdate(
    status: .resolved, classification: .informationalExpectedActivity, determination: .lineOfBusinessApplication,
    addedTags: ["a tag that takes some room", "and another one"])

  private func queue(_ name: String = "A customer whose name is longer than it should be") -> ConsoleState {
    let tenants = grantingTenants.map { row in row.id == .sample(1) ? row.with { $0.tenant.name = name } : row }
    return .loaded(tenants, attack, size: Self.narrow) { $0.view = .queue }
  }

  private func shown(_ state: ConsoleState) -> String {
    state.screen.lines.map { $0.text.trimmed }.joined(separator: " ")
  }

  @Test(
    "What became of a write, and what to do, is not cut off by what it was",
    arguments: [
      (.confirmed, nil, ["Confirmed: "]),
      (.unknown, nil, ["outcome not known.", "Its page (Enter) settles it now."]),
      (
        .failed, "outage",
        ["not made: outage.", "Send it again as soon as the service answers, or wait for the next read."]
      ),
      (
        .failed, "appRoleMissing",
        ["refused: app role missing.", "Send it again as soon as the service answers, or wait for the next read."]
      ),
    ] as [(WriteState, String?, [String])])
  func outcomes(state: WriteState, cause: String?, words: [String]) {
    var console = queue()
    let action = IncidentAction.update(Self.long)
    var write = toldWrite(action, state, cause: cause)
    write.problem?.nextAction = "Send it again as soon as the service answers, or wait for the next read."
    console.shared.writes.intend(action, for: writtenKey)
    console.take(.writesChanged([toldWrite(action, .sent)]), .writesChanged([write]))
    for words in words { #expect(shown(console).contains(words), "\(shown(console))") }
  }

  @Test("Who was faster, and the key that compares, is told whole")
  func conflict() {
    var console = queue()
    var (before, after) = (IncidentImage(attack[0]), IncidentImage(attack[0]))
    before.values[.status] = .text("active")
    (after.values[.status], after.lastModifiedBy) = (.text("inProgress"), "benjamin.with.a.long.name@northwind.example")
    let action = IncidentAction.update(IncidentUpdate(status: .resolved))
    console.shared.writes.intend(action, for: writtenKey)
    console.take(.writesChanged([toldWrite(action, .failed, cause: "conflict", before: before, after: after)]))
    #expect(shown(console).contains("was faster, so nothing was sent. = compares."))
  }

  @Test("What nobody asked for stays in its line, which tells where all of it is")
  func notices() {
    var console = queue()
    let height = console.layout.bodyHeight
    console.take(.noticed(Notice(.warning, String(repeating: "long ", count: 40) + "end")))
    #expect(console.layout.bodyHeight == height)
    #expect(console.screen.lines[23].text.trimmed.hasSuffix("… :messages"))
  }

  @Test("Who asked for a reading that failed reads all of why")
  func refreshes() {
    var console = queue()
    console.press(letterKey("r"))
    let failed = grantingTenants.map { row in
      row.with {
        $0.sync.lastAttempt = noon
        $0.sync.error = Problem(
          cause: "unreachable", at: noon, nextAction: "Check the network, the proxy and the name service, then r.")
      }
    }
    console.take(.tenantsChanged(failed), .syncProgressed(done: 17, of: 17))
    #expect(shown(console).contains("Check the network, the proxy and the name service, then r."))
  }

  @Test("The queue tells status and owner of each row, and a page the status of each alert")
  func columns() {
    let console = queue()
    let rows = console.screen.lines.map(\.text)
    #expect(rows[2].hasSuffix("STATUS  OWNER"), "\(rows[2])")
    #expect(rows.contains { $0.contains("active  –") } && rows.contains { $0.contains("in work anna") }, "\(rows)")
    var page = queue()
    page.press(.enter)
    page.take(.incidentRead(request: page.lastRequest, writtenKey, .fresh(story, readAt: noon)))
    let alerts = page.screen.lines.map(\.text).filter { $0.contains("03-10 0") }
    #expect(alerts.count == 3 && alerts[0].contains(" new") && alerts[2].contains("in progress"), "\(alerts)")
  }

  @Test("In the activity who was faster is told whole")
  func results() {
    let rows = activity(Self.narrow, sentWrites).screen.lines.map(\.text)
    #expect(rows.contains { $0.contains("somebody was faster") })
  }

  @Test("The help takes at most two lines for a command that cannot be followed, and loses no word of a mark")
  func help() {
    var console = queue()
    console.press(letterKey("?"))
    console.take(.resized(Size(columns: 80, rows: 200)))
    let lines = console.screen.lines.map { $0.text.trimmed }
    let first = lines.firstIndex { $0.contains("on a page: next section") } ?? 0
    #expect(lines[first + 1] == "Pages have sections: Enter opens an incident's, c a tenant's consent.")
    #expect(lines[first + 2].contains("previous-section"))
    #expect(
      lines.contains { $0.contains("its consent") && $0.contains("came since") }
        || lines.contains { $0.hasSuffix("c shows it") })
  }

  @Test("A comment has the room that the window has")
  func comment() {
    func rows(_ size: Size) -> Int {
      var console: ConsoleState = .loaded(grantingTenants, attack, size: size) { $0.view = .queue }
      console.press(letterKey("m"))
      return console.screen.lines.count { $0.text.contains("│") }
    }
    #expect(rows(Self.narrow) == 8)
    #expect(rows(Size(columns: 200, rows: 50)) == 30)
    var console: ConsoleState = .loaded(grantingTenants, attack, size: Size(columns: 200, rows: 50)) {
      $0.view = .queue
    }
    console.press(letterKey("m"))
    for number in 1...30 { console.type("line \(number)"); console.press(.enter) }
    #expect(
      console.screen.text.contains("line 2") && console.screen.text.contains("line 30"), "it scrolls only at its end")
  }
}
