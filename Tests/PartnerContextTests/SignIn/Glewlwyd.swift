import Foundation
import Glibc

@testable import PartnerContext

/// An authorization server that is not ours: Debian's glewlwyd, set up by its own API, behind a proxy with Entra's paths.
///
/// `{authority}/{tenant}/oauth2/v2.0/authorize`, `token` and `devicecode` lead to its own; all else is not found.
struct Glewlwyd: Sendable {
  /// Of the proxy: `http://127.0.0.1:PORT`.
  let authority: String
  /// The proxy, and the server itself.
  let proxy: PlainHTTP
  let server: PlainHTTP
  let clientID: String
  /// What the person may grant, in one text.
  let scope: String
  /// Of the person who is signed in, in their browser.
  private let cookie: String

  private static let program = "/usr/bin/glewlwyd"
  private static let tables = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3"
  /// Why the test cannot run; `nil` when it can.
  static let obstacle: String? = {
    let missing = [program, tables, "/usr/bin/python3"].filter { (path: String) in access(path, R_OK) != 0 }
    print("glewlwyd: \(missing.isEmpty ? "there" : "missing are \(missing.joined(separator: ", "))")")
    return missing.isEmpty ? nil : "\(missing.joined(separator: ", ")) is missing: apt-get install glewlwyd"
  }()

  /// Serves while `body` runs; one person, Ann, is known and signed in.
  /// - Parameters:
  ///   - redirects: what the public client may redirect to, each exactly as it is asked for.
  ///   - scopes: what it may ask for.
  static func with<Result>(
    clientID: String = "5a0b6d3e-0000-4000-8000-000000000001", redirects: [String] = ["http://localhost:7777/"],
    scopes: [String] = ["openid", "profile", "offline_access", "https://graph.microsoft.com/.default"],
    _ body: (Glewlwyd) async throws -> Result
  ) async throws -> Result {
    try await StoreFolder.with { folder in
      let port = try freePort()
      try folder.write(Array(configuration(port, folder).utf8), to: "conf")
      let process = try OtherProcess(
        """
        python3 -c "import sqlite3; c = sqlite3.connect('db'); c.executescript(open('\(tables)').read())"
        exec \(program) --config-file=conf >log 2>&1
        """, in: folder.path)
      defer { process.kill() }
      let server = PlainHTTP(port: port)
      try await waitForStart(of: server)
      let cookie = try await setUp(server, clientID, redirects, scopes)
      return try await WireServer.serve(tokens: false, { forward($0, to: server) }) { proxy in
        try await body(
          Glewlwyd(
            authority: proxy.baseURL, proxy: PlainHTTP(port: proxy.port), server: server, clientID: clientID,
            scope: scopes.joined(separator: " "), cookie: cookie))
      }
    }
  }

  /// Does what the person does in the browser behind a link of the authorize endpoint: signs in, and grants what is asked.
  /// - Returns: where the browser is sent; `nil` where it stays, because the server refused.
  func follow(_ link: String) async throws -> String? {
    guard link.hasPrefix(authority) else { throw Unexpected(what: "a link elsewhere: \(link)") }
    let target = String(link.dropFirst(authority.utf8.count))
    let first = try await proxy.send("GET", target, headers: [("Cookie", cookie)])
    // It shows its page to choose a session; the page goes on like this.
    guard first.status == 302, first.header("location")?.contains("login.html") == true else { return nil }
    let answer = try await proxy.send("GET", "\(target)&g_continue=", headers: [("Cookie", cookie)])
    return answer.header("location")
  }

  /// Types the code of a device on the server's page.
  func enter(userCode: String) async throws {
    let target = "/api/oidc/device?code=\(userCode)&g_continue="
    let answer = try await server.send("GET", target, headers: [("Cookie", cookie)])
    guard answer.header("location")?.contains("prompt=deviceComplete") == true else {
      throw Unexpected(what: "\(answer.status) to a device's code: \(String(decoding: answer.body, as: UTF8.self))")
    }
  }

  struct Unexpected: Error { var what: String }

  private static func forward(_ request: WireRequest, to server: PlainHTTP) -> WireAnswer {
    let paths = ["authorize": "auth", "token": "token", "devicecode": "device_authorization"]
    let parts = request.path.split(separator: "/").map(String.init)
    guard parts.count == 4, UUID(uuidString: parts[0]) != nil, parts[1] == "oauth2", parts[2] == "v2.0",
      let path = paths[parts[3]]
    else { return .json(404, "{}") }
    let query = request.target.dropFirst(request.path.count)
    let headers = ["content-type", "cookie", "accept"].compactMap { name in request.headers[name].map { (name, $0) } }
    let answer = try? server.exchange(
      request.method, "/api/oidc/\(path)\(query)", headers: headers, body: Array(request.body.utf8))
    return answer.map { .bytes($0.raw) } ?? .reset
  }

