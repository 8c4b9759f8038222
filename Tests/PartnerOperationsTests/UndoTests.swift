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
      (.moveAlerts(ids: ["a1"], to: IncidentID("2"), comment: nil, reasons: []), "by hand, out of incident 2"),
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
