import Foundation
import PartnerModel
import PartnerStore
import Testing

@testable import PartnerContext
@testable import PartnerOperations

@Suite("What belongs together, and what is too much at once")
struct TogetherTests {
  private static let both: [IncidentAction] = [.update(IncidentUpdate(status: .inProgress)), .comment("Typed.")]

  @Test("F53: a change and the comment beside it are both on record before either leaves")
  func intents() async throws {
    try await PlayedDefender.with { played in
      let found = played.statesAtArrival(of: .all)
      let writes = try await played.engine.perform(Self.both, on: played.key("1"), seen: nil)
      #expect(found.told == [.sent, .queued])
      #expect(writes.map(\.state) == [.confirmed, .confirmed])
      #expect(played.service.now.writes.map { $0.prefix(4) } == ["PATC", "POST"])
    }
  }

  @Test(
    "A comment beside a change that was not made, or that nobody knows of, is not sent, and its text stays on record",
    arguments: [(PlayedService.Failure.answer(400, "{}"), WriteState.failed), (.lostBefore, .unknown)])
  func left(failure: PlayedService.Failure, state: WriteState) async throws {
    try await PlayedDefender.with(context: .user) { played in
      played.service.change { $0.failure = failure }
      let writes = try await played.engine.perform(Self.both, on: played.key("1"), seen: nil)
      #expect(writes.map(\.state) == [state, .failed])
      let kept = try #require(try await played.engine.journal.writes(.one(writes[1].id)).first)
      #expect(kept.action == .comment("Typed.") && kept.problem?.cause == "notSent")
      #expect(kept.problem?.nextAction.contains("do it again if you still want it") == true)
      let why = state == .unknown ? "may or may not be in effect" : "was not made"
      #expect(kept.problem?.nextAction.contains("What it was meant to follow \(why)") == true)
      #expect(played.service.now.incidents["1"]?.comments.isEmpty == true)
    }
  }

  @Test("Another change of ours cannot come between the two, and the wait for it goes by the engine's clock")
  func claim() async throws {
    try await PlayedDefender.with { played in
      played.naps.shorten()
      let held = try #require(try await played.engine.journal.claim([played.key("1")]))
      let began = ContinuousClock.now
      let writes = try await played.engine.perform(Self.both, on: played.key("1"), seen: nil)
      #expect(writes.map(\.state) == [.failed, .failed])
      #expect(writes[0].problem?.summary?.contains("another change of it is still under way") == true)
      #expect(played.naps.all.reduce(.zero, +) >= .seconds(45) && .now - began < .seconds(30))
      held.release()
    }
  }

  @Test("R11: what somebody still holds is not settled")
  func claimInSettling() async throws {
    try await PlayedDefender.with { played in
      let id = try await played.leave(.comment("Typed."), on: "1", wasSent: false)
      let held = try #require(try await played.engine.journal.claim([played.key("1")]))
      await played.engine.settle(played.key("1"))
      #expect(try await played.engine.settleLeftovers().open.map(\.id) == [id])
      #expect(try await played.engine.journal.writes(.one(id)).first?.state == .queued)
      held.release()
      await played.engine.settle(played.key("1"))
      #expect(try await played.engine.journal.writes(.one(id)).first?.problem?.cause == "notSent")
    }
  }

  @Test("F28, invariant 13: an alert that the service has in no incident is not written on")
  func homeless() async throws {
    try await PlayedDefender.with { played in
      played.service.change { $0.alerts["a1"]?.fields["incidentId"] = .null }
      for action in [
        IncidentAction.updateAlert(id: "a1", AlertUpdate(status: .resolved)), .commentAlert(id: "a1", "x"),
        .moveAlerts(ids: ["a1"], to: IncidentID("2"), comment: nil, reasons: []),
      ] {
        let write = try await played.engine.perform(action, on: played.key("1"), seen: nil)
        #expect(write.state == .failed && write.problem?.summary?.contains("of no incident") == true)
      }
      #expect(played.service.now.writes == [])
    }
  }

  @Test("A long description stays whole on record, before and after, and u gives it back letter by letter")
  func description() async throws {
    try await PlayedDefender.with { played in
      let (was, new) = (String(repeating: "Before: “é”\n", count: 900), String(repeating: "After\t<b>\n", count: 900))
      played.service.edit("1", ["description": .string(was)])
      let write = try await played.engine.perform(
        .update(IncidentUpdate(details: new)), on: played.key("1"), seen: try await played.seen("1"))
      #expect(write.state == .confirmed && played.service.now.incidents["1"]?.text("description") == new)
      let kept = try #require(try await played.engine.journal.writes(.one(write.id)).first)
      #expect(kept.update?.details == new && kept.before?.text(.description) == was)
      #expect(kept.after?.text(.description) == new)
      _ = try await played.engine.undo(write.id)
      #expect(played.service.now.incidents["1"]?.text("description") == was)
    }
  }

