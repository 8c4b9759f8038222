import Foundation
import LabServer
import SystemCrypto
import Testing

struct Refusal: Sendable, CustomTestStringConvertible {
  var what: String
  var tenant: String?
  var changes: [String: String?]
  var status = 400
  var error: String
  var code: Int
  var hasLink = true

  var testDescription: String { what }
}

private let otherApp = "99999999-0000-4000-a000-000000000000"

private let refusals = [
  Refusal(what: "no grant type", changes: ["grant_type": nil], error: "invalid_request", code: 900144),
  Refusal(what: "unknown grant", changes: ["grant_type": "magic"], error: "unsupported_grant_type", code: 70003),
  Refusal(what: "no client", changes: ["client_id": nil], error: "invalid_request", code: 900144),
  Refusal(what: "other client", changes: ["client_id": otherApp], error: "unauthorized_client", code: 700016),
  Refusal(
    what: "no secret", changes: ["client_secret": nil], status: 401, error: "invalid_client", code: 7_000_218),
  Refusal(
    what: "wrong secret", changes: ["client_secret": "x"], status: 401, error: "invalid_client", code: 7_000_215),
  Refusal(what: "no scope", changes: ["scope": nil], error: "invalid_request", code: 900144),
  Refusal(
    what: "a named scope", changes: ["scope": "https://graph.microsoft.com/User.Read"], error: "invalid_scope",
    code: 1_002_012, hasLink: false),
  Refusal(what: "a bare word", changes: ["scope": "mail"], error: "invalid_scope", code: 70011),
  Refusal(
    what: "two resources",
    changes: ["scope": "https://graph.microsoft.com/.default https://vault.azure.net/.default"],
    error: "invalid_scope", code: 28002),
  Refusal(
    what: "unknown resource", changes: ["scope": "https://foo.example/.default"], error: "invalid_resource",
    code: 500011),
  Refusal(
    what: "resource of v1", changes: ["resource": "https://graph.microsoft.com"], error: "invalid_request",
    code: 901002, hasLink: false),
  Refusal(
    what: "common", tenant: "common", changes: [:], error: "invalid_request", code: 9_001_023, hasLink: false),
  Refusal(
    what: "organizations", tenant: "organizations", changes: [:], error: "invalid_request", code: 9_001_023,
    hasLink: false),
  Refusal(what: "unknown GUID", tenant: otherApp, changes: [:], error: "invalid_request", code: 90002),
  Refusal(what: "unknown domain", tenant: "nobody.example", changes: [:], error: "invalid_request", code: 90002),
  Refusal(
    what: "neither", tenant: "not_a_tenant", changes: [:], error: "invalid_request", code: 900023, hasLink: false),
]

