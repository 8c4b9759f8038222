import Foundation
import LabServer
import PartnerModel
import Testing

@testable import PartnerContext

@Suite struct FaultTests {
  /// Contoso and Fabrikam in a lab, with faults.
  private func withFaults<Result>(
    _ faults: LabFault..., clock: TestClock = TestClock(),
    _ body: (PartnerContext, LabServer) async throws -> Result
  ) async throws -> Result {
    try await withLabServer(labOptions(.granted, .granted, clock: clock)) { lab in
      for fault in faults { lab.add(fault) }
      return try await withContext(lab.baseURL, clock) { context in try await body(context, lab) }
    }
  }

  @Test("An incident whose alerts the service fails to expand comes without them")
  func expansion() async throws {
    let clock = TestClock()
    try await withFaults(clock: clock) { context, lab in
      let id = try #require(try await context.changes(in: contoso, since: longAgo).pages.incidents.first).id
      lab.add(LabFault(.answer(status: 500, headers: [:], body: "{}"), route: "incidents.get", times: 2))
      let incident = try await context.getIncident(id, in: contoso, withAlerts: true)
      #expect(incident.id == id)
      #expect(incident.alerts == nil)
      #expect(clock.pauses.count == 1)
      let whole = try await context.getIncident(id, in: contoso, withAlerts: true)
      #expect(whole.alerts?.isEmpty == false)
    }
  }

  @Test(
    "H44: alerts that are too many for an answer, too slow or cut off cost the alerts, not the incident",
    arguments: [
      WireAnswer.hang("HTTP/1.1 200 X\r\nContent-Length: 1073741824\r\n\r\n{"), .hang(""),
      .raw("HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{"),
    ])
  func heavyAlerts(answer: WireAnswer) async throws {
    let clock = TestClock()
    // The expansion's own part of the 15 s; the incident alone still has time then.
    clock.set(expiring: .seconds(10))
    try await WireServer.serve(hanging: clock.expiry) { request in
      request.target.contains("expand") ? answer : .json(200, item("1"))
    } _: { server in
      try await withContext(server.baseURL, clock) { context in
        let incident = try await context.getIncident(IncidentID("1"), in: contoso, withAlerts: true)
        #expect(incident.id == IncidentID("1"))
        #expect(incident.alerts == nil)
        #expect(clock.deadlines.count { $0 == .seconds(10) } == 1)
        #expect(clock.deadlines.last == .seconds(15))
      }
    }
  }

  @Test("F19, R2: a throttled tenant is left alone until the time is over, while another is read")
  func throttled() async throws {
    let clock = TestClock()
    let fault = LabFault(
      .answer(status: 429, headers: ["Retry-After": "120"], body: "{}"), tenant: contoso.rawValue,
      route: "incidents.list")
    try await withFaults(fault, clock: clock) { context, lab in
      let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
      #expect(error.cause == .throttled(until: clock.now + 120))
      #expect(error.retryAt == clock.now + 120)
      clock.advance(119)
      _ = try await failure { try await context.changes(in: contoso, since: longAgo) }
      _ = try await failure { try await context.getIncident(IncidentID("1"), in: contoso, withAlerts: false) }
      #expect(try await context.changes(in: fabrikam, since: longAgo).pages.incidents.count == 25)
      clock.advance(2)
      #expect(try await context.changes(in: contoso, since: longAgo).pages.incidents.count == 25)
      #expect(lab.state().first?.requests["incidents.list"] == 2)
    }
  }

  @Test("F5: a connection that is reset before the answer is tried again, and nothing is seen")
  func reset() async throws {
    try await withFaults(LabFault(.resetBefore, route: "incidents.list")) { context, _ in
      let read = try await context.changes(in: contoso, since: longAgo)
      #expect(read.pages.incidents.count == 25)
    }
  }

  @Test("F8: a page that is cut off, and again, is incomplete")
  func truncated() async throws {
    try await withFaults(LabFault(.truncate(after: 100), route: "incidents.list", times: 2)) { context, _ in
      let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
      #expect(error.cause == .answerIncomplete)
    }
  }

  @Test("F31, F39: a tenant that withdrew consent says so, and the next check tells what is left")
  func withdrawn() async throws {
    let clock = TestClock()
    try await withFaults(clock: clock) { context, lab in
      lab.changeConsent(of: contoso.rawValue, .grant, roles: ["ThreatHunting.Read.All"])
      let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
      guard case .appRoleMissing(let roles) = error.cause else { throw error }
      #expect(roles.contains(.readIncidents))
      let (consent, _) = await context.checkConsent(in: contoso, required: [.readIncidents, .hunt])
      #expect(consent?.state == .partial)
      #expect(consent?.missing == [.readIncidents])
    }
  }

  @Test("An incident that is not there is not found; one of another tenant is not found either")
  func notFound() async throws {
    try await withFaults { context, _ in
      for id in ["0", "nothing", "..", ""] {
        let error = try await failure { try await context.getIncident(IncidentID(id), in: contoso, withAlerts: false) }
        #expect(error.cause == .notFound)
      }
    }
  }

  @Test("Invariant 2: many operations in two tenants at once never mix tokens, links or ids", arguments: UInt64(0)..<3)
  func apart(seed: UInt64) async throws {
    try await withFaults { context, _ in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<8 {
          group.addTask {
            let tenant = (number + Int(seed)) % 2 == 0 ? contoso : fabrikam
            let incidents = try await context.changes(in: tenant, since: longAgo).pages.incidents
            #expect(incidents.allSatisfy { $0.tenant == tenant })
            let id = try #require(incidents.dropFirst(number).first).id
            #expect(try await context.getIncident(id, in: tenant, withAlerts: true).tenant == tenant)
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("F50, H53: compressed answers are read up to the limit; a bomb and a broken one are refused")
  func compression() async throws {
    func gzip(_ script: String) async throws -> [UInt8] {
      try await SecretCommand(command: ["sh", "-c", "\(script) | gzip -9"]).output().withBytes(Array.init)
    }
    func listing(_ body: [UInt8]) async throws -> Result<Int, PartnerError> {
      try await WireServer.serve { _ in
        let head =
          "HTTP/1.1 200 X\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: \(body.count)\r\n\r\n"
        return .bytes(Array(head.utf8) + body)
      } _: { server in
        try await withContext(server.baseURL) { context in
          do {
            return .success(try await context.changes(in: contoso, since: longAgo).pages.incidents.count)
          } catch let error as PartnerError {
            return .failure(error)
          }
        }
      }
    }
    let good = try await gzip("printf '%s' '\(page([item("1")]))'")
    #expect(try await listing(good).get() == 1)
    guard case .failure(let bomb) = try await listing(try await gzip("head -c 40000000 /dev/zero")) else {
      throw UnexpectedSuccess()
    }
    #expect(bomb.cause == .answerTooLarge(limit: 16 * 1_048_576))
    for broken in [Array(good.dropLast(12)), Array(repeating: 7, count: 100)] {
      guard case .failure = try await listing(broken) else { throw UnexpectedSuccess() }
    }
  }
}
