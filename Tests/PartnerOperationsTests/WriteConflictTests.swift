import Foundation
import PartnerModel
import PartnerStore
import Testing

@testable import PartnerContext
@testable import PartnerOperations

@Suite("Somebody was faster")
struct WriteConflictTests {
  struct Field: Sendable, CustomTestStringConvertible {
    var field: IncidentField
    /// What a colleague makes of it, and what we want.
    var theirs: JSONNode
    var ours: IncidentUpdate
    var testDescription: String { field.rawValue }
  }

  static let fields = [
    Field(field: .status, theirs: .string("inProgress"), ours: IncidentUpdate(status: .resolved)),
    Field(
      field: .assignedTo, theirs: .string("ben@northwind-soc.example"),
      ours: IncidentUpdate(assignment: .to(PlayedDefender.upn))),
    Field(field: .severity, theirs: .string("low"), ours: IncidentUpdate(severity: .medium)),
    Field(
      field: .classification, theirs: .string("falsePositive"), ours: IncidentUpdate(classification: .truePositive)),
    Field(field: .determination, theirs: .string("phishing"), ours: IncidentUpdate(determination: .malware)),
    Field(field: .displayName, theirs: .string("Theirs"), ours: IncidentUpdate(displayName: "Ours")),
    Field(field: .description, theirs: .string("Theirs"), ours: IncidentUpdate(details: "Ours")),
    Field(field: .resolvingComment, theirs: .string("Theirs"), ours: IncidentUpdate(resolvingComment: "Ours")),
  ]

  @Test(
    "F29: a colleague's change of the same field is a conflict, told from the journal alone; kept, ours wins",
    arguments: fields)
  func conflict(field: Field) async throws {
    try await PlayedDefender.with { played in
      let (engine, key) = (played.engine, played.key("1"))
      _ = try await played.seen("1")
      // As a list shows it: the rest is taken from the store.
      let seen = IncidentImage(try #require(await engine.storedIncident(key)?.summary))
      played.service.edit("1", [field.field.rawValue: field.theirs])
      let write = try await engine.perform(.update(field.ours), on: key, seen: seen)
      #expect(write.state == .failed && write.problem?.cause == "conflict")
      let recorded = try #require(try await engine.journal.writes(.one(write.id)).first)
      let conflict = try #require(recorded.conflict)
      #expect(conflict == write.conflict)
      #expect(conflict.fields.map(\.field) == [field.field])
      #expect(conflict.fields.first?.theirs == .text(field.theirs.string))
      #expect(conflict.by == "ben@northwind-soc.example")
      #expect(played.service.now.writes == [])
      let kept = try await engine.perform(.update(field.ours), on: key, seen: recorded.after)
      #expect(kept.state == .confirmed)
      #expect(played.service.now.writes.count == 1)
    }
  }

  @Test("F29: what a colleague made of another field is no conflict, and stays")
  func otherField() async throws {
    try await PlayedDefender.with { played in
      let seen = try await played.seen("1")
      played.service.edit("1", ["severity": .string("low"), "description": .string("Theirs")])
      let write = try await played.engine.perform(
        .update(IncidentUpdate(status: .resolved)), on: played.key("1"), seen: seen)
      #expect(write.state == .confirmed)
      #expect(played.service.now.incidents["1"]?.text("severity") == "low")
      #expect(played.service.now.writes == [#"PATCH incidents/1 {"status":"resolved"}"#])
    }
  }

  @Test("R10, F73: tags of others stay, whatever was seen: both, without a question")
  func tags() async throws {
    try await PlayedDefender.with { played in
      let seen = try await played.seen("1")
      played.service.edit("1", ["customTags": .strings(["new"])])
      let write = try await played.engine.perform(
        .update(IncidentUpdate(addedTags: ["ours"], removedTags: ["theirs"])), on: played.key("1"), seen: seen)
      #expect(write.state == .confirmed)
      #expect(played.service.now.writes == [#"PATCH incidents/1 {"customTags":["new","ours"]}"#])
    }
  }

  @Test("F29: a colleague's change of the same alert is a conflict, told from the journal alone")
  func alert() async throws {
    try await PlayedDefender.with { played in
      let seen = try await played.seen("1")
      played.service.change { $0.alerts["a1"]?.fields["status"] = .string("inProgress") }
      let update = IncidentAction.updateAlert(id: "a1", AlertUpdate(status: .resolved))
      let write = try await played.engine.perform(update, on: played.key("1"), seen: seen)
      #expect(write.state == .failed)
      let recorded = try #require(try await played.engine.journal.writes(.one(write.id)).first)
      #expect(recorded.conflict?.fields.first?.theirs == .text("inProgress"))
      let kept = try await played.engine.perform(update, on: played.key("1"), seen: recorded.after)
      #expect(kept.state == .confirmed)
    }
  }

  @Test("F29: what the service calls a conflict is shown with what stands there now")
  func theirs() async throws {
    try await PlayedDefender.with { played in
      let seen = try await played.seen("1")
      played.service.change { world in
        world.failure = .answer(409, "{}")
        world.arrival = { $0.incidents["1"]?.fields["status"] = .string("inProgress") }
      }
      let write = try await played.engine.perform(
        .update(IncidentUpdate(status: .resolved)), on: played.key("1"), seen: seen)
      #expect(write.state == .failed)
      let recorded = try #require(try await played.engine.journal.writes(.one(write.id)).first)
      #expect(recorded.conflict?.fields.first?.theirs == .text("inProgress"))
    }
  }

  @Test("An alert is not taken from a colleague who has it now, unless the operator says so")
  func alertHolder() async throws {
    try await PlayedDefender.with { played in
      played.service.change { $0.alerts["a1"]?.fields["assignedTo"] = .string("ben@northwind-soc.example") }
      let action = IncidentAction.updateAlert(id: "a1", AlertUpdate(assignment: .to(PlayedDefender.upn)))
      let kept = try await played.engine.perform(action, on: played.key("1"), seen: nil, takesOver: false)
      #expect(kept.problem?.cause == "assignedElsewhere")
      let taken = try await played.engine.perform(action, on: played.key("1"), seen: nil, takesOver: true)
      #expect(taken.state == .confirmed)
    }
  }

  @Test("Invariant 13: nothing is written on an alert that is of another incident now")
  func movedAlert() async throws {
    try await PlayedDefender.with { played in
      played.service.change { $0.alerts["a1"]?.fields["incidentId"] = .string("2") }
      for action in [
        IncidentAction.updateAlert(id: "a1", AlertUpdate(status: .resolved)), .commentAlert(id: "a1", "x"),
      ] {
        let write = try await played.engine.perform(action, on: played.key("1"), seen: nil)
        #expect(write.state == .failed && write.problem?.cause == "conflict")
      }
      #expect(played.service.now.writes == [])
    }
  }
}
