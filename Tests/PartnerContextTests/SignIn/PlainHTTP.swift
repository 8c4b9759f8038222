import Dispatch
import Foundation
import Glibc

/// One request and its answer over a connection of their own: a client for tests that shares nothing with ours.
struct PlainHTTP: Sendable {
  struct Answer: Sendable {
    var status: Int
    /// Names in lower case, in the order in which they came.
    var headers: [(name: String, value: String)]
    var body: [UInt8]
    /// As it came.
    var raw: [UInt8]

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    var object: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }
    func text(_ member: String) -> String? { object[member] as? String }
  }

  var port: Int

  /// - Parameter target: path and query.
  func send(
    _ method: String, _ target: String, headers: [(String, String)] = [], body: String = ""
  ) async throws -> Answer {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(
          with: Result { try exchange(method, target, headers: headers, body: Array(body.utf8)) })
      }
    }
  }

  func json(_ method: String, _ target: String, _ object: Any, cookie: String? = nil) async throws -> Answer {
    let body = String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
    return try await send(
      method, target,
      headers: [("Content-Type", "application/json")] + (cookie.map { [("Cookie", $0)] } ?? []), body: body)
  }

  func form(_ target: String, _ fields: [(String, String)]) async throws -> Answer {
    let body = fields.map { "\(Self.escaped($0))=\(Self.escaped($1))" }.joined(separator: "&")
    return try await send(
      "POST", target, headers: [("Content-Type", "application/x-www-form-urlencoded")], body: body)
  }

  static func escaped(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~"))) ?? ""
  }

  /// Blocks; to be called from a thread that nobody else needs.
  func exchange(_ method: String, _ target: String, headers: [(String, String)], body: [UInt8]) throws -> Answer {
    let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard connection >= 0 else { throw POSIXError(.EMFILE) }
    defer { close(connection) }
    var patience = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected else { throw POSIXError(.ECONNREFUSED) }
    var head = "\(method) \(target) HTTP/1.1\r\nHost: localhost:\(port)\r\nConnection: close\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    let bytes = Array("\(head)Content-Length: \(body.count)\r\n\r\n".utf8) + body
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw POSIXError(.EPIPE) }
      sent += count
    }
    var raw: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = recv(connection, &piece, piece.count, 0)
      guard count > 0 else { break }
      raw += piece.prefix(count)
    }
    return try Self.answer(raw)
  }

  private static func answer(_ raw: [UInt8]) throws -> Answer {
    guard let end = raw.firstRange(of: Array("\r\n\r\n".utf8)) else { throw POSIXError(.EPROTO) }
    let lines = String(decoding: raw[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
    guard let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
      throw POSIXError(.EPROTO)
    }
    let headers = lines.dropFirst().compactMap { line -> (name: String, value: String)? in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      return (
        line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      )
    }
    return Answer(status: status, headers: headers, body: Array(raw[end.upperBound...]), raw: raw)
  }
}
