import Foundation
import LabServer
import SystemCrypto
import Testing

/// Assertions as MSAL and azure-identity sign them, made by the `openssl` of this machine.
@Suite struct AssertionTests {
  private static let app = "11111111-2222-3333-4444-555555555555"

  /// A key with its certificate, both in PEM.
  private struct Holder: Sendable {
    var key: String
    var certificate: Certificate

    static func make(_ algorithm: [String] = ["rsa:2048"]) async throws -> Holder {
      let made = try await Program(
        "openssl",
        ["req", "-x509", "-newkey"] + algorithm + [
          "-nodes", "-keyout", "-", "-out", "-", "-days", "900", "-subj", "/CN=app",
        ]
      ).run()
      let end = try #require(made.output.firstRange(of: "-----END PRIVATE KEY-----\n")?.upperBound)
      return Holder(
        key: String(made.output[..<end]), certificate: try #require(Certificate(pem: String(made.output[end...]))))
    }

    func signed(_ header: [String: Any], _ claims: [String: Any]) async throws -> String {
      let text = try [header, claims].map { base64URL(try canonical($0)) }.joined(separator: ".")
      let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try Data(key.utf8).write(to: file)
      defer { try? FileManager.default.removeItem(at: file) }
      let isPSS = header["alg"] as? String == "PS256"
      let manner = isPSS ? ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"] : []
      let process = Program(
        "sh",
        ["-c", "openssl dgst -sha256 \(manner.joined(separator: " ")) -sign '\(file.path)' | base64 -w 0"])
      let signature = try await process.run(Data(text.utf8)).output
      return "\(text).\(signature.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: ""))"
    }

    func thumbprint(_ name: String) throws -> String {
      base64URL(Data(try name == "x5t" ? Digest.sha1(certificate.der) : Digest.sha256(certificate.der)))
    }
  }

  /// What one assertion says otherwise than a good one.
  struct Change: Sendable, CustomTestStringConvertible {
    var what: String
    var algorithm = "PS256"
    var thumbprint = "x5t#S256"
    var header: @Sendable (inout [String: Any]) -> Void = { _ in }
    var claims: @Sendable (inout [String: Any]) -> Void = { _ in }
    var form: [String: String?] = [:]
    var around = ("", "")
    /// Nil where it is taken.
    var code: Int?

    var testDescription: String { what }
  }

  /// The certificates begin when they are made, so the labs' clock stands there too.
  private static let start = Date()
  private static let now = start.timeIntervalSince1970

