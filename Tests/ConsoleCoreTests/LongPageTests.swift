import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private let small = Size(columns: 80, rows: 24)
private let path = "C:\\Users\\j.doe\\AppData\\Local\\Temp\\" + String(repeating: "deep\\", count: 60) + "last-part.exe"

private func opened(_ incident: Incident, size: Size = small) -> ConsoleState {
  var state = ConsoleState.loaded(size: size) { $0.view = .queue }
  state.press(.enter)
  state.take(.incidentRead(request: 1, attack[0].key, .fresh(incident, readAt: noon)))
  return state
}

/// Three hundred alerts that come in no order, one of them without a time.
private var long: Incident {
  var incident = story
  incident.alerts = (0..<300).map { number -> Alert in
    var alert = Alert(id: "a\(number)", title: "Alert \(number)", severity: .low)
    let age = (number * 37) % 300
    alert.createdAt = number == 7 ? nil : Timestamp.ago(Double(age) * minute)
    if number == 250 { alert.evidence = [device("NEEDLE-01", .suspicious)] }
    return alert
  }
  return incident
}

extension ConsoleState {
  fileprivate var lineAtCursor: String {
    guard let page else { return "" }
    return screen.lines[page.viewport.cursor - page.viewport.top + (layout.hasCrumbs ? 2 : 1)].text
  }
}

