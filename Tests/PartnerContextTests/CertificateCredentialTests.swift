import Foundation
import LabServer
import Logging
import PartnerModel
import Synchronization
import SystemCrypto
import Testing

@testable import PartnerContext

@Suite struct CertificateCredentialTests {
  private let passphrase = "kanarya-ığ-秘密"

  private func pem(_ folder: CertificateFolder, _ name: String, key: String? = nil) -> CredentialSource {
    .certificate(.pem(certificate: folder.file("\(name).crt"), key: folder.file(key ?? "\(name).key"), password: nil))
  }

  /// Every form of the certificate `app`, with its passphrase in a file.
  private func forms(_ folder: CertificateFolder) throws -> [CredentialSource] {
    try folder.shell(
      """
      printf '%s\\n' '\(passphrase)' > password
      openssl pkcs8 -topk8 -in app.key -v2 aes-256-cbc -passout file:password -out locked.key
      openssl pkcs12 -export -legacy -inkey app.key -in app.crt -passout file:password -out app.p12
      cat app.crt app.key > both; mkdir mount; mv both mount/; ln -s mount/both both
      """)
    let password = SecretSource.file(folder.file("password"))
    return [
      pem(folder, "app"),
      .certificate(.pem(certificate: folder.file("app.crt"), key: folder.file("locked.key"), password: password)),
      .certificate(.pem(certificate: folder.file("both"), key: folder.file("both"), password: nil)),
      .certificate(.pkcs12(file: folder.file("app.p12"), password: password)),
    ]
  }

  @Test("A certificate signs in to every tenant, from PEM, encrypted PEM, one file behind a link, and old PKCS#12")
  func signsIn() async throws {
    try await CertificateFolder.with("app") { folder in
      for source in try forms(folder) {
        let clock = TestClock(now: Date(timeIntervalSinceNow: 60))
        var options = labOptions(.granted, .granted, clock: clock)
        options.certificates = [try folder.text("app.crt")]
        options.refusesRepeatedAssertions = true
        try await withLabServer(options) { lab in
          try await withContext(lab.baseURL, clock, credentials: [source]) { context in
            for tenant in [contoso, fabrikam, contoso] {
              let (consent, _) = await context.checkConsent(in: tenant, required: [])
              #expect(consent?.state == .granted, "\(source)")
            }
          }
        }
      }
    }
  }

  private func part(_ index: Int, of assertion: String) throws -> [String: Any] {
    let text = assertion.split(separator: ".")[index].replacing("-", with: "+").replacing("_", with: "/")
    let bytes = try #require(Data(base64Encoded: text + String(repeating: "=", count: (4 - text.count % 4) % 4)))
    return try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
  }

  private func assertions(_ server: WireServer) -> [String] {
    server.requests.filter(\.isToken).compactMap { request in
      request.body.split(separator: "&").first { $0.hasPrefix("client_assertion=") }.map { String($0.dropFirst(17)) }
    }
  }

