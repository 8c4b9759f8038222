import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

@Suite("Comments, alerts, merging and moving")
struct ActionTests {
  struct Call: Sendable, CustomTestStringConvertible {
    var action: IncidentAction
    var request: String
    /// A right answer.
    var answer: String
    var testDescription: String { request }

    /// Sends it, and tells what was read of the answer.
    func send(_ context: PartnerContext, willSend: @escaping WillSend = { _ in }) async throws -> String {
      switch action {
      case .comment(let text):
        let comments = try await context.addComment(text, to: IncidentID("7/8"), in: contoso, willSend: willSend)
        return comments.map(\.text).joined(separator: "|")
      case .commentAlert(let id, let text):
        let comments = try await context.addComment(text, toAlert: id, in: contoso, willSend: willSend)
        return comments.map(\.text).joined(separator: "|")
      case .updateAlert(let id, let update):
        return try await context.updateAlert(id, in: contoso, with: update, willSend: willSend).status.wire
      case .merge(let others, let comment, let reasons):
        return try await context.mergeIncidents(
          IncidentID("7/8"), with: others, in: contoso, comment: comment, reasons: reasons, willSend: willSend
        ).rawValue
      case .moveAlerts(let ids, let target, let comment, let reasons):
        return try await context.moveAlerts(
          ids, to: target, in: contoso, comment: comment, reasons: reasons, willSend: willSend
        ).rawValue
      case .update: return ""
      }
    }
  }

  static let comments =
    #"{"value":[{"comment":"old","createdBy":"Ben","createdTime":"2026-01-01T00:00:00Z"},{"comment":"n\"","createdByDisplayName":"app","createdDateTime":"2026-01-02T00:00:00Z"}]}"#

