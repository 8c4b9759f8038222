import Foundation
import Glibc
import LabServer
import PartnerModel
import PartnerStore
import Synchronization
import Testing

@testable import PartnerOperations

@Suite("Changing an incident")
struct TriageTests {
  private static let claim = IncidentUpdate(status: .inProgress, assignment: .to(EngineFixture.upn))

  @Test("Invariant 12: a claim is queued, sent and confirmed, each durable before the next")
  func claimIsConfirmed() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      let write = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      #expect(write.state == .confirmed)
      #expect(fixture.writeStates == [.queued, .sent, .confirmed])
      let kinds = try fixture.engine.journal.entries().map(\.entry.kind).filter(\.concernsWrite)
      #expect(kinds == [.intent, .sent, .confirmed])
      let sent = try #require(fixture.engine.journal.entries().map(\.entry).first { $0.kind == .sent })
      #expect(UUID(uuidString: sent.requestID ?? "") != nil, "invariant 20: the id that the service can look for")
      let stored = try #require(await fixture.engine.storedIncident(incident.key))
      #expect(stored.incident.assignedTo == EngineFixture.upn)
      #expect(stored.incident.status == .inProgress)
      #expect(try await fixture.engine.journal.verify().isIntact)
    }
  }

  @Test("R8: what is in effect already is not sent again")
  func claimTwiceSendsOnce() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      _ = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      let again = try await fixture.engine.update(incident.key, with: Self.claim, seen: nil)
      #expect(again.state == .confirmed)
      #expect(fixture.updates == 1)
    }
  }

  @Test("F29: a change by others since the operator looked is a conflict, and nothing is sent")
  func conflictSendsNothing() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      let others = IncidentUpdate(assignment: .to("ben@northwind-soc.example"))
      _ = try await fixture.engine.update(incident.key, with: others, seen: nil)
      let write = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      #expect(write.state == .failed)
      #expect(write.problem?.cause == "conflict")
      #expect(fixture.updates == 1)
    }
  }

  @Test("What a colleague took since the list was read is not taken over: the fresh read counts, and nothing is sent")
  func colleaguesIsKept() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      // Another process knows it: the store of this one says that nobody has it.
      _ = try await fixture.neighbour().update(
        incident.key, with: IncidentUpdate(assignment: .to("ben@northwind-soc.example")), seen: nil)
      let kept = try await fixture.engine.update(incident.key, with: Self.claim, seen: nil, takesOver: false)
      #expect(kept.state == .failed && kept.problem?.cause == "assignedElsewhere")
      #expect(kept.problem?.nextAction.contains("ben@northwind-soc.example") == true)
      #expect(fixture.updates == 1)
      let taken = try await fixture.engine.update(incident.key, with: Self.claim, seen: nil, takesOver: true)
      #expect(taken.state == .confirmed && fixture.updates == 2)
      let again = try await fixture.engine.update(incident.key, with: Self.claim, seen: nil, takesOver: false)
      #expect(again.state == .confirmed, "it is the operator's now")
      #expect(try await fixture.engine.journal.verify().isIntact)
    }
  }

  @Test("F6: a connection that breaks after the write was sent is settled by reading; nothing is sent twice")
  func resetAfterIsSettledByReading() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      fixture.lab.add(LabFault(.resetAfter, route: "incidents.update"))
      let write = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      #expect(write.state == .confirmed)
      #expect(fixture.writeStates == [.queued, .sent, .unknown, .confirmed])
      #expect(fixture.updates == 1)
    }
  }

  @Test("F6: a write that could not be read back is settled later by the same process")
  func ownUnknownIsSettledLater() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      fixture.lab.add(LabFault(.resetAfter, route: "incidents.update"))
      // The read before the write is let through; every read after it fails.
      fixture.lab.add(LabFault(.delay(milliseconds: 0), route: "incidents.get"))
      fixture.lab.add(LabFault(.answer(status: 403, headers: [:], body: ""), route: "incidents.get", times: 0))
      let write = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      #expect(write.state == .unknown)
      #expect(try await fixture.engine.settleLeftovers().open.map(\.state) == [.unknown])
      fixture.lab.clearFaults()
      #expect(try await fixture.engine.settleLeftovers().open == [])
      #expect(try await fixture.engine.journal.writes(.one(write.id)).first?.state == .confirmed)
      #expect(fixture.updates == 1)
    }
  }

  @Test("F6: a change that is not in effect counts as failed only when the service cannot be at work on it any more")
  func resetBeforeIsNotInEffect() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      fixture.lab.add(LabFault(.resetBefore, route: "incidents.update"))
      fixture.clock.stand()
      let write = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      #expect(write.state == .unknown)
      fixture.clock.pass(59)
      #expect(try await fixture.engine.settleLeftovers().open.map(\.state) == [.unknown])
      fixture.clock.pass(2)
      #expect(try await fixture.engine.settleLeftovers().open == [])
      let ended = try #require(try await fixture.engine.journal.writes(.one(write.id)).first)
      #expect(ended.state == .failed)
      #expect(ended.problem?.cause == "notInEffect")
    }
  }

  @Test("F6: a change that comes into effect after it was read back once is confirmed")
  func lateEffectIsConfirmed() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      fixture.lab.add(LabFault(.resetBefore, route: "incidents.update"))
      let write = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      #expect(write.state == .unknown)
      // The service gets to the request that it had.
      _ = try await fixture.neighbour().update(incident.key, with: Self.claim, seen: nil)
      #expect(try await fixture.engine.settleLeftovers().open == [])
      #expect(try await fixture.engine.journal.writes(.one(write.id)).first?.state == .confirmed)
    }
  }

  @Test("R8: an answer that does not show the change is settled by reading, not taken for a refusal")
  func silentAnswerIsSettledByReading() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      fixture.lab.add(
        LabFault(
          .answer(
            status: 200, headers: ["Content-Type": "application/json"],
            body: #"{"id":"\#(incident.key.id)","status":"active"}"#), route: "incidents.update"))
      let write = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      #expect(write.state == .unknown)
      #expect(write.problem?.cause == "outcomeUnknown")
      let others = IncidentUpdate(status: .inProgress, assignment: .to(EngineFixture.upn))
      _ = try await fixture.neighbour().update(incident.key, with: others, seen: nil)
      #expect(try await fixture.engine.settleLeftovers().open == [])
      #expect(try await fixture.engine.journal.writes(.one(write.id)).first?.state == .confirmed)
    }
  }

  @Test("A write that another process brought to its end is told as the journal has it")
  func othersEndCounts() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      var write = IncidentWrite(
        id: WriteID("left"), key: incident.key, update: Self.claim, state: .queued, operatorUPN: nil,
        intendedAt: fixture.clock.now)
      try await fixture.engine.journal.intend(write)
      for event in [JournalKind.sent, .unknown] {
        write.state = try await fixture.engine.journal.record(write.id, event, at: fixture.clock.now)
      }
      try await fixture.neighbour().journal.record(write.id, .settledInEffect, at: fixture.clock.now)
      await fixture.engine.advance(&write, .settledNotInEffect)
      #expect(write.state == .confirmed)
      #expect(fixture.writeStates == [.confirmed])
      #expect(fixture.warnings == [])
    }
  }

  @Test("An excluded tenant is neither asked nor written to")
  func excludedTenantIsLeftAlone() async throws {
    try await EngineFixture.with(configure: { $0.tenants[0].isExcluded = true }) { fixture in
      let key = IncidentKey(tenant: fixture.first.id, id: IncidentID("1"))
      await #expect(throws: PartnerError.self) { try await fixture.engine.readIncident(key) }
      await #expect(throws: PartnerError.self) {
        try await fixture.engine.update(key, with: Self.claim, seen: nil)
      }
      _ = await fixture.engine.checkConsent(in: fixture.first)
      #expect(await fixture.engine.sync(fixture.first, priority: .foreground) == nil)
      let entries = try fixture.engine.journal.entries()
      #expect(entries.isEmpty)
      let state = fixture.lab.state().first { $0.id.lowercased() == fixture.first.id.rawValue }
      #expect(state?.tokensIssued == 0)
    }
  }

  @Test("An incident that the service does not have any more leaves the queue and the counters")
  func goneIncidentLeaves() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      let before = try #require(await fixture.engine.overviews(of: [fixture.first]).first?.counts)
      fixture.forgetEvents()
      let body = #"{"error":{"code":"NotFound","message":"Incident not found"}}"#
      fixture.lab.add(LabFault(.answer(status: 404, headers: [:], body: "<html>"), route: "incidents.get"))
      fixture.lab.add(LabFault(.answer(status: 404, headers: [:], body: body), route: "incidents.get"))
      // A gateway's 404 proves nothing.
      await #expect(throws: PartnerError.self) { try await fixture.engine.readIncident(incident.key) }
      #expect(await fixture.engine.storedIncident(incident.key) != nil)
      await #expect(throws: PartnerError.self) { try await fixture.engine.readIncident(incident.key) }
      #expect(await fixture.engine.storedIncident(incident.key) == nil)
      #expect(fixture.toldIncidents.map(\.status.isOpen) == [false])
      #expect(await fixture.engine.overviews(of: [fixture.first]).first?.counts?.open == before.open - 1)
    }
  }

  @Test("A write that stays open is read back ever more rarely, and no more when it has ended")
  func settlerSlowsDown() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      fixture.lab.add(LabFault(.resetBefore, route: "incidents.update"))
      let write = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      #expect(write.state == .unknown)
      let naps = Mutex<[Duration]>([])
      let settler = Settler(engine: fixture.engine, pace: 20) { [clock = fixture.clock] nap in
        naps.withLock { $0.append(nap) }
        clock.pass(Double(nap.components.seconds))
      }
      await settler.doubt()
      await fixture.wait { if case .writeChanged(let write) = $0 { write.state == .failed } else { false } }
      await settler.stop()
      #expect(naps.withLock { $0 } == [.seconds(20), .seconds(40)])
    }
  }

  @Test("R8: a 429 on the write means that it was not taken; it is given up with the wait, not resent")
  func throttledWriteIsNotSent() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      fixture.lab.add(
        LabFault(
          .answer(
            status: 429, headers: ["Retry-After": "30"],
            body: #"{"error":{"code":"TooManyRequests","message":"Too many requests"}}"#),
          route: "incidents.update"))
      let write = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      #expect(write.state == .failed)
      #expect(write.problem?.cause == "throttled")
      let next = write.problem?.nextAction ?? ""
      #expect(next.hasPrefix("Nothing was changed: do it again after ") && next.hasSuffix("Z."), "\(next)")
    }
  }

  @Test("F31: a refusal by role ends the write and names the role's next step")
  func refusalNamesTheNextStep() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      fixture.lab.add(
        LabFault(
          .answer(
            status: 403, headers: [:],
            body:
              #"{"error":{"code":"Forbidden","message":"Missing application roles. API required roles: SecurityIncident.ReadWrite.All, application roles: SecurityIncident.Read.All."}}"#
          ), route: "incidents.update"))
      let write = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      #expect(write.state == .failed)
      #expect(write.problem?.cause == "appRoleMissing")
      #expect(write.problem?.nextAction.contains("consent link") == true)
    }
  }

  @Test("F56: when the intent cannot be kept nothing is sent")
  func unwritableJournalSendsNothing() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      fixture.engine.journal.close()
      await #expect(throws: PartnerError.self) {
        try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      }
      #expect(fixture.updates == 0)
    }
  }

  @Test("F53: an intent whose program ended before it was sent is given up and says so")
  func leftoverIntentIsGivenUp() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      let write = IncidentWrite(
        id: WriteID("left"), key: incident.key, update: Self.claim, state: .queued, operatorUPN: EngineFixture.upn,
        intendedAt: Date())
      try await fixture.engine.journal.intend(write)
      #expect(try await fixture.engine.settleLeftovers().open == [])
      let ended = try #require(try await fixture.engine.journal.writes(.one(write.id)).first)
      #expect(ended.state == .failed)
      #expect(ended.problem?.cause == "notSent")
      #expect(fixture.updates == 0)
    }
  }

  @Test("F53: a claim whose request is cut because the program ends stays open, so that the next start tells of it")
  func cutByTheEnd() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      fixture.lab.add(LabFault(.resetBefore, route: "incidents.get", times: 0))
      fixture.engine.prepareToEnd()
      let write = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      #expect(write.state == .queued)
      #expect(try await fixture.engine.journal.writes(.pending).map(\.id) == [write.id])
      #expect(fixture.updates == 0)
    }
  }

  @Test(
    "F54: a write whose program ended after it was sent is settled by reading, never sent again",
    arguments: [(true, WriteState.confirmed), (false, .failed)])
  func leftoverSentWriteIsSettled(wasTaken: Bool, ends: WriteState) async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      if wasTaken { _ = try await fixture.engine.update(incident.key, with: Self.claim, seen: nil) }
      let before = fixture.updates
      let write = IncidentWrite(
        id: WriteID("left"), key: incident.key, update: Self.claim, state: .queued, operatorUPN: EngineFixture.upn,
        intendedAt: Date())
      try await fixture.engine.journal.intend(write)
      try await fixture.engine.journal.record(write.id, .sent, at: Date())
      fixture.clock.pass(60)
      #expect(try await fixture.engine.settleLeftovers().open == [])
      #expect(try await fixture.engine.journal.writes(.one(write.id)).first?.state == ends)
      #expect(fixture.updates == before)
    }
  }

  @Test("F53: a write of a process that ended, and that nobody has waited for yet, is given up at once")
  func endedWriterIsGone() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      var argv: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
      defer { free(argv[0]) }
      var process: pid_t = 0
      try #require(posix_spawn(&process, "/bin/true", nil, nil, &argv, environ) == 0)
      defer { waitpid(process, nil, 0) }
      // Waits for its end and leaves it as it is.
      var end = siginfo_t()
      try #require(waitid(P_PID, id_t(process), &end, WEXITED | WNOWAIT) == 0)
      #expect(kill(process, 0) == 0)
      let write = IncidentWrite(
        id: WriteID("ended@\(process)"), key: incident.key, update: Self.claim, state: .queued, operatorUPN: nil,
        intendedAt: Date())
      try await fixture.engine.journal.intend(write)
      #expect(try await fixture.engine.settleLeftovers().open == [])
      #expect(try await fixture.engine.journal.writes(.one(write.id)).first?.problem?.cause == "notSent")
    }
  }

  @Test("A write of a process that still lives is left to it")
  func livingWriterIsLeftAlone() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      // Process 1 always lives.
      let write = IncidentWrite(
        id: WriteID("busy@1"), key: incident.key, update: Self.claim, state: .queued, operatorUPN: nil,
        intendedAt: Date())
      try await fixture.engine.journal.intend(write)
      #expect(try await fixture.engine.settleLeftovers().open.map(\.id) == [write.id])
      #expect(try await fixture.engine.journal.writes(.one(write.id)).first?.state == .queued)
    }
  }
}
