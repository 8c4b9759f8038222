import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private let contoso = TenantOverview.healthy(1, "Contoso Ltd").with {
  $0.tenant.domain = "contoso.onmicrosoft.com"
  $0.tenant.groups = ["gold", "EU"]
}
private let tenants: [TenantOverview] = [
  contoso, .healthy(5, "Tailspin Toys").with { $0.tenant.groups = ["silver"] },
]
private let incidents: [IncidentSummary] = [
  .sample(1, 15_000_001, "Ransomware", .high, age: 6 * hour),
  .sample(1, 15_000_002, "Phishing", .medium, age: hour, owner: "ben@contoso.onmicrosoft.com"),
  .sample(5, 311, "Case #15 of highway ads", .low, age: hour, status: .inProgress, owner: "Anna@northwind.example"),
  .sample(5, 312, "Odd", .unrecognised("critical+"), age: 10, status: .awaitingAction),
]

@Suite("Words of a filter")
struct FilterTests {
  private func ids(_ words: String, hasDeadlines: Bool = true, operatorUPN: String? = "anna@northwind.example")
    -> [String]
  {
    var state = ConsoleState.loaded(tenants, incidents, hasDeadlines: hasDeadlines, operatorUPN: operatorUPN) {
      $0.view = .queue
    }
    state.type("/\(words)")
    state.work()
    return (0..<state.queue.count).map { state.queue.summary(state.queue.slot(at: $0)).key.id.rawValue }.sorted()
  }

  @Test(
    "An id is found as it is shown and without its sign; the words of a field find its values",
    arguments: [
      ("#15000001", ["15000001"]), ("15000001", ["15000001"]), ("#15", ["15000001", "15000002", "311"]),
      ("#5000001", []), ("5000001", ["15000001"]),
      ("high", ["15000001", "311"]), ("HIGH", ["15000001", "311"]), ("hig", ["311"]), ("medium", ["15000002"]),
      ("critical+", ["312"]), ("active", ["15000001", "15000002"]), ("inProgress", ["311"]), ("in progress", ["311"]),
      ("waiting", ["312"]), ("awaitingaction", ["312"]), ("breached", ["15000001"]), ("ok", ["15000002"]),
      ("none", ["311", "312"]), ("gold", ["15000001", "15000002"]), ("eu", ["15000001", "15000002"]), ("gol", []),
      ("silver high", ["311"]), ("unknown:word", []),
    ])
  func words(words: String, expected: [String]) {
    #expect(ids(words) == expected)
  }

  @Test(
    "A customer's domain finds its incidents, those that nobody has too; owners are found by assigned: alone",
    arguments: [
      ("contoso.onmicrosoft.com", ["15000001", "15000002"]), ("ben", []), ("anna", []),
      ("assigned:ben", ["15000002"]), ("assigned:ANNA", ["311"]), ("assigned:me", ["311"]),
      ("assigned:none", ["15000001", "312"]), ("assigned:none high", ["15000001"]), ("assigned:nobody", []),
      ("assigned:", ["15000001", "15000002", "311", "312"]), ("assigned:onmicrosoft assigned:ben", ["15000002"]),
    ])
  func owners(words: String, expected: [String]) {
    #expect(ids(words) == expected)
  }

  @Test("Without an operator nobody is me, and the console says so; without deadlines their states are plain words")
  func unset() {
    #expect(ids("assigned:me", operatorUPN: nil).isEmpty)
    var state = ConsoleState.loaded(tenants, incidents, operatorUPN: nil) { $0.view = .queue }
    state.type("/assigned:me")
    #expect(state.screen.text.contains("assigned:me needs operator.upn in the configuration"))
    #expect(ids("none", hasDeadlines: false).isEmpty)
  }

  @Test("A word that becomes the value of a field while it is typed finds what the letters before it had lost")
  func typed() {
    var state = ConsoleState.loaded(tenants, incidents) { $0.view = .queue }
    for (letters, count) in [("/hig", 1), ("h", 2), ("w", 1)] {
      state.type(letters)
      state.work()
      #expect(state.queue.count == count)
    }
  }

  @Test("A filter by an SLA state follows the time, a minute later at most, and keeps the row under the cursor")
  func time() {
    var state = ConsoleState.loaded(tenants, incidents) { $0.view = .queue }
    state.type("/breached")
    state.press(.enter)
    let first = state.queue.selectedKey
    state.take(.ticked(noon.addingTimeInterval(3 * day)))
    #expect(state.queue.count == 1, "what is shown stays until all rows were looked through")
    state.work()
    #expect(state.queue.count == 2 && state.queue.selectedKey == first)
    state.take(.ticked(noon))
    state.work()
    #expect(state.queue.count == 1)
  }

  @Test(
    "Tenants are found by name, domain, group, and the state of their consent and their reading",
    arguments: [
      ("granted", [1, 5, 6, 7, 15, 16, 17]), ("failed", [2, 4, 8, 9, 10, 11, 12, 13, 17]), ("stale", [15]),
      ("blocked", [4]), ("never", [14]), ("gold litware", [6]), ("assigned:me", []),
    ])
  func tenantWords(words: String, numbers: [Int]) {
    var state = ConsoleState.loaded()
    state.type("/\(words)")
    #expect(Set(state.tenants.order.map { state.tenants.rows[$0].id }) == Set(numbers.map(TenantID.sample)))
    if words == "assigned:me" { #expect(state.screen.text.contains("Tenants have no owner")) }
  }
}
