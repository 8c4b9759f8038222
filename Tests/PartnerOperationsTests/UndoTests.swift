import Foundation
import PartnerModel
import PartnerStore
import Testing

@testable import PartnerContext
@testable import PartnerOperations

@Suite("Taking back")
struct UndoTests {
  private static let close = IncidentUpdate(
    status: .resolved, assignment: .to(PlayedDefender.upn), classification: .truePositive, determination: .malware,
    resolvingComment: "Cleaned.", addedTags: ["ours"], removedTags: ["theirs"])

  /// Why something cannot be undone.
  private func refusal(_ undo: () async throws -> [IncidentWrite]) async throws -> String {
    do {
      let writes = try await undo()
      Issue.record("undone: \(writes)")
    } catch let error as PartnerError {
      guard case .notUndoable(let reason) = error.cause else { throw error }
      return reason
    }
    return ""
  }

  @Test("u: a close is taken back in every field, with the alerts that the service closed alongside")
  func closing() async throws {
    try await PlayedDefender.with { played in
      let seen = try await played.seen("1")
      played.service.change { $0.alerts["a2"]?.fields["status"] = .string("inProgress") }
      let write = try await played.engine.perform(.update(Self.close), on: played.key("1"), seen: seen)
      #expect(write.state == .confirmed)
      #expect(write.before?.alerts?.count == 2)
      #expect(played.service.now.alerts["a2"]?.text("status") == "resolved")
      let undone = try await played.engine.undo(write.id)
      #expect(undone.map(\.state) == [.confirmed, .confirmed, .confirmed])
      #expect(undone.allSatisfy { $0.undoes == write.id })
      let incident = try #require(played.service.now.incidents["1"])
      #expect(incident.text("status") == "active")
      #expect(incident.fields["assignedTo"]?.isNull == true)
      #expect(incident.text("classification") == "unknown" && incident.text("determination") == "unknown")
      #expect(incident.text("resolvingComment") == "")
      #expect(incident.fields["customTags"]?.array?.compactMap(\.string) == ["theirs"])
      #expect(played.service.now.alerts["a1"]?.text("status") == "new")
      #expect(played.service.now.alerts["a2"]?.text("status") == "inProgress")
      #expect(played.service.now.alerts["b1"]?.text("status") == "new")
      let reason = try await refusal { try await played.engine.undo(write.id) }
      #expect(reason == "it was taken back already")
      let first = try #require(undone.first)
      let again = try await played.engine.undo(first.id)
      #expect(again.map(\.state) == [.confirmed], "what took back can be taken back")
      #expect(played.service.now.incidents["1"]?.text("status") == "resolved")
    }
  }

  @Test("u: an alert that a colleague closed, changed or had closed before stays as it is")
  func othersAlerts() async throws {
    try await PlayedDefender.with { played in
      played.service.change { $0.alerts["a1"]?.fields["status"] = .string("resolved") }
      let write = try await played.engine.perform(
        .update(IncidentUpdate(status: .resolved)), on: played.key("1"), seen: try await played.seen("1"))
      played.service.change { $0.alerts["a2"]?.fields["assignedTo"] = .string("ben@northwind-soc.example") }
      let undone = try await played.engine.undo(write.id)
      #expect(undone.map(\.action) == [.update(IncidentUpdate(status: .active))])
      #expect(played.service.now.alerts["a1"]?.text("status") == "resolved", "closed before")
      #expect(played.service.now.alerts["a2"]?.text("status") == "resolved", "changed since")
    }
  }

  @Test("u: an alert that was closed long after the incident is a colleague's")
  func closedLater() async throws {
    try await PlayedDefender.with { played in
      let write = try await played.engine.perform(
        .update(IncidentUpdate(status: .resolved)), on: played.key("1"), seen: try await played.seen("1"))
      played.service.change { world in
        world.clock += 600
        let moment = world.now()
        world.alerts["a1"]?.fields["resolvedDateTime"] = moment
        world.alerts["a1"]?.fields["lastUpdateDateTime"] = moment
      }
      let undone = try await played.engine.undo(write.id)
      #expect(undone.map(\.state) == [.confirmed, .confirmed])
      #expect(played.service.now.alerts["a1"]?.text("status") == "resolved")
      #expect(played.service.now.alerts["a2"]?.text("status") == "new")
    }
  }

