import Glibc

/// The connections of one wait for a browser, on a thread of their own that sleeps until one of them has news.
struct RedirectRoom: Sendable {
  var sockets: [Int32]
  var wake: Int32
  /// With its port.
  var host: String
  var state: String
  /// How long a connection may take for its head.
  var limit: Duration
  var most: Int

  private struct Connection {
    var descriptor: Int32
    var bytes: [UInt8] = []
    var until: ContinuousClock.Instant
  }

  /// - Parameter ended: the answer with its connection; `nil` after `wake` was written to, or when the sockets failed.
  func waitOnThread(ended: @escaping @Sendable (RedirectAnswer?) -> Void) {
    let work = Unmanaged.passRetained(Work(room: self, ended: ended))
    var thread = pthread_t()
    let refusal = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let work = Unmanaged<Work>.fromOpaque(context).takeRetainedValue()
        work.ended(work.room.wait())
        return nil
      }, work.toOpaque())
    guard refusal == 0 else {
      work.release()
      return ended(nil)
    }
    pthread_detach(thread)
  }

  private final class Work: Sendable {
    let room: RedirectRoom
    let ended: @Sendable (RedirectAnswer?) -> Void
    init(room: RedirectRoom, ended: @escaping @Sendable (RedirectAnswer?) -> Void) {
      (self.room, self.ended) = (room, ended)
    }
  }

  private func wait() -> RedirectAnswer? {
    var connections: [Connection] = []
    defer { for connection in connections { close(connection.descriptor) } }
    while true {
      var polled = ([wake] + sockets + connections.map(\.descriptor)).map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      guard poll(&polled, nfds_t(polled.count), pause(connections)) >= 0 || errno == EINTR else { return nil }
      if polled[0].revents != 0 { return nil }
      let heard = polled[(1 + sockets.count)...].map { $0.revents != 0 }
      let now = ContinuousClock.now
      var kept: [Connection] = []
      for (index, connection) in connections.enumerated() {
        var connection = connection
        switch heard[index] ? read(&connection) : connection.until > now {
        case true: kept.append(connection)
        case false: close(connection.descriptor)
        }
      }
      connections = []
      for (index, connection) in kept.enumerated() {
        switch RedirectRequest.judge(connection.bytes, host: host, state: state) {
        case .unfinished: connections.append(connection)
        case .refused(let refusal):
          Self.send(RedirectPage(refusal), over: connection.descriptor)
          close(connection.descriptor)
        case .answer(let items):
          connections += kept[(index + 1)...]
          return RedirectAnswer(items: items, connection: connection.descriptor)
        }
      }
      for (index, socket) in sockets.enumerated() where polled[1 + index].revents != 0 {
        accept(from: socket, into: &connections)
      }
    }
  }

  /// Milliseconds until the first connection has taken too long; -1 without one.
  private func pause(_ connections: [Connection]) -> Int32 {
    guard let first = connections.map(\.until).min() else { return -1 }
    let (seconds, attoseconds) = max(first - .now, .zero).components
    return Int32(seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
  }

  /// - Returns: whether it goes on.
  private func read(_ connection: inout Connection) -> Bool {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = recv(connection.descriptor, &bytes, bytes.count, 0)
    if count < 0 { return errno == EAGAIN || errno == EINTR }
    connection.bytes += bytes[..<count]
    // A head is judged as soon as it is whole; a client that ends before has nothing to say.
    return count > 0
  }

  /// No more than there is room for: whoever connects all the time would else keep us here, and push a browser out before
  /// anybody has listened to it.
  private func accept(from socket: Int32, into connections: inout [Connection]) {
    for _ in 0..<max(1, most / sockets.count) {
      let descriptor = Glibc.accept(socket, nil, nil)
      guard descriptor >= 0 else {
        // It stays ready as long as this machine gives no descriptor.
        if errno == EMFILE || errno == ENFILE { poll(nil, 0, 100) }
        return
      }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      if connections.count >= most { close(connections.removeFirst().descriptor) }
      connections.append(Connection(descriptor: descriptor, until: .now + limit))
    }
  }

  /// A page fits the buffer of a fresh connection, so nobody waits for a browser that does not read.
  static func send(_ page: RedirectPage, over descriptor: Int32) {
    let bytes = page.bytes
    _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    shutdown(descriptor, Int32(SHUT_WR))
    // What was not read would have the page taken back by a reset.
    var rest = [UInt8](repeating: 0, count: 65_536)
    for _ in 0..<32 where recv(descriptor, &rest, rest.count, Int32(MSG_DONTWAIT)) > 0 {}
  }
}
