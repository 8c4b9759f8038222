import Foundation
import Glibc
import PartnerModel
import SystemCrypto
import Testing

@testable import PartnerContext

@Suite struct SignInFileTests {
  private let name = SignInName(
    authority: "https://login.example.test", clientID: "5a0b6d3e-0000-4000-8000-000000000001")
  private let canary = #"{"refresh":"0.CANARY-Rt_7e3f9b1a44","account":"ann@example.test"}"#

  /// - Parameter passphrase: as the variable has it.
  private func store(
    _ folder: StoreFolder, _ passphrase: String? = "correct horse", name: SignInName? = nil
  ) -> SignInFile {
    SignInFile(
      folder: folder.path, name: name ?? self.name, passphrase: .environment("PASSPHRASE"),
      reader: SecretReader(environment: { $0 == "PASSPHRASE" ? passphrase : nil }), costLogarithm: 15)
  }

  @Test("T5: what is written is read by the next run, replaced and forgotten; it is nowhere in plain text")
  func roundTrip() async throws {
    try await StoreFolder.with { folder in
      #expect(try await store(folder).text() == nil)
      try await store(folder).write(Secret(canary))
      #expect(try await store(folder).text() == canary)
      #expect(!folder.holds("CANARY") && !folder.holds("ann@") && !folder.holds("correct horse"))
      let first = try folder.bytes("sign-in")
      let again = store(folder)
      try await again.write(Secret(canary))
      #expect(try folder.bytes("sign-in") != first, "the same nonce was used twice")
      try await again.write(Secret("{}"))
      #expect(try await again.text() == "{}")
      #expect(try await store(folder).text() == "{}")
      var status = stat()
      #expect(stat(folder.file("sign-in"), &status) == 0 && status.st_mode & 0o7777 == 0o600)
      #expect(folder.names == ["sign-in"])
      try await again.erase()
      #expect(folder.names.isEmpty)
      #expect(try await again.text() == nil)
      try await again.erase()
    }
  }

  @Test("T5: the passphrase is asked for once a run, and each write has a nonce of its own")
  func derivedOnce() async throws {
    try await StoreFolder.with { folder in
      let reads = Counter()
      let store = SignInFile(
        folder: folder.path, name: name, passphrase: .environment("PASSPHRASE"),
        reader: SecretReader(environment: { _ in
          reads.add()
          return "correct horse"
        }), costLogarithm: 15)
      var nonces: Set<[UInt8]> = []
      for number in 0..<20 {
        try await store.write(Secret("{\(number)}"))
        nonces.insert(try SealedSignIn(reading: folder.bytes("sign-in"), at: "").nonce)
      }
      #expect(try await store.text() == "{19}")
      #expect(reads.value == 1)
      #expect(nonces.count == 20)
    }
  }

