import Foundation
import Glibc

/// A port of this machine that answers no SYN, like a host behind a filter: its queue is full, and nobody accepts.
final class BlackHole: Sendable {
  let port: Int
  private let sockets: [Int32]

  /// - Parameter isIPv6: on `::1` instead of `127.0.0.1`.
  /// - Returns: `nil` where the machine has no such address, or still takes connections.
  init?(port wanted: Int = 0, isIPv6: Bool = false) {
    let family = isIPv6 ? AF_INET6 : AF_INET
    let listener = socket(family, Int32(SOCK_STREAM.rawValue), 0)
    var opened = [listener]
    var four = sockaddr_in()
    four.sin_family = sa_family_t(AF_INET)
    four.sin_addr.s_addr = inet_addr("127.0.0.1")
    four.sin_port = UInt16(wanted).bigEndian
    var six = sockaddr_in6()
    six.sin6_family = sa_family_t(AF_INET6)
    six.sin6_addr = in6addr_loopback
    six.sin6_port = UInt16(wanted).bigEndian
    func with(_ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Bool) -> Bool {
      if isIPv6 {
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        return withUnsafeMutablePointer(to: &six) {
          $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
        }
      }
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      return withUnsafeMutablePointer(to: &four) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
      }
    }
    let isBound = with { address, length in
      bind(listener, address, length) == 0 && listen(listener, 0) == 0
        && getsockname(listener, address, &length) == 0
    }
    port = Int(UInt16(bigEndian: isIPv6 ? six.sin6_port : four.sin_port))
    var isFull = false
    defer { if !isFull { for socket in opened { close(socket) } } }
    guard isBound else { return nil }
    // Connections that nobody takes fill the queue; what comes after is not answered.
    for _ in 0..<16 {
      let caller = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
      opened.append(caller)
      _ = with { address, length in connect(caller, address, length) == 0 }
      var poller = pollfd(fd: caller, events: Int16(POLLOUT), revents: 0)
      isFull = poll(&poller, 1, 50) == 0
      if isFull { break }
    }
    guard isFull else { return nil }
    sockets = opened
  }

  deinit { for socket in sockets { close(socket) } }
}