  @Test("The assertion holds what Entra ID documents, for ten minutes, and only for this tenant's token endpoint")
  func assertion() async throws {
    try await CertificateFolder.with("app") { folder in
      let clock = TestClock(now: Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.up) + 60))
      try await WireServer.serve(tokens: false) { _ in
        .json(200, tokenBody(unsignedToken(tenant: contoso.rawValue)))
      } _: { server in
        try await withContext(server.baseURL, clock, credentials: [pem(folder, "app")]) { context in
          _ = await context.checkConsent(in: contoso, required: [])
          let body = try #require(server.requests.first?.body)
          #expect(
            body.hasPrefix(
              """
              grant_type=client_credentials&client_id=11111111-2222-3333-4444-555555555555\
              &client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=ey
              """))
          #expect(body.hasSuffix("&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default") && !body.contains("secret"))
          let text = try #require(assertions(server).first)
          let certificate = try #require(Certificate(pem: folder.text("app.crt")))
          let thumbprint = Data(try Digest.sha256(certificate.der)).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
          #expect(
            try part(0, of: text) as? [String: String] == ["alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint])
          var claims = try part(1, of: text)
          let id = try #require(claims.removeValue(forKey: "jti") as? String)
          #expect(UUID(uuidString: id) != nil)
          let now = Int(clock.now.timeIntervalSince1970)
          let app = "11111111-2222-3333-4444-555555555555"
          let expected: [String: Any] = [
            "aud": "\(server.baseURL)/\(contoso)/oauth2/v2.0/token", "iss": app, "sub": app, "iat": now, "nbf": now,
            "exp": now + 600,
          ]
          #expect(NSDictionary(dictionary: claims) == NSDictionary(dictionary: expected))
        }
      }
    }
  }

  @Test("An assertion is made for one request: a repeat after an outage shows another")
  func repeated() async throws {
    try await CertificateFolder.with("app") { folder in
      let clock = TestClock(now: Date(timeIntervalSinceNow: 60))
      try await WireServer.serve(tokens: false) { _ in
        .json(500, "{}")
      } _: { server in
        try await withContext(server.baseURL, clock, credentials: [pem(folder, "app")]) { context in
          _ = try await failure { try await context.changes(in: contoso, since: longAgo) }
          let shown = assertions(server)
          let ids = try shown.map { try part(1, of: $0)["jti"] as? String }
          #expect(shown.count == 4 && Set(shown).count == 4 && Set(ids).count == 4, "\(ids)")
        }
      }
    }
  }

  @Test("Rolling over while running: other files are read at the next request, the same ones never again")
  func rollOver() async throws {
    try await CertificateFolder.with("app", "new") { folder in
      try folder.shell(
        """
        printf x > password; for name in app new; do
        openssl pkcs12 -export -inkey $name.key -in $name.crt -passout file:password -out $name.p12; done; mv app.p12 used
        """)
      let command = ["sh", "-c", "echo >> '\(folder.file("runs"))'; cat '\(folder.file("password"))'"]
      let source = CredentialSource.certificate(.pkcs12(file: folder.file("used"), password: .command(command)))
      let clock = TestClock(now: Date(timeIntervalSinceNow: 60))
      try await WireServer.serve(tokens: false) { request in
        .json(200, tokenBody(unsignedToken(tenant: String(request.path.split(separator: "/")[0]))))
      } _: { server in
        try await withContext(server.baseURL, clock, credentials: [source]) { context in
          for _ in 0..<3 {
            for tenant in [contoso, fabrikam] { _ = await context.checkConsent(in: tenant, required: []) }
            clock.advance(3000)
          }
          #expect(try folder.text("runs") == "\n")
          try folder.shell("mv new.p12 used")
          _ = await context.checkConsent(in: contoso, required: [])
          #expect(try folder.text("runs") == "\n\n")
          let prints = try assertions(server).map { try part(0, of: $0)["x5t#S256"] as? String }
          #expect(prints.count == 7 && Set(prints[..<6]).count == 1 && prints[6] != prints[0])
        }
      }
    }
  }

  @Test("T6: one that has ended, or has not begun, is not sent: it is told with its date, and the next one serves")
  func outOfTime() async throws {
    try await CertificateFolder.with("app") { folder in
      let source = pem(folder, "app")
      for (seconds, word) in [(91 * 86_400.0, "ended on 20"), (-3600, "valid only from 20")] {
        let clock = TestClock(now: Date(timeIntervalSinceNow: seconds))
        try await WireServer.serve(tokens: false) { _ in
          .json(200, tokenBody(unsignedToken(tenant: contoso.rawValue)))
        } _: { server in
          try await withContext(server.baseURL, clock, credentials: [source]) { context in
            let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
            guard case .credentialUnreadable(let reason) = error.cause else { throw error }
            #expect(reason.contains(word) && reason.contains(folder.file("app.crt")) && reason.contains("CN=app"))
            #expect(server.requests.isEmpty)
          }
          try await withContext(server.baseURL, clock, credentials: [source, .secret(.environment("OLD"))]) { context in
            _ = await context.checkConsent(in: contoso, required: [])
            #expect(server.requests.map(\.body).allSatisfy { $0.contains("client_secret=old-secret") })
            #expect(server.requests.count == 1)
          }
        }
      }
    }
  }

  @Test("T6: when a certificate ends is known without asking anybody, and why one cannot be read")
  func standings() async throws {
    try await CertificateFolder.with("app") { folder in
      let credentials = [
        .secret(.environment("SECRET")), pem(folder, "app"), pem(folder, "absent"),
      ]
      try await withContext("http://127.0.0.1:1", credentials: credentials) { context in
        #expect(context.credentialStandings().allSatisfy { $0.validUntil == nil })
        await context.lookAtCertificates()
        let standings = context.credentialStandings()
        try #require(standings.count == 3)
        #expect(standings[0].state == .notTried && standings[0].validUntil == nil, "a secret tells nothing")
        #expect(standings[1].thumbprint?.count == 40 && standings[1].state == .notTried)
        let days = try #require(standings[1].validUntil).timeIntervalSinceNow / 86_400
        #expect(days > 89 && days < 91)
        guard case .unreadable(let reason, _) = standings[2].state else { throw UnexpectedSuccess() }
        #expect(reason.contains(folder.file("absent.")))
      }
    }
  }

  @Test("F38, H64, invariant 16: what cannot be used is told with its path and what to do, and nothing of its content")
  func refused() async throws {
    try await CertificateFolder.with("app", "other") { folder in
      _ = try forms(folder)
      try folder.make("curve", "ec -pkeyopt ec_paramgen_curve:P-256")
      try folder.make("short", "rsa:1024")
      try folder.shell(
        """
        head -c 700 /dev/urandom > junk; : > empty; head -c 70000 app.key | head -c 1000 > big; head -c 70000 /dev/zero >> big
        printf no > wrong; cp app.key open.key; chmod 640 open.key; cp app.key loose.key; chmod 620 loose.key
        cp app.crt loose.crt; chmod 666 loose.crt; mkfifo pipe; ln -s loop loop; cp app.p12 open.p12; chmod 604 open.p12
        """)
      func keyed(_ key: String, _ certificate: String = "app.crt", _ password: String? = nil) -> CertificateSource {
        .pem(
          certificate: folder.file(certificate), key: folder.file(key),
          password: password.map { .file(folder.file($0)) })
      }
      func stored(_ file: String, _ password: String? = nil) -> CertificateSource {
        .pkcs12(file: folder.file(file), password: password.map { .file(folder.file($0)) })
      }
      let cases: [(CertificateSource, file: String, words: String)] = [
        (keyed("absent"), "absent", "No such file"), (keyed("app.key", "absent"), "absent", "No such file"),
        (keyed("open.key"), "open.key", "(mode 640): chmod 600"),
        (keyed("loose.key"), "loose.key", "can be changed by others (mode 620)"),
        (keyed("app.key", "loose.crt"), "loose.crt", "can be changed by others (mode 666): chmod 644"),
        (stored("open.p12"), "open.p12", "(mode 604): chmod 600"), (keyed("pipe"), "pipe", "not a regular file"),
        (keyed("loop"), "loop", "symbolic links"), (keyed("mount"), "mount", "not a regular file"),
        (keyed("empty"), "empty", "is empty"), (keyed("big"), "big", "is over 64 KiB"),
        (keyed("junk"), "junk", "no PEM: name a .p12 or .pfx file as \"pkcs12\""),
        (keyed("app.p12"), "app.p12", "name a .p12 or .pfx file as \"pkcs12\""),
        (stored("app.key"), "app.key", "name a PEM file"), (stored("junk"), "junk", "is no PKCS#12 file"),
        (keyed("app.crt", "app.crt"), "app.crt", "can be read by others"),
        (keyed("app.key", "other.crt"), "other.crt", "no certificate of the key in \(folder.file("app.key"))"),
        (keyed("app.key", "junk"), "junk", "no certificate in PEM"),
        (keyed("locked.key"), "locked.key", "is encrypted: name where its \"password\" is"),
        (keyed("locked.key", "app.crt", "wrong"), "locked.key", "does not open with its password"),
        (keyed("locked.key", "app.crt", "gone"), "gone", "the password of \(folder.file("locked.key"))"),
        (stored("app.p12"), "app.p12", "is encrypted"), (stored("app.p12", "wrong"), "app.p12", "does not open"),
        (keyed("curve.key", "curve.crt"), "curve.key", "kind EC, and Entra ID takes RSA"),
        (keyed("short.key", "short.crt"), "short.key", "1024 bits"),
      ]
      let reader = CertificateReader(secrets: SecretReader(environment: { _ in nil }))
      for (source, file, words) in cases {
        do throws(PartnerError) {
          _ = try await reader.read(source)
          Issue.record("\(source) was read")
        } catch {
          guard case .credentialUnreadable(let reason) = error.cause else { throw error }
          #expect(reason.contains(folder.file(file)) && reason.contains(words), "\(reason)")
          #expect(!reason.contains(passphrase) && !reason.contains("PRIVATE KEY-----\n"), "\(reason)")
        }
      }
    }
  }

  @Test("A wrong passphrase is tried once for all tenants that ask at a time, and again when it may be mended")
  func manyFailures() async throws {
    try await CertificateFolder.with("app") { folder in
      _ = try forms(folder)
      let command = ["sh", "-c", "echo >> '\(folder.file("runs"))'; cat '\(folder.file("given"))'"]
      try folder.shell("printf no > given")
      let clock = TestClock()
      let keeper = CertificateKeeper(dependencies: clock.dependencies)
      let source = CertificateSource.pkcs12(file: folder.file("app.p12"), password: .command(command))
      await withTaskGroup { group in
        for _ in 0..<50 { group.addTask { _ = try? await keeper.identity(source) } }
      }
      #expect(try folder.text("runs") == "\n")
      try folder.shell("cp password given")
      await #expect(throws: PartnerError.self) { try await keeper.identity(source) }
      clock.advance(6)
      _ = try await keeper.identity(source)
      #expect(try folder.text("runs") == "\n\n")
    }
  }

  /// Keeps every line with its metadata.
  private struct Notes: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) { lines.text.withLock { $0 += "\(event.message) \(event.metadata ?? [:])\n" } }
  }

  private final class Lines: Sendable { let text = Mutex("") }

  @Test(
    "Invariant 7: no key, passphrase or assertion stands in any log line, error, record or dump", arguments: [200, 401])
  func secrecy(status: Int) async throws {
    try await CertificateFolder.with("app") { folder in
      let sources = try forms(folder)
      let key = try folder.text("app.key").split(separator: "\n")[1]
      let clock = TestClock(now: Date(timeIntervalSinceNow: 60))
      let answer = status == 200 ? tokenBody(unsignedToken(tenant: contoso.rawValue)) : #"{"error":"invalid_client"}"#
      for source in sources {
        try await WireServer.serve(tokens: false) { _ in
          .json(status, answer)
        } _: { server in
          let (lines, app) = (Lines(), app(at: server.baseURL, credentials: [source]))
          let told = try await LiveTransport.withTransport(for: app, dependencies: clock.dependencies) { transport in
            let context = PartnerContext(
              app: app, transport: transport, dependencies: clock.dependencies,
              logger: Logger(label: "test") { _ in Notes(lines: lines) })
            let (consent, token) = await context.checkConsent(in: contoso, required: [])
            let reader = CertificateReader(secrets: SecretReader(environment: { _ in nil }))
            guard case .certificate(let place) = source else { throw UnexpectedSuccess() }
            let reading = try await reader.read(place)
            var dumped = ""
            dump(context, to: &dumped)
            dump(reading, to: &dumped)
            return "\(String(describing: consent)) \(token) \(dumped) \(reading) \(String(reflecting: reading))"
          }
          let shown = try #require(assertions(server).first)
          let everything = told + lines.text.withLock { $0 }
          #expect(everything.contains("token"))
          for canary in [passphrase, String(key), String(shown.suffix(40)), "eyJ"] {
            #expect(!everything.contains(canary))
          }
        }
      }
    }
  }
}
