import NIOHTTP1

/// One request, complete.
struct LabRequest: Sendable {
  var method: String
  /// The path without the query, still percent-encoded.
  var path: String
  var query: String
  var headers: HTTPHeaders
  var body: [UInt8] = []

  init(method: String, target: String, headers: HTTPHeaders) {
    self.method = method
    self.headers = headers
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = parts.first.map(String.init) ?? "/"
    query = parts.count > 1 ? String(parts[1]) : ""
  }

  /// The decoded parts of the path; nil when one is not valid.
  var segments: [String]? {
    var decoded: [String] = []
    for part in path.split(separator: "/") {
      guard let text = percentDecoded(part, plusIsSpace: false) else { return nil }
      decoded.append(text)
    }
    return decoded
  }

  /// The media type of the body in lower case, without parameters.
  var contentType: String {
    let value = headers.first(name: "Content-Type") ?? ""
    return value.split(separator: ";").first.map { $0.filter { $0 != " " }.lowercased() } ?? ""
  }

  var clientRequestID: String? { header("client-request-id") }

  func header(_ name: String) -> String? { headers.first(name: name) }

  /// The values of a header that may be a list or be sent several times.
  func list(_ name: String) -> [Substring] { headers[canonicalForm: name] }

  func bearer() -> String? {
    guard let value = header("Authorization"), value.lowercased().hasPrefix("bearer ") else { return nil }
    return String(value.dropFirst("bearer ".count))
  }
}

/// Reads `a=b&c=d` (application/x-www-form-urlencoded); nil when an escape is broken.
func formFields(_ text: some StringProtocol) -> [(name: String, value: String)]? {
  var fields: [(name: String, value: String)] = []
  for pair in text.split(separator: "&") {
    let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = percentDecoded(parts[0], plusIsSpace: true),
      let value = percentDecoded(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
    else { return nil }
    fields.append((name, value))
  }
  return fields
}

func percentDecoded(_ text: some StringProtocol, plusIsSpace: Bool) -> String? {
  var bytes: [UInt8] = []
  var rest = text.utf8.makeIterator()
  while let byte = rest.next() {
    switch byte {
    case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
    case UInt8(ascii: "%"):
      guard let high = rest.next().flatMap(hexValue), let low = rest.next().flatMap(hexValue) else { return nil }
      bytes.append(high << 4 | low)
    default: bytes.append(byte)
    }
  }
  return String(validating: bytes, as: UTF8.self)
}

/// Percent-encodes everything but the unreserved characters of RFC 3986, section 2.3.
func percentEncoded(_ text: String) -> String {
  var encoded: [UInt8] = []
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      encoded.append(byte)
    default:
      encoded.append(UInt8(ascii: "%"))
      encoded.append(contentsOf: String(hexDigit(byte >> 4), hexDigit(byte & 15)).uppercased().utf8)
    }
  }
  return String(decoding: encoded, as: UTF8.self)
}

func hexValue(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}

extension String {
  fileprivate init(_ high: UInt8, _ low: UInt8) { self = String(decoding: [high, low], as: UTF8.self) }
}
