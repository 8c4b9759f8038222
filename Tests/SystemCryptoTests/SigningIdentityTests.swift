import Foundation
import SystemCrypto
import Testing

/// Keys and certificates in the files that the `openssl` program and other tools write.
@Suite struct SigningIdentityTests {
  private static let turkish = "parolam-ığüşöçİ"
  private static let japanese = "秘密の合言葉"

  /// The files of one run, made once: a key takes a while.
  private static let folder = Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "identities-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    let script = """
      set -e; cd '\(folder.path)'; tr='\(turkish)'; ja='\(japanese)'
      make() { openssl req -x509 -newkey "$2" $3 -nodes -keyout "$1.key" -out "$1.crt" -days 900 -utf8 -subj "$4"; }
      make app rsa:2048 "" "/O=Örnek A.Ş./CN=app"; make other rsa:2048 "" /CN=other
      make ec ec "-pkeyopt ec_paramgen_curve:P-256" /CN=ec; make short rsa:1024 "" /CN=short
      openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out pss.key
      openssl req -x509 -key pss.key -out pss.crt -days 9 -subj /CN=pss
      openssl rsa -in app.key -traditional -out pkcs1
      openssl rsa -in app.key -traditional -aes256 -passout "pass:$tr" -out pkcs1-aes
      openssl rsa -in app.key -traditional -des3 -passout "pass:$ja" -out pkcs1-3des
      openssl pkcs8 -topk8 -in app.key -v2 aes-256-cbc -passout "pass:$ja" -out pkcs8-aes
      openssl pkcs8 -topk8 -in app.key -v1 PBE-SHA1-RC2-40 -passout "pass:$tr" -provider default -provider legacy -out pkcs8-rc2
      cat app.key app.crt > key-first; cat other.crt app.crt pkcs8-aes > key-last; cat app.key other.crt > mixed
      tr '\\n' '@' < key-first | sed 's/@/\\r@/g' | tr '@' '\\n' > crlf
      openssl pkcs12 -export -inkey app.key -in app.crt -certfile other.crt -passout "pass:$ja" -out aes.p12
      openssl pkcs12 -export -legacy -inkey app.key -in app.crt -passout "pass:$tr" -out rc2.p12
      openssl pkcs12 -export -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1 -inkey app.key -in app.crt -passout "pass:$ja" -out 3des.p12
      openssl pkcs12 -export -inkey app.key -in app.crt -passout pass: -out empty.p12
      openssl pkcs12 -export -legacy -inkey app.key -in app.crt -passout pass: -out empty-rc2.p12
      openssl pkcs12 -export -keypbe NONE -certpbe NONE -nomac -inkey app.key -in app.crt -passout pass: -out plain.p12
      openssl pkcs12 -export -nokeys -in app.crt -passout pass: -out keyless.p12
      openssl x509 -in app.crt -outform DER -out app.der; head -c 900 /dev/urandom > junk; : > empty
      openssl pkcs8 -in app.key -topk8 -nocrypt -outform DER | head -c 700 | base64 > half
      { echo '-----BEGIN PRIVATE KEY-----'; cat half; echo '-----END PRIVATE KEY-----'; } > broken
      """
    _ = try shell(script)
    return folder
  }

  private static func shell(_ script: String) throws -> String {
    let process = Process()
    (process.executableURL, process.arguments) = (URL(filePath: "/bin/bash"), ["-c", script])
    // A question would be asked there.
    process.standardInput = FileHandle.nullDevice
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    try process.run()
    // Keys are made with dots that would fill a pipe.
    let said = Task.detached { try? errors.fileHandleForReading.readToEnd() }
    let printed = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    _ = said
    try #require(process.terminationStatus == 0, "\(script)")
    return String(decoding: printed, as: UTF8.self)
  }

  private func read(
    _ key: String, _ certificate: String? = nil, password: String? = nil
  ) throws -> SigningIdentity {
    let folder = try Self.folder.get()
    func bytes(_ name: String) throws -> Data { try Data(contentsOf: folder.appending(path: name)) }
    func lend<Value>(_ body: (UnsafeRawBufferPointer?) throws -> Value) rethrows -> Value {
      guard let password else { return try body(nil) }
      return try Array(password.utf8).withUnsafeBytes { try body($0) }
    }
    let (first, second) = (try bytes(key), try bytes(certificate ?? key))
    return try first.withUnsafeBytes { key in
      try second.withUnsafeBytes { certificates in
        try lend {
          certificate == nil
            ? try SigningIdentity.pkcs12(key, password: $0)
            : try SigningIdentity.pem(key: key, certificates: certificates, password: $0)
        }
      }
    }
  }

  /// How a key may be written, each with what is found in it.
  struct Form: Sendable, CustomTestStringConvertible {
    var key: String
    var certificate: String?
    var password: String?
    var failure: SigningIdentityFailure?

    init(_ key: String, _ certificate: String?, _ password: String? = nil, _ failure: SigningIdentityFailure? = nil) {
      (self.key, self.certificate, self.password, self.failure) = (key, certificate, password, failure)
    }
    var testDescription: String { "\(key) \(certificate ?? "") \(password ?? "-")" }
  }

  @Test(
    "A key and its certificate are found in every form, encrypted or not, alone or among others",
    arguments: [
      Form("app.key", "app.crt"), Form("pkcs1", "app.crt"), Form("pkcs1-aes", "app.crt", turkish),
      Form("pkcs1-3des", "app.crt", japanese), Form("pkcs8-aes", "app.crt", japanese),
      Form("pkcs8-rc2", "app.crt", turkish), Form("key-first", "key-first"), Form("key-last", "key-last", japanese),
      Form("crlf", "crlf"), Form("app.key", "app.crt", "not needed"),
      Form("aes.p12", nil, japanese), Form("rc2.p12", nil, turkish), Form("3des.p12", nil, japanese),
      Form("empty.p12", nil), Form("empty.p12", nil, ""), Form("empty-rc2.p12", nil), Form("plain.p12", nil),
    ])
  func read(form: Form) throws {
    let identity = try read(form.key, form.certificate, password: form.password)
    let pem = try String(contentsOf: Self.folder.get().appending(path: "app.crt"), encoding: .utf8)
    #expect(identity.certificate == Certificate(pem: pem))
    let owner = try CertifiedKey(of: identity.certificate)
    let message = Array("a message".utf8)
    let signature = try identity.signature(of: message)
    #expect(owner.isSignature(signature, of: message, by: .ps256))
    #expect(!owner.isSignature(signature, of: message, by: .rs256))
    #expect(try identity.signature(of: message) != signature, "the salt is new each time")
  }

  @Test(
    "H64: what cannot be used is told apart by what there is to do, and nobody is asked for a password",
    arguments: [
      Form("pkcs8-aes", "app.crt", nil, .passwordMissing), Form("pkcs1-aes", "app.crt", nil, .passwordMissing),
      Form("pkcs8-aes", "app.crt", turkish, .passwordWrong), Form("pkcs1-aes", "app.crt", "", .passwordWrong),
      Form("pkcs8-rc2", "app.crt", nil, .passwordMissing), Form("pkcs8-rc2", "app.crt", "no", .passwordWrong),
      Form("pkcs8-aes", "app.crt", String(repeating: "x", count: 5000), .passwordWrong),
      Form("aes.p12", nil, nil, .passwordMissing), Form("aes.p12", nil, turkish, .passwordWrong),
      Form("rc2.p12", nil, nil, .passwordMissing), Form("rc2.p12", nil, "", .passwordWrong),
      Form("rc2.p12", nil, japanese, .passwordWrong), Form("keyless.p12", nil, nil, .noKey),
      Form("app.key", "other.crt", nil, .certificateOfOtherKey), Form("mixed", "mixed", nil, .certificateOfOtherKey),
      Form("app.key", "app.key", nil, .noCertificate), Form("app.key", "junk", nil, .noCertificate),
      Form("app.key", "empty", nil, .noCertificate),
      Form("app.key", "app.der", nil, .noCertificate), Form("app.crt", "app.crt", nil, .noKey),
      Form("junk", "app.crt", nil, .noKey), Form("empty", "app.crt", nil, .noKey),
      Form("aes.p12", "app.crt", nil, .noKey),
      Form("broken", "app.crt", nil, .broken), Form("junk", nil, nil, .noKey), Form("empty", nil, nil, .noKey),
      Form("app.key", nil, nil, .noKey), Form("ec.key", "ec.crt", nil, .notRSA(kind: "EC")),
      Form("pss.key", "pss.crt", nil, .notRSA(kind: "RSA-PSS")),
      Form("short.key", "short.crt", nil, .tooShort(bits: 1024)),
    ])
  func refused(form: Form) throws {
    do {
      _ = try read(form.key, form.certificate, password: form.password)
      Issue.record("it was read")
    } catch {
      #expect(error as? SigningIdentityFailure == form.failure)
    }
  }

  @Test("T6: whose it is, its thumbprint and its end are what openssl prints of it; of the key nothing is shown")
  func facts() throws {
    let identity = try read("app.key", "app.crt")
    let path = try Self.folder.get().appending(path: "app.crt").path
    let printed = try Self.shell("openssl x509 -in '\(path)' -noout -fingerprint -sha1 -dates -dateopt iso_8601")
    let lines = printed.split(separator: "\n").map { $0.split(separator: "=")[1] }
    #expect(identity.facts.thumbprint == lines[0].replacing(":", with: ""))
    let times = [identity.facts.notBefore, identity.facts.notAfter].map {
      $0.formatted(.iso8601.dateTimeSeparator(.space))
    }
    #expect(times == lines[1...].map(String.init))
    #expect(identity.facts.subject == "CN=app,O=Örnek A.Ş.")
    var dumped = ""
    dump(identity, to: &dumped)
    for text in [dumped, "\(identity)", String(reflecting: identity)] { #expect(!text.contains("ey: ")) }
    #expect("\(identity)" == "certificate \(identity.facts.thumbprint)")
  }

  @Test("T7: keys rest in memory that is locked where that is allowed")
  func keyMemory() { #expect(KeyMemory.protect()) }
}
