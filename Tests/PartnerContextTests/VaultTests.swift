import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

private let vaultTenant = "cccccccc-0000-4000-8000-000000000003"

private func source(
  _ item: KeyVaultSource.Item = .secret("app-secret"), _ access: KeyVaultSource.Access = .managedIdentity
) -> CredentialSource { .keyVault(KeyVaultSource(vault: "partner", item: item, access: access)) }

extension WireRequest {
  fileprivate var isVault: Bool { path.hasPrefix("/secrets/") }
}

/// A vault whose second answer is `answer`; the challenge names the authority and resource as a vault does.
private struct Vault: Sendable {
  var answer: WireAnswer = .json(200, secretBody("canary-vault"))
  var challenge: @Sendable (_ port: String) -> String? = {
    #"Bearer authorization="http://127.0.0.1:\#($0)/\#(vaultTenant)", resource="https://localhost:\#($0)""#
  }
  var token: @Sendable (WireRequest) -> WireAnswer = { granted($0) }
  var identity: WireAnswer = .json(200, identityBody("canary-identity"))

  func serve<Result>(_ body: (WireServer) async throws -> Result) async throws -> Result {
    try await WireServer.serve(tokens: false) { request in
      if request.isIdentity { return identity }
      if request.isToken { return token(request) }
      guard request.isVault else { return .json(200, page([])) }
      if request.headers["authorization"] != nil { return answer }
      let port = String((request.headers["host"] ?? "").split(separator: ":").last ?? "")
      guard let challenge = challenge(port) else { return .json(200, secretBody("canary-bare")) }
      return .json(401, "{}", headers: [("WWW-Authenticate", challenge)])
    } _: {
      try await body($0)
    }
  }
}

private func secretBody(
  _ value: String, attributes: String = #"{"enabled":true}"#,
  id: String = #""https://partner.vault.azure.net/secrets/app-secret/1""#
) -> String {
  #"{"value":"\#(value)","id":\#(id),"attributes":\#(attributes),"tags":{}}"#
}

@Suite struct VaultTests {
  @Test("A vault's secret is read after its challenge, by the machine's identity, under the vault's own name")
  func secret() async throws {
    try await Vault().serve { server in
      try await withContext(server.baseURL, credentials: [source()]) { context in
        _ = try await context.changes(in: contoso, since: longAgo)
        let asked = server.requests.filter(\.isVault)
        #expect(asked.map(\.target) == Array(repeating: "/secrets/app-secret?api-version=7.4", count: 2))
        #expect(asked.map { $0.headers["host"] } == Array(repeating: "partner.localhost:\(server.port)", count: 2))
        #expect(asked.map { $0.headers["authorization"] } == [nil, "Bearer canary-identity"])
        let identity = server.requests.filter(\.isIdentity)
        #expect(identity.count == 1)
        #expect(identity[0].target.hasSuffix("&resource=https%3A%2F%2Flocalhost%3A\(server.port)"))
        #expect(server.requests.first(where: \.isToken)?.body.contains("client_secret=canary-vault&") == true)
        #expect(context.credentialStandings()[0].label == "Key Vault partner/app-secret")
      }
    }
  }

