import COpenSSL

/// One connection's TLS on the server's side, without a socket: bytes go in and out by hand.
///
/// After every call that may throw or read, there may be bytes for the other side (``waitingCount``), after one that did
/// throw too: an alert. Nothing is written or ended after a failure.
///
/// Source: RFC 8446 (TLS 1.3), RFC 5246 (TLS 1.2).
package struct TlsServerSession: ~Copyable {
  /// What came out of the bytes received so far.
  package enum Reading: Hashable, Sendable {
    case plain(Int), waits
    /// The other side has said that nothing more will come (close_notify).
    case ended
  }

  private let pointer: OpaquePointer

  /// - Throws: `.refused` when there is no memory.
  package init(of server: TlsServer) throws(CryptoFailure) {
    guard let pointer = copenssl_begin_session(server.pointer) else { throw .last("begin TLS") }
    self.pointer = pointer
  }

  deinit { copenssl_release_session(pointer) }

  /// Whether the handshake is done, so that something can be written.
  package var isEstablished: Bool { copenssl_is_established(pointer) == 1 }

  /// Takes what came from the other side.
  ///
  /// - Throws: `.refused` when there is no memory.
  package mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(CryptoFailure) {
    guard copenssl_receive(pointer, bytes.baseAddress, bytes.count) == 1 else { throw .last("receive") }
  }

  /// Goes on with what was received, the handshake too; to be called until it waits or has ended.
  ///
  /// - Throws: `.refused` for what is not TLS, not of a version that is served, broken, or told by the other side's alert.
  package mutating func read(into bytes: UnsafeMutableRawBufferPointer) throws(CryptoFailure) -> Reading {
    guard let start = bytes.baseAddress else { return .plain(0) }
    var count = 0
    switch copenssl_read(pointer, start, bytes.count, &count) {
    case COPENSSL_PLAIN: return .plain(count)
    case COPENSSL_WAITS: return .waits
    case COPENSSL_ENDED: return .ended
    default: throw .last("go on with TLS")
    }
  }

  /// Encrypts.
  ///
  /// - Throws: `.refused` before the handshake is done, and after the end was told.
  package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(CryptoFailure) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    guard copenssl_write(pointer, start, bytes.count) == 1 else { throw .last("encrypt") }
  }

  /// Tells the other side, once, that nothing more will come; before the handshake is done there is nobody to tell.
  package mutating func end() {
    if isEstablished { copenssl_end(pointer) }
  }

  /// How many bytes are to be sent to the other side.
  package var waitingCount: Int { copenssl_waiting(pointer) }

  /// Takes of those what there is room for, and says how many.
  package mutating func take(into bytes: UnsafeMutableRawBufferPointer) -> Int {
    guard let start = bytes.baseAddress else { return 0 }
    return copenssl_take(pointer, start, bytes.count)
  }
}
