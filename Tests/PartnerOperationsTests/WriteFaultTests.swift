import Foundation
import PartnerModel
import PartnerStore
import Testing

@testable import PartnerContext
@testable import PartnerOperations

/// Every action against every fault: how it ends, what arrived at the service, and what it made of it.
@Suite("Every action, every fault")
struct WriteFaultTests {
  struct Action: Sendable, CustomTestStringConvertible {
    var name: String
    var action: IncidentAction
    var testDescription: String { name }
  }

  static let actions = [
    Action(name: "claim", action: .update(IncidentUpdate(status: .inProgress, assignment: .to(PlayedDefender.upn)))),
    Action(name: "close", action: .update(IncidentUpdate(status: .resolved, resolvingComment: "Done."))),
    Action(name: "tags", action: .update(IncidentUpdate(addedTags: ["ours"]))),
    Action(name: "comment", action: .comment("Looked at it.")),
    Action(name: "alert", action: .updateAlert(id: "a1", AlertUpdate(status: .resolved))),
    Action(name: "alert comment", action: .commentAlert(id: "a1", "Looked at it.")),
    Action(name: "merge", action: .merge(others: [IncidentID("2")], comment: "Same.", reasons: [.sameActor])),
    Action(
      name: "move", action: .moveAlerts(ids: ["a1"], to: IncidentID("2"), comment: nil, reasons: [.sameCampaign])),
  ]

  struct Fault: Sendable, CustomTestStringConvertible {
    var name: String
    var failure: PlayedService.Failure?
    var times = 1
    /// How it stands when it was done, and after the time in which the service may still be at work on it.
    var ends: (WriteState, WriteState)
    /// The cause of its failure.
    var cause: String?
    var effects: Int
    var writes = 1
    var testDescription: String { name }
  }