  @Test(
    "A mark before and blanks behind a vault's secret are dropped, as a file's are",
    arguments: ["null", #""https://PARTNER.vault.azure.net:443/secrets/App-Secret/1""#])
  func blanks(id: String) async throws {
    try await Vault(answer: .json(200, secretBody(#"\ufeffcanary-vault \r\n"#, id: id))).serve { server in
      try await withContext(server.baseURL, credentials: [source()]) { context in
        _ = try await context.changes(in: contoso, since: longAgo)
        let sent = try #require(server.requests.first(where: \.isToken)?.body)
        #expect(sent.contains("client_secret=canary-vault&"))
      }
    }
  }

  @Test("A thousand tenants have a vault asked once; after five minutes it is asked again, as for one that was refused")
  func oncePerContext() async throws {
    let clock = TestClock()
    try await Vault().serve { server in
      try await withContext(server.baseURL, clock, credentials: [source()]) { context in
        let tenants = (0..<100).map { tenant("aaaaaaaa-0000-4000-8000-\(String(format: "%012d", $0))") }
        await withTaskGroup(of: Void.self) { group in
          for tenant in tenants { group.addTask { _ = try? await context.changes(in: tenant, since: longAgo) } }
        }
        #expect(server.requests.filter(\.isToken).count == 100)
        #expect(server.requests.filter(\.isVault).count == 2)
        clock.advance(299)
        _ = await context.checkConsent(in: contoso, required: [])
        #expect(server.requests.filter(\.isVault).count == 2)
        clock.advance(2)
        _ = await context.checkConsent(in: fabrikam, required: [])
        #expect(server.requests.filter(\.isVault).count == 4)
        #expect(server.requests.filter(\.isIdentity).count == 1, "its token lives on")
      }
    }
  }

  @Test("A vault's secret that the token endpoint refuses is dropped, so that a rotated one is taken")
  func rotated() async throws {
    let clock = TestClock()
    let vault = Vault(token: { $0.body.contains("canary-vault") ? tokenRefusal(7_000_215) : granted($0) })
    try await vault.serve { server in
      try await withContext(server.baseURL, clock, credentials: [source()]) { context in
        _ = try await failure { try await context.changes(in: contoso, since: longAgo) }
        _ = try await failure { try await context.changes(in: contoso, since: longAgo) }
        #expect(server.requests.filter(\.isVault).count == 4, "the operator's own wish reads it anew")
        _ = try await failure { try await context.changes(in: contoso, since: longAgo, priority: .background) }
        #expect(server.requests.filter(\.isVault).count == 4)
      }
    }
  }

  @Test(
    "What a vault does not give is a credential that cannot be read, with vault, item and what to do; never an empty one",
    arguments: [
      (.json(404, #"{"error":{"code":"SecretNotFound","message":"canary"}}"#), "no such item (SecretNotFound)"),
      (.json(403, #"{"error":{"code":"Forbidden","innererror":{"code":"AccessDenied"}}}"#), "Key Vault Secrets User"),
      (.json(403, #"{"error":{"code":"Forbidden","innererror":{"code":"SecretDisabled"}}}"#), "enable it"),
      (.json(401, "{}"), "does not accept our token"), (.json(429, "{}"), "too often"), (.json(503, "{}"), "failing"),
      (.json(200, secretBody("canary", attributes: #"{"enabled":false}"#)), "disabled"),
      (.json(200, secretBody("canary", attributes: #"{"exp":1789999999}"#)), "expired on 2026-09-21T14:13:19Z"),
      (.json(200, secretBody("canary", attributes: #"{"nbf":1790000001}"#)), "valid only from"),
      (.json(200, secretBody("")), "no value"), (.json(200, secretBody("  ")), "no value"),
      (.json(200, #"{"value":null}"#), "no value"), (.json(200, #"{"value":5}"#), "no value"),
      (.json(200, #"{"value":["canary"]}"#), "no value"), (.json(200, "{}"), "no value"),
      (.json(200, "<html>canary"), "cannot be read"), (.json(200, "canary"), "cannot be read"),
      (.json(302, "", headers: [("Location", "http://127.0.0.1:1/canary")]), "HTTP 302"),
      (.json(200, secretBody("canary\\ncanary")), "more than one line of text: put a new version"),
      (.json(200, #"{"value":"MIIcanary","contentType":"application/x-pkcs12"}"#), "write \"certificate\""),
      (.json(200, secretBody("-----BEGIN PRIVATE KEY-----\\ncanary")), "write \"certificate\""),
      (.json(200, secretBody("canary\\u0000")), "binary"),
      (.json(200, secretBody("\\u001b[2Jcanary")), "more than one line"),
      (.json(200, secretBody("\\ufeff")), "its value is empty"),
      (.json(200, secretBody("canary", id: #""https://partner.vault.azure.net/secrets/canary/1""#)), "another item"),
      (.json(200, secretBody("canary", id: #""https://canary.vault.azure.net/secrets/app-secret/1""#)), "another item"),
      (.json(200, secretBody("canary", id: #""https://partner.vault.azure.net/keys/app-secret/1""#)), "another item"),
      (.json(200, secretBody("canary", id: "5")), "another item"),
      (.json(200, secretBody(String(repeating: "canary", count: 50_000))), "too large (over 256 KiB). Refresh later"),
      (
        .json(200, "{}", headers: [("X", String(repeating: "x", count: 70_000))]),
        "its answer cannot be read: headers over 64 KiB. Check the network"
      ),
    ] as [(WireAnswer, String)])
  func unreadableItems(answer: WireAnswer, reason: String) async throws {
    try await Vault(answer: answer).serve { server in
      try await withContext(server.baseURL, credentials: [source()]) { context in
        let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
        guard case .credentialUnreadable(let told) = error.cause else { throw error }
        #expect(told.hasPrefix("Key Vault partner/app-secret cannot be read: ") && told.contains(reason))
        #expect(!told.hasSuffix("."), "a sentence is made of it")
        #expect(!"\(error)".contains("canary"))
        #expect(server.requests.allSatisfy { !$0.isToken })
        let asked = server.requests.count
        _ = try await failure { try await context.changes(in: fabrikam, since: longAgo) }
        #expect(server.requests.count == asked, "not asked again for the next tenant")
      }
    }
  }

  @Test("Invariant 1: a challenge that leads elsewhere is not followed: no token is asked for, none is sent")
  func strayChallenges() async throws {
    let strays: [(@Sendable (String) -> String?)] = [
      { #"Bearer authorization="http://127.0.0.1:1/\#(vaultTenant)", resource="https://localhost:\#($0)""# },
      { #"Bearer authorization="http://127.0.0.1:\#($0)/common", resource="https://localhost:\#($0)""# },
      { #"Bearer authorization="http://127.0.0.1:\#($0)/\#(vaultTenant)", resource="https://localhost:1""# },
      { _ in "Basic realm=\"x\"" }, { _ in "" }, { _ in nil },
    ]
    for stray in strays {
      try await Vault(challenge: stray).serve { server in
        try await withContext(server.baseURL, credentials: [source()]) { context in
          let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
          guard case .credentialUnreadable = error.cause else { throw error }
          #expect(server.requests.count == 1 && !"\(error)".contains("canary"))
        }
      }
    }
  }

  @Test(
    "A vault that cannot be reached leaves the next credential to serve, and the wall clock says when a secret ends")
  func nextServes() async throws {
    let ended = Vault(answer: .json(503, "{}"))
    try await ended.serve { server in
      try await withContext(server.baseURL, credentials: [source(), .secret(.environment("OLD"))]) { context in
        _ = try await context.changes(in: contoso, since: longAgo)
        guard case .unreadable = context.credentialStandings()[0].state else { throw UnexpectedSuccess() }
      }
    }
    try await Vault(answer: .json(200, secretBody("s", attributes: #"{"exp":1790000001}"#))).serve { server in
      try await withContext(server.baseURL, credentials: [source()]) { context in
        _ = try await context.changes(in: contoso, since: longAgo)
        let standing = context.credentialStandings()[0]
        #expect(standing.validUntil == labEpoch + 1)
        #expect(standing.ends(within: 1, of: labEpoch) && !standing.ends(within: 0, of: labEpoch))
      }
    }
  }

  /// A certificate in each form in which a vault gives it, with its content type.
  private func certificates(_ folder: CertificateFolder) throws -> [(value: String, type: String)] {
    try folder.shell(
      "openssl pkcs12 -export -inkey app.key -in app.crt -passout pass: -out app.p12; base64 -w0 app.p12 > app.64")
    return [
      (try folder.text("app.64"), "application/x-pkcs12"),
      ((try folder.text("app.key") + folder.text("app.crt")).replacing("\n", with: "\\n"), "application/x-pem-file"),
    ]
  }

  @Test(
    "A vault's certificate with its key signs in, as PKCS#12 and as PEM; what is none is told, without a word of it")
  func certificate() async throws {
    try await CertificateFolder.with("app") { folder in
      for (value, type) in try certificates(folder) + [("Y2FuYXJ5", "application/x-pkcs12"), ("canary", "text/plain")] {
        let clock = TestClock(now: Date(timeIntervalSinceNow: 60))
        let body = #"{"value":"\#(value)","contentType":"\#(type)","attributes":{"enabled":true}}"#
        let isCertificate = value.count > 100
        try await Vault(answer: .json(200, body)).serve { server in
          try await withContext(server.baseURL, clock, credentials: [source(.certificate("app-cert"))]) { context in
            let error = try? await failure { try await context.changes(in: contoso, since: longAgo) }
            #expect((error == nil) == isCertificate && !"\(String(describing: error))".contains("canary"))
            #expect(server.requests.contains { $0.path == "/secrets/app-cert" })
            let standing = context.credentialStandings()[0]
            guard isCertificate else { return #expect(server.requests.allSatisfy { !$0.isToken }) }
            let sent = try #require(server.requests.first(where: \.isToken)?.body)
            #expect(sent.contains("client_assertion=eyJ") && !sent.contains("client_secret"))
            #expect(standing.label.hasPrefix("Key Vault partner/app-cert (thumbprint "))
            let left = try #require(standing.validUntil).timeIntervalSince(clock.now)
            #expect(left > 89 * 86_400 && left < 90 * 86_400)
          }
        }
      }
    }
  }

  @Test("A vault's certificate that cannot be used is told in words, with what to do")
  func uselessCertificates() async throws {
    try await CertificateFolder.with("app") { folder in
      try folder.shell(
        """
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ec.key -out ec.crt -subj /CN=ec
        openssl req -x509 -newkey rsa:2048 -nodes -keyout b.key -out b.crt -subj /CN=b
        cat ec.key ec.crt > ec.pem; cat app.key b.crt > mixed.pem
        openssl pkcs12 -export -inkey app.key -in app.crt -passout pass:x | base64 -w0 > locked.64
        openssl pkcs12 -export -nokeys -in app.crt -passout pass: | base64 -w0 > keyless.64
        """)
      for (file, reason) in [
        ("ec.pem", "its key is of kind EC, and Entra ID takes RSA"), ("mixed.pem", "no certificate of its key"),
        ("app.key", "it holds no certificate: "), ("app.crt", "it holds no private key: "),
        ("locked.64", "it is encrypted with a password: "), ("keyless.64", "it holds no private key: "),
      ] {
        let type = file.hasSuffix("64") ? "application/x-pkcs12" : "application/x-pem-file"
        let value = try folder.text(file).replacing("\n", with: "\\n")
        let body = #"{"value":"\#(value)","contentType":"\#(type)"}"#
        try await Vault(answer: .json(200, body)).serve { server in
          try await withContext(server.baseURL, credentials: [source(.certificate("app-cert"))]) { context in
            let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
            #expect(error.nextAction.contains("Key Vault partner/app-cert cannot be read: "))
            #expect(error.nextAction.contains(reason), "\(file): \(error.nextAction)")
          }
        }
      }
    }
  }

  @Test("A vault reached with a certificate: one token of the tenant that the challenge names, for the vault alone")
  func throughCertificate() async throws {
    try await CertificateFolder.with("app") { folder in
      let clock = TestClock(now: Date(timeIntervalSinceNow: 60))
      let access = CertificateSource.pem(
        certificate: folder.file("app.crt"), key: folder.file("app.key"), password: nil)
      try await Vault().serve { server in
        try await withContext(server.baseURL, clock, credentials: [source(.secret("app-secret"), .certificate(access))])
        {
          context in
          for tenant in [contoso, fabrikam] { _ = try await context.changes(in: tenant, since: longAgo) }
          let tokens = server.requests.filter(\.isToken)
          #expect(tokens.map(tenantOf) == [vaultTenant, contoso.rawValue, fabrikam.rawValue])
          #expect(tokens[0].body.contains("scope=https%3A%2F%2Flocalhost%3A\(server.port)%2F.default"))
          #expect(tokens[0].body.contains("client_assertion=eyJ"))
          #expect(tokens[1].body.contains("client_secret=canary-vault&"))
          let sent = server.requests.last { $0.path == "/secrets/app-secret" }?.headers["authorization"]
          #expect(sent == "Bearer \(unsignedToken(tenant: vaultTenant))")
          #expect(server.requests.allSatisfy { !$0.isIdentity })
        }
      }
    }
  }

  @Test("Invariant 7: nothing of a vault, of the machine's identity or of a federated token in what is told or dumped")
  func canaries() async throws {
    let assertion = jwt("canary-assertion")
    for token in [granted, { _ in tokenRefusal(7_000_215) }] as [@Sendable (WireRequest) -> WireAnswer] {
      for source in [source(), .federated(.managedIdentity)] {
        try await Vault(token: token, identity: .json(200, identityBody(assertion))).serve { server in
          try await withContext(server.baseURL, credentials: [source]) { context in
            let error = try? await failure { try await context.changes(in: contoso, since: longAgo) }
            #expect(server.requests.contains { $0.body.contains("canary-vault") || $0.body.contains(assertion) })
            var told = "\(String(describing: error)) \(error?.nextAction ?? "") \(context.credentialStandings())"
            told += "\(String(describing: await context.testimony(of: contoso)))"
            dump(context, to: &told)
            dump(context.credentialStandings(), to: &told)
            dump(context.pipeline.tokens, to: &told)
            #expect(!told.contains("canary") && !told.contains(assertion))
          }
        }
      }
    }
  }

  private func read(_ fields: [String], authority: String = "https://login.microsoftonline.com") -> VaultChallenge? {
    guard let origin = Origin.split(authority)?.origin else { return nil }
    let answer = Answer(status: 401, headers: fields.map { HeaderField("WWW-Authenticate", $0) }, body: [])
    return try? VaultChallenge(answer, authority: origin, resource: "https://vault.azure.net")
  }

  @Test(
    "A vault's challenge is read in every form that the standard allows",
    arguments: [
      [#"Bearer authorization="https://login.microsoftonline.com/T", resource="https://vault.azure.net""#],
      [#"bearer  authorization_uri = "https://login.microsoftonline.com/T" ,scope="https://vault.azure.net/.default""#],
      [#"Bearer resource="https://vault.azure.net/",,authorization="https://login.microsoftonline.com/T/""#],
      [
        #"Negotiate abc==, Bearer authorization="https://login.microsoftonline.com/T/oauth2/authorize", resource="https://vault.azure.net", Basic realm="a, \"b\"""#
      ],
      ["Negotiate", #"Bearer authorization="https://login.windows.net/T", resource="https://vault.azure.net""#],
      [
        #"Bearer authorization="https://login.microsoftonline.com/T", authorization_uri="https://login.microsoftonline.com/T", resource="https://vault.azure.net", scope="https://vault.azure.net/.default", error="x""#
      ],
    ])
  func challenges(fields: [String]) {
    let challenge = read(fields.map { $0.replacingOccurrences(of: "/T", with: "/\(vaultTenant)") })
    #expect(challenge?.tenant.rawValue == vaultTenant)
    #expect(challenge?.resource == "https://vault.azure.net")
  }

  @Test(
    "A challenge that names another place, no tenant's GUID or another resource, or that cannot be read, is refused",
    arguments: [
      #"Bearer authorization="https://login.microsoftonline.com.evil.example/T", resource="https://vault.azure.net""#,
      #"Bearer authorization="https://login.microsoftonline.com@evil.example/T", resource="https://vault.azure.net""#,
      #"Bearer authorization="http://login.microsoftonline.com/T", resource="https://vault.azure.net""#,
      #"Bearer authorization="https://login.microsoftonline.com:444/T", resource="https://vault.azure.net""#,
      #"Bearer authorization="https://login.microsoftonline.us/T", resource="https://vault.azure.net""#,
      #"Bearer authorization="https://login.microsoftonline.com/common", resource="https://vault.azure.net""#,
      #"Bearer authorization="https://login.microsoftonline.com/contoso.com", resource="https://vault.azure.net""#,
      #"Bearer authorization="https://login.microsoftonline.com/T/T", resource="https://vault.azure.net""#,
      #"Bearer authorization="https://login.microsoftonline.com/T?x=1", resource="https://vault.azure.net""#,
      #"Bearer authorization="https://login.microsoftonline.com/", resource="https://vault.azure.net""#,
      #"Bearer authorization="https://login.microsoftonline.com/T", resource="https://graph.microsoft.com""#,
      #"Bearer authorization="https://login.microsoftonline.com/T", resource="https://vault.azure.net.evil.example""#,
      #"Bearer authorization="https://login.microsoftonline.com/T", resource="https://vault.azure.net", scope="https://graph.microsoft.com/.default""#,
      #"Bearer authorization="https://login.microsoftonline.com/T""#, #"Bearer resource="https://vault.azure.net""#,
      #"Bearer authorization="https://login.microsoftonline.com/T", authorization="https://login.microsoftonline.com/T", resource="https://vault.azure.net""#,
      #"Bearer authorization="https://login.microsoftonline.com/T", resource="https://vault.azure.net", Bearer authorization="https://login.microsoftonline.com/T", resource="https://vault.azure.net""#,
      #"Bearer authorization="https://login.microsoftonline.com/T, resource="https://vault.azure.net""#,
      #"Bearer authorization="https://login.microsoftonline.com/T" resource="https://vault.azure.net""#,
      #"authorization="https://login.microsoftonline.com/T", resource="https://vault.azure.net""#,
      "Bearer", "", "\u{1}", "Bearer a=\"", "Basic realm=\"x\"", #"Bearer authorization=\"#,
    ])
  func strictness(field: String) {
    #expect(read([field.replacingOccurrences(of: "/T", with: "/\(vaultTenant)")]) == nil)
  }

  @Test(
    "A challenge of random bytes, or one that is cut or changed anywhere, never leads anywhere else",
    arguments: UInt64(0)..<20)
  func chance(seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let whole = Array(
      #"Bearer authorization="https://login.microsoftonline.com/\#(vaultTenant)", resource="https://vault.azure.net""#
        .utf8)
    for _ in 0..<200 {
      var bytes = whole
      for _ in 0..<(1 + next(3)) {
        switch next(3) {
        case 0: bytes[next(bytes.count)] = UInt8(next(256))
        case 1: bytes.removeSubrange(next(bytes.count)...)
        default: bytes.insert(UInt8(next(256)), at: next(bytes.count))
        }
        if bytes.isEmpty { break }
      }
      guard let challenge = read([String(decoding: bytes, as: UTF8.self)]) else { continue }
      #expect(challenge.resource == "https://vault.azure.net")
    }
  }
}
