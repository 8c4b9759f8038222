import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private let letter = Key.character
private let space = Key.character(" ")
private let mine = IncidentUpdate(status: .inProgress, assignment: .to("anna@northwind.example"))

extension ConsoleState {
  /// What is marked on the screen on top, tenant or incident, in order.
  fileprivate var marked: [String] {
    shared.marks.on(screens.top).map { $0.incident?.rawValue ?? directory.name(of: $0.tenant) }.sorted()
  }

  /// The rows that carry the sign of a mark.
  fileprivate var signs: Int { screen.lines.count { $0.text.hasPrefix("▌") } }

  fileprivate mutating func asked(_ key: Key) -> [Effect] {
    update(&self, .key(key)).filter { !$0.isUpkeep }
  }

  /// Puts the cursor on an incident of the queue and marks it.
  fileprivate mutating func mark(_ incidents: IncidentSummary...) {
    for incident in incidents {
      _ = queue.select(incident.key)
      press(space)
    }
  }
}

@Suite("Marks")
struct MarkTests {
  @Test("Space marks the row and goes on; once more takes the mark away; U takes away those of this screen")
  func toggles() {
    var state = ConsoleState.loaded { $0.view = .queue }
    let first = state.queue.selectedKey
    state.press(space)
    #expect(state.marked == [first?.id.rawValue].compactMap { $0 } && state.signs == 1)
    #expect(state.queue.viewport.cursor == 1, "the next row is at hand")
    state.press(space, .up, .up, space)
    #expect(state.marked.count == 1 && !state.marked.contains(first?.id.rawValue ?? ""))
    state.press(.tab, space, space)
    #expect(state.marked.count == 2 && state.signs == 2, "tenants are marked beside incidents")
    state.press(letter("U"))
    #expect(state.marked.isEmpty && state.signs == 0)
    state.press(.tab)
    #expect(state.marked.count == 1, "the marks of the other screen stay")
  }

  @Test("Marks stay with what they are: over another order, a filter, a refresh; the status line counts them")
  func stay() {
    var state = ConsoleState.loaded { $0.view = .queue }
    state.mark(attack[0], attack[4])
    #expect(state.marked == ["2184", "91"])
    state.press(letter("s"))
    var changed = attack[4]
    changed.updatedAt = .ago(0)
    changed.severity = .high
    state.take(.incidentsChanged([changed]))
    state.work()
    #expect(state.marked == ["2184", "91"] && state.signs == 2)
    #expect(state.screen.text.contains("marked 2"))
    state.press(letter("/"))
    state.type("ransomware")
    state.press(.enter)
    #expect(state.signs == 0 && state.screen.text.contains("marked 2, 2 not shown"))
    state.press(.escape)
    #expect(state.signs == 2)
  }

  @Test("A tenant's screen takes and counts the marks of its own incidents alone")
  func tenantFirst() {
    var state = ConsoleState.loaded { $0.view = .queue }
    state.mark(attack[0], attack[4])
    _ = state.queue.select(attack[0].key)
    state.press(letter("T"))
    state.take(.tenantIncidentsLoaded(request: state.lastRequest, attack[0].key.tenant, Array(attack.prefix(2))))
    state.work()
    #expect(state.marked == ["2184"] && state.signs == 1)
    #expect(state.asked(letter("a")) == [])
    #expect(state.asked(letter("a")) == [.update(attack[0].key, mine, seen: attack[0])])
    state.press(.escape)
    #expect(state.marked == ["91"], "what another tenant's row was marked for is as it was")
  }

  @Test("A claim of what is marked asks first, tells what is left out and why, and leaves that marked")
  func claims() {
    var state = ConsoleState.loaded { $0.view = .queue }
    // Free, free, mine already, a colleague's.
    state.mark(attack[0], attack[1], attack[2], attack[4])
    #expect(state.asked(letter("a")) == [])
    #expect(
      state.message?.text.text
        == "a again claims 2 of 4 marked incidents in 1 tenant. 2 cannot be: Tailspin Toys #311: It is yours already.")
    var other = state
    other.press(.down)
    #expect(other.asked(letter("a")) == [], "another key in between asks again")
    #expect(
      state.asked(letter("a")) == [
        .update(attack[0].key, mine, seen: attack[0]), .update(attack[1].key, mine, seen: attack[1]),
      ])
    #expect(state.writes.isPending(attack[0].key) && state.writes.isPending(attack[1].key))
    #expect(state.marked == ["311", "91"])
    #expect(state.asked(letter("a")) == [])
    #expect(
      state.message?.text.text
        == "None of the 2 marked can be claimed. Tailspin Toys #311: It is yours already.")
  }

  @Test("What was marked and changed after the question is asked about again")
  func changedMeanwhile() {
    var state = ConsoleState.loaded { $0.view = .queue }
    state.mark(attack[0], attack[1])
    #expect(state.asked(letter("a")) == [])
    var taken = attack[1]
    taken.assignedTo = "ben@northwind.example"
    taken.updatedAt = .ago(0)
    state.take(.incidentsChanged([taken]))
    #expect(state.asked(letter("a")) == [])
    #expect(
      state.message?.text.text
        == "a again claims 1 of 2 marked incidents in 1 tenant. 1 cannot be: Contoso Ltd #2185: ben has it: claim it by itself to take it over."
    )
    #expect(state.asked(letter("a")) == [.update(attack[0].key, mine, seen: attack[0])])
  }

  @Test("An incident that closed or is listed no more is not claimed, however long its mark stays")
  func closed() {
    var state = ConsoleState.loaded { $0.view = .queue }
    state.mark(attack[0])
    var resolved = attack[0]
    resolved.status = .resolved
    resolved.updatedAt = .ago(0)
    state.take(.incidentsChanged([resolved]))
    state.press(.end)
    #expect(state.marked == ["2184"])
    #expect(state.asked(letter("a")) == [])
    #expect(state.message?.text.text == "Marked: Contoso Ltd #2184. It is not listed any more.")
  }

  @Test("Refresh reads the tenants of what is marked, and keeps the marks")
  func refreshes() {
    var state = ConsoleState.loaded()
    for name in [1, 18, 5] {
      _ = state.shared.tenants.select(.sample(name))
      state.press(space)
    }
    #expect(state.asked(letter("r")) == [.refresh([.sample(1), .sample(5)])], "what is excluded is never read")
    #expect(state.message?.text.text == "Reading the marked 2 tenants.")
    #expect(state.marked.count == 3)
    state.press(letter("U"))
    _ = state.shared.tenants.select(.sample(18))
    state.press(space)
    #expect(state.asked(letter("r")) == [])
    #expect(state.message?.text.text == "What is marked is excluded in the configuration, so it is never read.")
    state.press(.tab)
    state.mark(attack[4])
    #expect(state.asked(letter("r")) == [.refresh([attack[4].key.tenant])])
  }

  @Test("Where there are no rows, or none is under the cursor, Space and U say so")
  func nothingToMark() {
    var state = ConsoleState.loaded(allStates, []) { $0.view = .queue }
    state.press(space)
    #expect(state.message?.text.text == "There is no row to mark here." && state.shared.marks.isEmpty)
    state.press(letter("U"))
    #expect(state.message?.text.text == "Nothing is marked here: Space marks a row.")
    state.press(letter("?"), space)
    #expect(state.message?.text.text == "There is no row to mark here.")
  }
}
