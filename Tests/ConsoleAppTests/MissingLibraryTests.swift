import Foundation
import LabServer
import Testing

@Suite("A machine without the libraries for hashes, keys, TLS and HTTP", .serialized)
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

  @Test("A change is not sent without OpenSSL, which libcurl cannot do without; the file is named")
  func change() async throws {
    try await Workplace.with(tenants: 1) { place in
      let listed = try await place.run("incidents", "list", "--output", "json")
      #expect(listed.status == 0, "\(listed.words)")
      let incident = try #require((listed.object["incidents"] as? [[String: Any]])?.first?["id"] as? String)
      let update = ["incidents", "update", place.tenants[0].id, incident, "--status", "inProgress"]
      let environment = try without(place)
      let changed = try await place.run(bare: update + ["--config", place.configuration], environment: environment)
      #expect(changed.status == 2 && changed.output == "")
      #expect(changed.words.contains("libcrypto.so.3"), "\(changed.words)")
      #expect(place.lab.state().map(\.writes) == [0])
      let again = try await place.run(bare: update + ["--config", place.configuration])
      #expect(again.status == 0, "\(again.words)")
    }
  }

  @Test("Nothing is asked without libcurl: each tenant says what to install, and what was read before is shown")
  func transport() async throws {
    try await Workplace.with(tenants: 1) { place in
      let before = try await place.run("tenants", "--refresh", "--output", "json")
      #expect(before.status == 0, "\(before.words)")
      let environment = try without(place, "libcurl.so.4")
      let refreshed = try await place.run("tenants", "--refresh", "--output", "json", environment: environment)
      #expect(refreshed.status == 2, "\(refreshed.words)")
      #expect((refreshed.words + refreshed.output).contains("apt-get install libcurl4"), "\(refreshed.words)")
      let offline = try await place.run("incidents", "list", "--offline", "--output", "json", environment: environment)
      #expect(offline.status == 0, "\(offline.words)")
      #expect((offline.object["incidents"] as? [[String: Any]])?.isEmpty == false)
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

  @Test("A lab with TLS does not start without its library, and says what to install")
  func labWithTls() async throws {
    try await Workplace.with(tenants: 1) { place in
      let lab = try await place.run(
        bare: ["lab", "--tls", "--port", "0"], environment: try without(place, "libssl.so.3"))
      #expect(lab.status == 2 && lab.output == "")
      #expect(lab.words.contains(Self.advice(for: "libssl.so.3")), "\(lab.words)")
    }
  }
}
