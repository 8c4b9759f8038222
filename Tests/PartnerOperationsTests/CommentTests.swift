import Foundation
import PartnerModel
import PartnerStore
import Testing

@testable import PartnerContext
@testable import PartnerOperations

@Suite("Comments, plans and what was done")
struct CommentTests {
  private static let signed = "Looked.\n\n— anna@northwind-soc.example (partner-console)"

  @Test("A comment is signed where the app acts alone, and the journal holds what is sent")
  func signature() async throws {
    try await PlayedDefender.with { played in
      let write = try await played.engine.perform(.comment("Looked."), on: played.key("1"), seen: nil)
      #expect(write.action == .comment(Self.signed))
      #expect(played.service.now.incidents["1"]?.comments.first?["comment"]?.string == Self.signed)
      let intent = try #require(played.engine.journal.entries().first { $0.entry.kind == .intent })
      #expect(intent.entry.action == .comment(Self.signed))
      let stored = try #require(await played.engine.storedIncident(played.key("1")))
      #expect(stored.incident.comments.map(\.text) == [Self.signed], "shown at once")
    }
    #expect(CommentSignature(in: Tenant(id: PlayedEntra.id(1), name: "x", context: .user), operator: "a@b.c") == nil)
  }

  @Test("R9: the same comment twice by the operator is two; one that was there before proves nothing of a lost one")
  func sameAgain() async throws {
    try await PlayedDefender.with { played in
      for alone in [false, true, true] {
        played.service.change { $0.answersAlone = alone }
        let write = try await played.engine.perform(.comment("Looked."), on: played.key("1"), seen: nil)
        #expect(write.state == .confirmed)
      }
      #expect(played.service.now.incidents["1"]?.comments.count == 3)
      played.service.change { $0.failure = .lostBefore }
      let lost = try await played.engine.perform(.comment("Looked."), on: played.key("1"), seen: nil)
      #expect(lost.state == .unknown)
      played.clock.pass(61)
      await played.engine.settle(played.key("1"))
      let ended = try #require(try await played.engine.journal.writes(.one(lost.id)).first)
      #expect(ended.state == .failed)
      #expect(ended.problem?.nextAction == "Read back: the comment is not there. Send it again if you still want it.")
      #expect(played.service.now.incidents["1"]?.comments.count == 3)
    }
  }

  @Test("F7: a lost comment that a service keeps trimmed, with other line ends, is found again")
  func trimmed() async throws {
    try await PlayedDefender.with { played in
      played.service.change { world in
        world.failure = .lostBefore
        world.arrival = { world in
          world.incidents["1"]?.comments = [
            .object([("comment", .string("Looked.\r\n\r\n— anna@northwind-soc.example (partner-console)"))])
          ]
        }
      }
      let write = try await played.engine.perform(.comment("Looked.\n"), on: played.key("1"), seen: nil)
      #expect(write.state == .confirmed)
    }
  }

  @Test(
    "F7: a lost comment that a service keeps written another way is found again",
    arguments: [
      "Host &lt;srv-1&gt; &amp; mail:\r\n clean.", "<p>Host &lt;srv-1&gt; &amp; mail:</p><p>clean.</p>",
      "Host  & mail: clean.", "<div>Host &#60;srv-1&#x3E; & mail:<br/>clean.</div>",
    ])
  func rewritten(text: String) async throws {
    try await PlayedDefender.with(context: .user) { played in
      played.service.change { world in
        world.failure = .lostBefore
        world.arrival = { $0.incidents["1"]?.comments = [.object([("comment", .string(text))])] }
      }
      _ = try await played.engine.perform(.comment("Host <srv-1> & mail:\nclean."), on: played.key("1"), seen: nil)
      let ended = try #require(try await played.engine.journal.writes(.all).first)
      #expect(ended.state == .confirmed)
    }
    #expect(!SameComment("Looked.").says(SameComment("Looked again.")))
    #expect(!SameComment("1 < 2 > 0").says(SameComment("1  0")))
  }

