import Foundation
import Glibc
import LabServer
import Testing

@Suite("What a command leaves behind that was ended while it changed something", .serialized)
struct LeftWriteTests {
  /// Ends `incidents update` with a change and a comment by a signal, while the change is under way.
  private func ended(by signal: Int32, in place: Workplace) async throws -> (id: String, run: ProgramRun) {
    let listed = try await place.run("incidents", "list", "--output", "json")
    let open = listed.object["incidents"] as? [[String: Any]] ?? []
    let id = try #require(open.first { $0["status"] as? String == "active" }?["id"] as? String)
    place.lab.add(LabFault(.delay(milliseconds: 3_000), route: "incidents.update"))
    let line = "incidents update \(place.tenants[0].domain) \(id) --status inProgress --comment Typed."
    async let run = place.shell("echo $$ > pid; exec \"$program\" \(line) --config \"$config\"")
    while place.lab.state().first?.requests["incidents.update"] != 1 { try await Task.sleep(for: .milliseconds(20)) }
    let pid = try String(contentsOf: place.home.appending(path: "pid"), encoding: .utf8)
    kill(try #require(Int32(pid.trimmingCharacters(in: .whitespacesAndNewlines))), signal)
    return (id, try await run)
  }

  @Test(
    "F53, F54: after a kill incidents show settles the change, and tells the comment that was not sent with its text")
  func killed() async throws {
    try await Workplace.with(tenants: 1) { (place) async throws in
      let (id, _) = try await ended(by: SIGKILL, in: place)
      while place.lab.state().first?.writes != 1 { try await Task.sleep(for: .milliseconds(20)) }
      let shown = try await place.run("incidents", "show", place.tenants[0].domain, id, "--output", "json")
      #expect(shown.status == 0 && shown.object["status"] as? String == "inProgress")
      #expect(shown.words.contains("of an earlier run, status inProgress: it is in effect."), "\(shown.words)")
      #expect(shown.words.contains("comment “Typed."), "\(shown.words)")
      #expect(shown.words.contains("it was not made. The program ended before it was sent: do it again"))
      #expect(place.lab.state().first?.comments == 0)
      let again = try await place.run("incidents", "show", place.tenants[0].domain, id)
      #expect(again.status == 0 && !again.words.contains("earlier run"), "told once")
    }
  }

  @Test("What another run is still at is told as that, and not as of an earlier run")
  func carried() async throws {
    try await Workplace.with(tenants: 1) { (place) async throws in
      let (tenant, listed) = (place.tenants[0].domain, try await place.run("incidents", "list", "--output", "json"))
      let open = listed.object["incidents"] as? [[String: Any]] ?? []
      let id = try #require(open.first { $0["status"] as? String == "active" }?["id"] as? String)
      place.lab.add(LabFault(.delay(milliseconds: 6_000), route: "incidents.update"))
      async let run = place.run("incidents", "update", tenant, id, "--status", "inProgress")
      while place.lab.state().first?.requests["incidents.update"] != 1 { try await Task.sleep(for: .milliseconds(20)) }
      let shown = try await place.run("incidents", "show", tenant, id)
      #expect(shown.words.contains("status inProgress: another partner-console that runs now is at it."))
      #expect(shown.status == 0 && !shown.words.contains("earlier run"), "\(shown.words)")
      #expect(try await run.status == 0)
    }
  }

  @Test("Ctrl-C while a change is under way names the command that shows the incident")
  func interrupted() async throws {
    try await Workplace.with(tenants: 1) { (place) async throws in
      let (id, run) = try await ended(by: SIGINT, in: place)
      #expect(run.status == 130)
      let show = "partner-console incidents show \(place.tenants[0].domain) \(id)."
      #expect(run.words.contains(show), "\(run.words)")
    }
  }
}
