import Foundation
import PartnerModel
import Testing

@Suite("Deadlines")
struct SLATests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var acknowledge: TimeInterval?
    var resolve: TimeInterval?
    var status: IncidentStatus = .active
    var acknowledgedAfter: TimeInterval?
    var updatedAfter: TimeInterval?
    /// Seconds since the incident was created.
    var now: TimeInterval
    var state: SLA.State
    /// Seconds after the creation.
    var next: TimeInterval?
    var testDescription: String { name }
  }

  @Test(
    "The next deadline counts, and is due in its last quarter",
    arguments: [
      Case(name: "fresh", acknowledge: 1800, resolve: 14_400, now: 0, state: .ok, next: 1800),
      Case(name: "just before the quarter", acknowledge: 1800, resolve: 14_400, now: 1349, state: .ok, next: 1800),
      Case(name: "at the quarter", acknowledge: 1800, resolve: 14_400, now: 1350, state: .due, next: 1800),
      Case(name: "one second left", acknowledge: 1800, resolve: 14_400, now: 1799, state: .due, next: 1800),
      Case(name: "at the deadline", acknowledge: 1800, resolve: 14_400, now: 1800, state: .breached, next: 1800),
      Case(name: "long after", acknowledge: 1800, resolve: 14_400, now: 1e6, state: .breached, next: 1800),
      Case(
        name: "acknowledged", acknowledge: 1800, resolve: 14_400, acknowledgedAfter: 60, now: 7200, state: .ok,
        next: 14_400),
      Case(
        name: "acknowledged, resolving due", acknowledge: 1800, resolve: 14_400, acknowledgedAfter: 60, now: 10_800,
        state: .due, next: 14_400),
      Case(
        name: "acknowledged, not resolved in time", acknowledge: 1800, resolve: 14_400, acknowledgedAfter: 60,
        now: 14_400, state: .breached, next: 14_400),
      Case(name: "only acknowledging agreed", acknowledge: 1800, acknowledgedAfter: 60, now: 7200, state: .met),
      Case(
        name: "acknowledged late, only acknowledging agreed", acknowledge: 1800, acknowledgedAfter: 1801, now: 7200,
        state: .breached),
      Case(
        name: "acknowledged at the deadline", acknowledge: 1800, acknowledgedAfter: 1800, now: 7200, state: .met),
      Case(
        name: "acknowledged late, resolving has time", acknowledge: 1800, resolve: 14_400, acknowledgedAfter: 1801,
        now: 7200, state: .ok, next: 14_400),
      Case(
        name: "acknowledged late, resolved in time", acknowledge: 1800, resolve: 14_400, status: .resolved,
        acknowledgedAfter: 1801, updatedAfter: 14_000, now: 1e6, state: .breached),
      Case(name: "only resolving agreed", resolve: 14_400, now: 60, state: .ok, next: 14_400),
      Case(
        name: "resolved in time", acknowledge: 1800, resolve: 14_400, status: .resolved, updatedAfter: 14_400,
        now: 1e6, state: .met),
      Case(
        name: "resolved late", acknowledge: 1800, resolve: 14_400, status: .resolved, updatedAfter: 14_401, now: 1e6,
        state: .breached),
      Case(name: "resolved, never acknowledged", acknowledge: 1800, status: .resolved, now: 1e6, state: .met),
      Case(
        name: "an unknown status is open", resolve: 60, status: .unrecognised("x"), now: 61, state: .breached, next: 60),
      Case(name: "nothing agreed", now: 1e6, state: .none),
      Case(name: "before its creation", acknowledge: 1800, now: -60, state: .ok, next: 1800),
    ])
  func judges(example: Case) {
    func after(_ seconds: TimeInterval?) -> Timestamp? {
      seconds.map { Timestamp(Sample.noon.addingTimeInterval($0)) }
    }
    let incident = Sample.summary(
      status: example.status, updatedAt: after(example.updatedAfter), acknowledgedAt: after(example.acknowledgedAfter))
    let policy = SLAPolicy(targets: [
      .high: SLATarget(acknowledge: example.acknowledge, resolve: example.resolve), .low: SLATarget(resolve: 1),
    ])
    let sla = SLA(of: incident, policy: policy, now: Sample.noon.addingTimeInterval(example.now))
    #expect(sla.state == example.state)
    #expect(sla.next == after(example.next))
    #expect(sla.acknowledgeBy == after(example.acknowledge))
    #expect(sla.resolveBy == after(example.resolve))
  }

  @Test("Without a target for the severity, or without a creation time, there is no deadline")
  func none() {
    let policy = SLAPolicy(targets: [.high: SLATarget(acknowledge: 60, resolve: 60)])
    for incident in [
      Sample.summary(severity: .low), Sample.summary(severity: .unrecognised("dire")), Sample.summary(createdAt: nil),
    ] {
      let sla = SLA(of: incident, policy: policy, now: Sample.noon)
      #expect(sla.state == .none)
      #expect(sla.acknowledgeBy == nil && sla.resolveBy == nil && sla.next == nil)
    }
  }

  @Test("A customer's targets come before the partner's, severity by severity")
  func overriding() {
    let ours = SLAPolicy(targets: [.high: SLATarget(acknowledge: 60, resolve: 600), .low: SLATarget(resolve: 6000)])
    let theirs = SLAPolicy(targets: [.high: SLATarget(acknowledge: 30, resolve: 300)])
    let both = ours.overridden(by: theirs)
    #expect(both.targets[.high] == SLATarget(acknowledge: 30, resolve: 300))
    #expect(both.targets[.low] == SLATarget(resolve: 6000))
    #expect(ours.overridden(by: nil) == ours)
  }
}