  @Test("R9: one comment is not the outcome of two lost writes of the same text")
  func oneForTwo() async throws {
    try await PlayedDefender.with { played in
      played.service.change { ($0.failure, $0.times) = (.lostBefore, 2) }
      let first = try await played.engine.perform(.comment("Looked."), on: played.key("1"), seen: nil)
      let second = try await played.engine.perform(.comment("Looked."), on: played.key("1"), seen: nil)
      #expect(first.state == .unknown && second.state == .unknown)
      // One of them arrives late after all.
      played.service.change { world in
        world.incidents["1"]?.comments.append(.object([("comment", .string(Self.signed))]))
      }
      played.clock.pass(61)
      await played.engine.settle(played.key("1"))
      #expect(try await played.engine.journal.writes(.all).map(\.state) == [.confirmed, .failed])
    }
  }

  @Test("An answer with more comments than there were holds ours, whichever way it is written there")
  func moreThanBefore() async throws {
    try await PlayedDefender.with { played in
      let answer = #"{"value":[{"comment":"Something else."},{"comment":"Looked, as Anna says."}]}"#
      played.service.change { world in
        world.incidents["1"]?.comments = [.object([("comment", .string("Something else."))])]
        world.failure = .doneAndAnswer(200, answer)
      }
      let write = try await played.engine.perform(.comment("Looked."), on: played.key("1"), seen: nil)
      #expect(write.state == .confirmed && played.states.told == [.queued, .sent, .confirmed])
      let same = #"{"value":[{"comment":"Something else."},{"comment":"Looked."}]}"#
      played.service.change { $0.failure = .answer(200, same) }
      let lost = try await played.engine.perform(.comment("And more."), on: played.key("1"), seen: nil)
      #expect(lost.state == .unknown, "no more than before")
    }
  }

  @Test(
    "--dry-run: the same reading and checks, the requests as they would be sent, and nothing is written",
    arguments: WriteFaultTests.actions)
  func plan(action: WriteFaultTests.Action) async throws {
    try await PlayedDefender.with { played in
      let planned = try await played.engine.plan(action.action, on: played.key("1"), takesOver: true)
      #expect(played.service.now.writes == [])
      #expect(try played.engine.journal.entries().allSatisfy { !$0.entry.kind.concernsWrite })
      _ = try await played.engine.perform(action.action, on: played.key("1"), seen: nil)
      let told = planned.map { "\($0.method) \($0.target.dropFirst("/security/".count)) \($0.body)" }
      #expect(told == played.service.now.writes)
    }
  }

  @Test("--dry-run: what would not be sent is no request, and what would be refused is refused")
  func planOfNothing() async throws {
    try await PlayedDefender.with { played in
      let active = IncidentAction.update(IncidentUpdate(status: .active))
      let nothing = try await played.engine.plan(active, on: played.key("1"), takesOver: true)
      #expect(nothing == [])
      played.service.edit("1", ["status": .string("redirected"), "redirectIncidentId": .string("3")])
      let error = await #expect(throws: PartnerError.self) {
        try await played.engine.plan(active, on: played.key("1"), takesOver: true)
      }
      #expect(error?.cause == .merged(into: IncidentID("3")))
    }
  }

  @Test("Activity: the newest first, page by page, each once")
  func activity() async throws {
    try await PlayedDefender.with { played in
      var ids: [WriteID] = []
      for number in 0..<5 {
        ids.append(try await played.engine.perform(.comment("\(number)"), on: played.key("1"), seen: nil).id)
      }
      var told: [WriteID] = []
      while true {
        let page = try await played.engine.activity(after: told.last, limit: 2)
        if page.isEmpty { break }
        told += page.map(\.id)
      }
      #expect(told == ids.reversed())
    }
  }

  @Test("R11: two of ours on one incident go one after the other, and neither loses the other's tag")
  func oneAfterTheOther() async throws {
    try await PlayedDefender.with { played in
      try await withThrowingTaskGroup(of: IncidentWrite.self) { group in
        for number in 0..<12 {
          group.addTask {
            try await played.engine.perform(
              .update(IncidentUpdate(addedTags: ["\(number)"])), on: played.key("1"), seen: nil)
          }
        }
        for try await write in group { #expect(write.state == .confirmed) }
      }
      let tags = played.service.now.incidents["1"]?.fields["customTags"]?.array?.compactMap(\.string) ?? []
      #expect(Set(tags) == Set((0..<12).map { "\($0)" } + ["theirs"]))
    }
  }
}
