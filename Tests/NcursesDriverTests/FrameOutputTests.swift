import Glibc
import Testing

@testable import NcursesDriver

@Suite struct FrameOutputTests {
  private func ends(_ type: __socket_type) throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(type.rawValue), 0, &ends) == 0)
    return (ends[0], ends[1])
  }

  private func put(_ text: String, to descriptor: Int32) {
    #expect(write(descriptor, text, text.utf8.count) == text.utf8.count)
  }

  private func take(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes[..<max(count, 0)], as: UTF8.self)
  }

  @Test("A frame leaves in one write, and what is written between frames at once")
  func oneWrite() throws {
    let (reading, writing) = try ends(SOCK_SEQPACKET)
    let descriptor = dup(writing)
    defer { for end in [reading, writing, descriptor] { close(end) } }
    let output = FrameOutput(descriptor: descriptor, terminal: writing)
    for frame in ["one", "two"] {
      output.frame { for letter in frame { put(String(letter), to: descriptor) } }
      #expect(take(reading) == frame)
      put("between", to: descriptor)
      #expect(take(reading) == "between")
    }
    output.frame {}
    put("last", to: descriptor)
    #expect(take(reading) == "last")
  }

  @Test("A frame that is larger than the terminal takes at once arrives whole, also where nothing may block")
  func large() async throws {
    let (reading, writing) = try ends(SOCK_STREAM)
    #expect(fcntl(writing, F_SETFL, O_NONBLOCK) == 0)
    let descriptor = dup(writing)
    defer { for end in [reading, writing, descriptor] { close(end) } }
    let frame = String(repeating: "0123456789abcdef", count: 40_000)
    let reader = Task.detached {
      var text = ""
      while true {
        let part = take(reading)
        if part.isEmpty { return text }
        text += part
      }
    }
    FrameOutput(descriptor: descriptor, terminal: writing).frame { put(frame, to: descriptor) }
    shutdown(writing, Int32(SHUT_WR))
    #expect(await reader.value == frame)
  }
}
