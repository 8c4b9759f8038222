import Foundation
import Glibc
import Synchronization

@testable import PartnerContext

/// A request as it came over the wire.
struct WireRequest: Sendable {
  var method: String
  var target: String
  /// Names in lower case.
  var headers: [String: String]
  var body: String
  var path: String { String(target.prefix { $0 != "?" }) }
  var isToken: Bool { path.hasSuffix("/oauth2/v2.0/token") }
}

/// What goes back: any bytes at all.
enum WireAnswer: Sendable {
  case json(Int, String, headers: [(String, String)] = [])
  /// Exactly these bytes, then the connection ends.
  case raw(String)
  case bytes([UInt8])
  /// Exactly these bytes, each in a piece of its own, then the connection ends.
  case slicedBytes([UInt8])
  /// These bytes, then silence until the other side leaves.
  case hang(String)
  /// Nothing: the connection is reset.
  case reset
  /// These bytes; the connection stays for the next request.
  case stay(String)
}

extension WireAnswer {
  static func sliced(_ text: String) -> WireAnswer { .slicedBytes(Array(text.utf8)) }
}

/// A server of bytes on a socket, for answers that no honest HTTP library would send.
final class WireServer: Sendable {
  let port: Int
  private let listener: Int32
  private let log = Mutex<[WireRequest]>([])
  /// The connections that stay.
  private let open = Mutex<[Int32]>([])
  private let answer: @Sendable (WireRequest) -> WireAnswer
  /// Lands when an answer that hangs has been written.
  private let hanging: SharedFlight<Bool>?

  var baseURL: String { "http://127.0.0.1:\(port)" }
  var requests: [WireRequest] { log.withLock { $0 } }
  /// How many connections were accepted.
  var connections: Int { accepted.load(ordering: .relaxed) }
  private let accepted = Atomic(0)
  /// Whether a connection that begins with a handshake of TLS is reset; it is closed otherwise.
  var answersHandshakesWithReset: Bool {
    get { resetsHandshakes.load(ordering: .relaxed) }
    set { resetsHandshakes.store(newValue, ordering: .relaxed) }
  }
  private let resetsHandshakes = Atomic(false)

  private init(hanging: SharedFlight<Bool>?, answer: @escaping @Sendable (WireRequest) -> WireAnswer) throws {
    self.answer = answer
    self.hanging = hanging
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && listen(listener, 64) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    self.listener = listener
    guard bound else { throw CocoaError(.fileReadUnknown) }
    port = Int(UInt16(bigEndian: address.sin_port))
  }

  /// Serves while `body` runs. Token requests are granted unless `answer` is asked for them too.
  static func serve<Result>(
    tokens: Bool = true, hanging: SharedFlight<Bool>? = nil,
    _ answer: @escaping @Sendable (WireRequest) -> WireAnswer,
    _ body: (WireServer) async throws -> Result
  ) async throws -> Result {
    let server = try WireServer(hanging: hanging) { request in
      if tokens, request.isToken { return grant(for: request) }
      return answer(request)
    }
    Thread.detachNewThread { server.accept() }
    defer { shutdown(server.listener, Int32(SHUT_RDWR)) }
    return try await body(server)
  }

  private func accept() {
    while true {
      let connection = Glibc.accept(listener, nil, nil)
      guard connection >= 0 else { break }
      accepted.add(1, ordering: .relaxed)
      Thread.detachNewThread { self.talk(connection) }
    }
    close(listener)
  }

  private func talk(_ connection: Int32) {
    defer { close(connection) }
    while let request = read(connection) {
      log.withLock { $0.append(request) }
      let answer = answer(request)
      guard case .stay(let text) = answer else { return end(connection, with: answer) }
      open.withLock { if !$0.contains(connection) { $0.append(connection) } }
      send(Array(text.utf8), to: connection)
    }
    open.withLock { $0.removeAll { $0 == connection } }
  }

  /// Sends bytes that nobody asked for over every connection that stays.
  func sendUnasked(_ text: String) {
    for connection in open.withLock({ $0 }) { send(Array(text.utf8), to: connection) }
  }

