import Glibc

/// Two sockets of this machine, one of each family, that listen on the same free port.
///
/// `localhost` is either of them to a browser; whoever held the other one would get the answer (RFC 8252, section 8.3).
struct RedirectSockets: Sendable {
  struct Refusal: Error {
    /// `errno`.
    var code: Int32
  }

  private(set) var descriptors: [Int32]
  let port: UInt16

  /// How often a port is tried that is free for one family and taken for the other.
  private static let tries = 32

  /// - Throws: when this machine gives no such port.
  init() throws(Refusal) {
    var code = EADDRINUSE
    for _ in 0..<Self.tries {
      let four = try Self.listening(AF_INET, port: 0)
      do throws(Refusal) {
        let six = try Self.listening(AF_INET6, port: four.port)
        (descriptors, port) = ([four.descriptor, six.descriptor], four.port)
        return
      } catch {
        // Without the family nobody else can listen there either.
        if [EAFNOSUPPORT, EADDRNOTAVAIL, EPROTONOSUPPORT].contains(error.code) {
          (descriptors, port) = ([four.descriptor], four.port)
          return
        }
        close(four.descriptor)
        code = error.code
        guard code == EADDRINUSE else { break }
      }
    }
    throw Refusal(code: code)
  }

  private static func listening(
    _ family: Int32, port: UInt16
  ) throws(Refusal) -> (descriptor: Int32, port: UInt16) {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(family, kind, 0)
    guard descriptor >= 0 else { throw Refusal(code: errno) }
    var port = port
    guard bind(descriptor, family, &port), listen(descriptor, 16) == 0 else {
      let code = errno
      close(descriptor)
      throw Refusal(code: code)
    }
    return (descriptor, port)
  }

  /// - Parameter port: 0 for any; afterwards the one that it is.
  private static func bind(_ descriptor: Int32, _ family: Int32, _ port: inout UInt16) -> Bool {
    func bound<Address>(_ address: inout Address) -> Bool {
      var size = socklen_t(MemoryLayout<Address>.size)
      return withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
        }
      }
    }
    if family == AF_INET {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
      guard bound(&address) else { return false }
      port = UInt16(bigEndian: address.sin_port)
    } else {
      var only: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &only, socklen_t(MemoryLayout<Int32>.size))
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      address.sin6_addr = in6addr_loopback
      guard bound(&address) else { return false }
      port = UInt16(bigEndian: address.sin6_port)
    }
    return true
  }
}
