import Foundation
import RecordedData
import Testing

/// Each case is played in place; what is right here stands in its catalogue.
@Suite(
  "Faults reported elsewhere: reading by commands", .serialized,
  .enabled(if: RecordedFolder.cases.isWanted, "\(RecordedFolder.cases.reason)"))
struct CommandCaseTests {
  private let tenant = PlayedCase.tenant

  @Test("B01: what becomes visible late, with an older time, is in every list once")
  func late() async throws {
    try await PlayedCase.with("B01") { played in
      var lists: [Set<String>] = []
      for _ in 0..<3 {
        let ids = try await played.listed().ids
        #expect(Set(ids).count == ids.count)
        lists.append(Set(ids))
      }
      // It comes with the second request, and the first reading asks twice: for what is open, then for what changed.
      #expect(lists == [["101", "102"], ["101", "102"], ["101", "102"]])
    }
  }

  @Test("B02: one 404 of whatever kind takes nothing out of the list", arguments: ["201", "202", "203"])
  func passing(id: String) async throws {
    try await PlayedCase.with("B02") { played in
      var listed = try await played.listed().ids
      #expect(listed.count == 3)
      for status in [Int32(2), 0] {
        let show = try await played.run("incidents", "show", tenant, id)
        #expect(show.status == status)
        listed = try await played.listed().ids
        #expect(listed.count == 3)
      }
    }
  }

  @Test("B03: a tenant that answers 206 for good is read to its newest, and the next read is one page")
  func partialForGood() async throws {
    try await PlayedCase.with("B03") { played in
      let (ids, run) = try await played.listed()
      #expect(ids.count == 2600)
      #expect(ids.contains("52600"))
      #expect(run.status == 1)
      #expect(!run.words.contains("could not be read"))
    }
    try await PlayedCase.with("B03/small") { played in
      let first = try await played.listed().ids
      #expect(first.count == 120)
      let before = try await played.listRequests()
      let (ids, run) = try await played.listed()
      let after = try await played.listRequests()
      #expect(ids.count == 120)
      #expect(after == before + 1)
      let sync = (run.object["tenants"] as? [[String: Any]])?.first?["sync"] as? [String: Any]
      #expect(sync?["state"] as? String == "partial")
    }
  }

  @Test("B09: alerts that were cut off are read to the end, or told as cut", arguments: ["401", "402", "403"])
  func cutAlerts(id: String) async throws {
    try await PlayedCase.with("B09") { played in
      let show = try await played.run("incidents", "show", tenant, id)
      #expect(show.status == 1)
      #expect(!show.words.isEmpty)
      let requests = try await played.requests()
      if id == "401" { #expect(requests.contains { $0.path.contains("/incidents/401/alerts") }) }
      if id == "402" { #expect(show.words.contains("Office 365")) }
      if id == "403" { #expect(show.words.contains("57")) }
    }
  }

  @Test("B11: no cell of a list or of one incident is computed, whatever divides the cells")
  func formulas() async throws {
    try await PlayedCase.with("B11") { played in
      for arguments in [["list", tenant], ["show", tenant, "801"]] {
        let run = try await ProgramRun(
          Workplace.program, ["incidents"] + arguments + ["--output", "csv"], environment: played.environment,
          scratch: played.home)
        #expect(run.output.contains("801"))
        let file = played.home.appending(path: "cells.csv")
        try Data(run.output.utf8).write(to: file)
        let check = try await played.run(
          other: "/usr/bin/env", ["python3", played.file("B11/check.py"), file.path])
        #expect(check.status == 0, "\(check.output)")
      }
    }
  }

  @Test("B14: a pipe that does not block gets all of the JSON")
  func nonBlocking() async throws {
    try await PlayedCase.with("B14") { played in
      let run = try await played.run(
        other: "/usr/bin/env",
        [
          "python3", played.file("B14/nonblock.py"), "--", Workplace.program, "incidents", "list", tenant, "--output",
          "json",
        ])
      #expect(run.object["exit"] as? Int == 0, "\(run.output)")
      // The file counts the members of the root: incidents and tenants.
      #expect(run.object["items"] as? Int == 2, "\(run.output)")
    }
  }

  @Test("B16: an item with broken quoting costs itself alone, and is never a success")
  func brokenItem() async throws {
    try await PlayedCase.with("B16") { played in
      for _ in 0..<2 {
        let (ids, run) = try await played.listed()
        #expect(Set(ids) == ["901", "903"])
        #expect(run.status == 1)
      }
    }
  }

  @Test("B17: times that mean none are no times")
  func noTimes() async throws {
    try await PlayedCase.with("B17") { played in
      let run = try await played.run("incidents", "list", tenant, "--output", "json")
      let incidents = run.object["incidents"] as? [[String: Any]] ?? []
      #expect(incidents.count == 5)
      for incident in incidents {
        let isReal = incident["id"] as? String == "1005"
        #expect((incident["createdAt"] is NSNull) == !isReal, "\(incident)")
      }
      let text = try await played.run("incidents", "list", tenant).output
      #expect(!text.contains(#/[0-9]{3,} [dy]\b/#), "\(text)")
    }
  }

  @Test("B35: an alert of another tenant is left out and counted; the incident is shown")
  func foreignAlert() async throws {
    try await PlayedCase.with("B35") { played in
      let show = try await played.run("incidents", "show", tenant, "1601", "--output", "json")
      #expect(show.status == 1)
      let alerts = show.object["alerts"] as? [[String: Any]] ?? []
      #expect(alerts.compactMap { $0["id"] as? String } == ["da1601-1", "da1601-3"])
      #expect(!show.output.contains("From a Sentinel workspace"))
      let comments = show.object["comments"] as? [[String: Any]] ?? []
      #expect(comments.first?["createdDateTime"] as? String == "2026-11-20T08:15:30.1234567Z")
      #expect(show.words.contains("another tenant"))
    }
  }
}
