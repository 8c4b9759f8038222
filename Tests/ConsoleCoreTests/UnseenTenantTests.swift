import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

@Suite("What cannot be seen never looks like none")
struct UnseenTenantTests {
  private func filtered(
    _ words: String, _ tenants: [TenantOverview] = allStates, _ incidents: [IncidentSummary] = attack,
    columns: Int = 120
  ) -> String {
    var state = ConsoleState.loaded(tenants, incidents, size: Size(columns: columns, rows: 24)) { $0.view = .queue }
    state.type("/\(words)")
    state.press(.enter)
    return state.screen.text
  }

  @Test(
    "A filter that finds nothing says how many tenants, and which, were not searched, only as last read, or in part")
  func filter() {
    let text = filtered("zzz")
    #expect(text.contains("None of 9 incidents that are known holds every word of the filter."))
    #expect(text.contains("Not searched: 9 tenants were never read (Adatum Türkiye A.Ş., Wide World Importers, "))
    #expect(text.contains("Only searched as last read: 2 tenants (Blue Yonder Airlines, Woodgrove Bank)."))
    #expect(text.contains("Only searched in part: 1 tenant (City Power & Light)."))
    #expect(text.contains("Excluded by the configuration: 1 tenant (Old Customer)."))
    let whole = filtered("zzz", [.healthy(1, "Contoso Ltd")], Array(attack.prefix(2)))
    #expect(whole.contains("None of 2 incidents holds every word of the filter.") && !whole.contains("earched"))
  }

  @Test("A tenant that the filter names comes first among those that were not searched", arguments: [60, 80, 120, 200])
  func named(columns: Int) {
    // A long line is wrapped between words.
    let text = filtered("proseware", columns: columns).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(text.contains("were never read (Proseware, "), "\(text)")
    #expect(text.contains("+") && text.contains(")."))
  }