  static let changes = [
    Change(what: "PS256, x5t#S256"),
    Change(what: "RS256, x5t", algorithm: "RS256", thumbprint: "x5t"),
    Change(what: "RS256, x5t#S256", algorithm: "RS256"),
    Change(what: "padding", thumbprint: "x5t#S256", header: { $0["x5t#S256"] = "\($0["x5t#S256"] ?? "")=" }),
    Change(
      what: "padding of SHA-1", algorithm: "RS256", thumbprint: "x5t", header: { $0["x5t"] = "\($0["x5t"] ?? "")=" }),
    Change(what: "x5c", header: { $0["x5c"] = ["MIIB"] }),
    Change(
      what: "fractions",
      claims: {
        $0["exp"] = now + 600.1103766
        $0["iat"] = now + 0.1103766
        $0["nbf"] = nil
      }),
    Change(what: "end of line", around: ("", "\r\n")),
    Change(
      what: "issuer as audience",
      claims: { $0["aud"] = "\($0["aud"] ?? "")".replacing("/oauth2/v2.0/token", with: "/v2.0") }),
    Change(
      what: "other fields", form: ["client_info": "1", "claims": #"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#]),
    Change(what: "no thumbprint", header: { $0["x5t#S256"] = nil }, code: 700_027),
    Change(what: "other thumbprint", header: { $0["x5t#S256"] = "AAAA" }, code: 700_027),
    Change(what: "wrong algorithm", header: { $0["alg"] = "RS256" }, code: 700_027),
    Change(what: "none", header: { $0["alg"] = "none" }, code: 50_027),
    Change(what: "HS256", header: { $0["alg"] = "HS256" }, code: 50_027),
    Change(what: "ended", claims: { $0["exp"] = now - 241 }, code: 700_024),
    Change(what: "no end", claims: { $0["exp"] = nil }, code: 700_024),
    Change(what: "not begun", claims: { $0["nbf"] = now + 361 }, code: 700_024),
    Change(what: "a time as text", claims: { $0["exp"] = "soon" }, code: 50_027),
    Change(what: "no time", claims: { $0["exp"] = 1e300 }, code: 50_027),
    Change(what: "other app", claims: { claims in ["iss", "sub"].forEach { claims[$0] = "other" } }, code: 700_021),
    Change(what: "two apps", claims: { $0["sub"] = "other" }, code: 50_048),
    Change(
      what: "real Entra ID", claims: { $0["aud"] = "https://login.microsoftonline.com/x/oauth2/v2.0/token" },
      code: 700_023),
    Change(what: "no audience", claims: { $0["aud"] = nil }, code: 700_023),
    Change(what: "not a JWT", around: ("a.b", ""), code: 50_027),
    Change(what: "no type", form: ["client_assertion_type": nil], code: 900_144),
    Change(what: "other type", form: ["client_assertion_type": "urn:x"], code: 90_014),
  ]

  private func assertion(_ holder: Holder, _ change: Change, audience: String) async throws -> String {
    var header: [String: Any] = ["typ": "JWT", change.thumbprint: try holder.thumbprint(change.thumbprint)]
    header["alg"] = change.algorithm
    change.header(&header)
    var claims: [String: Any] = ["aud": audience, "iss": Self.app, "sub": Self.app, "jti": UUID().uuidString]
    for (name, offset) in ["iat": 60.0, "nbf": 60, "exp": 660] { claims[name] = Self.now + offset }
    change.claims(&claims)
    // Signed by what the header says at first: a changed algorithm does not fit the signature.
    var signing = header
    signing["alg"] = change.algorithm
    let token = try await holder.signed(signing, claims)
    guard header["alg"] as? String != change.algorithm else { return "\(change.around.0)\(token)\(change.around.1)" }
    let parts = token.split(separator: ".")
    return "\(base64URL(try canonical(header))).\(parts[1]).\(parts[2])"
  }

  private func form(_ assertion: String, _ changes: [String: String?] = [:]) -> [String: String?] {
    var form: [String: String?] = [
      "client_secret": nil, "client_assertion": assertion,
      "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    ]
    for (name, value) in changes { form[name] = .some(value) }
    return form
  }

  @Test("Every form of assertion that Microsoft's libraries sign is taken, and each wrong one refused by its number")
  func forms() async throws {
    let holder = try await Holder.make()
    var options = options(.granted, clock: HandClock(Self.start + 60))
    options.certificates = [holder.certificate.pem]
    for changes in stride(from: 0, to: Self.changes.count, by: 15).map({ Self.changes[$0...].prefix(15) }) {
      try await withLabServer(options) { lab in
        let tenant = options.tenants[0].id
        let metadata = try await send("GET", "\(lab.baseURL)/\(tenant)/v2.0/.well-known/openid-configuration").object()
        let endpoint = try #require(metadata["token_endpoint"] as? String)
        for change in changes {
          let text = try await assertion(holder, change, audience: endpoint)
          let answer = try await lab.askToken(
            tenant, form(text, change.form), headers: [("x-client-sku", "MSAL.Python")])
          let codes = try answer.object()["error_codes"] as? [Int]
          #expect(codes == change.code.map { [$0] }, "\(change.what): \(answer.text)")
          guard change.code == nil else { continue }
          #expect(answer.status == 200, "\(change.what)")
          // What MSAL needs to find the token again in its cache.
          #expect(Set(try answer.object().keys) == ["token_type", "expires_in", "ext_expires_in", "access_token"])
        }
      }
    }
  }

  @Test("The same assertion is taken again, unless the lab was told to take a jti once", arguments: [false, true])
  func repeated(_ isOnce: Bool) async throws {
    let holder = try await Holder.make()
    var options = options(.granted, clock: HandClock(Self.start + 60))
    options.certificates = [holder.certificate.pem]
    options.refusesRepeatedAssertions = isOnce
    try await withLabServer(options) { lab in
      let tenant = options.tenants[0].id
      let text = try await assertion(
        holder, Change(what: "good"), audience: "\(lab.baseURL)/\(tenant)/oauth2/v2.0/token")
      #expect(try await lab.askToken(tenant, form(text)).status == 200)
      let again = try await lab.askToken(tenant, form(text))
      #expect(again.status == (isOnce ? 401 : 200))
      if isOnce { #expect(try again.object()["error_codes"] as? [Int] == [50_012]) }
    }
  }

  @Test("An assertion for one tenant is refused in another, and reported")
  func otherTenant() async throws {
    let holder = try await Holder.make()
    var options = options(.granted, .granted, clock: HandClock(Self.start + 60))
    options.certificates = [holder.certificate.pem]
    options.expectedViolations = [.crossTenantToken]
    try await withLabServer(options) { lab in
      let endpoint = "\(lab.baseURL)/\(options.tenants[0].id)/oauth2/v2.0/token"
      let text = try await assertion(holder, Change(what: "good"), audience: endpoint)
      let answer = try await lab.askToken(options.tenants[1].id, form(text))
      #expect(try answer.object()["error_codes"] as? [Int] == [700_023])
      #expect(lab.violations().map(\.kind) == [.crossTenantToken])
    }
  }

  @Test("A certificate counts between its times, and another's key does not sign for it")
  func certificateTimes() async throws {
    let (holder, stranger) = (try await Holder.make(), try await Holder.make())
    // The certificate begins today, and the clock of the other labs stands before.
    let clock = HandClock(Date())
    for (owner, offset, isTaken) in [
      (holder, 0.0, true), (stranger, 0, false), (holder, 901 * 86_400, false), (holder, -86_400, false),
    ] {
      clock.pass(offset)
      var options = options(.granted, clock: clock)
      options.certificates = [holder.certificate.pem]
      try await withLabServer(options) { lab in
        let tenant = options.tenants[0].id
        let time = clock.now.timeIntervalSince1970
        let change = Change(what: "now", header: { _ in }) { claims in
          for (name, offset) in ["iat": 0.0, "nbf": 0, "exp": 600] { claims[name] = time + offset }
        }
        var signer = holder
        signer.key = owner.key
        let text = try await assertion(signer, change, audience: "\(lab.baseURL)/\(tenant)/oauth2/v2.0/token")
        let answer = try await lab.askToken(tenant, form(text))
        #expect(answer.status == (isTaken ? 200 : 401))
        if !isTaken { #expect(try answer.object()["error_codes"] as? [Int] == [700_027]) }
      }
      clock.pass(-offset)
    }
  }

  @Test("Of several certificates each signs for itself, in its own times and no longer")
  func several() async throws {
    let (first, second) = (try await Holder.make(), try await Holder.make())
    let old = try LabVaultSecret.certificate("old", as: .pem, from: Self.start - 86_400, until: Self.start)
    let ended = Holder(key: old.secret.value, certificate: try #require(Certificate(pem: old.certificate)))
    var options = options(.granted, clock: HandClock(Self.start + 60))
    options.certificates = [ended, first, second].map(\.certificate.pem)
    try await withLabServer(options) { lab in
      let tenant = options.tenants[0].id
      let endpoint = "\(lab.baseURL)/\(tenant)/oauth2/v2.0/token"
      for (holder, codes) in [(ended, [700_027]), (first, nil), (second, nil)] {
        let text = try await assertion(holder, Change(what: "good"), audience: endpoint)
        #expect(try await lab.askToken(tenant, form(text)).object()["error_codes"] as? [Int] == codes)
      }
    }
  }

  @Test("What is no certificate with an RSA key is not registered", arguments: ["", "text", "EC"])
  func unreadable(_ text: String) async throws {
    var options = options(.granted, clock: HandClock(Self.start + 60))
    options.certificates = [text]
    if text == "EC" {
      options.certificates = [try await Holder.make(["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]).certificate.pem]
    }
    await #expect(throws: LabStartError.self) { _ = try await LabServer.start(options) }
  }

  @Test("The tenant is the first segment of every address that discovery names")
  func tenantFirst() async throws {
    let options = options(.granted, clock: HandClock(Self.start + 60))
    try await withLabServer(options) { lab in
      let tenant = options.tenants[0].id
      let metadata = try await send("GET", "\(lab.baseURL)/\(tenant)/v2.0/.well-known/openid-configuration").object()
      let addresses = metadata.values.compactMap { $0 as? String }.filter { $0.hasPrefix(lab.baseURL) }
      #expect(addresses.count >= 5)
      #expect(addresses.allSatisfy { $0.hasPrefix("\(lab.baseURL)/\(tenant)/") })
    }
  }
}

private func base64URL(_ data: Data) -> String {
  data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}