  @Test("u: many alerts are opened again at the pace of our share of the limits, however many they are")
  func pace() async throws {
    try await PlayedDefender.with { played in
      played.service.addAlerts(40)
      let write = try await played.engine.perform(
        .update(IncidentUpdate(status: .resolved)), on: played.key("1"), seen: try await played.seen("1"))
      let undone = try await played.engine.undo(write.id)
      #expect(undone.count == 43 && undone.allSatisfy { $0.state == .confirmed })
      #expect(played.naps.all.contains { $0 > .seconds(1) }, "it had to wait")
      #expect(played.service.now.alerts.values.allSatisfy { $0.text("status") == "new" })
      #expect(await played.engine.remark(onUndoing: write.id, by: undone) == nil)
    }
  }

  @Test("u: while it waits the incident is free for others, and what it has still to do is nobody else's to settle")
  func aside() async throws {
    try await PlayedDefender.with { played in
      played.service.addAlerts(40)
      let write = try await played.engine.perform(
        .update(IncidentUpdate(status: .resolved)), on: played.key("1"), seen: try await played.seen("1"))
      played.naps.shorten()
      try await played.withAnother { other in
        let (key, comment, open) = (played.key("1"), PlayedDefender.States(), PlayedDefender.States())
        played.naps.once {
          comment.note(await (try? other.perform([.comment("Typed.")], on: key, seen: nil))?.map(\.state) ?? [])
          open.note(await (try? other.settleLeftovers())?.open.map(\.state) ?? [])
        }
        let undone = try await played.engine.undo(write.id)
        #expect(comment.told == [.confirmed])
        #expect(!open.told.isEmpty && open.told.allSatisfy { $0 == .queued }, "\(open.told)")
        #expect(undone.count == 43 && undone.allSatisfy { $0.state == .confirmed })
      }
    }
  }

  @Test("F66: what is left of it when the program ends stays as it was meant; the next start tells it")
  func ending() async throws {
    try await PlayedDefender.with { played in
      let write = try await played.engine.perform(
        .update(IncidentUpdate(status: .resolved)), on: played.key("1"), seen: try await played.seen("1"))
      let engine = played.engine
      played.service.change { world in
        world.arrival = { world in
          engine.prepareToEnd()
          world.failure = .lostAfter
        }
      }
      let undone = try await engine.undo(write.id)
      #expect(undone.map(\.state) == [.sent, .queued, .queued])
      #expect(try await engine.journal.writes(.undoing(write.id)).map(\.state) == [.sent, .queued, .queued])
      try await engine.settleLeftovers()
      let settled = try await engine.journal.writes(.undoing(write.id))
      #expect(settled.map(\.state) == [.confirmed, .failed, .failed])
      #expect(settled.last?.problem?.nextAction.contains("The program ended before it was sent") == true)
    }
  }

