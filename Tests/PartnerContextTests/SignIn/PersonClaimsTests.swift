import Foundation
import PartnerModel
import Testing

@testable import PartnerContext

@Suite("What a sign-in proves, and asks for")
struct PersonClaimsTests {
  static let now = Date(timeIntervalSince1970: 1_790_000_000)
  static let clientID = "11111111-2222-3333-4444-555555555555"
  static let authority = Origin(scheme: "https", host: "login.microsoftonline.com", port: 443)

  static let right: [String: String] = [
    "iss": "\"https://login.microsoftonline.com/\(home)/v2.0\"", "aud": "\"\(clientID)\"", "tid": "\"\(home)\"",
    "nonce": "\"n-1\"", "exp": "1790003600", "preferred_username": "\"anna@partner.example\"", "oid": "\"o-1\"",
  ]

  static func token(_ claims: [String: String]) -> Secret {
    let body = "{" + claims.map { "\"\($0)\":\($1)" }.sorted().joined(separator: ",") + "}"
    let text = WipedBytes(capacity: 64)
    Array(body.utf8).withUnsafeBytes { Base64URL.append($0, to: text) }
    return Secret("eyJhbGciOiJSUzI1NiJ9." + text.withBytes { String(decoding: $0, as: UTF8.self) } + ".c2ln")
  }

  static func read(_ claims: [String: String], nonce: String? = "n-1") throws(PersonClaims.Mismatch) -> PersonClaims {
    try PersonClaims(
      token(claims), .init(authority: authority, clientID: clientID, tenant: home, nonce: nonce, now: now))
  }

  @Test("The right one names the person")
  func taken() throws {
    let person = try Self.read(Self.right)
    #expect(person.account == "anna@partner.example")
    #expect(person.objectID == "o-1")
    #expect(try Self.read(Self.right.merging(["nonce": "null"]) { $1 }, nonce: nil) == person)
  }

  @Test(
    "Invariant 5: an id token with another issuer, audience, tenant, nonce or time is not taken",
    arguments: [
      ("iss", "\"https://login.microsoftonline.com/\(contoso)/v2.0\"", "issuer"),
      ("iss", "\"https://login.microsoftonline.com.evil.example/\(home)/v2.0\"", "issuer"),
      ("iss", "\"https://sts.windows.net/\(home)/\"", "issuer"), ("iss", "null", "issuer"), ("iss", "5", "issuer"),
      ("aud", "\"22222222-2222-3333-4444-555555555555\"", "audience"), ("aud", "[\"\(clientID)\"]", "audience"),
      ("aud", "null", "audience"), ("tid", "\"\(contoso)\"", "tenant"), ("tid", "null", "tenant"),
      ("nonce", "\"n-2\"", "nonce"), ("nonce", "null", "nonce"), ("nonce", "\"N-1\"", "nonce"),
      ("exp", "1789999699", "time"), ("exp", "null", "time"), ("exp", "\"never\"", "time"), ("oid", "null", "nobody"),
      ("preferred_username", "null", "nobody"), ("preferred_username", "\"\"", "nobody"),
    ])
  func refused(claim: String, value: String, says: String) throws {
    let error = try #require(throws: PersonClaims.Mismatch.self) {
      try Self.read(Self.right.merging([claim: value]) { $1 })
    }
    #expect(error.part.contains(says), "\(error)")
  }

  @Test("H19: a name of many marks is cut, so that what is kept of it can be read again")
  func longName() throws {
    let name = String(repeating: "a" + String(repeating: "\u{301}", count: 40), count: 200)
    let person = try Self.read(
      Self.right.merging(["preferred_username": "\"\(name)\"", "oid": "\"\(name)\""]) { $1 })
    let kept = KeptSignIn(
      account: person.account, objectID: person.objectID, tenant: home, signedInAt: Self.now, token: Secret("t"))
    #expect(try KeptSignIn(kept.text, from: "here").account == person.account)
  }

  @Test("A token that lists a hundred thousand permissions is cut")
  func manyScopes() throws {
    let scopes = String(repeating: "a ", count: 100_000)
    let claims = Self.token(["scp": "\"\(scopes)\""]).reveal { AccessTokenClaims(token: $0) }
    #expect(claims?.scopes.count == 200)
  }

  @Test("What is no JWT proves nothing", arguments: ["", "a.b", "a.b.c.d", "..", "a.%%%.c", "x"])
  func unreadable(text: String) {
    #expect(throws: PersonClaims.Mismatch.self) {
      try PersonClaims(
        Secret(text),
        .init(authority: Self.authority, clientID: Self.clientID, tenant: home, nonce: nil, now: Self.now))
    }
  }

  @Test(
    "T10: what a service asks for is added to what we declare, and never takes it away",
    arguments: [
      (nil, #"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#),
      (
        #"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#,
        #"{"access_token":{"nbf":{"essential":true,"value":"1"},"xms_cc":{"values":["cp1"]}}}"#
      ),
      (#"{"access_token":{"xms_cc":{"values":["x"]}}}"#, #"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#),
      (#"{"id_token":{"a":null}}"#, #"{"id_token":{"a":null},"access_token":{"xms_cc":{"values":["cp1"]}}}"#),
      (#"{"access_token":5}"#, #"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#),
      ("no JSON", #"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#),
    ])
  func claims(challenge: String?, expected: String) {
    #expect(PersonalScope.claims(adding: challenge) == expected)
  }

  @Test("Delegated permissions have the names of app roles; those of the sign-in itself say nothing")
  func permissions() {
    let scopes = [
      "openid", "profile", "offline_access", "email", "https://graph.microsoft.com/SecurityIncident.Read.All",
      "User.Read", "SecurityIncident.Read.All",
    ]
    #expect(
      PersonalScope.permissions(scopes, of: "https://graph.microsoft.com")
        == [AppRole("SecurityIncident.Read.All"), AppRole("User.Read")])
  }

  @Test(
    "T10: a challenge is read in either alphabet, and only one of 8 KiB at most",
    arguments: [
      (
        #"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="eyJhIjp7fX0=""#,
        #"{"a":{}}"#
      ),
      (#"Bearer error="insufficient_claims",claims="eyJhIjp7fX0""#, #"{"a":{}}"#),
      (#"bearer error="insufficient_claims", claims=eyJhIjp7fX0"#, #"{"a":{}}"#),
      (#"Bearer error="insufficient_claims", claims="not base64!""#, nil),
      (#"Bearer error="insufficient_claims", claims="W10=""#, nil),
      (#"Bearer error="insufficient_claims", claims="eyJhIjp7fX0=", claims="eyJiIjp7fX0=""#, nil),
      (#"Bearer error="invalid_token", claims="eyJhIjp7fX0=""#, nil),
      (#"Basic error="insufficient_claims", claims="eyJhIjp7fX0=""#, nil),
      ("Bearer error=\"insufficient_claims\", claims=\"\(String(repeating: "A", count: 8200))\"", nil), ("", nil),
    ])
  func challenge(header: String, expected: String?) {
    let answer = Answer(status: 401, headers: [HeaderField("www-authenticate", header)], body: [])
    #expect(ClaimsChallenge(answer)?.claims == expected)
  }
}
