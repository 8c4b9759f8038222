import Foundation
import Glibc
import LabServer
import PseudoTerminal
import Testing

@Suite("Secrets", .serialized)
struct SecrecyTests {
  @Test("Invariants 6 and 7: no secret and no token in any file, log, screen, argument or environment of a whole run")
  func canary() async throws {
    try await Workplace.with(tenants: 3) { place in
      let log = place.home.appending(path: "log.txt").path
      for command in [
        ["tenants", "--output", "json"], ["consent", "check"], ["incidents", "list", "--output", "csv"],
      ] {
        let outcome = try await place.run(
          bare: command + ["--config", place.configuration, "--log-file", log, "--log-level", "trace"])
        #expect(outcome.status == 0)
        #expect(finds(Data((outcome.output + outcome.words).utf8), place) == [])
      }
      try await onThread {
        let terminal = try place.console("--log-file", log, "--log-level", "trace")
        try terminal.readUntil(contains: "ok 3", within: Workplace.patience)
        let child = try #require(ProcessRecord(terminal.process).children.first)
        for process in [terminal.process, child] {
          for file in ["cmdline", "environ"] {
            let bytes = try Data(contentsOf: URL(filePath: "/proc/\(process)/\(file)"))
            #expect(finds(bytes, place) == [], "\(file)")
          }
        }
        try terminal.write("\tj\rp")
        try terminal.write("q")
        _ = try terminal.waitForExit(within: Workplace.patience)
        #expect(finds(Data(terminal.transcript), place) == [])
      }
      // The secret's own file aside.
      var seen = 0
      let all = try #require(FileManager.default.enumerator(atPath: place.home.path))
      for case let name as String in all where name != "secret" {
        guard let bytes = FileManager.default.contents(atPath: place.home.path + "/" + name) else { continue }
        seen += 1
        #expect(finds(bytes, place) == [], "\(name)")
      }
      #expect(seen >= 4 && FileManager.default.fileExists(atPath: log))
      #expect((try Data(contentsOf: URL(filePath: log))).count > 0)
    }
  }

  /// What of a secret stands in `bytes`: the client secret, as it is or encoded, and anything that begins like a token.
  private func finds(_ bytes: Data, _ place: Workplace) -> [String] {
    let encoded = place.secret.replacing("~", with: "%7E")
    let base64 = Data(place.secret.utf8).base64EncodedString()
    return [place.secret, encoded, base64, "eyJ"].filter { bytes.range(of: Data($0.utf8)) != nil }
  }

  @Test("Invariant 16: state is 0700 and 0600")
  func modes() async throws {
    try await Workplace.with(tenants: 1) { place in
      #expect(try await place.run("tenants").status == 0)
      func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      }
      #expect(try mode(place.stateFolder) == 0o700)
      let files = try FileManager.default.contentsOfDirectory(atPath: place.stateFolder)
      #expect(files.contains("journal.db") && files.contains("cache.db"))
      for file in files { #expect(try mode(place.stateFolder + "/" + file) == 0o600, "\(file)") }
    }
  }
}
