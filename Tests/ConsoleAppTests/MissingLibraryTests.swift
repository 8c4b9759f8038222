import Foundation
import LabServer
import Testing

@Suite("A machine without the libraries for hashes, keys and TLS", .serialized)
struct MissingLibraryTests {
  private static let advice = advice(for: "libcrypto.so.3")

  private static func advice(for library: String) -> String {
    "OpenSSL's \(library) cannot be opened. Install it: apt-get install libssl3"
  }

  /// Lends an environment in which the library's file is found and is none.
  private func without(_ place: Workplace, _ library: String = "libcrypto.so.3") throws -> [String: String] {
    let folder = place.home.appending(path: "libraries")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data("no library".utf8).write(to: folder.appending(path: library))
    return ["LD_LIBRARY_PATH": folder.path]
  }

  @Test("What needs no hash works, and a change whose journal entry cannot be chained is not sent")
  func change() async throws {
    try await Workplace.with(tenants: 1) { place in
      let environment = try without(place)
      let listed = try await place.run("incidents", "list", "--output", "json", environment: environment)
      #expect(listed.status == 0, "\(listed.words)")
      let incident = try #require((listed.object["incidents"] as? [[String: Any]])?.first?["id"] as? String)
      let update = ["incidents", "update", place.tenants[0].id, incident, "--status", "inProgress"]
      let changed = try await place.run(bare: update + ["--config", place.configuration], environment: environment)
      #expect(changed.status == 2 && changed.output == "")
      #expect(changed.words.contains(Self.advice), "\(changed.words)")
      #expect(place.lab.state().map(\.writes) == [0])
      let again = try await place.run(bare: update + ["--config", place.configuration])
      #expect(again.status == 0, "\(again.words)")
    }
  }

  @Test("The lab does not start, and says what to install")
  func lab() async throws {
    try await Workplace.with(tenants: 1) { place in
      let lab = try await place.run(bare: ["lab", "--port", "0"], environment: try without(place))
      #expect(lab.status == 2 && lab.output == "")
      #expect(lab.words.contains(Self.advice), "\(lab.words)")
    }
  }

  @Test("A lab without TLS needs no library for it; one with TLS does not start, and says what to install")
  func labWithTls() async throws {
    try await Workplace.with(tenants: 1) { place in
      let environment = try without(place, "libssl.so.3")
      let listed = try await place.run("incidents", "list", "--output", "json", environment: environment)
      #expect(listed.status == 0, "\(listed.words)")
      let lab = try await place.run(bare: ["lab", "--tls", "--port", "0"], environment: environment)
      #expect(lab.status == 2 && lab.output == "")
      #expect(lab.words.contains(Self.advice(for: "libssl.so.3")), "\(lab.words)")
    }
  }
}
