import CCurl

/// Takes an answer as it comes from libcurl's thread.
///
/// Unchecked, because what it notes changes: only that thread calls it, one call after the other, or, where
/// nothing has begun, only who began it.
final class CurlReception: @unchecked Sendable {
  private let receive: @Sendable (TransportPart) throws(TransportFailure) -> Void
  private let continuation: UnsafeContinuation<CurlEnd, Never>
  private var hasBegun = false
  private var refusal: TransportFailure?

  init(
    _ receive: @escaping @Sendable (TransportPart) throws(TransportFailure) -> Void,
    _ continuation: UnsafeContinuation<CurlEnd, Never>
  ) {
    self.receive = receive
    self.continuation = continuation
  }

  func end(_ end: CurlEnd) { continuation.resume(returning: end) }

  /// The functions that libcurl's thread calls; `context` is one of these, retained, and released at the end.
  static func receiver(_ context: UnsafeMutableRawPointer) -> CCurlReceiver {
    CCurlReceiver(
      context: context,
      head: { context, status, lines, count in
        let reception = Unmanaged<CurlReception>.fromOpaque(context).takeUnretainedValue()
        reception.hasBegun = true
        let headers = HeaderField.fields(UnsafeBufferPointer(start: lines, count: count))
        return reception.handOn(.head(status: Int(status), headers: headers))
      },
      body: { context, bytes, count in
        Unmanaged<CurlReception>.fromOpaque(context).takeUnretainedValue()
          .handOn(.body(Array(UnsafeBufferPointer(start: bytes, count: count))))
      },
      end: { context, end in
        let reception = Unmanaged<CurlReception>.fromOpaque(context).takeRetainedValue()
        reception.end(CurlEnd(end.pointee, hasAnswerBegun: reception.hasBegun, refusal: reception.refusal))
      })
  }

  /// - Returns: 0 to go on.
  private func handOn(_ part: TransportPart) -> Int32 {
    do throws(TransportFailure) {
      try receive(part)
      return 0
    } catch {
      refusal = error
      return 1
    }
  }
}

extension HeaderField {
  /// Reads `name: value` lines, each ended by a line feed; white space around a value is none of it (RFC 9110,
  /// section 5.5).
  static func fields(_ lines: UnsafeBufferPointer<UInt8>) -> [HeaderField] {
    var fields: [HeaderField] = []
    var start = lines.startIndex
    while let end = lines[start...].firstIndex(of: UInt8(ascii: "\n")) {
      let line = lines[start..<end]
      start = end + 1
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      var value = line[(colon + 1)...]
      while let first = value.first, first == 0x20 || first == 0x09 { value.removeFirst() }
      while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
      fields.append(
        HeaderField(
          String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
    }
    return fields
  }
}