  @Test("u: what stops in the middle says how far it came, and a second one does the rest")
  func part() async throws {
    try await PlayedDefender.with { played in
      played.service.addAlerts(12)
      let write = try await played.engine.perform(
        .update(IncidentUpdate(status: .resolved)), on: played.key("1"), seen: try await played.seen("1"))
      played.service.fail(.answer(400, "{}"), after: 9)
      let undone = try await played.engine.undo(write.id)
      #expect(undone.count == 15)
      #expect(
        undone.map { $0.state == .confirmed } == Array(repeating: true, count: 9) + Array(repeating: false, count: 6))
      #expect(undone.last?.problem?.cause == "notSent")
      let remark = try #require(await played.engine.remark(onUndoing: write.id, by: undone))
      #expect(remark.hasPrefix("8 of 14 alerts were opened again; u does the rest. "), "\(remark)")
      #expect(try await played.engine.journal.writes(.pending).isEmpty)
      let rest = try await played.engine.undo(write.id)
      #expect(rest.map(\.state) == Array(repeating: .confirmed, count: 6))
      #expect(played.service.now.alerts.values.allSatisfy { $0.text("status") == "new" })
      #expect(try await refusal { try await played.engine.undo(write.id) } == "it was taken back already")
    }
  }

  @Test("u: all that it comes to is on record before anything leaves, so that a killed program shows what is left")
  func recordedBefore() async throws {
    try await PlayedDefender.with { played in
      let write = try await played.engine.perform(
        .update(IncidentUpdate(status: .resolved)), on: played.key("1"), seen: try await played.seen("1"))
      let found = played.statesAtArrival(of: .undoing(write.id))
      _ = try await played.engine.undo(write.id)
      #expect(found.told == [.sent, .queued, .queued])
    }
  }

  @Test("u: where the alerts could not be read when it was closed, that is said before and after")
  func alertsNotOnRecord() async throws {
    try await PlayedDefender.with { played in
      played.service.change { $0.failsToExpand = true }
      let write = try await played.engine.perform(
        .update(IncidentUpdate(status: .resolved)), on: played.key("1"), seen: nil)
      #expect(write.state == .confirmed && write.before?.alerts == nil)
      #expect(write.alertsNotOnRecord?.contains("none that closed with it is opened again") == true)
      let undone = try await played.engine.undo(write.id)
      #expect(await played.engine.remark(onUndoing: write.id, by: undone) == write.alertsNotOnRecord)
      var part = write
      part.before?.alerts = []
      #expect(part.alertsNotOnRecord == nil, "all were read")
      part.before?.lacksAlerts = true
      #expect(part.alertsNotOnRecord?.contains("Not all of its alerts") == true)
    }
  }

  @Test("u: alerts that do not come with the incident now are read alone, and opened again")
  func readAlone() async throws {
    try await PlayedDefender.with { played in
      let write = try await played.engine.perform(
        .update(IncidentUpdate(status: .resolved)), on: played.key("1"), seen: try await played.seen("1"))
      played.service.change { $0.failsToExpand = true }
      let undone = try await played.engine.undo(write.id)
      #expect(undone.map(\.state) == [.confirmed, .confirmed, .confirmed])
      #expect(played.service.now.alerts["a1"]?.text("status") == "new")
    }
  }

  @Test("u: reading many alone waits for our share of the limits as opening them does, and none is read that is done")
  func manyReadAlone() async throws {
    try await PlayedDefender.with { played in
      played.service.addAlerts(60)
      let write = try await played.engine.perform(
        .update(IncidentUpdate(status: .resolved)), on: played.key("1"), seen: try await played.seen("1"))
      played.service.change { $0.failsToExpand = true }
      played.service.fail(.answer(400, "{}"), after: 30)
      let undone = try await played.engine.undo(write.id)
      #expect(undone.count == 63 && undone.count { $0.state == .confirmed } == 30)
      let rest = try await played.engine.undo(write.id)
      #expect(rest.count == 33 && rest.allSatisfy { $0.state == .confirmed })
      #expect(played.service.now.alerts.values.allSatisfy { $0.text("status") == "new" })
    }
  }

  @Test("u: moved alerts go back to where they were; what was in the target before stays there")
  func movedBack() async throws {
    try await PlayedDefender.with { played in
      played.service.change { $0.alerts["a2"]?.fields["incidentId"] = .string("2") }
      let write = try await played.engine.perform(
        .moveAlerts(ids: ["a1", "a2"], to: IncidentID("2"), comment: nil, reasons: []), on: played.key("1"), seen: nil)
      #expect(write.state == .confirmed)
      let undone = try await played.engine.undo(write.id)
      #expect(undone.map(\.state) == [.confirmed] && undone.first?.undoes == write.id)
      #expect(undone.first?.key == played.key("2"))
      #expect(played.service.now.alerts["a1"]?.text("incidentId") == "1")
      #expect(played.service.now.alerts["a2"]?.text("incidentId") == "2")
      #expect(try await refusal { try await played.engine.undo(write.id) } == "it was taken back already")
    }
  }

  @Test("F29: an alert that a colleague moved on since is not moved back")
  func movedOn() async throws {
    try await PlayedDefender.with { played in
      let write = try await played.engine.perform(
        .moveAlerts(ids: ["a1"], to: IncidentID("2"), comment: nil, reasons: []), on: played.key("1"), seen: nil)
      played.service.change { $0.alerts["a1"]?.fields["incidentId"] = .string("3") }
      let undone = try await played.engine.undo(write.id)
      #expect(undone.map(\.state) == [.failed] && undone.first?.problem?.cause == "conflict")
      #expect(played.service.now.writes.count == 1)
    }
  }

  @Test("F29: what a colleague changed since is not overwritten by an undo: the conflict names him")
  func overtaken() async throws {
    try await PlayedDefender.with { played in
      let write = try await played.engine.perform(
        .update(Self.close), on: played.key("1"), seen: try await played.seen("1"))
      played.service.edit("1", ["status": .string("inProgress")])
      let undone = try await played.engine.undo(write.id)
      let first = try #require(undone.first)
      let last = try #require(try await played.engine.journal.writes(.one(first.id)).first)
      #expect(last.state == .failed)
      let conflict = try #require(last.conflict)
      #expect(conflict.by == "ben@northwind-soc.example")
      #expect(conflict.fields.map(\.field) == [.status])
      #expect(conflict.fields.first?.theirs == .text("inProgress"))
      #expect(played.service.now.writes.count == 1)
      #expect(played.service.now.alerts["a1"]?.text("status") == "resolved", "the incident first, then its alerts")
    }
  }

  @Test("u: a colleague's other tags stay when ours are taken back")
  func tags() async throws {
    try await PlayedDefender.with { played in
      let write = try await played.engine.perform(
        .update(IncidentUpdate(addedTags: ["ours", "theirs"])), on: played.key("1"), seen: nil)
      played.service.edit("1", ["customTags": .strings(["theirs", "ours", "new"])])
      _ = try await played.engine.undo(write.id)
      let tags = played.service.now.incidents["1"]?.fields["customTags"]?.array?.compactMap(\.string)
      #expect(tags == ["theirs", "new"])
    }
  }

  @Test("u: a change of an alert is taken back")
  func alert() async throws {
    try await PlayedDefender.with { played in
      let update = AlertUpdate(
        status: .resolved, assignment: .to(PlayedDefender.upn), classification: .falsePositive,
        determination: .notMalicious)
      let write = try await played.engine.perform(
        .updateAlert(id: "a1", update), on: played.key("1"), seen: try await played.seen("1"))
      let undone = try await played.engine.undo(write.id)
      #expect(undone.map(\.state) == [.confirmed])
      let alert = try #require(played.service.now.alerts["a1"])
      #expect(alert.text("status") == "new" && alert.text("classification") == "unknown")
      #expect(alert.fields["assignedTo"]?.isNull == true)
      #expect(try await refusal { try await played.engine.undo(write.id) } == "it was taken back already")
    }
  }

  @Test(
    "u: what cannot be taken back says so, and nothing is sent",
    arguments: [
      (IncidentAction.comment("Looked."), "the service keeps every comment"),
      (.commentAlert(id: "a1", "Looked."), "the service keeps every comment"),
      (.merge(others: [IncidentID("2")], comment: nil, reasons: []), "cannot part"),
      (.update(IncidentUpdate(status: .active)), "it was so already"),
    ])
  func honest(action: IncidentAction, reason: String) async throws {
    try await PlayedDefender.with { played in
      let write = try await played.engine.perform(action, on: played.key("1"), seen: nil)
      #expect(write.state == .confirmed)
      let before = played.service.now.writes.count
      #expect(try await refusal { try await played.engine.undo(write.id) }.contains(reason))
      #expect(played.service.now.writes.count == before)
    }
  }

  @Test(
    "u: only what is known to have been made can be taken back",
    arguments: [
      (PlayedService.Failure.answer(400, "{}"), "it was not made"), (.lostBefore, "not known yet"),
    ])
  func notMade(failure: PlayedService.Failure, reason: String) async throws {
    try await PlayedDefender.with { played in
      played.service.change { $0.failure = failure }
      let write = try await played.engine.perform(.update(Self.close), on: played.key("1"), seen: nil)
      #expect(try await refusal { try await played.engine.undo(write.id) }.contains(reason))
      #expect(try await refusal { try await played.engine.undo(WriteID("x")) }.contains("on record"))
    }
  }

  @Test("F28: a write on an incident that was merged since cannot be taken back there")
  func mergedSince() async throws {
    try await PlayedDefender.with { played in
      let write = try await played.engine.perform(.update(Self.close), on: played.key("1"), seen: nil)
      played.service.edit("1", ["status": .string("redirected"), "redirectIncidentId": .string("3")])
      let undone = try await played.engine.undo(write.id)
      #expect(undone.map(\.state) == [.failed])
      #expect(undone.first?.problem?.cause == "merged")
      #expect(played.service.now.writes.count == 1)
    }
  }
}
