import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

/// In the order in which they have to stand: high is to be acknowledged within 150 minutes and resolved within 4 hours,
/// medium within 8 hours and 2 days; nothing was agreed for low.
private let dozen: [IncidentSummary] = [
  .sample(1, 101, "5 minutes left", .high, age: 2 * hour + 25 * minute),
  .sample(2, 102, "2 h 20 left", .high, age: 10 * minute),
  .sample(1, 103, "Ransomware of six hours", .high, age: 6 * hour),
  .sample(3, 104, "A month old", .high, age: 30 * day),
  .sample(3, 105, "Of unknown age", .high).with { $0.createdAt = nil },
  .sample(3, 106, "Of a severity nobody knows", .unrecognised("critical+"), age: hour),
  .sample(1, 107, "An hour left", .medium, age: 7 * hour),
  .sample(1, 108, "Breached", .medium, age: 3 * day),
  .sample(1, 109, "Nothing agreed, new", .low, age: hour),
  .sample(5, 110, "Nothing agreed, old", .low, age: 9 * day),
  .sample(1, 111, "In work, an hour left", .high, age: 3 * hour, status: .inProgress, owner: "ben@northwind.example"),
  .sample(1, 112, "In work, 3 hours left", .high, age: hour, status: .inProgress, owner: "anna@northwind.example"),
  .sample(1, 113, "Waits for the service", .high, age: 5 * hour, status: .awaitingAction),
  .sample(1, 114, "Active, but somebody has it", .high, age: 20 * day, owner: "ben@northwind.example"),
  .sample(1, 115, "In work, medium", .medium, age: hour, status: .inProgress, owner: "ben@northwind.example"),
]

extension IncidentSummary {
  func with(_ change: (inout IncidentSummary) -> Void) -> IncidentSummary {
    var copy = self
    change(&copy)
    return copy
  }
}

extension ConsoleState {
  fileprivate var shownIDs: [String] {
    (0..<queue.count).map { queue.summary(queue.slot(at: $0)).key.id.rawValue }
  }
}

private func queue(_ incidents: [IncidentSummary], size: Size = Size(columns: 120, rows: 40)) -> ConsoleState {
  .loaded(allStates, incidents, size: size) { $0.view = .queue }
}

@Suite("The order of risk is what somebody must do now")
struct RiskOrderTests {
  @Test("What nobody has comes first, then by severity, time left, and the newest", arguments: UInt64(0)..<8)
  func table(seed: UInt64) {
    var chance = SplitMix(seed: seed)
    #expect(queue(dozen.shuffled(using: &chance)).shownIDs == dozen.map(\.key.id.rawValue))
  }

  @Test("When its time is over a row goes behind those that have some left, the cursor stays on its row and line")
  func timePasses() {
    var state = queue(dozen)
    state.press(.down)
    state.take(.ticked(noon.addingTimeInterval(4 * minute)))
    #expect(state.shownIDs.prefix(3) == ["101", "102", "103"])
    state.take(.ticked(noon.addingTimeInterval(5 * minute)))
    #expect(state.shownIDs.prefix(4) == ["102", "101", "103", "104"], "breached, and the newest of those")
    #expect(state.queue.selectedSummary?.key.id.rawValue == "102")
    state.take(.ticked(noon.addingTimeInterval(3 * day)))
    var later = ConsoleState.sample { $0.view = .queue }
    later.take(.ticked(noon.addingTimeInterval(3 * day)))
    later.take(.queueLoaded(slice: dozen, isLast: true))
    #expect(state.shownIDs == later.shownIDs, "as if they were sorted then")
    state.take(.ticked(noon))
    state.work()
    #expect(state.shownIDs == dozen.map(\.key.id.rawValue), "also when the clock is set back")
  }

  @Test("In other orders and below a filter nothing moves as time passes but what has to")
  func timePassesElsewhere() {
    var state = queue(dozen)
    state.type("/left")
    state.press(.enter)
    state.take(.ticked(noon.addingTimeInterval(6 * minute)))
    #expect(state.shownIDs == ["102", "101", "107", "111", "112"])
    state.press(.escape, .character("s"))
    let before = state.shownIDs
    state.take(.ticked(noon.addingTimeInterval(9 * day)))
    #expect(state.queue.sort == .age && state.shownIDs == before)
  }

  @Test("Tenants with the most unassigned high incidents come first in their order of risk")
  func tenants() {
    let rows: [TenantOverview] = [
      .healthy(1, "Four high, one unassigned", high: 4, unassignedHigh: 1),
      .healthy(2, "Three unassigned", high: 3, unassignedHigh: 3),
      .healthy(3, "None unassigned", high: 9),
      .refused(4, "Refused", .missing, code: 1),
    ]
    #expect(ConsoleState.loaded(rows, []).tenants.order == [1, 0, 3, 2])
  }
}

@Suite("New arrivals are marked until they were looked at")
struct NewsTests {
  private let small = Size(columns: 80, rows: 24)
  private let news: [IncidentSummary] = [
    .sample(1, 9_001, "Just in", .high, age: minute), .sample(1, 9_002, "Just in too", .medium, age: minute),
  ]

  private func arrived() -> ConsoleState {
    var state = queue(attack, size: small)
    state.take(.incidentsChanged(news))
    return state
  }

  private func row(_ name: String, in state: ConsoleState) -> String? {
    state.screen.lines.map(\.text).first { $0.contains(name) }
  }

