import NIOCore
import Synchronization

/// The connections that are open now, so that stopping the server ends them as well.
final class OpenConnections: Sendable {
  private let open = Mutex<[ObjectIdentifier: any Channel]>([:])

  func add(_ channel: any Channel) {
    let id = ObjectIdentifier(channel)
    open.withLock { $0[id] = channel }
    channel.closeFuture.whenComplete { _ in self.open.withLock { $0[id] = nil } }
  }

  /// All at once, since one may take its time; a connection that has closed by itself meanwhile needs nothing more.
  func closeAll() async {
    let closings = open.withLock { $0.values.map { $0.close() } }
    for closing in closings { try? await closing.get() }
  }
}
