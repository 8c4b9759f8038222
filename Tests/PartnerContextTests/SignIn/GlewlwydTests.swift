import Foundation
import SystemCrypto
import Testing

@testable import PartnerContext

/// That the other server and the proxy in front of it do what grants are tested against.
@Suite(.timeLimit(.minutes(1)), .enabled(if: Glewlwyd.obstacle == nil, "\(Glewlwyd.obstacle ?? "")"))
struct GlewlwydTests {
  private let tenant = "a1b2c3d4-0000-4000-8000-00000000000a"
  private let verifier = "0123456789-0123456789-0123456789-0123456789"

  @Test("T8: a code is had with S256 alone, redeemed once with its verifier, and refreshed once a token")
  func code() async throws {
    try await Glewlwyd.with { other in
      let redirect = "http://localhost:7777/"
      #expect(try await other.follow(link(other, redirect: "http://localhost:7778/")) == nil)
      let plain = try await other.follow(link(other, redirect: redirect, method: "plain"))
      #expect(plain.flatMap { parameter("code", of: $0) } == nil)

      let location = try #require(try await other.follow(link(other, redirect: redirect)))
      #expect(location.hasPrefix(redirect))
      #expect(parameter("state", of: location) == "a-state_1")
      let code = try #require(parameter("code", of: location))
      func redeem(_ verifier: String) async throws -> PlainHTTP.Answer {
        try await token(
          other,
          [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect),
            ("code_verifier", verifier),
          ])
      }
      // Its own way to say so, where RFC 6749 has 400 and invalid_grant.
      let wrong = try await redeem(verifier + "x")
      #expect(wrong.status == 403 && wrong.text("error") == "invalid_code")
      let granted = try await redeem(verifier)
      #expect(granted.status == 200)
      #expect(granted.text("token_type")?.lowercased() == "bearer")
      #expect(granted.text("id_token") != nil)
      let first = try #require(granted.text("refresh_token"))

      func refresh(_ text: String) async throws -> PlainHTTP.Answer {
        try await token(other, [("grant_type", "refresh_token"), ("refresh_token", text), ("scope", other.scope)])
      }
      let again = try await refresh(first)
      #expect(again.status == 200)
      let second = try #require(again.text("refresh_token"))
      #expect(second != first)
      #expect(try await refresh(second).text("access_token") != nil)
      let used = try await refresh(first)
      #expect(used.status == 400 && used.body.isEmpty)
      #expect(try await redeem(verifier).status == 403)
    }
  }

  @Test("T8: a device waits, is told to slow down, and is granted what was entered for it")
  func device() async throws {
    try await Glewlwyd.with { other in
      let path = "/\(tenant)/oauth2/v2.0/devicecode"
      let device = try await other.proxy.form(path, [("client_id", other.clientID), ("scope", other.scope)])
      #expect(device.status == 200)
      #expect(device.object["interval"] as? Int == 1)
      let (code, userCode) = (try #require(device.text("device_code")), try #require(device.text("user_code")))
      func poll() async throws -> PlainHTTP.Answer {
        try await token(
          other, [("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", code)])
      }
      #expect(try await poll().text("error") == "authorization_pending")
      // On a busy machine one poll may well come a second after the other.
      var error: String? = "authorization_pending"
      for _ in 0..<20 where error == "authorization_pending" { error = try await poll().text("error") }
      #expect(error == "slow_down")
      try await other.enter(userCode: userCode)
      let clock = ContinuousClock()
      let deadline = clock.now + .seconds(20)
      var answer = try await poll()
      while answer.text("error") == "slow_down", clock.now < deadline {
        try await clock.sleep(for: .seconds(1.1))
        answer = try await poll()
      }
      #expect(answer.status == 200)
      #expect(answer.text("refresh_token") != nil)
    }
  }

  @Test("Other paths lead nowhere")
  func otherPaths() async throws {
    try await Glewlwyd.with { other in
      for path in ["/\(tenant)/oauth2/v2.0/other", "/common/oauth2/v2.0/token", "/api/auth/"] {
        let answer = try await other.proxy.form(path, [])
        #expect(answer.status == 404)
      }
    }
  }

  private func token(_ other: Glewlwyd, _ fields: [(String, String)]) async throws -> PlainHTTP.Answer {
    try await other.proxy.form("/\(tenant)/oauth2/v2.0/token", fields + [("client_id", other.clientID)])
  }

  private func link(_ other: Glewlwyd, redirect: String, method: String = "S256") throws -> String {
    let hash = Data(try Digest.sha256(Array(verifier.utf8))).base64EncodedString()
    let safe = hash.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
    let challenge = method == "plain" ? verifier : safe.replacingOccurrences(of: "=", with: "")
    let query = [
      ("response_type", "code"), ("client_id", other.clientID), ("redirect_uri", redirect), ("scope", other.scope),
      ("state", "a-state_1"), ("nonce", "n"), ("code_challenge", challenge), ("code_challenge_method", method),
    ].map { "\($0)=\(PlainHTTP.escaped($1))" }.joined(separator: "&")
    return "\(other.authority)/\(tenant)/oauth2/v2.0/authorize?\(query)"
  }

  private func parameter(_ name: String, of link: String) -> String? {
    URLComponents(string: link)?.queryItems?.first { $0.name == name }?.value
  }
}
