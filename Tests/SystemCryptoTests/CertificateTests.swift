import Foundation
import SystemCrypto
import Testing

/// Certificates as the `openssl` program prints them: what it reads is the bytes, and not what was asked for.
@Suite struct CertificateTests {
  private let from = Date(timeIntervalSince1970: 1_772_000_000)
  private let until = Date(timeIntervalSince1970: 4_000_000_000)

  private func content(_ name: String, _ extensions: [(name: String, value: String)] = []) -> CertificateContent {
    CertificateContent(
      subject: [("O", "a lab"), ("CN", name)], validFrom: from, validUntil: until, extensions: extensions)
  }

  @Test("What a certificate was to say is what is read from it, in both of its forms")
  func content() throws {
    let key = try PrivateKey.p256()
    let names = "DNS:localhost,IP:127.0.0.1,IP:::1"
    let made = try Certificate.issue(content("Zoë", [("subjectAltName", names)]), for: key)
    let read = try printed(made.der, form: "DER", "-subject", "-dates", "-ext", "subjectAltName", "-pubkey")
    #expect(
      try printed(Array(made.pem.utf8), form: "PEM", "-subject", "-dates", "-ext", "subjectAltName", "-pubkey") == read)
    #expect(read.contains("subject=O = a lab, CN = Zo\u{EB}\n"), "\(read)")
    #expect(read.contains("notBefore=Feb 25 06:13:20 2026 GMT\n"), "\(read)")
    #expect(read.contains("notAfter=Oct  2 07:06:40 2096 GMT\n"), "\(read)")
    #expect(read.contains("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1\n"), "\(read)")
    let other = try Certificate.issue(content("Zoë"), for: key)
    let publicKey = try printed(made.der, form: "DER", "-pubkey")
    #expect(publicKey.hasPrefix("-----BEGIN PUBLIC KEY-----\n"))
    #expect(try printed(other.der, form: "DER", "-pubkey") == publicKey)
    #expect(try printed(Certificate.issue(content("Zoë"), for: .p256()).der, form: "DER", "-pubkey") != publicKey)
    #expect(other.der != made.der)
  }

  @Test("Two certificates of the same content have different numbers")
  func serialNumbers() throws {
    let key = try PrivateKey.p256()
    let numbers = try (0..<8).map { _ in
      try printed(Certificate.issue(content("a"), for: key).der, form: "DER", "-serial")
    }
    #expect(Set(numbers).count == 8)
    // RFC 5280, section 4.1.2.2: positive, which a first bit of 1 would not be.
    #expect(numbers.allSatisfy { $0.wholeMatch(of: /serial=[4-7][0-9A-F]{31}\n/) != nil }, "\(numbers)")
  }

  @Test("Who is vouched for is found to be, and by nobody else")
  func chain() throws {
    let names = ["basicConstraints": "critical,CA:TRUE", "keyUsage": "critical,keyCertSign"].map { ($0.key, $0.value) }
    let (rootKey, strangerKey) = (try PrivateKey.p256(), try PrivateKey.p256())
    let root = try Certificate.issue(content("root", names), for: rootKey)
    let stranger = try Certificate.issue(content("root", names), for: strangerKey)
    let leaf = try Certificate.issue(content("leaf"), for: .rsa(bits: 2048), by: (root, rootKey))
    let file = FileManager.default.temporaryDirectory.appending(path: "root-\(UUID().uuidString).pem")
    defer { try? FileManager.default.removeItem(at: file) }
    for (vouching, isFound) in [(root, true), (stranger, false)] {
      try vouching.pem.write(to: file, atomically: true, encoding: .utf8)
      let said = try openssl(["verify", "-attime", "1800000000", "-CAfile", file.path], Array(leaf.pem.utf8))
      #expect((said == "stdin: OK\n") == isFound, "\(said)")
    }
  }

  @Test(
    "An attribute or an extension that is not known is told, and makes no certificate",
    arguments: [
      CertificateContent(
        subject: [("NO", "a")], validFrom: Date(timeIntervalSince1970: 0), validUntil: Date(timeIntervalSince1970: 9)),
      CertificateContent(
        subject: [("CN", "a")], validFrom: Date(timeIntervalSince1970: 0), validUntil: Date(timeIntervalSince1970: 9),
        extensions: [("noSuchThing", "x")]),
      CertificateContent(
        subject: [("CN", "a")], validFrom: Date(timeIntervalSince1970: 0), validUntil: Date(timeIntervalSince1970: 9),
        extensions: [("subjectAltName", "IP:somewhere")]),
    ])
  func refused(content: CertificateContent) throws {
    let key = try PrivateKey.p256()
    do {
      _ = try Certificate.issue(content, for: key)
      Issue.record("it was made")
    } catch {
      #expect("\(error)".hasPrefix("OpenSSL could not make a certificate: error:"), "\(error)")
    }
  }

  private func printed(_ certificate: [UInt8], form: String, _ what: String...) throws -> String {
    try openssl(
      ["x509", "-inform", form, "-noout", "-nameopt", "utf8,sep_comma_plus_space,space_eq"] + what, certificate)
  }

  private func openssl(_ arguments: [String], _ input: [UInt8]) throws -> String {
    let (process, given, output) = (Process(), Pipe(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    process.standardInput = given
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    // A certificate is smaller than what a pipe holds.
    try given.fileHandleForWriting.write(contentsOf: input)
    try given.fileHandleForWriting.close()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text
  }
}