  @Test("More than can be read before one write is refused before anything is on record or asked")
  func tooMany() async throws {
    try await PlayedDefender.with { played in
      let others = (2...IncidentAction.mostAtOnce + 1).map { IncidentID("\($0)") }
      let alerts = (0...IncidentAction.mostAtOnce).map { "a\($0)" }
      for action in [
        IncidentAction.merge(others: others, comment: nil, reasons: []),
        .moveAlerts(ids: alerts, to: IncidentID("2"), comment: nil, reasons: []),
      ] {
        let error = await #expect(throws: PartnerError.self) {
          try await played.engine.perform(action, on: played.key("1"), seen: nil)
        }
        #expect(error?.cause == .tooMany(most: 20))
        await #expect(throws: PartnerError.self) {
          try await played.engine.plan(action, on: played.key("1"), takesOver: true)
        }
      }
      let entries = try played.engine.journal.entries()
      #expect(entries.allSatisfy { !$0.entry.kind.concernsWrite })
    }
  }

  @Test("As many as are allowed are merged within our share of the limits, and can be settled by reading")
  func asManyAsAllowed() async throws {
    try await PlayedDefender.with { played in
      let others = (4..<3 + IncidentAction.mostAtOnce).map { "\($0)" }
      played.service.change { world in
        for id in others {
          world.incidents[id] = world.incidents["1"]
          world.incidents[id]?.fields["id"] = .string(id)
        }
        world.failure = .lostAfter
      }
      let write = try await played.engine.perform(
        .merge(others: others.map { IncidentID($0) }, comment: nil, reasons: []), on: played.key("1"), seen: nil)
      played.clock.pass(61)
      await played.engine.settle(played.key("1"))
      let settled = try #require(try await played.engine.journal.writes(.one(write.id)).first)
      #expect(settled.state == .confirmed && settled.detail == "#1 stays")
    }
  }

  @Test(
    "A merge whose answer names an incident that nobody named is settled by reading, and what stays is named",
    arguments: [true, false])
  func mergeTarget(isDone: Bool) async throws {
    try await PlayedDefender.with { played in
      let answer = #"{"targetIncidentId":"99"}"#
      played.service.change { $0.failure = isDone ? .doneAndAnswer(200, answer) : .answer(200, answer) }
      let write = try await played.engine.perform(
        .merge(others: [IncidentID("2")], comment: nil, reasons: []), on: played.key("1"), seen: nil)
      #expect(write.state == (isDone ? .confirmed : .unknown))
      #expect(write.detail == (isDone ? "#1 stays" : nil))
      let told = try await played.engine.perform(
        .merge(others: [IncidentID("3")], comment: nil, reasons: []), on: played.key("1"), seen: nil)
      #expect(told.detail == "#1 stays")
      #expect(try await played.engine.journal.writes(.one(told.id)).first?.detail == "#1 stays")
    }
  }

  @Test("An incident that is more than an answer may weigh is told as that, and nobody is told to wait")
  func tooLarge() async throws {
    try await PlayedDefender.with { played in
      let text = String(repeating: "x", count: 17 << 20)
      played.service.change { $0.incidents["1"]?.comments = [.object([("comment", .string(text))])] }
      let write = try await played.engine.perform(.comment("Typed."), on: played.key("1"), seen: nil)
      #expect(write.state == .failed && write.problem?.cause == "answerTooLarge")
      #expect(write.problem?.summary == "the incident alone is larger than an answer may be (over 16 MiB)")
      #expect(write.problem?.nextAction.contains("in the Defender portal") == true)
      #expect(played.service.now.writes == [])
    }
  }

  @Test("F28: where a further incident of a merge or a move was merged away, that one is named")
  func otherMerged() async throws {
    try await PlayedDefender.with { played in
      played.service.edit("2", ["status": .string("redirected"), "redirectIncidentId": .string("3")])
      for action in [
        IncidentAction.merge(others: [IncidentID("2")], comment: nil, reasons: []),
        .moveAlerts(ids: ["a1"], to: IncidentID("2"), comment: nil, reasons: []),
      ] {
        let write = try await played.engine.perform(action, on: played.key("1"), seen: nil)
        #expect(write.problem?.cause == "merged" && write.problem?.summary == "#2 was merged into #3")
        #expect(write.problem?.nextAction == "#2 was merged into #3: name that one instead.")
      }
    }
  }

  @Test("--dry-run: without the permission it is refused as the service would, once there is something to send")
  func planWithoutRole() async throws {
    try await PlayedDefender.with { played in
      played.service.change { $0.roles = ["SecurityIncident.ReadWrite.All"] }
      let merge = IncidentAction.merge(others: [IncidentID("2")], comment: nil, reasons: [])
      let error = await #expect(throws: PartnerError.self) {
        try await played.engine.plan(merge, on: played.key("1"), takesOver: true)
      }
      #expect(error?.cause == .appRoleMissing([.manageSecurityData]))
      let planned = try await played.engine.plan(.comment("x"), on: played.key("1"), takesOver: true)
      #expect(planned.count == 1)
    }
  }
}
