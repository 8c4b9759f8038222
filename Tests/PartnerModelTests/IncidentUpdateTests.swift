import PartnerModel
import Testing

@Suite("Updates of incidents")
struct IncidentUpdateTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var update: IncidentUpdate
    var status: IncidentStatus = .active
    var assignedTo: String?
    var remaining: IncidentUpdate
    var testDescription: String { "\(update) on \(status), \(assignedTo ?? "nobody")" }
  }

  private static let nothing = IncidentUpdate()
  private static let resolve = IncidentUpdate(status: .resolved)
  private static let toAnna = IncidentUpdate(assignment: .to("anna@northwind-soc.example"))
  private static let toNobody = IncidentUpdate(assignment: .nobody)

  @Test(
    "What is in effect already is not sent again",
    arguments: [
      Case(update: nothing, remaining: nothing), Case(update: resolve, remaining: resolve),
      Case(update: resolve, status: .resolved, remaining: nothing),
      Case(update: resolve, status: .unrecognised("resolvedElsewhere"), remaining: resolve),
      Case(update: toAnna, remaining: toAnna), Case(update: toAnna, assignedTo: "", remaining: toAnna),
      Case(update: toAnna, assignedTo: "ben@northwind-soc.example", remaining: toAnna),
      Case(update: toAnna, assignedTo: "Anna@Northwind-SOC.example", remaining: nothing),
      Case(update: toNobody, remaining: nothing), Case(update: toNobody, assignedTo: "", remaining: nothing),
      Case(update: toNobody, assignedTo: "ben@northwind-soc.example", remaining: toNobody),
      Case(
        update: IncidentUpdate(status: .inProgress, assignment: .to("anna@northwind-soc.example")),
        status: .inProgress, remaining: toAnna),
      Case(
        update: IncidentUpdate(status: .resolved, assignment: .to("anna@northwind-soc.example")),
        assignedTo: "anna@northwind-soc.example", remaining: resolve),
    ])
  func remaining(example: Case) {
    let incident = Sample.incident(status: example.status, assignedTo: example.assignedTo)
    let rest = example.update.remaining(on: incident)
    #expect(rest == example.remaining)
    #expect(example.update.isInEffect(on: incident) == rest.isEmpty)
    #expect(rest.remaining(on: incident) == rest)
  }

  @Test("A write is pending from the journal until it is settled")
  func pending() {
    let states: [WriteState] = [.draft, .queued, .sent, .confirmed, .failed, .unknown]
    #expect(states.filter(\.isPending) == [.queued, .sent, .unknown])
  }

  @Test("A summary takes the incident's own fields, and the store's where the incident has none")
  func summary() {
    var incident = Sample.incident(assignedTo: "anna@northwind-soc.example")
    incident.displayName = nil
    incident.customTags = ["vip"]
    incident.systemTags = ["Ransomware"]
    let seen = Timestamp(Sample.noon)
    let listed = IncidentSummary(incident, acknowledgedAt: seen, alertCount: 7)
    #expect(listed.key == incident.key)
    #expect(listed.displayName == "")
    #expect(listed.tags == ["vip"])
    #expect(listed.acknowledgedAt == seen)
    #expect(listed.alertCount == 7)
    incident.alerts = [Alert(id: "1")]
    #expect(IncidentSummary(incident, acknowledgedAt: nil, alertCount: 7).alertCount == 1)
  }
}
