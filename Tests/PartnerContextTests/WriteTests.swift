import Foundation
import Logging
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

private let claim = IncidentUpdate(status: .inProgress, assignment: .to("anna@partner.example"))

@Suite struct WriteTests {
  /// How a claim ends when PATCH is answered like this.
  private func claiming(
    _ clock: TestClock = TestClock(), hanging: SharedFlight<Bool>? = nil,
    _ answer: @escaping @Sendable (WireRequest) -> WireAnswer
  ) async throws -> (error: PartnerError, patches: [WireRequest]) {
    try await WireServer.serve(hanging: hanging, answer) { server in
      try await withContext(server.baseURL, clock) { context in
        let error = try await failure {
          try await context.updateIncident(IncidentID("1"), in: contoso, with: claim) { _ in }
        }
        return (error, server.requests.filter { $0.method == "PATCH" })
      }
    }
  }

  @Test(
    "R8: a PATCH holds only what changes",
    arguments: [
      (IncidentUpdate(status: .resolved), #"{"status":"resolved"}"#),
      (IncidentUpdate(assignment: .nobody), #"{"assignedTo":null}"#),
      (IncidentUpdate(assignment: .to("a\"b")), #"{"assignedTo":"a\"b"}"#),
      (claim, #"{"status":"inProgress","assignedTo":"anna@partner.example"}"#), (IncidentUpdate(), "{}"),
    ])
  func body(update: IncidentUpdate, text: String) {
    #expect(update.body(tags: []) == text)
  }

  @Test("Invariant 13: the write goes to the incident and tenant that were named, after the intent is kept")
  func place() async throws {
    try await WireServer.serve { _ in
      .json(200, item("../7"))
    } _: { server in
      try await withContext(server.baseURL) { context in
        let before = Mutex<(requests: Int, id: String)?>(nil)
        _ = try await context.updateIncident(IncidentID("../7"), in: contoso, with: claim) { id in
          before.withLock { $0 = (server.requests.filter { !$0.isToken }.count, id) }
        }
        let told = try #require(before.withLock { $0 })
        #expect(told.requests == 0)
        let patch = try #require(server.requests.last)
        #expect(patch.headers["client-request-id"] == told.id, "the id that it was announced with")
        #expect(patch.method == "PATCH")
        #expect(patch.target == "/v1.0/security/incidents/..%2F7")
        #expect(patch.headers["content-type"] == "application/json")
      }
    }
  }

  @Test("Nothing is sent when the intent cannot be kept")
  func notKept() async throws {
    struct DiskFull: Error {}
    try await WireServer.serve { _ in
      .json(200, item("1"))
    } _: { server in
      try await withContext(server.baseURL) { context in
        let error = try await failure {
          try await context.updateIncident(IncidentID("1"), in: contoso, with: claim) { _ in throw DiskFull() }
        }
        guard case .storage = error.cause else { throw error }
        #expect(!error.mayHaveTakenEffect)
        #expect(server.requests.allSatisfy { $0.isToken })
      }
    }
  }

  @Test(
    "F5–F6: an unclear outcome is told and never sent again",
    arguments: [
      WireAnswer.reset, .raw(""), .raw("HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n{"), .json(500, "{}"),
      .json(502, "<html>"), .json(200, "{}"), .json(200, "<html>"), .raw("HTTP/1.1 204 X\r\n\r\n"),
      .json(200, item("2")),
      .raw("HTTP/1.1 999 X\r\n\r\n"),
    ])
  func unclear(answer: WireAnswer) async throws {
    let (error, patches) = try await claiming { _ in answer }
    #expect(error.mayHaveTakenEffect, "\(error)")
    #expect(patches.count == 1)
  }

  @Test("F6: a write that was cut at the deadline is unclear")
  func deadline() async throws {
    let clock = TestClock()
    let (error, patches) = try await claiming(clock, hanging: clock.expiry) { _ in .hang("") }
    #expect(error.cause == .deadlineExceeded(seconds: 15))
    #expect(error.mayHaveTakenEffect)
    #expect(patches.count == 1)
  }

  @Test("F6: a write that the service carried out while its time ran out has succeeded")
  func lastMoment() async throws {
    let clock = TestClock()
    let transport = PlayedTransport { (_) async throws(TransportFailure) in
      clock.expiry.land(true)
      await wait { Task.isCancelled }
      return (200, item("1"))
    }
    let incident = try await transport.context(clock)
      .updateIncident(IncidentID("1"), in: contoso, with: claim) { _ in }
    #expect(incident.id == IncidentID("1"))
  }

  @Test(
    "A clear refusal is not in effect",
    arguments: [400, 403, 404, 409, 412, 423, 429])
  func refused(status: Int) async throws {
    let (error, patches) = try await claiming { _ in .json(status, "{}") }
    #expect(!error.mayHaveTakenEffect)
    #expect(patches.count == 1)
  }

  @Test("R8: what provably never left is tried again; the intent is kept once")
  func unsent() async throws {
    let clock = TestClock()
    let kept = Mutex(0)
    try await WireServer.serve { _ in
      .json(200, page([]))
    } _: { server in
      // The token comes from a server that listens, Graph is a port where nobody does.
      var app = app(at: server.baseURL)
      app.endpoints.graph = Origin(scheme: "http", host: "127.0.0.1", port: 1)
      clock.set(environment: ["SECRET": "s"])
      try await LiveTransport.withTransport(for: app, dependencies: clock.dependencies) { transport in
        let context = PartnerContext(
          app: app, transport: transport, dependencies: clock.dependencies,
          logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let error = try await failure {
          try await context.updateIncident(IncidentID("1"), in: contoso, with: claim) { _ in kept.withLock { $0 += 1 } }
        }
        #expect(error.cause == .unreachable(.connectionRefused(host: "127.0.0.1")))
        #expect(!error.mayHaveTakenEffect)
        #expect(clock.pauses.count == 3)
        #expect(kept.withLock { $0 } == 1)
      }
    }
  }

  @Test("A write that was cancelled while it was under way is unclear")
  func cancelled() async throws {
    let left = SharedFlight<Bool>()
    try await WireServer.serve(hanging: left) { _ in
      .hang("")
    } _: { server in
      try await withContext(server.baseURL) { context in
        let task = Task {
          try await failure { try await context.updateIncident(IncidentID("1"), in: contoso, with: claim) { _ in } }
        }
        _ = await left.value()
        task.cancel()
        let error = try await task.value
        #expect(error.cause == .cancelled)
        #expect(error.mayHaveTakenEffect)
      }
    }
  }
}
