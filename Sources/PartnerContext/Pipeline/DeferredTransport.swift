public import PartnerModel
import Synchronization

/// A ``LiveTransport`` that is made when it is first used, or opened before: no thread is started, no file read and no
/// trust root loaded for whom nobody is asked anything.
public final class DeferredTransport: HTTPTransport {
  private enum Stage {
    case waiting
    case open(LiveTransport)
    case closed
  }

  private let app: AppRegistration
  private let dependencies: PartnerDependencies
  private let stage = Mutex(Stage.waiting)

  public init(for app: AppRegistration, dependencies: PartnerDependencies = .live) {
    self.app = app
    self.dependencies = dependencies
  }

  /// Makes the transport now; does nothing when it is there.
  /// - Returns: it; `nil` once it was shut down.
  /// - Throws: as ``LiveTransport/init(for:dependencies:)``.
  @discardableResult
  public func open() throws(PartnerError) -> LiveTransport? {
    try stage.withLock { stage throws(PartnerError) in
      switch stage {
      case .open(let transport): return transport
      case .closed: return nil
      case .waiting:
        let transport = try LiveTransport(for: app, dependencies: dependencies)
        stage = .open(transport)
        return transport
      }
    }
  }

  /// Closes every connection; nothing can be sent afterwards.
  public func shutDown() async {
    let before = stage.withLock { stage in
      defer { stage = .closed }
      return stage
    }
    if case .open(let transport) = before { await transport.shutDown() }
  }

  public func exchange(
    _ request: TransportRequest,
    receive: @escaping @Sendable (_ part: TransportPart) throws(TransportFailure) -> Void
  ) async throws(TransportFailure) {
    let transport: LiveTransport?
    do throws(PartnerError) { transport = try open() } catch { throw TransportFailure(error.cause, mayHaveLeft: false) }
    guard let transport else { throw TransportFailure(.cancelled, mayHaveLeft: false) }
    try await transport.exchange(request, receive: receive)
  }
}
