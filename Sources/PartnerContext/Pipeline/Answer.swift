import PartnerModel
import Synchronization

/// What an answer may weigh (invariant 18).
struct AnswerLimits: Sendable {
  var bodyBytes = 16 * 1_048_576
  var headerBytes = 64 * 1024
  var headers = 256
  var itemsOnPage = 5000
  var pages = 1000
  var depth = 64

  static let standard = AnswerLimits()
  /// Of what gives tokens and secrets: one of them and a few words.
  static let identity = AnswerLimits(bodyBytes: 262_144)
}

/// A complete answer.
struct Answer: Sendable {
  var status: Int
  var headers: [HeaderField]
  var body: [UInt8]

  /// All values of a header, in their order.
  /// - Parameter name: in small letters.
  func values(_ name: String) -> [String] {
    var values: [String] = []
    for field in headers where field.isNamed(name) { values.append(field.value) }
    return values
  }

  /// The first value of a header.
  /// - Parameter name: in small letters.
  func value(_ name: String) -> String? { headers.first { $0.isNamed(name) }?.value }

  /// The service's own id of this request.
  var requestID: String? { Self.id(value("request-id")) ?? Self.id(value("x-ms-request-id")) }

  /// Characters beyond which nobody could quote an id: real ones are GUIDs. It is kept with every tenant.
  static let longestID = 128

  /// An id that the service gave; `nil` for one that is too long to be one.
  static func id(_ text: String?) -> String? { text.flatMap { $0.utf8.count <= longestID ? $0 : nil } }

  /// Whether this is a web page instead of an API's answer.
  var isWebPage: Bool {
    if values("content-type").contains(where: Self.namesHTML) { return true }
    return body.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D } == UInt8(ascii: "<")
  }

  private static func namesHTML(_ type: String) -> Bool {
    var type = type
    return type.withUTF8 { bytes in
      bytes.indices.dropLast(3).contains { start in
        bytes[start] | 32 == UInt8(ascii: "h") && bytes[start + 1] | 32 == UInt8(ascii: "t")
          && bytes[start + 2] | 32 == UInt8(ascii: "m") && bytes[start + 3] | 32 == UInt8(ascii: "l")
      }
    }
  }

  /// The products behind the service that did not answer, so that their part is missing.
  ///
  /// Source: Microsoft Graph, 206 with a `Warning: 199`.
  var leftOut: [LeftOutProduct] {
    let warnings = values("warning")
    let named = warnings.reduce(into: []) { $0 = $0.joined(with: WarningHeader.products($1)) }
    if !named.isEmpty { return Array(named.prefix(16)) }
    return status == 206 || warnings.contains { $0.hasPrefix("199") } ? [LeftOutProduct(name: nil)] : []
  }

  var text: String { String(decoding: body, as: UTF8.self) }
}

/// Puts an answer together and stops at its limits.
struct AnswerCollector {
  private let limits: AnswerLimits
  private var status: Int?
  private var headers: [HeaderField] = []
  private var body: [UInt8] = []
  /// How long the body is, as the head says.
  private var expected = 0
  /// Bytes of room behind the body: who parses it then needs no copy that has them.
  private static let room = 64

  init(limits: AnswerLimits) { self.limits = limits }

  mutating func receive(_ part: TransportPart) throws(TransportFailure) {
    switch part {
    case .head(let status, let headers):
      guard (100...599).contains(status) else {
        throw TransportFailure(.answerUnreadable("HTTP status \(status)"), mayHaveLeft: true)
      }
      let weight = headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
      guard weight <= limits.headerBytes else {
        throw TransportFailure(
          .answerUnreadable("headers over \(limits.headerBytes / 1024) KiB"), mayHaveLeft: true)
      }
      guard headers.count <= limits.headers else {
        throw TransportFailure(.answerUnreadable("more than \(limits.headers) headers"), mayHaveLeft: true)
      }
      for field in headers where field.isNamed("content-length") {
        guard let length = Int(field.value) else { continue }
        guard length <= limits.bodyBytes else { throw tooLarge }
        expected = length
      }
      self.status = status
      self.headers = headers
    case .body(let bytes):
      guard body.count + bytes.count <= limits.bodyBytes else { throw tooLarge }
      if body.isEmpty, bytes.count >= expected {
        body = bytes
      } else {
        // Compressed, it tells less than there will be, and what it tells may be wrong.
        if body.isEmpty, expected > 0 { body.reserveCapacity(expected + Self.room) }
        body += bytes
      }
    }
  }

  private var tooLarge: TransportFailure {
    TransportFailure(.answerTooLarge(limit: limits.bodyBytes), mayHaveLeft: true)
  }

  func answer() throws(TransportFailure) -> Answer {
    guard let status else { throw TransportFailure(.answerIncomplete, mayHaveLeft: true) }
    return Answer(status: status, headers: headers, body: body)
  }
}

extension HTTPTransport {
  /// The whole answer to a request. One that names another request's id is not it: something between us and the service
  /// has mixed them up, and it could be another tenant's.
  func answer(
    to request: TransportRequest, limits: AnswerLimits
  ) async throws(TransportFailure) -> Answer {
    let collected = Collected(limits: limits)
    try await exchange(request) { part throws(TransportFailure) in
      try collected.collector.withLock { collector throws(TransportFailure) in try collector.receive(part) }
    }
    let answer = try collected.collector.withLock { collector throws(TransportFailure) in try collector.answer() }
    let sent = request.headers.first { $0.isNamed("client-request-id") }?.value
    if let sent, let told = answer.value("client-request-id"), sent.lowercased() != told.lowercased() {
      throw TransportFailure(.answerUnreadable("it answers another request"), mayHaveLeft: true)
    }
    return answer
  }

  /// The same for a request that is made once, and given up when `limit` has passed.
  /// - Throws: of `tenant`: why there is no answer; `.deadlineExceeded`; `.cancelled`.
  func answer(
    to request: TransportRequest, within limit: Duration, limits: AnswerLimits, for tenant: TenantID,
    dependencies: PartnerDependencies
  ) async throws(PartnerError) -> Answer {
    try await withDeadline(limit, tenant: tenant, dependencies: dependencies) { () async throws(PartnerError) in
      do throws(TransportFailure) {
        return try await answer(to: request, limits: limits)
      } catch {
        throw PartnerError(error.cause, tenant: tenant)
      }
    }
  }
}

/// An answer that comes on another thread than the one that waits for it.
private final class Collected: Sendable {
  let collector: Mutex<AnswerCollector>
  init(limits: AnswerLimits) { collector = Mutex(AnswerCollector(limits: limits)) }
}

extension HeaderField {
  /// - Parameter other: in small letters.
  fileprivate func isNamed(_ other: String) -> Bool {
    let (own, wanted) = (name.utf8, other.utf8)
    guard own.count == wanted.count else { return false }
    return zip(own, wanted).allSatisfy { byte, wanted in
      byte == wanted || (byte >= 65 && byte <= 90 && byte | 32 == wanted)
    }
  }
}