@Suite struct TokenTests {
  @Test("A request that Entra refuses is refused with its status, error and code", arguments: refusals)
  func refused(_ refusal: Refusal) async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let correlation = "0f8fad5b-d9cb-469f-a165-70867728950e"
      let answer = try await lab.askToken(
        refusal.tenant ?? options.tenants[0].id, refusal.changes, headers: [("client-request-id", correlation)])
      let body = try answer.object()
      #expect(answer.status == refusal.status)
      #expect(body["error"] as? String == refusal.error)
      #expect(body["error_codes"] as? [Int] == [refusal.code])
      #expect(body["correlation_id"] as? String == correlation)
      #expect((body["error_uri"] != nil) == refusal.hasLink)
      let text = try #require(body["error_description"] as? String)
      let trace = try #require(body["trace_id"] as? String)
      let time = try #require(body["timestamp"] as? String)
      #expect(text.hasPrefix("AADSTS\(refusal.code): "))
      #expect(text.hasSuffix("\r\nTrace ID: \(trace)\r\nCorrelation ID: \(correlation)\r\nTimestamp: \(time)"))
      #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/) != nil)
    }
  }

  @Test("Only a form that is posted is read")
  func formOnly() async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let url = "\(lab.baseURL)/\(options.tenants[0].id)/oauth2/v2.0/token"
      let got = try await send("GET", url)
      #expect(try got.object()["error_codes"] as? [Int] == [900561])
      let json = try await send("POST", url, [("Content-Type", "application/json")], body: "{}")
      #expect(try json.object()["error_codes"] as? [Int] == [900144])
    }
  }

  @Test(
    "The states of consent are told apart as the service does",
    arguments: [
      (LabScenario.missing, 401, "invalid_client", 7_000_229),
      (.disabled, 400, "unauthorized_client", 7_000_112),
      (.blocked, 400, "access_denied", 53003),
      (.unlicensed, 401, "invalid_client", 650052),
      (.tenantNotFound, 400, "invalid_request", 90002),
      (.appProblem, 400, "invalid_resource", 650057),
    ])
  func scenario(_ scenario: LabScenario, status: Int, error: String, code: Int) async throws {
    let options = options(scenario)
    try await withLabServer(options) { lab in
      let answer = try await lab.askToken(options.tenants[0].id)
      #expect(answer.status == status)
      #expect(try answer.object()["error"] as? String == error)
      #expect(try answer.object()["error_codes"] as? [Int] == [code])
    }
  }

  @Test(
    "Roles are in the token as they were granted, and absent when none were",
    arguments: [
      (LabScenario.granted, ["SecurityIncident.ReadWrite.All", "SecurityAlert.Read.All", "ThreatHunting.Read.All"]),
      (.partial, ["SecurityIncident.Read.All", "SecurityAlert.Read.All"]),
      (.notGranted, nil),
    ] as [(LabScenario, [String]?)])
  func roles(_ scenario: LabScenario, _ roles: [String]?) async throws {
    let clock = HandClock(fixedEpoch)
    let options = options(scenario, clock: clock)
    let tenant = options.tenants[0]
    try await withLabServer(options) { lab in
      let body = try await lab.askToken(tenant.domain.uppercased()).object()
      #expect(body["token_type"] as? String == "Bearer")
      #expect(body["expires_in"] as? Int == 3599)
      #expect(body["ext_expires_in"] as? Int == 3599)
      let token = try #require(body["access_token"] as? String)
      let parts = token.split(separator: ".").map(String.init)
      let payload = try #require(decoded(parts[1]))
      let claims = try #require(try JSONSerialization.jsonObject(with: payload) as? [String: Any])
      #expect(claims["roles"] as? [String] == roles)
      #expect(claims["tid"] as? String == tenant.id)
      #expect(claims["aud"] as? String == "https://graph.microsoft.com")
      #expect(claims["iss"] as? String == "https://sts.windows.net/\(tenant.id)/")
      #expect(claims["appidacr"] as? String == "1")
      #expect(claims["idtyp"] as? String == "app")
      #expect(claims["ver"] as? String == "1.0")
      #expect(claims["oid"] as? String == claims["sub"] as? String)
      #expect(claims["iat"] as? Int == Int(fixedEpoch.timeIntervalSince1970))
    }
  }

  @Test("The published key verifies the token's signature, and no other text")
  func signature() async throws {
    let options = options(.granted)
    let tenant = options.tenants[0].id
    try await withLabServer(options) { lab in
      let metadata = try await send("GET", "\(lab.baseURL)/\(tenant)/v2.0/.well-known/openid-configuration").object()
      let keysURL = try #require(metadata["jwks_uri"] as? String)
      let keys = try #require(try await send("GET", keysURL).object()["keys"] as? [[String: Any]])
      let key = try #require(keys.first)
      let numbers = [try #require(key["n"] as? String), try #require(key["e"] as? String)]
      let token = try await lab.token(tenant)
      let parts = token.split(separator: ".").map(String.init)
      let header = try #require(decoded(parts[0]))
      let kid = try (JSONSerialization.jsonObject(with: header) as? [String: Any])?["kid"] as? String
      #expect(kid == key["kid"] as? String)
      #expect(try await isSigned(token, by: numbers))
      #expect(try await !isSigned("\(parts[0]).\(parts[1])A.\(parts[2])", by: numbers))
    }
  }

  @Test("The key's certificate is published with it, under its thumbprint, and names the tenant's issuer")
  func certificate() async throws {
    let options = options(.granted)
    let tenant = options.tenants[0].id
    try await withLabServer(options) { lab in
      let metadata = try await send("GET", "\(lab.baseURL)/\(tenant)/v2.0/.well-known/openid-configuration").object()
      let keys = try await send("GET", "\(lab.baseURL)/\(tenant)/discovery/v2.0/keys").object()["keys"]
      let key = try #require((keys as? [[String: Any]])?.first)
      #expect(key["issuer"] as? String == metadata["issuer"] as? String)
      let chain = try #require(key["x5c"] as? [String])
      let der = try #require(chain.first.flatMap { Data(base64Encoded: $0) })
      let thumbprint = try #require((key["x5t"] as? String).flatMap(decoded))
      #expect(try Array(thumbprint) == Digest.sha1(der))
      let read = try await Program("openssl", ["x509", "-inform", "DER", "-noout", "-pubkey"]).run(der)
      let modulus = try #require((key["n"] as? String).flatMap(decoded))
      let exponent = try #require((key["e"] as? String).flatMap(decoded))
      let lines = read.output.split(separator: "\n").filter { !$0.hasPrefix("-----") }
      #expect(Data(base64Encoded: lines.joined()) == Data(publicKeyInfo(Array(modulus), Array(exponent))))
    }
  }

  @Test("What is published is read with GET, of a tenant that exists or of all of them")
  func published() async throws {
    let options = options(.granted, .tenantNotFound)
    try await withLabServer(options) { lab in
      for path in ["discovery/v2.0/keys", "v2.0/.well-known/openid-configuration"] {
        let common = try await send("GET", "\(lab.baseURL)/common/\(path)")
        #expect(common.status == 200)
        #expect(common.text.contains("\(lab.baseURL)/{tenantid}/v2.0"))
        #expect(try await send("POST", "\(lab.baseURL)/common/\(path)").status == 405)
        #expect(try await send("GET", "\(lab.baseURL)/\(otherApp)/\(path)").status == 400)
        #expect(try await send("GET", "\(lab.baseURL)/\(options.tenants[1].id)/\(path)").status == 400)
      }
    }
  }

  @Test("The secret is also taken from HTTP Basic, form-encoded")
  func basic() async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let secret = "a%2Bsecret%2Fwith%3Dsigns"
      let credential = Data("11111111-2222-3333-4444-555555555555:\(secret)".utf8).base64EncodedString()
      let answer = try await lab.askToken(
        options.tenants[0].id, ["client_id": nil, "client_secret": nil],
        headers: [("Authorization", "Basic \(credential)")])
      #expect(answer.status == 200)
    }
  }

  @Test("A bearer token that reaches the authority is a violation")
  func strayToken() async throws {
    var options = options(.granted, .granted)
    options.expectedViolations = [.crossTenantToken, .tokenSentToAuthority]
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      for tenant in options.tenants {
        _ = try await lab.askToken(tenant.id, headers: [("Authorization", "Bearer \(token)")])
      }
      #expect(lab.violations().map(\.kind) == [.tokenSentToAuthority, .crossTenantToken])
    }
  }
}

