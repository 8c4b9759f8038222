import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private let letter = Key.character
/// In the order of the configuration: missing, partial, granted, not granted.
private let rows = [allStates[1], allStates[2], allStates[6], allStates[7]]

extension ConsoleState {
  fileprivate mutating func effects(of key: Key) -> [Effect] { update(&self, .key(key)).filter { !$0.isUpkeep } }
  fileprivate var words: String? { message?.text.text }

  fileprivate static func marked(_ tenants: [TenantOverview] = rows) -> ConsoleState {
    var state = ConsoleState.loaded(tenants, []) {
      $0.configuration.app.consentRedirect = "https://northwind.example/consented"
    }
    for _ in tenants { state.press(letter(" ")) }
    state.press(letter("c"))
    var links: [TenantID: String] = [:]
    for row in tenants {
      links[row.id] =
        AdminConsentLink(app: state.settings.configuration.app, tenant: row.id, state: "state-of-\(row.id)")?.url
    }
    if state.place == ConsentRoundScreen.name { state.take(.consentLinksMade(request: state.lastRequest, links)) }
    return state
  }
}

@Suite("The consent of marked tenants")
struct ConsentRoundTests {
  @Test("c takes what is marked; one alone has its own page, and what is excluded is left out")
  func opened() {
    let state = ConsoleState.marked(rows + [allStates[17]])
    #expect(state.place == ConsentRoundScreen.name)
    #expect((state.screens.top as? ConsentRoundScreen)?.tenants == rows.map(\.id))
    #expect(ConsoleState.marked([rows[0]]).place == TenantAccessScreen.name)
    let excluded = ConsoleState.marked([allStates[17]])
    #expect(excluded.place == .tenants && excluded.words?.contains("excluded") == true)
  }

  @Test("r asks all of them, and the answers fold into counts that add up")
  func checked() {
    var state = ConsoleState.marked()
    let request = state.lastRequest + 1
    #expect(state.effects(of: letter("r")) == [.checkConsent(rows.map(\.id), request: request)])
    func answered(_ row: TenantOverview) -> [Event] {
      [.tenantsChanged([row.with { $0.consent.checkedAt = noon }]), .consentChecked(request: request, [row.id])]
    }
    for event in answered(rows[0]) + answered(rows[1]) { state.take(event) }
    #expect(state.screen.text.contains("Fresh tokens are being asked for: 2 of 4."))
    for event in answered(rows[2]) { state.take(event) }
    state.take(.consentChecked(request: request, [rows[3].id]))
    let words = "1 granted, 1 in part, 1 without consent, 1 could not be asked"
    #expect(state.words == "Checked 4 tenants: \(words)." && state.screen.text.contains("Checked 4: \(words)."))
  }

  @Test("C requests one after the other, each by a key, until none is left; those that are granted are passed over")
  func inTurn() {
    var state = ConsoleState.marked()
    for tenant in [rows[0], rows[1], rows[3]] {
      let asked = state.effects(of: letter("C"))
      #expect(asked == [.requestConsent(tenant.id, request: state.lastRequest)])
      #expect(state.effects(of: letter("C")).isEmpty, "the next waits for its turn")
      state.take(.ticked(state.now.addingTimeInterval(5)))
      state.take(.consentProgressed(request: state.lastRequest, .ended(.declined)))
      #expect(
        update(&state, .ticked(state.now.addingTimeInterval(5))).filter { !$0.isUpkeep }.isEmpty,
        "no page opens by itself")
    }
    #expect(state.effects(of: letter("C")).isEmpty)
    #expect(state.words?.hasPrefix("None of them is left to be requested") == true)
  }

  @Test("X ends the request under way and no other; Enter on a row opens its page")
  func cancelled() {
    var state = ConsoleState.marked()
    state.press(letter("C"))
    let request = state.lastRequest
    #expect(state.effects(of: letter("X")) == [.cancel(request: request)])
    state.press(.down)
    while (state.screens.top.target(in: state.shared)?.tenant) != rows[2].id { state.press(.down) }
    state.press(.enter)
    #expect(state.place == TenantAccessScreen.name && state.screens.top.tenant == rows[2].id)
  }

  @Test("Their links stand there whole, each below its tenant's name")
  func links() {
    var state = ConsoleState.marked()
    state.take(.resized(Size(columns: 60, rows: 60)))
    let text = state.screen.lines.map { $0.text.trimmingCharacters(in: .whitespaces) }.joined()
    for row in rows {
      let link = AdminConsentLink(
        app: state.settings.configuration.app, tenant: row.id, state: "state-of-\(row.id)")
      #expect(link.map { text.contains("\(row.tenant.name)\($0.url)") } ?? false)
    }
  }
}
