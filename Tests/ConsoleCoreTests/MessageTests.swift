import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

@Suite("What was said is not lost with the next key")
struct MessageTests {
  @Test(
    "Messages lists what the bottom line said, newest first, with when and how often; a hostile text stays in its line")
  func newestFirst() {
    var state = ConsoleState.loaded(size: Size(columns: 80, rows: 24)) { $0.view = .queue }
    state.press(.character("x"), .character("x"))
    state.take(
      .ticked(noon.addingTimeInterval(120)), .noticed(Notice(.warning, "disk \u{1B}[2Jfull", tenant: .sample(1))))
    state.press(.down)
    _ = perform(&state, "messages")
    #expect(state.place == MessagesScreen.name)
    let lines = state.screen.lines.map(\.text)
    #expect(lines[1].hasPrefix(" Queue › all tenants › open › Messages"))
    #expect(lines[2].hasPrefix("   10:44Z       Contoso Ltd: disk <1B>[2Jfull"))
    #expect(lines[3].hasPrefix("   10:42Z       x does nothing here: ? lists the keys.  (2 times)"))
    state.press(.escape)
    #expect(state.place == QueueScreen.name)
  }

  @Test("Nothing said says so; two hundred are kept, and they scroll")
  func bounds() {
    var state = ConsoleState.loaded(size: Size(columns: 80, rows: 24)) { $0.view = .queue }
    _ = perform(&state, "messages")
    #expect(state.screen.text.contains("Nothing was said yet."))
    for number in 0..<250 { state.take(.noticed(Notice(.information, "note \(number)"))) }
    state.press(.up)
    #expect(state.shared.said.all.count == Messages.limit && state.screen.lines[2].text.contains("note 249"))
    state.press(.end)
    #expect(state.screen.lines.map(\.text).contains { $0.contains("note 50") })
    #expect(!state.screen.text.contains("note 49 "))
    state.press(.home)
    #expect(state.screen.lines[2].text.contains("note 249"))
  }
}
