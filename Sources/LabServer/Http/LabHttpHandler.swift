import NIOCore
import NIOHTTP1

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Collects a request, asks the world, and delivers the answer as the world wants it delivered.
final class LabHttpHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private static let bodyLimit = 1 << 20
  private let world: LabWorld
  private var request: LabRequest?
  private var isTooLarge = false
  private var keepAlive = true

  init(world: LabWorld) { self.world = world }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      keepAlive = head.isKeepAlive
      isTooLarge = false
      request = LabRequest(method: head.method.rawValue, target: head.uri, headers: head.headers)
    case .body(let part):
      guard let size = request?.body.count, size + part.readableBytes <= Self.bodyLimit else {
        isTooLarge = true
        return
      }
      request?.body.append(contentsOf: part.readableBytesView)
    case .end:
      guard let request else { return }
      self.request = nil
      let delivery = isTooLarge ? Delivery(LabAnswer(status: 413)) : world.answer(request)
      deliver(delivery, to: request.method, context: context)
    }
  }

  /// A broken connection needs no report here: the world has already counted what arrived whole.
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func deliver(_ delivery: Delivery, to method: String, context: ChannelHandlerContext) {
    guard delivery.delayMilliseconds > 0 else { return send(delivery, to: method, context: context) }
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    let own = NIOLoopBound(self, eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: .milliseconds(Int64(delivery.delayMilliseconds))) {
      own.value.send(delivery, to: method, context: bound.value)
    }
  }

  private func send(_ delivery: Delivery, to method: String, context: ChannelHandlerContext) {
    guard context.channel.isActive else { return }
    if delivery.manner == .reset { return reset(context) }
    if delivery.manner == .silent { return }
    let answer = delivery.answer
    var headers = HTTPHeaders(answer.headers.map { ($0.name, $0.value) })
    if !headers.contains(name: "Date") { headers.add(name: "Date", value: world.wallMoment().httpText) }
    if !headers.contains(name: "Content-Length") && answer.status != 204 && answer.status != 304 {
      headers.add(name: "Content-Length", value: String(answer.body.count))
    }
    if !keepAlive { headers.replaceOrAdd(name: "Connection", value: "close") }
    let head = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    let body = method == "HEAD" ? [] : answer.body
    switch delivery.manner {
    case .whole, .reset, .silent: finish(body[...], context: context, thenClose: !keepAlive)
    case .truncated(let count):
      context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body.prefix(count))))), promise: nil)
      // Closed without the end, so that the length promised in the head is never reached.
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      context.eventLoop.scheduleTask(in: .milliseconds(5)) { bound.value.close(promise: nil) }
    case .trickled(let bytesPerSecond):
      context.flush()
      trickle(body[...], bytesPerSecond: min(max(1, bytesPerSecond), LabFault.fastestTrickle), context: context)
    }
  }

  private func finish(_ body: ArraySlice<UInt8>, context: ChannelHandlerContext, thenClose: Bool) {
    if !body.isEmpty { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil) }
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
      if thenClose { bound.value.close(promise: nil) }
    }
  }

  private func trickle(_ body: ArraySlice<UInt8>, bytesPerSecond: Int, context: ChannelHandlerContext) {
    guard context.channel.isActive else { return }
    guard !body.isEmpty else { return finish([], context: context, thenClose: !keepAlive) }
    let count = max(1, bytesPerSecond / 10)
    let pause = TimeAmount.milliseconds(Int64(max(1, count * 1000 / bytesPerSecond)))
    context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body.prefix(count))))), promise: nil)
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    let own = NIOLoopBound(self, eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: pause) {
      own.value.trickle(body.dropFirst(count), bytesPerSecond: bytesPerSecond, context: bound.value)
    }
  }

  /// With a linger time of zero, closing sends RST instead of FIN.
  private func reset(_ context: ChannelHandlerContext) {
    context.triggerUserOutboundEvent(TlsHandler.Breaking(), promise: nil)
    guard let socket = context.channel as? any SocketOptionProvider else { return context.close(promise: nil) }
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in bound.value.close(promise: nil) }
  }
}
