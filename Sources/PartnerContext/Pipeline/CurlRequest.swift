import CCurl
import Glibc

extension TransportRequest {
  /// 0 for the usual time.
  var connectMilliseconds: Int {
    connectLimit.map { Int($0.components.seconds * 1000 + $0.components.attoseconds / 1_000_000_000_000_000) } ?? 0
  }

  /// Whether a header, the target or the method would end its line and begin another.
  var breaksLines: Bool {
    func isPlainByte(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }
    func isPlain(_ text: String) -> Bool {
      var text = text
      return text.withUTF8 { $0.allSatisfy(isPlainByte) }
    }
    return
      !(isPlain(method) && isPlain(target) && headers.allSatisfy { isPlain($0.name) && isPlain($0.value) }
      && (authorization?.withBytes { $0.allSatisfy(isPlainByte) } ?? true))
  }

  /// Lends the fields as `name: value` lines with a zero byte behind each, and wipes them.
  func withFields<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    func lend(_ token: UnsafeRawBufferPointer?) -> Result {
      let bearer = "authorization: Bearer "
      var count = headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 3 }
      if let token { count += bearer.utf8.count + token.count + 1 }
      return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { memory in
        defer { if let start = memory.baseAddress { explicit_bzero(start, memory.count) } }
        var place = 0
        func write(bytes: UnsafeRawBufferPointer) {
          // There is room: it was counted above.
          UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(memory)[place...])
            .copyMemory(from: bytes)
          place += bytes.count
        }
        func write(_ text: String) {
          var text = text
          text.withUTF8 { write(bytes: UnsafeRawBufferPointer($0)) }
        }
        for field in headers {
          write(field.name)
          write(field.value.isEmpty ? ";" : ": ")
          write(field.value)
          write("\0")
        }
        if let token {
          write(bearer)
          write(bytes: token)
          write("\0")
        }
        return body(UnsafeBufferPointer(rebasing: memory[..<place]))
      }
    }
    return if let authorization { authorization.withBytes { lend($0) } } else { lend(nil) }
  }

  /// Lends the body's bytes; without an address where there is none.
  func withBody<Result>(_ use: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    func lend(_ bytes: UnsafeBufferPointer<UInt8>) -> Result {
      // An empty body is one too.
      bytes.baseAddress == nil
        ? withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { memory in
          use(UnsafeBufferPointer(start: memory.baseAddress, count: 0))
        } : use(bytes)
    }
    return switch body {
    case .plain(var text): text.withUTF8 { lend($0) }
    case .secret(let secret):
      secret.withBytes { $0.withMemoryRebound(to: UInt8.self) { lend($0) } }
    case nil: use(UnsafeBufferPointer(start: nil, count: 0))
    }
  }
}
