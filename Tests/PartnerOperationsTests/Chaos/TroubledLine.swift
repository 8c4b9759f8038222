import Foundation
import Glibc
import Synchronization

/// A line to a server on this machine that can be cut, held up and made slow while it is in use.
final class TroubledLine: Sendable {
  enum Condition: Hashable, Sendable {
    case well
    /// Whatever is open is reset, and so is whatever comes.
    case dead
    /// Nothing goes through, and nothing ends.
    case frozen
    /// So many bytes each way at a time, a hundred times a second.
    case slow(bytes: Int)
  }

  let port: Int
  private let listener: Int32
  private let target: UInt16
  private let state = Mutex((condition: Condition.well, isEnding: false, cuts: 0))
  private let ended = DispatchSemaphore(value: 0)

  /// How many connections were cut.
  var cuts: Int { state.withLock { $0.cuts } }

  var condition: Condition {
    get { state.withLock { $0.condition } }
    set { state.withLock { $0.condition = newValue } }
  }

  init(to target: Int) throws {
    self.target = UInt16(target)
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    let listener = listener
    let bound = Self.withAddress(port: 0) { address, length -> UInt16? in
      var own = sockaddr_in()
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      guard bind(listener, address, length) == 0, listen(listener, 512) == 0 else { return nil }
      let isKnown = withUnsafeMutablePointer(to: &own) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) == 0 }
      }
      return isKnown ? UInt16(bigEndian: own.sin_port) : nil
    }
    self.port = Int(bound ?? 0)
    guard bound != nil else { throw CocoaError(.fileReadUnknown) }
    Thread.detachNewThread { self.run() }
  }

  /// Returns when every connection is closed.
  func close() {
    state.withLock { $0.isEnding = true }
    ended.wait()
  }

  private static func withAddress<Value>(
    port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
  ) -> Value {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    address.sin_port = port.bigEndian
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }

  /// One way of a connection.
  private struct Way {
    var from: Int32
    var to: Int32
    var waiting: [UInt8] = []
    var hasEnded = false
    /// What has to be waited for before it goes on; 0 for nothing.
    var wants: (read: Bool, write: Bool) { (!hasEnded && waiting.count < 65_536, !waiting.isEmpty) }
  }

  private struct Connection {
    var ways: [Way]
    var isOver = false
  }

  private func run() {
    var connections: [Connection] = []
    while true {
      let (condition, isEnding) = state.withLock { ($0.condition, $0.isEnding) }
      if isEnding { break }
      if condition == .dead, !connections.isEmpty {
        for connection in connections { cut(connection) }
        connections = []
      }
      wait(for: connections, condition)
      accept(into: &connections, condition)
      if condition == .frozen || condition == .dead { continue }
      let most = if case .slow(let bytes) = condition { bytes } else { 65_536 }
      for index in connections.indices { carry(&connections[index], most) }
      for connection in connections where connection.isOver { end(connection) }
      connections.removeAll(where: \.isOver)
    }
    for connection in connections { end(connection) }
    Glibc.close(listener)
    ended.signal()
  }

  private func wait(for connections: [Connection], _ condition: Condition) {
    var places = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
    // While the line is slow or stands still only time makes it go on.
    if condition == .well {
      for way in connections.flatMap(\.ways) {
        if way.wants.read { places.append(pollfd(fd: way.from, events: Int16(POLLIN), revents: 0)) }
        if way.wants.write { places.append(pollfd(fd: way.to, events: Int16(POLLOUT), revents: 0)) }
      }
    }
    poll(&places, nfds_t(places.count), 10)
    if case .slow = condition { usleep(10_000) }
  }

  private func accept(into connections: inout [Connection], _ condition: Condition) {
    while true {
      let client = Glibc.accept(listener, nil, nil)
      guard client >= 0 else { return }
      _ = fcntl(client, F_SETFL, O_NONBLOCK)
      let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      let isThere =
        condition != .dead
        && Self.withAddress(port: target) { address, length in connect(server, address, length) == 0 }
      _ = fcntl(server, F_SETFL, O_NONBLOCK)
      let connection = Connection(ways: [Way(from: client, to: server), Way(from: server, to: client)])
      if isThere { connections.append(connection) } else { cut(connection) }
    }
  }

  private func carry(_ connection: inout Connection, _ most: Int) {
    var room = [UInt8](repeating: 0, count: most)
    for index in connection.ways.indices {
      if connection.ways[index].wants.read {
        let count = recv(connection.ways[index].from, &room, most, 0)
        if count > 0 { connection.ways[index].waiting += room.prefix(count) }
        if count == 0 || count < 0 && errno != EAGAIN && errno != EINTR { connection.ways[index].hasEnded = true }
      }
      while !connection.ways[index].waiting.isEmpty {
        let waiting = connection.ways[index].waiting
        let count = send(connection.ways[index].to, waiting, min(waiting.count, most), Int32(MSG_NOSIGNAL))
        if count < 0, errno != EAGAIN, errno != EINTR { connection.isOver = true }
        guard count > 0 else { break }
        connection.ways[index].waiting.removeFirst(count)
        if most < 65_536 { break }
      }
      if connection.ways[index].hasEnded, connection.ways[index].waiting.isEmpty { connection.isOver = true }
    }
  }

  private func end(_ connection: Connection) {
    for way in connection.ways { Glibc.close(way.from) }
  }

  /// Ends it with a reset, as a machine does that has died.
  private func cut(_ connection: Connection) {
    var linger = linger(l_onoff: 1, l_linger: 0)
    for way in connection.ways {
      setsockopt(way.from, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
      Glibc.close(way.from)
    }
    state.withLock { $0.cuts += 1 }
  }
}
