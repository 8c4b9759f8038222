import Glibc
package import PartnerModel
import Synchronization

/// Waits on this machine for the one request with which a browser comes back from Entra ID (rule T8, invariant 15).
///
/// It takes one request with the state that was made for it, and is closed then; whatever else comes is refused and ends
/// nothing, so that no other page or program can call the sign-in off.
package final class RedirectListener: Sendable {
  /// What Entra ID leads the browser to, where it adds the slash. The registration holds `http://localhost`: ports of such
  /// are not compared, and paths are.
  package let redirectURI: String
  let port: UInt16

  private let expire: @Sendable (Duration, @escaping @Sendable () -> Void) -> @Sendable () -> Void
  private let connectionLimit: Duration
  /// A byte through it wakes the thread that waits.
  private let wake: (reading: Int32, writing: Int32)
  private let state: Mutex<State>

  private struct State {
    var sockets: [Int32]
    var isWaiting = false
    var end: PartnerError.Cause?
  }

  /// How long one connection may take for its head.
  private static let patience: Duration = .seconds(10)
  /// Connections at a time; of further ones the oldest is closed.
  private static let mostConnections = 16

  /// - Throws: `.signInFailed(.listener)` when this machine gives no port on its loopback addresses.
  init(
    expire: @escaping @Sendable (Duration, @escaping @Sendable () -> Void) -> @Sendable () -> Void,
    connectionLimit: Duration = patience
  ) throws(PartnerError) {
    let sockets: RedirectSockets
    do throws(RedirectSockets.Refusal) {
      sockets = try RedirectSockets()
    } catch {
      throw PartnerError(.signInFailed(.listener(String(cString: strerror(error.code)))), tenant: nil)
    }
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      let reason = String(cString: strerror(errno))
      for socket in sockets.descriptors { Glibc.close(socket) }
      throw PartnerError(.signInFailed(.listener(reason)), tenant: nil)
    }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    wake = (ends[0], ends[1])
    port = sockets.port
    redirectURI = "http://localhost:\(port)"
    self.expire = expire
    self.connectionLimit = connectionLimit
    state = Mutex(State(sockets: sockets.descriptors))
  }

  deinit {
    close()
    Glibc.close(wake.reading)
    Glibc.close(wake.writing)
  }

  /// Listens no longer; who waits is told `.cancelled`.
  package func close() { end(.cancelled) }

  private func end(_ cause: PartnerError.Cause) {
    let isWaited = state.withLock { state in
      state.end = state.end ?? cause
      if !state.isWaiting { Self.close(&state.sockets) }
      return state.isWaiting
    }
    guard isWaited else { return }
    _ = write(wake.writing, "x", 1)
  }

  private static func close(_ sockets: inout [Int32]) {
    for socket in sockets { Glibc.close(socket) }
    sockets = []
  }

  /// The answer to what was begun with `state`. To be called once.
  /// - Throws: `.signInFailed(.unfinished)` when none came within `limit`; `.cancelled`.
  package func answer(state expected: String, within limit: Duration) async throws(PartnerError) -> RedirectAnswer {
    let sockets = state.withLock { state -> [Int32]? in
      guard state.end == nil, !state.isWaiting else { return nil }
      state.isWaiting = true
      return state.sockets
    }
    guard let sockets else { throw PartnerError(.cancelled, tenant: nil) }
    let seconds = Int(limit.components.seconds)
    let callOff = expire(limit) { [weak self] in self?.end(.signInFailed(.unfinished(seconds: seconds))) }
    let descriptor = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let room = RedirectRoom(
          sockets: sockets, wake: wake.reading, host: "localhost:\(port)", state: expected, limit: connectionLimit,
          most: Self.mostConnections)
        room.waitOnThread { continuation.resume(returning: $0) }
      }
    } onCancel: {
      end(.cancelled)
    }
    callOff()
    let cause = state.withLock { state in
      Self.close(&state.sockets)
      state.isWaiting = false
      let cause = state.end
      state.end = cause ?? .cancelled
      return cause
    }
    if let descriptor { return descriptor }
    throw PartnerError(cause ?? .signInFailed(.listener("its connections failed")), tenant: nil)
  }
}

/// What a browser came back with; the browser waits for its page meanwhile.
package final class RedirectAnswer: Sendable {
  /// In their order. Nothing of it is proven but that it belongs to what was begun.
  package let items: [RedirectItem]
  private let connection: Mutex<Int32?>

  init(items: [RedirectItem], connection: Int32) {
    self.items = items
    self.connection = Mutex(connection)
  }

  deinit { _ = connection.withLock { $0.map { close($0) } } }

  /// The value of an item that comes once.
  package func only(_ name: String) -> String? {
    let values = items.filter { $0.name == name }
    return values.count == 1 ? values[0].value : nil
  }

  package func has(_ name: String) -> Bool { items.contains { $0.name == name } }

  /// Gives the browser its page; once. One that has left gets none.
  package func finish(_ page: RedirectPage) {
    guard
      let descriptor = connection.withLock({ connection in
        defer { connection = nil }
        return connection
      })
    else { return }
    RedirectRoom.send(page, over: descriptor)
    close(descriptor)
  }
}