  @Test("F64: another passphrase is told as that, nothing is changed, and signing out still works")
  func wrongPassphrase() async throws {
    try await StoreFolder.with { folder in
      try await store(folder).write(Secret(canary))
      let kept = try folder.bytes("sign-in")
      let other = store(folder, "correct horsf")
      let expected = SignInStoreError.wrongPassphrase(path: folder.file("sign-in"))
      #expect(await refusal { () throws(SignInStoreError) in _ = try await other.read() } == expected)
      #expect(await refusal { () throws(SignInStoreError) in try await other.write(Secret("{}")) } == expected)
      #expect(try folder.bytes("sign-in") == kept)
      let missing = await refusal { () throws(SignInStoreError) in _ = try await store(folder, nil).read() }
      #expect(
        missing == .passphraseUnreadable(reason: "the environment variable PASSPHRASE is not set"))
      try await other.erase()
      try await other.write(Secret("{}"))
      #expect(try await other.text() == "{}")
    }
  }

  @Test("H61: a file with one byte changed, cut or too long is refused, and left as it is")
  func damaged() async throws {
    try await StoreFolder.with { folder in
      let writer = store(folder)
      try await writer.write(Secret(canary))
      let whole = try folder.bytes("sign-in")
      for place in whole.indices {
        var bytes = whole
        bytes[place] ^= 0x20
        try folder.write(bytes, to: "sign-in")
        let error = await refusal { () throws(SignInStoreError) in _ = try await writer.read() }
        switch error {
        case .damaged(folder.file("sign-in"), _): #expect(place != 8)
        case .newerVersion: #expect(place == 8)
        default: Issue.record("byte \(place): \(String(describing: error))")
        }
        #expect(try folder.bytes("sign-in") == bytes)
      }
      for bytes in [
        [], Array(whole.prefix(9)), Array(whole.dropLast()), whole + [0], Array(repeating: 65, count: 70_000),
      ] {
        try folder.write(bytes, to: "sign-in")
        let error = await refusal { () throws(SignInStoreError) in try await writer.write(Secret("{}")) }
        guard case .damaged = error else {
          Issue.record("\(bytes.count) bytes: \(String(describing: error))")
          continue
        }
        #expect(try folder.bytes("sign-in") == bytes)
      }
    }
  }

  @Test("H61: neither does it open with a hash that fits: the tag covers every byte before it")
  func forged() async throws {
    try await StoreFolder.with { folder in
      let writer = store(folder)
      try await writer.write(Secret(canary))
      let whole = try folder.bytes("sign-in").dropLast(32)
      // The numbers and the salt are tried beside, because each other one costs a derivation.
      for place in Array(28..<whole.count) + [9, 10, 11, 12, 27] {
        var bytes = Array(whole)
        bytes[place] ^= 0x40
        try folder.write(bytes + Digest.sha256(bytes), to: "sign-in")
        let error = await refusal { () throws(SignInStoreError) in _ = try await writer.read() }
        switch error {
        case .damaged: #expect(place >= 44 || place < 12, "byte \(place)")
        case .wrongPassphrase: #expect((12..<44).contains(place), "byte \(place)")
        default: Issue.record("byte \(place): \(String(describing: error))")
        }
      }
    }
  }

  @Test("H61: numbers that would take all memory or work for ever are refused before anything is derived")
  func hostileNumbers() async throws {
    try await StoreFolder.with { folder in
      try await store(folder).write(Secret(canary))
      let whole = try folder.bytes("sign-in").dropLast(32)
      for numbers: [UInt8] in [
        [0, 8, 1], [14, 8, 1], [18, 8, 1], [63, 8, 1], [255, 8, 1], [15, 255, 1], [15, 8, 255],
      ] {
        var bytes = Array(whole)
        bytes.replaceSubrange(9..<12, with: numbers)
        try folder.write(bytes + Digest.sha256(bytes), to: "sign-in")
        // Without a passphrase: it is not even asked for.
        let error = await refusal { () throws(SignInStoreError) in _ = try await store(folder, nil).read() }
        #expect(error == .damaged(place: folder.file("sign-in"), reason: "its numbers are out of range"))
      }
    }
  }

  @Test("T5: the file of one authority or app does not open as another's")
  func otherName() async throws {
    try await StoreFolder.with { folder in
      try await store(folder).write(Secret(canary))
      for other in [
        SignInName(authority: "https://login.lab.test", clientID: name.clientID),
        SignInName(authority: name.authority, clientID: "5a0b6d3e-0000-4000-8000-000000000002"),
      ] {
        let error = await refusal { () throws(SignInStoreError) in _ = try await store(folder, name: other).read() }
        #expect(
          error == .damaged(place: folder.file("sign-in"), reason: "it was changed, or is another sign-in's"))
      }
    }
  }

  @Test("H63: a link, a folder, a pipe, and what others can read are refused and left as they are")
  func unsafe() async throws {
    try await StoreFolder.with { folder in
      try await store(folder).write(Secret(canary))
      let sealed = try folder.bytes("sign-in")
      let path = folder.file("sign-in")
      func expect(_ reason: String, _ prepare: () throws -> Void) async throws {
        try? FileManager.default.removeItem(atPath: path)
        try prepare()
        for error in [
          await refusal { () throws(SignInStoreError) in _ = try await store(folder).read() },
          await refusal { () throws(SignInStoreError) in try await store(folder).write(Secret("{}")) },
        ] {
          guard case .unsafe(path, reason, _) = error else {
            Issue.record("\(reason): \(String(describing: error))")
            continue
          }
        }
        #expect(folder.names.allSatisfy { !$0.contains(".new-") })
      }
      try folder.write(sealed, to: "elsewhere")
      try await expect("is a symbolic link") {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: folder.file("elsewhere"))
      }
      try await expect("is not a regular file") { mkdir(path, 0o700) }
      try await expect("is not a regular file") { mkfifo(path, 0o600) }
      for mode: mode_t in [0o644, 0o640, 0o660, 0o602] {
        try await expect("is open to other users") {
          try folder.write(sealed, to: "sign-in")
          chmod(path, mode)
        }
      }
      chmod(path, 0o600)
      chmod(folder.path, 0o755)
      let error = await refusal { () throws(SignInStoreError) in _ = try await store(folder).read() }
      #expect(error == .unsafe(path: folder.path, reason: "is open to other users", fix: "Run: chmod 700 on it"))
    }
  }

  @Test("H63: what belongs to another user is refused", arguments: [S_IFREG, S_IFDIR])
  func foreignOwner(kind: mode_t) {
    #expect(PrivateFolder.exposure(kind: kind, found: kind | 0o600, owner: 1000, to: 1000) == nil)
    #expect(
      PrivateFolder.exposure(kind: kind, found: kind | 0o600, owner: 0, to: 1000)?.reason == "belongs to another user")
  }

  @Test("Signing out removes a link itself, and what a crash left on its way", .timeLimit(.minutes(1)))
  func eraseLeavings() async throws {
    try await StoreFolder.with { folder in
      try folder.write([1], to: "sign-in.new-17")
      try folder.write([1], to: "sign-in.new-other")
      try folder.write([1], to: "target")
      try FileManager.default.createSymbolicLink(
        atPath: folder.file("sign-in"), withDestinationPath: folder.file("target"))
      try await store(folder).erase()
      #expect(folder.names == ["sign-in.new-other", "target"])
    }
  }

  @Test("A sign-in of 16 KiB is kept, a longer one refused", arguments: [16_384, 16_385])
  func length(count: Int) async throws {
    try await StoreFolder.with { folder in
      let text = String(repeating: "x", count: count)
      let error = await refusal { () throws(SignInStoreError) in try await store(folder).write(Secret(text)) }
      #expect(error == (count > SignInName.longest ? .tooLong(bytes: count) : nil))
      let kept = try await store(folder).text()
      #expect(kept == (error == nil ? text : nil))
    }
  }
}
