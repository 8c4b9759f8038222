import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private func line(_ list: IncidentList) -> Int { list.viewport.cursor - list.viewport.top }

private func many(_ count: Int) -> [IncidentSummary] {
  (0..<count).map { .sample($0 % 5 + 1, 1_000 + $0, "row \($0)", .medium, age: Double(count - $0) * minute) }
}

@Suite("Lists of incidents")
struct ListTests {
  private func names(_ list: IncidentList) -> [String] {
    (0..<list.count).map { list.summary(list.slot(at: $0)).displayName }
  }

  @Test(
    "Every order is what its name says",
    arguments: [
      (IncidentSort.risk, ["2184", "2185", "78", "90", "4", "12", "77", "311", "91"]),
      (.age, ["77", "12", "91", "4", "90", "2184", "2185", "311", "78"]),
      (.updated, ["78", "311", "2185", "2184", "90", "4", "91", "12", "77"]),
      (.tenant, ["12", "2184", "2185", "78", "77", "91", "90", "311", "4"]),
    ])
  func orders(sort: IncidentSort, ids: [String]) {
    var state = ConsoleState.loaded { $0.view = .queue }
    while state.queue.sort != sort { state.press(.character("s")) }
    state.work()
    #expect((0..<state.queue.count).map { state.queue.summary(state.queue.slot(at: $0)).key.id.rawValue } == ids)
  }

  @Test("Rows that come and go above do not move the cursor's row on the screen")
  func rowsDoNotJump() {
    var state = ConsoleState.loaded(allStates, many(200), size: Size(columns: 80, rows: 24), hasDeadlines: false) {
      $0.view = .queue
    }
    state.press(.pageDown, .pageDown, .down, .down, .down)
    let selected = state.queue.selectedSummary
    let onLine = line(state.queue)
    let news = (0..<3).map { IncidentSummary.sample(1, 9_000 + $0, "news \($0)", .high, age: 60) }
    var closed = many(200)[0]
    closed.status = .resolved
    let below = IncidentSummary.sample(1, 9_100, "news at the end", .low, age: 10)
    state.take(.incidentsChanged(news + [closed, below]))
    #expect(state.queue.selectedSummary == selected)
    #expect(line(state.queue) == onLine)
    #expect(state.news == (4, 3))
    #expect(state.screen.text.contains("4 new"))
    state.take(.resized(Size(columns: 160, rows: 24)))
    #expect(state.screen.text.contains("4 new, 3 above"))
    state.press(.home)
    #expect(state.news == (4, 0), "they are on screen, and nobody looked at them")
  }

  @Test("Esc in a filter goes back to the incident that was left, never to another that took its place meanwhile")
  func restoresByKey() {
    var state = ConsoleState.loaded(allStates, many(20), size: Size(columns: 80, rows: 24), hasDeadlines: false) {
      $0.view = .queue
    }
    state.press(.down, .down, .down)
    guard let left = state.queue.selectedSummary else {
      Issue.record("no row is selected")
      return
    }
    state.press(.character("/"))
    state.type("zzz")
    state.work()
    var closed = left
    closed.status = .resolved
    state.take(.incidentsChanged([closed]))
    state.take(.incidentsChanged([.sample(1, 9_000, "somebody else's", .low, age: 60)]))
    state.work()
    state.press(.escape)
    state.work()
    #expect(state.queue.selectedSummary?.displayName != "somebody else's")
  }

  @Test("A row that closes under the cursor stays until the cursor leaves it")
  func closesUnderCursor() {
    var state = ConsoleState.loaded { $0.view = .queue }
    state.press(.down)
    var closed = attack[1]
    closed.status = .resolved
    state.take(.incidentsChanged([closed]))
    #expect(state.queue.selectedSummary?.status == .resolved)
    #expect(state.queue.count == attack.count)
    state.press(.down)
    #expect(state.queue.count == attack.count - 1)
    #expect(state.queue.slot(of: closed.key) == nil)
    #expect(state.queue.selectedSummary?.key == attack[8].key)
    #expect(line(state.queue) == 1 || line(state.queue) == 2)
  }