  static let calls = [
    Call(
      action: .comment("n\""),
      request:
        #"POST /v1.0/security/incidents/7%2F8/comments {"@odata.type":"microsoft.graph.security.alertComment","comment":"n\""}"#,
      answer: comments),
    Call(
      action: .commentAlert(id: "a b", "n\""),
      request:
        #"POST /v1.0/security/alerts_v2/a%20b/comments {"@odata.type":"microsoft.graph.security.alertComment","comment":"n\""}"#,
      answer: comments),
    Call(
      action: .updateAlert(
        id: "a b",
        AlertUpdate(
          status: .resolved, assignment: .nobody, classification: .truePositive, determination: .malware)),
      request:
        #"PATCH /v1.0/security/alerts_v2/a%20b {"status":"resolved","assignedTo":null,"classification":"truePositive","determination":"malware"}"#,
      answer: #"{"id":"a b","incidentId":"7/8","status":"resolved"}"#),
    Call(
      action: .merge(
        others: [IncidentID("9"), IncidentID("7/8")], comment: "same", reasons: [.sameCampaign, .sameActor]),
      request:
        #"POST /v1.0/security/incidents/mergeIncidents {"incidentIds":["7/8","9"],"incidentComment":"same","mergeReasons":"sameCampaign, sameActor"}"#,
      answer: #"{"targetIncidentId":"9"}"#),
    Call(
      action: .moveAlerts(ids: ["a", "b"], to: IncidentID("9"), comment: nil, reasons: []),
      request: #"POST /v1.0/security/alerts_v2/moveAlerts {"alertIds":["a","b"],"incidentId":"9"}"#,
      answer: #"{"targetIncidentId":"9"}"#),
  ]

  private static let read = ["old|n\"", "old|n\"", "resolved", "9", "9"]

  @Test("Each goes to its own place with what Graph takes, once the intent is kept", arguments: zip(calls, read))
  func request(call: Call, read: String) async throws {
    let sent = Mutex<[String]>([])
    let transport = PlayedTransport { (request) async throws(TransportFailure) in
      let body = if case .plain(let text) = request.body { text } else { "" }
      sent.withLock { $0.append("\(request.method) \(request.target) \(body)") }
      return (200, call.answer)
    }
    let announced = Mutex<[String]>([])
    let told = try await call.send(transport.context(TestClock())) { id in
      announced.withLock { $0.append(id) }
      #expect(sent.withLock { $0 } == [])
    }
    #expect(told == read)
    #expect(sent.withLock { $0 } == [call.request])
    #expect(announced.withLock { $0.count } == 1)
  }

  @Test("A comment may be answered with itself alone, and as created")
  func createdAlone() async throws {
    let transport = PlayedTransport { (_) async throws(TransportFailure) in
      (201, #"{"comment":"new","createdByDisplayName":"app","createdDateTime":"2026-01-02T00:00:00Z"}"#)
    }
    let comments = try await transport.context(TestClock())
      .addComment("new", to: IncidentID("7"), in: contoso) { _ in }
    #expect(
      comments == [
        IncidentComment(text: "new", createdBy: "app", createdAt: time("2026-01-02T00:00:00Z"))
      ])
  }

  @Test(
    "R9: an answer that nobody can read leaves the outcome open, and nothing is sent again", arguments: calls,
    [
      (200, "{}"), (200, ""), (204, ""), (200, "<html>"), (200, #"{"value":[]}"#), (200, #"{"value":[{"text":"x"}]}"#),
      (200, #"{"targetIncidentId":7}"#), (200, #"{"targetIncidentId":""}"#), (200, #"{"id":"other"}"#), (500, "{}"),
      (408, "{}"),
    ])
  func unreadable(call: Call, answer: (Int, String)) async throws {
    let count = Mutex(0)
    let transport = PlayedTransport { (_) async throws(TransportFailure) in
      count.withLock { $0 += 1 }
      return (answer.0, answer.1)
    }
    let error = try await failure { try await call.send(transport.context(TestClock())) }
    #expect(error.mayHaveTakenEffect)
    #expect(error.tenant == contoso)
    #expect(count.withLock { $0 } == 1)
  }

  @Test("R9: a request that may have left is never sent again; one that did not is", arguments: calls, [true, false])
  func lost(call: Call, mayHaveLeft: Bool) async throws {
    let count = Mutex(0)
    let transport = PlayedTransport { (_) async throws(TransportFailure) in
      count.withLock { $0 += 1 }
      throw TransportFailure(.unreachable(.connectionLost(host: "h")), mayHaveLeft: mayHaveLeft)
    }
    let error = try await failure { try await call.send(transport.context(TestClock())) }
    #expect(error.mayHaveTakenEffect == mayHaveLeft)
    #expect(count.withLock { $0 } == (mayHaveLeft ? 1 : 4))
  }

  @Test(
    "F31: a refusal names the app role that this operation needs",
    arguments: zip(
      calls.dropFirst(),
      [
        AppRole.updateAlerts, .updateAlerts, .manageSecurityData, .manageSecurityData,
      ]))
  func role(call: Call, role: AppRole) async throws {
    let transport = PlayedTransport { (_) async throws(TransportFailure) in
      (403, #"{"error":{"code":"Forbidden","message":"Insufficient privileges to complete the operation."}}"#)
    }
    let error = try await failure { try await call.send(transport.context(TestClock())) }
    #expect(call.action.neededRoles == [role])
    #expect(error.cause == .appRoleMissing([role]))
  }

  @Test(
    "An id that no service gives out reaches no service", arguments: ["", "..", String(repeating: "1", count: 257)])
  func impossible(id: String) async throws {
    let transport = PlayedTransport { (_) async throws(TransportFailure) in
      Issue.record("sent")
      return (200, "{}")
    }
    let context = transport.context(TestClock())
    for action in [
      IncidentAction.updateAlert(id: id, AlertUpdate(status: .resolved)), .commentAlert(id: id, "x"),
      .merge(others: [IncidentID(id)], comment: nil, reasons: []),
      .moveAlerts(ids: [id], to: IncidentID("1"), comment: nil, reasons: []),
      .moveAlerts(ids: ["a"], to: IncidentID(id), comment: nil, reasons: []),
    ] {
      let error = try await failure { try await Call(action: action, request: "", answer: "").send(context) }
      #expect(error.cause == .notFound && !error.mayHaveTakenEffect)
    }
    #expect(try await failure { try await context.getAlert(id, in: contoso) }.cause == .notFound)
  }

  @Test("An alert comes with its incident and comments; another than the one asked for, or another tenant's, does not")
  func alert() async throws {
    let answers = [
      #"{"id":"a","incidentId":"7","status":"new","comments":[{"comment":"c","createdByDisplayName":"Ben"}]}"#,
      #"{"id":"b","status":"new"}"#, #"{"id":"a","tenantId":"\#(fabrikam)","status":"new"}"#, "<html>",
    ]
    let number = Mutex(0)
    let transport = PlayedTransport { (_) async throws(TransportFailure) in
      (200, answers[number.withLock { $0 }])
    }
    let context = transport.context(TestClock())
    let alert = try await context.getAlert("a", in: contoso)
    #expect(alert.incidentID == IncidentID("7"))
    #expect(alert.comments == [IncidentComment(text: "c", createdBy: "Ben")])
    for index in 1..<answers.count {
      number.withLock { $0 = index }
      let error = try await failure { try await context.getAlert("a", in: contoso) }
      #expect(!error.mayHaveTakenEffect)
    }
  }
}
