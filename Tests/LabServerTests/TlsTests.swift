import Foundation
import LabServer
import Testing

@Suite struct TlsTests {
  @Test("With TLS the server's name is vouched for by the lab's own root, and by no other")
  func trusted() async throws {
    var options = options(.granted)
    options.tls = true
    options.now = { Date() }
    try await withLabServer(options) { lab in
      #expect(lab.baseURL.hasPrefix("https://127.0.0.1:"))
      let root = try #require(lab.caPEM)
      let answer = try await send("GET", "\(lab.baseURL)/lab/state", trust: root)
      #expect(answer.status == 200)
      try await withLabServer(options) { other in
        let stranger = try #require(other.caPEM)
        await #expect(throws: (any Error).self) {
          try await send("GET", "\(lab.baseURL)/lab/state", trust: stranger)
        }
      }
    }
  }
}