@Suite("Long pages")
struct LongPageTests {
  @Test("Enter on a cut evidence row shows the whole value, wrapped, and every fact of it", arguments: [60, 80, 120])
  func wholeValue(columns: Int) throws {
    var incident = story
    incident.alerts?[0].evidence = [
      Evidence(
        type: "registryKeyEvidence", verdict: .suspicious, roles: ["attacked"],
        json: #"{"registryKey":"\#(path.replacing("\\", with: "/"))","registryHive":"HKEY_LOCAL_MACHINE"}"#)
    ]
    var state = opened(incident, size: Size(columns: columns, rows: 40))
    let place = state.page?.rows.firstIndex {
      if case .evidence(_, .evidence("registryKeyEvidence", _)) = $0 { true } else { false }
    }
    state.page?.goTo(try #require(place))
    state.press(.enter)
    let details = (state.page?.rows ?? []).compactMap { row -> DetailLine? in
      if case .detail(let line) = row { line } else { nil }
    }
    #expect(details.map(\.text.text).joined().contains(path.replacing("\\", with: "/")))
    #expect(details.contains { $0.label.text.hasPrefix("kind") && $0.text.text == "registry key" })
    #expect(
      details.contains { $0.text.text == "HKEY_LOCAL_MACHINE" } && details.contains { $0.text.text == "attacked" })
  }

  @Test("Of a value of a megabyte the beginning is shown, and how much is not")
  func hugeValue() {
    var lines = DetailLines(width: 80)
    lines.addOutside("value", String(repeating: "x", count: 1 << 20))
    #expect(lines.lines.count < 400)
    #expect(lines.lines.map(\.text.text).joined().contains("+1028576 characters more"))
  }

  @Test("Alerts stand in the order of their time, the oldest first; those of unknown time last")
  func alertOrder() {
    let rows = opened(long).page?.rows ?? []
    let shown = rows.compactMap { row -> Int? in if case .alert(let index, _) = row { index } else { nil } }
    let ages = shown.dropLast().map { ($0 * 37) % 300 }
    #expect(shown.count == 300 && shown.last == 7 && ages == ages.sorted(by: >))
  }

  @Test("/ finds from the cursor on, n and N go on and around, and what is folded is searched too")
  func find() {
    var state = opened(long)
    state.type("/alert 29")
    #expect(state.lineAtCursor.contains("Alert 29"))
    state.press(.enter, .character("n"))
    #expect(state.message?.text.text.hasSuffix("of 11 lines. n next, N previous.") == true)
    let first = state.lineAtCursor
    for _ in 0..<11 { state.press(.character("n")) }
    #expect(state.lineAtCursor == first)
    state.press(.character("n"), .character("N"))
    #expect(state.lineAtCursor == first)
    state.type("/")
    state.press(.control("u"))
    state.type("needle-01")
    state.press(.enter)
    #expect(state.lineAtCursor.contains("Alert 250"))
    state.press(.character("n"))
    #expect(state.lineAtCursor.contains("NEEDLE-01"), "the evidence itself")
  }

  @Test("What is folded is found by the words before its values too; what is nowhere leaves the cursor where it was")
  func findsLabels() {
    var incident = story
    incident.alerts?[0].evidence = [
      Evidence(
        type: "fileEvidence", verdict: .suspicious,
        json: #"{"fileDetails":{"fileName":"tool.exe","sha256":"06a3"}}"#)
    ]
    var state = opened(incident)
    state.type("/sha-256")
    #expect(state.lineAtCursor.contains("tool.exe"))
    state.press(.escape, .home)
    let before = state.page?.viewport.cursor
    state.type("/tool")
    #expect(state.page?.viewport.cursor != before)
    state.type(" that nobody has")
    #expect(state.page?.viewport.cursor == before)
  }

  @Test("Esc in the prompt gives back the page as it was; letters that are typed for it do nothing else")
  func findEnds() {
    var state = opened(long)
    state.press(.pageDown, .down)
    let before = state.page
    let effects = "/alert 1 aoq".flatMap { update(&state, .key(.character($0))) }.filter { !$0.isUpkeep }
    #expect(effects == [] && state.place == .incident)
    state.press(.escape)
    #expect(state.page == before && state.prompt == nil)
  }

  @Test(
    "Tab and Shift-Tab jump between the sections, around the ends", arguments: [small, Size(columns: 200, rows: 50)])
  func sections(size: Size) {
    var state = opened(long, size: size)
    func titles() -> String { state.screen.lines.map(\.text).first { $0.contains("── ") } ?? "" }
    state.press(.home, .tab)
    #expect(titles().contains("Alerts 300") && state.lineAtCursor.contains("Alert "))
    state.press(.tab)
    #expect(titles().contains("Evidence") && state.lineAtCursor.contains("NEEDLE-01"))
    state.press(.tab)
    #expect(state.lineAtCursor.contains("ben"), "\(state.lineAtCursor)")
    state.press(.tab)
    #expect(titles().contains("Timeline 301"))
    state.press(.tab)
    #expect(state.page?.viewport == Viewport())
    state.press(.backtab, .backtab)
    #expect(state.lineAtCursor.contains("ben"))
    state.press(.backtab, .backtab)
    #expect(state.lineAtCursor.contains("Alert "))
  }
}

@Suite("A preview shows all")
struct PreviewTests {
  private let row = allStates[1].with {
    $0.tenant.notes = (1...40).map { "Line \($0) of the notes." }.joined(separator: " ")
  }

  @Test("J and K scroll it at every size, pages do so where it stands in front; nothing points to a taller window")
  func scrolls() {
    for size in [small, Size(columns: 160, rows: 24)] {
      var state = ConsoleState.loaded([row, allStates[0]], [], size: size)
      state.press(.home)
      while state.tenants.selected != row.id { state.press(.down) }
      if size == small { state.press(.character("p")) }
      #expect(!state.screen.text.contains("taller window"))
      #expect(state.screen.text.contains("lines 1–") && state.screen.text.contains("J further, K back"))
      var seen = state.screen.text
      for _ in 0..<8 {
        state.press(.character("J"))
        seen += state.screen.text
      }
      #expect(seen.contains("correlation"), "the last of what is known")
      let end = state.previewScroll.top
      state.press(.character("J"))
      #expect(state.previewScroll.top == end, "it ends at its end")
      state.press(.character("K"))
      #expect(state.previewScroll.top < end)
      if size == small {
        let selected = state.tenants.selected
        for _ in 0..<8 { state.press(.pageUp) }
        #expect(state.previewScroll.top == 0 && state.tenants.selected == selected)
      }
      state.press(.character("J"))
      #expect(state.previewScroll.top > 0)
      state.press(state.tenants.viewport.cursor == 0 ? .down : .up)
      #expect(state.previewScroll.top == 0, "another row begins at its beginning")
    }
  }
}