  static let faults = [
    Fault(name: "none", ends: (.confirmed, .confirmed), effects: 1),
    Fault(name: "F5 no connection once", failure: .unsent, ends: (.confirmed, .confirmed), effects: 1),
    Fault(
      name: "F3 no connection", failure: .unsent, times: 0, ends: (.failed, .failed), cause: "unreachable", effects: 0,
      writes: 0),
    Fault(
      name: "F5 lost before", failure: .lostBefore, ends: (.unknown, .failed), cause: "notInEffect", effects: 0),
    Fault(name: "F6, F7 lost after", failure: .lostAfter, ends: (.confirmed, .confirmed), effects: 1),
    Fault(
      name: "R8 500, not done", failure: .answer(500, "{}"), ends: (.unknown, .failed), cause: "notInEffect",
      effects: 0),
    Fault(name: "R8 500, done", failure: .doneAndAnswer(500, "{}"), ends: (.confirmed, .confirmed), effects: 1),
    Fault(
      name: "F16 a web page, not done", failure: .answer(200, "<html>"), ends: (.unknown, .failed),
      cause: "notInEffect", effects: 0),
    Fault(name: "an empty answer, done", failure: .doneAndAnswer(204, ""), ends: (.confirmed, .confirmed), effects: 1),
    Fault(name: "F45 sent on, done", failure: .doneAndAnswer(303, ""), ends: (.confirmed, .confirmed), effects: 1),
    Fault(
      name: "F45 sent on, not done", failure: .answer(303, ""), ends: (.unknown, .failed), cause: "notInEffect",
      effects: 0),
    Fault(
      name: "R8 429", failure: .answer(429, "{}"), ends: (.failed, .failed), cause: "throttled", effects: 0),
    Fault(
      name: "F31 403", failure: .answer(403, #"{"error":{"code":"Forbidden","message":"No valid permissions."}}"#),
      ends: (.failed, .failed), effects: 0),
    Fault(name: "F30 400", failure: .answer(400, "{}"), ends: (.failed, .failed), cause: "refused", effects: 0),
    Fault(name: "F29 409", failure: .answer(409, "{}"), ends: (.failed, .failed), cause: "conflict", effects: 0),
    Fault(name: "F29 412", failure: .answer(412, "{}"), ends: (.failed, .failed), cause: "conflict", effects: 0),
  ]

  @Test(
    "R8, R9, R11: a write ends as what became of it, is sent once at the most, and has effect once", arguments: actions,
    faults)
  func matrix(action: Action, fault: Fault) async throws {
    try await PlayedDefender.with { played in
      let seen = try await played.seen("1")
      played.service.change {
        $0.failure = fault.failure
        $0.times = fault.times
      }
      let write = try await played.engine.perform(action.action, on: played.key("1"), seen: seen)
      #expect(write.state == fault.ends.0)
      if write.state == .failed, let cause = fault.cause { #expect(write.problem?.cause == cause) }
      played.clock.pass(61)
      #expect(try await played.engine.settleLeftovers().open == [])
      let ended = try #require(try await played.engine.journal.writes(.one(write.id)).first)
      #expect(ended.state == fault.ends.1)
      if ended.state == .failed, let cause = fault.cause { #expect(ended.problem?.cause == cause) }
      let world = played.service.now
      #expect(world.effects == fault.effects)
      #expect(world.writes.count == fault.writes, "\(world.writes)")
      let journal = try played.engine.journal.entries().map(\.entry).filter { $0.write == write.id }
      if fault.writes > 0 {
        let sent = try #require(journal.first { $0.kind == .sent })
        #expect(sent.image != nil && sent.requestID != nil)
        #expect(ended.before == sent.image && ended.requestID == sent.requestID)
      }
      #expect(try await played.engine.journal.verify().isIntact)
    }
  }

  @Test("F28: nothing is written on an incident that was merged; the one that it is now is named", arguments: actions)
  func merged(action: Action) async throws {
    try await PlayedDefender.with { played in
      let seen = try await played.seen("1")
      played.service.edit("1", ["status": .string("redirected"), "redirectIncidentId": .string("3")])
      played.service.change { world in
        for alert in ["a1", "a2"] { world.alerts[alert]?.fields["incidentId"] = .string("3") }
      }
      let write = try await played.engine.perform(action.action, on: played.key("1"), seen: seen)
      #expect(write.state == .failed)
      let problem = try #require(write.problem)
      #expect("\(problem)".contains("3"), "\(problem)")
      #expect(["merged", "conflict"].contains(problem.cause))
      #expect(played.service.now.writes == [])
    }
  }

  @Test("F56: nothing is sent when the intent cannot be kept", arguments: actions)
  func unwritable(action: Action) async throws {
    try await PlayedDefender.with { played in
      let seen = try await played.seen("1")
      played.engine.journal.close()
      await #expect(throws: PartnerError.self) {
        try await played.engine.perform(action.action, on: played.key("1"), seen: seen)
      }
      #expect(played.service.now.writes == [])
    }
  }

  @Test(
    "F66: a write that is cut because the program ends stays open, and the next start settles it", arguments: actions)
  func cut(action: Action) async throws {
    try await PlayedDefender.with { played in
      played.service.change { $0.failure = .lostAfter }
      played.engine.prepareToEnd()
      let write = try await played.engine.perform(action.action, on: played.key("1"), seen: nil)
      #expect(write.state == .sent)
      #expect(try await played.engine.settleLeftovers().open == [])
      #expect(try await played.engine.journal.writes(.one(write.id)).first?.state == .confirmed)
      #expect(played.service.now.effects == 1 && played.service.now.writes.count == 1)
    }
  }

  @Test("F53: what was meant and not sent when the program was killed is given up, and says so", arguments: actions)
  func killedBeforeSending(action: Action) async throws {
    try await PlayedDefender.with { played in
      let id = try await played.leave(action.action, on: "1", wasSent: false)
      #expect(try await played.engine.settleLeftovers().open == [])
      let ended = try #require(try await played.engine.journal.writes(.one(id)).first)
      #expect(ended.state == .failed && ended.problem?.cause == "notSent")
      #expect(played.service.now.writes == [])
    }
  }

  @Test(
    "F54: what was sent when the program was killed is settled by reading when its page is opened", arguments: actions,
    [false, true])
  func killedAfterSending(action: Action, wasDone: Bool) async throws {
    try await PlayedDefender.with { played in
      let id = try await played.leave(action.action, on: "1", wasSent: true)
      if wasDone {
        let request = try #require(ActionRequest(action.action, on: IncidentID("1"), tags: ["theirs"]))
        played.service.change { _ = $0.write(String(request.target.dropFirst("/security/".count)), request.body) }
      }
      await played.engine.settle(played.key("1"))
      #expect(try await played.engine.journal.writes(.one(id)).first?.state == (wasDone ? .confirmed : .unknown))
      played.clock.pass(61)
      await played.engine.settle(played.key("1"))
      #expect(try await played.engine.journal.writes(.one(id)).first?.state == (wasDone ? .confirmed : .failed))
      #expect(played.service.now.writes == [])
    }
  }
}