  /// - Returns: the cookie of Ann's session.
  private static func setUp(
    _ server: PlainHTTP, _ clientID: String, _ redirects: [String], _ scopes: [String]
  ) async throws -> String {
    func post(_ path: String, _ object: Any, _ cookie: String?, method: String = "POST") async throws
      -> PlainHTTP.Answer
    {
      let answer = try await server.json(method, "/api/\(path)", object, cookie: cookie)
      guard answer.status == 200 else {
        throw Unexpected(what: "\(answer.status) to \(path): \(String(decoding: answer.body, as: UTF8.self))")
      }
      return answer
    }
    func signIn(_ name: String, _ password: String) async throws -> String {
      let answer = try await post("auth/", ["username": name, "password": password], nil)
      guard let cookie = answer.header("set-cookie")?.split(separator: ";").first else {
        throw Unexpected(what: "no session of \(name)")
      }
      return String(cookie)
    }
    // Its tables come with this person and password.
    let admin = try await signIn("admin", "password")
    _ = try await post(
      "mod/plugin/",
      ["module": "oidc", "name": "oidc", "display_name": "oidc", "enabled": true, "parameters": protocolOf(server)],
      admin)
    // This one its tables have.
    for scope in scopes where scope != "openid" {
      _ = try await post(
        "scope/",
        [
          "name": scope, "display_name": scope, "description": scope, "password_required": true,
          "scheme": [String: Any](),
        ],
        admin)
    }
    _ = try await post(
      "user/",
      [
        "username": "ann", "name": "Ann", "password": "Ann's password", "email": "ann@example.test", "enabled": true,
        "scope": scopes,
      ],
      admin)
    _ = try await post(
      "client/",
      [
        "client_id": clientID, "name": "console", "enabled": true, "confidential": false, "redirect_uri": redirects,
        "authorization_type": ["code", "refresh_token", "device_authorization"], "token_endpoint_auth_method": ["none"],
      ], admin)
    let ann = try await signIn("ann", "Ann's password")
    _ = try await post("auth/grant/\(clientID)", ["scope": scopes.joined(separator: " ")], ann, method: "PUT")
    return ann
  }

  /// Code with PKCE (S256 alone), device code, and refresh tokens that can be used once.
  private static func protocolOf(_ server: PlainHTTP) -> [String: Any] {
    [
      "iss": "http://localhost:\(server.port)", "jwt-type": "sha", "jwt-key-size": "256",
      "key": "signs the tokens of one test", "cert": "", "access-token-duration": 3600,
      "refresh-token-duration": 86_400, "code-duration": 600, "refresh-token-rolling": true,
      "refresh-token-one-use": "always", "allow-non-oidc": true, "subject-type": "public",
      "auth-type-code-enabled": true, "auth-type-refresh-enabled": true, "auth-type-device-enabled": true,
      "auth-type-token-enabled": false, "auth-type-id-token-enabled": false, "auth-type-none-enabled": false,
      "auth-type-password-enabled": false, "auth-type-client-enabled": false, "device-authorization-expiration": 600,
      "device-authorization-interval": 1, "pkce-allowed": true, "pkce-method-plain-allowed": false,
      "pkce-required": true,
    ]
  }

  private static func configuration(_ port: Int, _ folder: StoreFolder) -> String {
    """
    port = \(port)
    bind_address = "127.0.0.1"
    external_url = "http://localhost:\(port)"
    login_url = "login.html"
    api_prefix = "api"
    log_mode = "console"
    log_level = "INFO"
    cookie_secure = 0
    session_expiration = 3600
    session_key = "GLEWLWYD2_SESSION_ID"
    admin_session_authentication = "cookie"
    profile_session_authentication = "cookie"
    login_api_enabled = true
    admin_scope = "g_admin"
    profile_scope = "g_profile"
    user_module_path = "/usr/lib/glewlwyd/user"
    client_module_path = "/usr/lib/glewlwyd/client"
    user_auth_scheme_module_path = "/usr/lib/glewlwyd/scheme"
    plugin_module_path = "/usr/lib/glewlwyd/plugin"
    hash_algorithm = "SHA512"
    database = { type = "sqlite3"; path = "\(folder.file("db"))"; };
    """
  }

  private static func waitForStart(of server: PlainHTTP) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while true {
      do {
        _ = try await server.send("GET", "/config")
        return
      } catch  where ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(20))
      }
    }
  }

  /// One that nobody listens on at this moment: the server cannot be asked to choose.
  private static func freePort() throws -> Int {
    let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(probe) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(probe, address, length) == 0 && getsockname(probe, address, &length) == 0
      }
    }
    guard isBound else { throw POSIXError(.EADDRINUSE) }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