  @Test("What changed while the store was being read is not overwritten by what the store had")
  func storeIsOvertaken() {
    var state = ConsoleState.sample { $0.view = .queue }
    _ = start(&state)
    var claimed = attack[0]
    claimed.assignedTo = "anna@northwind.example"
    claimed.updatedAt = .ago(0)
    var closed = attack[1]
    closed.status = .resolved
    state.take(.incidentsChanged([claimed, closed]), .queueLoaded(slice: attack, isLast: true))
    state.work()
    #expect(state.queue.slot(of: claimed.key).map(state.queue.summary) == claimed)
    #expect(state.queue.slot(of: closed.key) == nil)
    state.take(.incidentsChanged([attack[1]]))
    #expect(state.queue.slot(of: closed.key) != nil, "a change may open it again")
  }

  @Test("A closed row that opens again is a row like any other")
  func reopens() {
    var state = ConsoleState.loaded { $0.view = .queue }
    var changed = attack[0]
    changed.status = .resolved
    state.take(.incidentsChanged([changed]))
    changed.status = .active
    state.take(.incidentsChanged([changed]))
    state.press(.down)
    #expect(state.queue.count == attack.count)
  }

  @Test(
    "The filter folds case, diacritics and the Turkish i",
    arguments: [
      ("PHISH", ["90"]), ("istanbul", ["12"]), ("İSTANBUL", ["12"]), ("ıstanbul supheli", ["12"]),
      ("powershell", ["4"]),
      ("東京", ["4"]), ("litware sign", ["91"]), ("2184", ["2184"]), ("zzz", []),
      ("  ", ["2184", "2185", "78", "90", "4", "12", "77", "311", "91"]),
    ])
  func filters(words: String, ids: [String]) {
    var state = ConsoleState.loaded { $0.view = .queue }
    state.type("/\(words)")
    state.work()
    #expect((0..<state.queue.count).map { state.queue.summary(state.queue.slot(at: $0)).key.id.rawValue } == ids)
  }

  @Test("Esc gives back the filter, the cursor and the window from before; Enter keeps the filter")
  func filterEnds() {
    var state = ConsoleState.loaded(allStates, many(300), size: Size(columns: 80, rows: 24), hasDeadlines: false) {
      $0.view = .queue
    }
    state.press(.pageDown, .down, .down)
    let before = state.queue
    state.type("/row 7")
    state.work()
    #expect(state.queue.count < before.count)
    var kept = state
    state.press(.escape)
    #expect(state.queue.viewport == before.viewport && state.queue.selected == before.selected)
    #expect(state.queue.filtered == nil && state.prompt == nil)
    kept.press(.enter)
    #expect(kept.prompt == nil && kept.queue.filter == WordFilter("row 7"))
  }

  @Test("A row that is edited comes into the filter and leaves it")
  func editedUnderFilter() {
    var state = ConsoleState.loaded { $0.view = .queue }
    state.type("/assigned:ben")
    #expect(state.queue.count == 1)
    var given = attack[7]
    given.assignedTo = "ben@northwind.example"
    state.take(.incidentsChanged([given]))
    #expect(names(state.queue) == [attack[4].displayName, attack[7].displayName])
    state.take(.incidentsChanged([attack[7]]))
    #expect(names(state.queue) == [attack[4].displayName])
  }

  @Test("An incident is found by name, id, tag and tenant, never across two of them, and by its owner as asked alone")
  func searched() {
    var incident = attack[0]
    incident.displayName = "Multi-stage incident, İstanbul"
    incident.tags = ["VIP", "Ransomware"]
    incident.assignedTo = "anna@northwind-soc.example"
    let tenant = TenantOverview.healthy(1, "Adatum Türkiye A.Ş.")
    var list = IncidentList(directory: ConsoleState.sample([tenant]).directory, includesClosed: false, now: noon)
    list.take([incident], areChanges: false, completes: true)
    func finds(_ words: String) -> Bool {
      list.filter(by: WordFilter(words))
      return list.count == 1
    }
    let id = incident.key.id.rawValue
    for found in [
      "multi-stage", "istanbul", id, "vip", "ransom", "TURKIYE", "#\(id)", "incident \(id) a.s. assigned:anna",
    ] {
      #expect(finds(found), "\(found)")
    }
    for missed in [
      "istanbul\(id)", "incident\(id)", "vipransomware", "43-43", "multi absent", "anna", "anna@northwind",
    ] {
      #expect(!finds(missed), "\(missed)")
    }
    incident.displayName = "Renamed"
    list.take([incident], areChanges: true, completes: false)
    #expect(finds("renamed") && !finds("istanbul"), "a changed row is searched anew")
  }

