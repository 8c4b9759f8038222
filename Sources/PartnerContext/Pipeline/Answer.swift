import PartnerModel

/// What an answer may weigh (invariant 18).
struct AnswerLimits: Sendable {
  var bodyBytes = 16 * 1_048_576
  var headerBytes = 64 * 1024
  var itemsOnPage = 5000
  var pages = 1000
  var depth = 64

  static let standard = AnswerLimits()
}

/// A complete answer.
struct Answer: Sendable {
  var status: Int
  var headers: [HeaderField]
  var body: [UInt8]

  /// All values of a header, in their order.
  func values(_ name: String) -> [String] {
    headers.filter { $0.name.lowercased() == name }.map(\.value)
  }

  /// The service's own id of this request.
  var requestID: String? { values("request-id").first ?? values("x-ms-request-id").first }

  /// Whether this is a web page instead of an API's answer.
  var isWebPage: Bool {
    if values("content-type").contains(where: { $0.lowercased().contains("html") }) { return true }
    return body.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D } == UInt8(ascii: "<")
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
      for field in headers where field.name.lowercased() == "content-length" {
        if let length = Int(field.value), length > limits.bodyBytes { throw tooLarge }
      }
      self.status = status
      self.headers = headers
    case .body(let bytes):
      guard body.count + bytes.count <= limits.bodyBytes else { throw tooLarge }
      body += bytes
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
  /// The whole answer to a request.
  func answer(
    to request: TransportRequest, limits: AnswerLimits
  ) async throws(TransportFailure) -> Answer {
    var collector = AnswerCollector(limits: limits)
    try await exchange(request) { part throws(TransportFailure) in try collector.receive(part) }
    return try collector.answer()
  }
}
