import Glibc

/// A socket of this machine that listens already: who connects waits until somebody serves it.
///
/// Not inherited by programs; to be closed by whoever made it.
struct LoopbackListener {
  let descriptor: Int32
  let port: UInt16

  struct Refusal: Error { var code: Int32 }

  /// On a free port.
  /// - Throws: with `errno`.
  init() throws(Refusal) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
    guard descriptor >= 0 else { throw Refusal(code: errno) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        if bind(descriptor, address, size) != 0 || listen(descriptor, 1024) != 0 { return Int32(-1) }
        return getsockname(descriptor, address, &size)
      }
    }
    guard result == 0 else {
      let code = errno
      Glibc.close(descriptor)
      throw Refusal(code: code)
    }
    self.descriptor = descriptor
    port = UInt16(bigEndian: address.sin_port)
  }

  func close() { Glibc.close(descriptor) }
}