  @Test("A row that is renamed again and again is found by its last name alone, and so are its neighbours")
  func renamed() {
    var list = IncidentList(directory: ConsoleState.sample().directory, includesClosed: false, now: noon)
    var rows = many(50)
    list.take(rows, areChanges: false, completes: true)
    // More bytes than are kept before the texts are put together anew.
    for round in 1...40 {
      for index in 0..<25 {
        rows[index].displayName = "round\(round) " + String(repeating: "Ünlü ", count: 20) + "place\(index)."
      }
      list.take(Array(rows[..<25]), areChanges: true)
    }
    func found(_ words: String) -> Int {
      list.filter(by: WordFilter(words))
      return list.count
    }
    #expect(found("round39") == 0)
    #expect(found("round40 unlu") == 25)
    for index in 0..<25 { #expect(found("round40 place\(index).") == 1) }
    #expect(found("row") == 25)
  }

  @Test("A filter shows its first matches at once and the others by slices")
  func filterBySlices() {
    var list = IncidentList(directory: ConsoleState.sample().directory, includesClosed: false, now: noon)
    list.take(many(60_000), areChanges: false, completes: true)
    while list.isWorking { list.work() }
    list.filter(by: WordFilter("row"))
    #expect(list.count > 0 && list.count < 60_000)
    let first = list.count
    list.work()
    #expect(list.count > first)
    while list.isWorking { list.work() }
    #expect(list.count == 60_000)
  }

  @Test("A filter that is narrowed before it is done looks through the rest as well")
  func narrowedOnTheWay() {
    var list = IncidentList(directory: ConsoleState.sample().directory, includesClosed: false, now: noon)
    list.take(many(60_000), areChanges: false, completes: true)
    while list.isWorking { list.work() }
    for word in ["r", "ro", "row"] { list.filter(by: WordFilter(word)) }
    while list.isWorking { list.work() }
    #expect(list.count == 60_000)
  }

  @Test("Work that waits is asked for once, and again after each slice")
  func workIsAskedOnce() {
    var state = ConsoleState.loaded(allStates, many(120_000), hasDeadlines: false) { $0.view = .queue }
    func asks(_ event: Event) -> Bool { update(&state, event).contains(.continueWork) }
    state.press(.character("/"))
    #expect(asks(.key(.character("r"))))
    #expect(!asks(.key(.down)))
    #expect(asks(.workContinued))
    state.work()
    #expect(!asks(.workContinued))
  }

  @Test("The same row again changes nothing, so nothing is painted anew")
  func unchangedRow() {
    var state = ConsoleState.loaded()
    let before = state.queue.versions
    state.take(.incidentsChanged(attack))
    #expect(state.queue.versions == before)
  }

  @Test("A compact row gives back every field of its incident")
  func compactRoundTrip() {
    var tables = IncidentTables()
    var incident = attack[0]
    incident.tags = ["vip", "finance"]
    incident.classification = .truePositive
    incident.determination = .unrecognised("newWord")
    incident.alertCount = 4
    incident.redirectIncidentID = IncidentID("9")
    for summary in attack + [incident] {
      let compact = tables.compact(summary)
      #expect(tables.summary(compact, name: summary.displayName) == summary)
    }
  }

  @Test("Two tenants with the same incident id never share a row")
  func sameID() {
    let first = IncidentSummary.sample(1, 7, "Contoso's", .high)
    let second = IncidentSummary.sample(3, 7, "Fabrikam's", .low)
    let state = ConsoleState.loaded(allStates, [first, second])
    #expect(state.queue.count == 2)
    #expect(state.queue.slot(of: first.key).map(state.queue.summary)?.displayName == "Contoso's")
    #expect(state.queue.slot(of: second.key).map(state.queue.summary)?.displayName == "Fabrikam's")
  }
}