func decoded(_ text: String) -> Data? {
  let standard = text.replacing("-", with: "+").replacing("_", with: "/")
  return Data(base64Encoded: standard + String(repeating: "=", count: (4 - standard.count % 4) % 4))
}

/// Whether RS256 holds (RFC 8017, section 8.2.2), worked out without the library that signed.
func isSigned(_ token: String, by numbers: [String]) async throws -> Bool {
  let check = """
    import base64, hashlib, sys
    def number(text): return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
    modulus, exponent, token = sys.argv[1:]
    signed, signature = token.rsplit(".", 1)
    size = (number(modulus).bit_length() + 7) // 8
    opened = pow(number(signature), number(exponent), number(modulus)).to_bytes(size, "big")
    digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(signed.encode()).digest()
    print(opened == bytes([0, 1]) + bytes([255]) * (size - len(digest) - 3) + bytes([0]) + digest)
    """
  let answer = try await Program("python3", ["-c", check] + numbers + [token]).run().output
  try #require(["True\n", "False\n"].contains(answer), "python3 does not work here")
  return answer == "True\n"
}

/// An RSA key as certificates hold it: SubjectPublicKeyInfo in DER (RFC 3279, section 2.3.1).
private func publicKeyInfo(_ modulus: [UInt8], _ exponent: [UInt8]) -> [UInt8] {
  func item(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    var length = [UInt8(truncatingIfNeeded: content.count)]
    if content.count > 127 { length = [0x82, UInt8(truncatingIfNeeded: content.count >> 8)] + length }
    return [tag] + length + content
  }
  func integer(_ bytes: [UInt8]) -> [UInt8] { item(2, (bytes[0] > 127 ? [0] : []) + bytes) }
  let rsaEncryption: [UInt8] = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0]
  let key = item(0x30, integer(modulus) + integer(exponent))
  return item(0x30, rsaEncryption + item(3, [0] + key))
}