  @Test("The sign stands beside the row, with an ASCII twin, and the status line counts")
  func sign() {
    let state = arrived()
    #expect(row("Just in", in: state)?.hasPrefix("  •H") == true)
    #expect(row("Phishing", in: state)?.contains("•") == false)
    #expect(state.screen.text.contains("2 new"))
    var ascii = ConsoleState.loaded(allStates, attack, size: small) {
      $0.view = .queue
      $0.signs = .ascii
    }
    ascii.take(.incidentsChanged(news))
    #expect(row("Just in", in: ascii)?.hasPrefix("  *H") == true)
  }

  @Test("Passing over it is not looking; resting on it for a second is, and so is opening it")
  func looked() {
    var state = arrived()
    state.press(.down, .down, .down, .up, .up, .up)
    #expect(state.news.count == 2)
    let place = state.queue.slot(of: news[0].key).flatMap { state.queue.shownIndex(of: $0) } ?? 0
    for _ in 0..<place { state.press(.down) }
    #expect(state.queue.selectedKey == news[0].key && state.news.count == 2)
    #expect(state.tickAt == noon.addingTimeInterval(1))
    state.take(.ticked(noon.addingTimeInterval(0.9)))
    #expect(state.news.count == 2)
    state.take(.ticked(noon.addingTimeInterval(1)))
    #expect(state.news.count == 1 && row("Just in ", in: state)?.contains("•") != true)
    let effects = state.open(Target(news[1].key), known: news[1])
    _ = settle(&state)
    #expect(!effects.isEmpty && state.news.count == 0)
  }

  @Test("In its tenant's list it is marked as well, and looking at it there counts")
  func tenantList() {
    var state = arrived()
    _ = state.open(Target(tenant: .sample(1)))
    state.take(.tenantIncidentsLoaded(request: state.lastRequest, .sample(1), news + attack.prefix(2)))
    #expect(row("Just in too", in: state)?.contains("•") == true && state.news.count == 2)
    #expect(state.tenantIncidents?.list.select(news[1].key) == true)
    state.take(.ticked(noon.addingTimeInterval(10)), .ticked(noon.addingTimeInterval(12)))
    #expect(state.news.count == 1 && !state.queue.isNew(news[1].key))
  }

  @Test("A filter that hides new rows does not make them old")
  func filtered() {
    var state = queue(attack, size: small)
    state.type("/phish")
    state.press(.enter)
    state.take(.incidentsChanged(news))
    #expect(state.news == (2, 0))
    state.press(.escape)
    #expect(state.news.count == 2 && row("Just in", in: state)?.contains("•") == true)
  }
}

@Suite("What needs a person")
struct NeedTests {
  private let refused = IncidentWrite(
    id: WriteID("w"), key: attack[3].key, update: IncidentUpdate(status: .inProgress), state: .failed,
    operatorUPN: nil, intendedAt: noon, problem: refusal)

  @Test("! goes to unassigned high incidents, then to writes that were refused, then to tenants, and around")
  func order() {
    var state = ConsoleState.loaded()
    state.take(.writesChanged([refused]))
    let tenants = [2, 3, 4, 8, 9, 10, 11, 12, 13].map { Need.tenant(.sample($0)) }
    #expect(state.needs == [attack[0], attack[1], attack[3]].map { .incident($0.key) } + tenants)
    #expect(state.needCount == state.needs.count && state.screen.text.contains("12 need you  !"))
    state.press(.character("!"))
    #expect(state.place == .queue && state.queue.selectedKey == attack[0].key)
    #expect(state.message?.text.text == "Contoso Ltd #2184: high, and nobody has it. a claims it, Enter opens it.")
    state.press(.character("!"))
    #expect(state.place == .queue && state.queue.selectedKey == attack[1].key)
    state.press(.character("!"))
    #expect(state.place == .incident && state.page?.key == attack[3].key)
    state.press(.character("!"))
    #expect(state.place == .tenants && state.tenants.selected == .sample(2))
    for _ in 1..<tenants.count { state.press(.character("!")) }
    #expect(state.tenants.selected == .sample(13))
    state.press(.character("!"))
    #expect(state.place == .queue && state.queue.selectedKey == attack[0].key)
  }

  @Test("Where the cursor happens to be on a tenant that needs somebody, ! begins with the incidents all the same")
  func beginsWithIncidents() {
    var state = ConsoleState.loaded()
    state.press(.down, .down)
    #expect(state.tenants.selectedRow?.needsPerson == true)
    state.press(.character("!"))
    #expect(state.queue.selectedKey == attack[0].key && state.place == .queue)
  }

  @Test("! takes a filter away that hides what needs a person")
  func filtered() {
    var state = queue(attack)
    state.type("/phish")
    state.press(.enter, .character("!"))
    #expect(state.queue.filter.isEmpty && state.queue.selectedKey == attack[0].key)
  }

  @Test("What a claim is under way for needs nobody; before the queue is there the counters tell how many do")
  func counts() {
    var state = queue(attack)
    let all = state.needCount
    state.press(.character("a"))
    #expect(state.needCount == all - 1 && state.needs.first == .incident(attack[1].key))
    var loading = ConsoleState.sample()
    _ = start(&loading)
    loading.take(.tenantsLoaded(allStates))
    #expect(loading.needCount == all)
    let quiet = TenantOverview.healthy(1, "Contoso Ltd", high: 1, unassignedHigh: 1)
    var only = ConsoleState.sample([quiet])
    _ = start(&only)
    only.take(.tenantsLoaded([quiet]))
    only.press(.character("!"))
    #expect(only.message?.text.text == "The incidents that need you are still being loaded.")
  }
}
