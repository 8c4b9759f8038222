import Foundation
import LabServer
import Testing

let home = "0d9d4a86-5b1c-4a3e-8f5e-6f1f6a3b2c01"

func form(assertion: String) -> [String: String?] {
  [
    "client_secret": nil, "client_assertion": assertion,
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
  ]
}

/// A token by the lab's provider, or what was made of it, and the number that it is refused with.
private struct Offer: Sendable, CustomTestStringConvertible {
  var what: String
  var lifetime = 600
  var subject = LabFederatedCredential.workload
  var audience = LabFederatedCredential.audience
  var trusts = [LabFederatedCredential.workloadIdentity]
  var change: @Sendable (String) -> String = { $0 }
  var code: Int?

  var testDescription: String { what }
}

private func swapped(_ token: String, _ place: Int, _ part: String) -> String {
  var parts = token.split(separator: ".").map(String.init)
  parts[place] = part
  return parts.joined(separator: ".")
}

private let offers = [
  Offer(what: "a good one"),
  Offer(what: "the end of its line", change: { "\($0)\r\n" }),
  Offer(what: "blanks before and after", change: { " \t\($0)  \n" }),
  Offer(
    what: "one of several audiences",
    trusts: [
      LabFederatedCredential(
        .lab, subject: LabFederatedCredential.workload, audiences: ["api://other", LabFederatedCredential.audience])
    ]),
  Offer(what: "one of several subjects", trusts: [LabFederatedCredential(.lab, subject: "first"), .workloadIdentity]),
  Offer(what: "ended within what clocks may differ", lifetime: -299),
  Offer(what: "ended", lifetime: -301, code: 700_024),
  Offer(what: "another subject", subject: "system:serviceaccount:partner:Console", code: 700_213),
  Offer(what: "another audience", audience: "api://azureadtokenexchange", code: 700_212),
  Offer(what: "a slash at the audience", audience: "api://AzureADTokenExchange/", code: 700_212),
  Offer(what: "nobody is trusted", trusts: [], code: 700_211),
  Offer(what: "only the managed identity is trusted", trusts: [.managedIdentity], code: 700_211),
  Offer(
    what: "somebody else is trusted",
    trusts: [LabFederatedCredential(.other("https://token.example"), subject: LabFederatedCredential.workload)],
    code: 700_211),
  Offer(what: "no signature of its own", change: { swapped($0, 2, "AAAA") }, code: 700_027),
  Offer(what: "not signed at all", change: { swapped($0, 0, base64("{\"alg\":\"none\"}")) }, code: 50027),
  Offer(
    what: "another key's name", change: { swapped($0, 0, base64("{\"alg\":\"RS256\",\"kid\":\"x\"}")) }, code: 700_027),
]

private func base64(_ text: String) -> String {
  Data(text.utf8).base64EncodedString().replacing("=", with: "")
}

@Suite struct FederationTests {
  @Test("A token by an issuer that the registration trusts is the app's credential, and no other is", arguments: offers)
  fileprivate func offered(_ offer: Offer) async throws {
    var options = options(.granted)
    options.homeTenant = home
    options.federatedCredentials = offer.trusts
    try await withLabServer(options) { lab in
      let token = try lab.federatedToken(lifetime: offer.lifetime, subject: offer.subject, audience: offer.audience)
      let answer = try await lab.askToken(options.tenants[0].id, form(assertion: offer.change(token)))
      #expect(answer.status == (offer.code == nil ? 200 : 401), "\(answer.text)")
      #expect(try answer.object()["error_codes"] as? [Int] == offer.code.map { [$0] })
    }
  }

  @Test("The managed identity vouches for the app where it is trusted", arguments: [true, false])
  func managedIdentity(_ isTrusted: Bool) async throws {
    var options = options(.granted)
    options.homeTenant = home
    options.federatedCredentials = isTrusted ? [.managedIdentity] : [.workloadIdentity]
    try await withLabServer(options) { lab in
      let token = try await lab.identityToken("api://AzureADTokenExchange")
      let claims = try payload(of: token)
      #expect(claims["iss"] as? String == "\(lab.baseURL)/\(home)/v2.0")
      #expect(claims["sub"] as? String == lab.managedIdentity?.principal)
      #expect(claims["aud"] as? String == "api://AzureADTokenExchange")
      let answer = try await lab.askToken(options.tenants[0].id, form(assertion: token))
      #expect(try answer.object()["error_codes"] as? [Int] == (isTrusted ? nil : [700_211]))
    }
  }

  @Test("The provider publishes who it is and the key that it signs with")
  func provider() async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let document = try await send("GET", "\(lab.issuer)/.well-known/openid-configuration").object()
      #expect(document["issuer"] as? String == lab.issuer)
      let keys = try await send("GET", try #require(document["jwks_uri"] as? String)).object()["keys"]
      let key = try #require((keys as? [[String: Any]])?.first)
      let token = try lab.federatedToken()
      let header = try #require(decoded(token.split(separator: ".").map(String.init)[0]))
      #expect(
        try (JSONSerialization.jsonObject(with: header) as? [String: Any])?["kid"] as? String == key["kid"] as? String)
      let numbers = [try #require(key["n"] as? String), try #require(key["e"] as? String)]
      #expect(try await isSigned(token, by: numbers))
      #expect(try await lab.control("GET", "issuer/other").status == 404)
    }
  }
}

func payload(of token: String) throws -> [String: Any] {
  let parts = token.split(separator: ".").map(String.init)
  guard parts.count == 3, let data = decoded(parts[1]),
    let claims = try JSONSerialization.jsonObject(with: data) as? [String: Any]
  else { throw NotAnObject() }
  return claims
}