  @Test("A tenant whose consent was withdrawn is searched as it was last read, also before its next read failed")
  func withdrawn() {
    let tenant = TenantOverview.healthy(1, "Contoso Ltd").with { $0.consent.state = .missing }
    #expect(
      filtered("zzz", [tenant], Array(attack.prefix(2))).contains("Only searched as last read: 1 tenant (Contoso Ltd).")
    )
    let state = ConsoleState.loaded([tenant], Array(attack.prefix(2))) { $0.view = .queue }
    #expect(state.screen.lines[3].text.hasPrefix(" ◌ H"))
    #expect(state.screen.text.contains("2+ incidents"))
    #expect(state.screen.text.contains("ok 0 · stale 1"))
  }

  @Test("While tenants are read for the first time the empty queue says so")
  func firstRead() {
    let tenant = TenantOverview.healthy(1, "Contoso Ltd").with { $0.sync = .never }
    var state = ConsoleState.loaded([tenant], [], size: Size(columns: 100, rows: 24)) { $0.view = .queue }
    #expect(state.screen.text.contains("r reads all tenants now"))
    state.take(.syncProgressed(done: 2, of: 6))
    #expect(state.screen.text.contains("The tenants are being read: 2 of 6 so far."))
  }

  @Test(
    "An incident of which the service's clock is ahead of ours was made now, as its row says, and not at an unknown time"
  )
  func aheadOfOurClock() {
    let ahead = IncidentSummary.sample(1, 900, "ahead", .high, age: -900)
    let state = ConsoleState.loaded([.healthy(1, "Contoso Ltd")], [ahead], size: Size(columns: 160, rows: 30)) {
      $0.view = .queue
    }
    #expect(state.screen.text.contains("created     just now"), "\(state.screen.text)")
  }

  @Test(
    "An empty queue tells apart what was read lately, what is known as last read, and what was never read",
    arguments: [
      ([TenantOverview.healthy(1, "Contoso Ltd")], "No open incident in the 1 tenant: all were read.", " 0 incidents"),
      (
        [.healthy(1, "Contoso Ltd", read: 3 * day)],
        "No open incident is known, but no tenant was read lately and in full.", "0+ incidents"
      ),
      (
        [.healthy(1, "Contoso Ltd"), allStates[15]],
        "No open incident in the 1 tenant that was read lately and in full.", "0+ incidents"
      ),
    ] as [([TenantOverview], String, String)])
  func emptyQueue(tenants: [TenantOverview], words: String, count: String) {
    let text = ConsoleState.loaded(tenants, [], size: Size(columns: 100, rows: 24)) { $0.view = .queue }.screen.text
    #expect(text.contains(words) && text.contains(count), "\(text)")
  }

  @Test(
    "A filter over one tenant's incidents says what of it was not searched",
    arguments: [
      (14, "It was read 2 h ago: what came since was not searched; r reads it again."),
      (16, "It was read 25 m ago: what came since was not searched; r reads it again."),
      (15, "It was read in part, so not all was searched: 3 unreadable."), (0, ""),
    ])
  func oneTenant(index: Int, words: String) {
    let tenant = allStates[index]
    var state = ConsoleState.loaded([tenant], [])
    state.press(.enter)
    state.take(.tenantIncidentsLoaded(request: 1, tenant.id, [.sample(index + 1, 1, "Mass download", .high)]))
    state.type("/zzz")
    if !words.isEmpty { #expect(state.screen.text.contains(words)) }
    #expect(state.screen.text.contains("None of 1 incidents\(words.isEmpty ? "" : " that are known") holds"))
  }

  @Test(
    "An old tenant's empty list says so",
    arguments: [(14, "No incident was here when it was read 2 h ago."), (15, "in part")])
  func oldTenantList(index: Int, words: String) {
    var state = ConsoleState.loaded([allStates[index]], [])
    state.press(.enter)
    state.take(.tenantIncidentsLoaded(request: 1, allStates[index].id, []))
    #expect(state.screen.text.contains(words))
  }

  @Test("Rows of a tenant that is old or partial have a sign besides dim in every list", arguments: [60, 80, 140])
  func signs(columns: Int) {
    for (index, glyph) in [(14, "◌"), (16, "◌"), (1, "◌"), (15, "◐"), (0, " ")] {
      let tenant = allStates[index]
      let size = Size(columns: columns, rows: 24)
      let incident = IncidentSummary.sample(index + 1, 1, "Mass download", .high, age: 40 * day)
      var state = ConsoleState.loaded([tenant], [incident], size: size)
      #expect(state.screen.lines[3].text.dropFirst().hasPrefix(glyph + " "), "tenants")
      state.press(.enter)
      state.take(.tenantIncidentsLoaded(request: 1, tenant.id, [incident]))
      let row = state.screen.lines.first { $0.text.contains(" H ") && $0.text.contains("Mass") }
      #expect(row?.text.dropFirst().hasPrefix(glyph + " ") == true, "its own list")
    }
  }

  @Test("The preview and the page tell that they are old; counts of a part are lower bounds")
  func previews() {
    let size = Size(columns: 160, rows: 40)
    let incident = IncidentSummary.sample(17, 1, "Mass download", .high, age: 40 * day)
    var state = ConsoleState.loaded([allStates[16]], [incident], size: size) { $0.view = .queue }
    #expect(state.screen.text.contains("◌ As it was read 25 m ago: it may be"))
    state.press(.tab)
    #expect(state.screen.text.contains("◌ As they were read 25 m ago"))
    let partial = ConsoleState.loaded([allStates[15]], [], size: size)
    #expect(partial.screen.text.contains("◐ Read in part: there may be more."))
    #expect(partial.screen.lines[3].text.contains(" 0+  0+   1+ "))
    var page = ConsoleState.loaded([allStates[0]], Array(attack.prefix(1)), size: size) { $0.view = .queue }
    page.press(.enter)
    page.take(.incidentRead(request: 1, attack[0].key, .cached(story, readAt: noon.addingTimeInterval(-2 * hour))))
    #expect(page.screen.text.contains("◌ high") && page.screen.text.contains("read 2 h ago"))
    page.take(.incidentRead(request: 1, attack[0].key, .fresh(story, readAt: noon)))
    #expect(!page.screen.text.contains("◌ high"))
  }
}
