import NIOCore
import SystemCrypto

/// Speaks TLS on a connection; the handlers behind it see plain bytes alone.
///
/// What is written before the handshake is done waits for it. Closing says so to the other side first (close_notify), and
/// does not wait for its answer (RFC 8446, section 6.1). When the other side says it, the connection is closed, as plain
/// TCP is here at a FIN. An end without a word is no failure: HTTP knows by itself whether a request is whole.
final class TlsHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// An outbound event: the close that follows is to look like a connection that breaks, without a word before it.
  struct Breaking: Sendable {}

  private enum Phase { case open, outputEnded, closing, over }

  /// Of plain bytes in one record (RFC 8446, section 5.1); a longer piece would only lie in memory twice.
  private static let recordSize = 1 << 14

  private var session: TlsServerSession
  private let patience: TimeAmount
  private var phase = Phase.open
  /// Whether something was handed on since the last end of reading.
  private var hasRead = false
  /// What is written, and not encrypted yet.
  private var held = ByteBuffer()
  private var promises: [EventLoopPromise<Void>] = []
  private var isFlushAsked = false

  /// - Parameter patience: how long closing waits for another side that does not take what was written before.
  init(_ session: consuming TlsServerSession, patience: TimeAmount = .seconds(2)) {
    self.session = session
    self.patience = patience
  }

  func channelInactive(context: ChannelHandlerContext) {
    phase = .over
    failHeld()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    phase = .over
    failHeld()
  }

  // MARK: Reading

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard phase == .open || phase == .outputEnded else { return }
    let received = unwrapInboundIn(data)
    var plain = context.channel.allocator.buffer(capacity: received.readableBytes)
    let outcome = Result { try open(received, into: &plain) }
    if case .success = outcome {
      send(takeWaiting(context), context: context)
      sendHeld(context)
    }
    if plain.readableBytes > 0 {
      hasRead = true
      context.fireChannelRead(wrapInboundOut(plain))
    }
    switch outcome {
    case .success(.ended): finish(context)
    case .success: break
    case .failure(let error): fail(error, context: context)
    }
  }

  /// Asks for more when what came made no plain bytes: nobody behind this handler would.
  func channelReadComplete(context: ChannelHandlerContext) {
    if hasRead {
      hasRead = false
      context.fireChannelReadComplete()
    } else if phase == .open || phase == .outputEnded {
      context.read()
    }
  }

  private func open(_ received: ByteBuffer, into plain: inout ByteBuffer) throws -> TlsServerSession.Reading {
    try received.withUnsafeReadableBytes { try session.receive($0) }
    while true {
      var reading = TlsServerSession.Reading.waits
      try plain.writeWithUnsafeMutableBytes(minimumWritableBytes: 1024) { bytes in
        reading = try session.read(into: bytes)
        if case .plain(let count) = reading { return count }
        return 0
      }
      switch reading {
      case .plain: continue
      case .waits, .ended: return reading
      }
    }
  }

  // MARK: Writing

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard phase == .open else {
      promise?.fail(phase == .outputEnded ? ChannelError.outputClosed : ChannelError.ioOnClosedChannel)
      return
    }
    var bytes = unwrapOutboundIn(data)
    if held.readableBytes == 0 { held = bytes } else { held.writeBuffer(&bytes) }
    if let promise { promises.append(promise) }
  }

  func flush(context: ChannelHandlerContext) {
    guard phase == .open else { return context.flush() }
    isFlushAsked = true
    sendHeld(context)
  }

  /// Encrypts and sends what was written, once it was flushed and the handshake is done.
  private func sendHeld(_ context: ChannelHandlerContext) {
    guard phase == .open, isFlushAsked, session.isEstablished else { return }
    isFlushAsked = false
    var plain = held
    held = ByteBuffer()
    var encrypted = context.channel.allocator.buffer(capacity: plain.readableBytes + 256)
    do {
      while let record = plain.readSlice(length: min(plain.readableBytes, Self.recordSize)), record.readableBytes > 0 {
        try record.withUnsafeReadableBytes { try session.write($0) }
        takeWaiting(into: &encrypted)
      }
    } catch {
      return fail(error, context: context)
    }
    send(encrypted, context: context, promise: takePromises(context))
  }

  /// One promise that keeps all of those that were given with what is held.
  private func takePromises(_ context: ChannelHandlerContext) -> EventLoopPromise<Void>? {
    let taken = promises
    promises = []
    guard taken.count > 1 else { return taken.first }
    let promise = context.eventLoop.makePromise(of: Void.self)
    for each in taken { promise.futureResult.cascade(to: each) }
    return promise
  }

  private func failHeld() {
    held = ByteBuffer()
    let failed = promises
    promises = []
    for promise in failed { promise.fail(ChannelError.ioOnClosedChannel) }
  }

  private func takeWaiting(into bytes: inout ByteBuffer) {
    let count = session.waitingCount
    guard count > 0 else { return }
    bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { session.take(into: $0) }
  }

  private func takeWaiting(_ context: ChannelHandlerContext) -> ByteBuffer {
    var bytes = context.channel.allocator.buffer(capacity: session.waitingCount)
    takeWaiting(into: &bytes)
    return bytes
  }

  private func send(_ bytes: ByteBuffer, context: ChannelHandlerContext, promise: EventLoopPromise<Void>? = nil) {
    guard bytes.readableBytes > 0 || promise != nil else { return }
    context.writeAndFlush(wrapOutboundOut(bytes), promise: promise)
  }

  // MARK: Closing

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    switch (mode, phase) {
    case (.all, .open), (.all, .outputEnded):
      context.channel.closeFuture.cascade(to: promise)
      finish(context)
    case (.all, .closing): context.channel.closeFuture.cascade(to: promise)
    case (.output, .open):
      phase = .outputEnded
      failHeld()
      session.end()
      send(takeWaiting(context), context: context)
      context.close(mode: .output, promise: promise)
    case (.all, .over), (.input, _), (.output, _): context.close(mode: mode, promise: promise)
    }
  }

  func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
    guard event is Breaking else { return context.triggerUserOutboundEvent(event, promise: promise) }
    phase = .over
    failHeld()
    promise?.succeed()
  }

  /// Says the end, and closes when that and what was sent before it is on its way.
  private func finish(_ context: ChannelHandlerContext) {
    guard phase == .open || phase == .outputEnded else { return }
    phase = .closing
    session.end()
    leave(context)
  }

  /// What went wrong is told to the handlers behind; an alert for the other side may be among what is still to be sent.
  private func fail(_ error: any Error, context: ChannelHandlerContext) {
    guard phase == .open || phase == .outputEnded else { return }
    phase = .closing
    context.fireErrorCaught(error)
    leave(context)
  }

  private func leave(_ context: ChannelHandlerContext) {
    failHeld()
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    let limit = context.eventLoop.scheduleTask(in: patience) { bound.value.close(promise: nil) }
    let sent = context.eventLoop.makePromise(of: Void.self)
    sent.futureResult.whenComplete { _ in
      limit.cancel()
      bound.value.close(promise: nil)
    }
    send(takeWaiting(context), context: context, promise: sent)
  }
}