  /// Gives an answer after which the connection ends.
  private func end(_ connection: Int32, with answer: WireAnswer) {
    switch answer {
    case .json(let status, let body, let headers):
      var head = "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nConnection: close\r\n"
      for (name, value) in headers { head += "\(name): \(value)\r\n" }
      write(connection, Array("\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8))
    case .raw(let text): write(connection, Array(text.utf8))
    case .bytes(let bytes): write(connection, bytes)
    case .slicedBytes(let bytes):
      // Each byte leaves at once, and mostly is a packet.
      var isOn: Int32 = 1
      setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
      for byte in bytes { send([byte], to: connection) }
      shutdown(connection, Int32(SHUT_WR))
    case .hang(let text):
      send(Array(text.utf8), to: connection)
      hanging?.land(true)
      var byte: UInt8 = 0
      while recv(connection, &byte, 1, 0) > 0 {}
    case .reset: reset(connection)
    case .stay: break
    }
  }

  /// Has its end be a reset.
  private func reset(_ connection: Int32) {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  /// Sends `bytes` and says that nothing more follows.
  private func write(_ connection: Int32, _ bytes: [UInt8]) {
    send(bytes, to: connection)
    shutdown(connection, Int32(SHUT_WR))
  }

  private func send(_ bytes: [UInt8], to connection: Int32) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  private func read(_ connection: Int32) -> WireRequest? {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(connection, &piece, piece.count, 0)
      guard count > 0 else { return nil }
      bytes += piece.prefix(count)
      // The first byte of a TLS handshake: there is none here.
      guard bytes.first != 0x16 else {
        if answersHandshakesWithReset { reset(connection) }
        return nil
      }
      let text = String(decoding: bytes, as: UTF8.self)
      guard let end = text.firstRange(of: "\r\n\r\n") else { continue }
      let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
      let words = lines[0].split(separator: " ")
      var headers: [String: String] = [:]
      for line in lines.dropFirst() {
        guard let colon = line.firstIndex(of: ":") else { continue }
        headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      }
      let body = String(text[end.upperBound...])
      guard body.utf8.count >= Int(headers["content-length"] ?? "0") ?? 0 else { continue }
      return WireRequest(method: String(words[0]), target: String(words[1]), headers: headers, body: body)
    }
  }
}

/// A token that decodes but is signed by nobody.
func unsignedToken(tenant: String, roles: [String] = everyRole, number: Int = 0) -> String {
  func part(_ object: [String: Any]) -> String {
    // Only names and texts that JSON can hold are handed in.
    let data = (try? JSONSerialization.data(withJSONObject: object, options: .sortedKeys)) ?? Data()
    return data.base64EncodedString().replacingOccurrences(of: "+", with: "-")
      .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
  }
  return "\(part(["alg": "none"])).\(part(["tid": tenant, "roles": roles, "uti": "\(number)"])).x"
}

func tokenBody(_ token: String, expiresIn: String = "3600", more: String = "") -> String {
  #"{"token_type":"Bearer","expires_in":\#(expiresIn),"ext_expires_in":\#(expiresIn)\#(more),"access_token":"\#(token)"}"#
}

func tenantOf(_ request: WireRequest) -> String { String(request.path.split(separator: "/").first ?? "") }

private func grant(for request: WireRequest) -> WireAnswer {
  .json(200, tokenBody(unsignedToken(tenant: tenantOf(request))))
}

/// A page of incidents as Graph frames it.
func page(_ items: [String], next: String? = nil) -> String {
  let link = next.map { #""@odata.nextLink":"\#($0)","# } ?? ""
  return #"{"@odata.context":"x",\#(link)"value":[\#(items.joined(separator: ","))]}"#
}

func item(_ id: String, _ updated: String = "2026-09-01T10:00:00Z", more: String = "") -> String {
  #"{"id":"\#(id)","displayName":"Incident \#(id)","severity":"high","status":"active","lastUpdateDateTime":"\#(updated)","createdDateTime":"2026-09-01T09:00:00Z"\#(more)}"#
}
