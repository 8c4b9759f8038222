import CKeyring
import Foundation
import Glibc
import Testing

@testable import PartnerContext

/// Real keyrings, where the machine has some that are open to us.
@Suite(.timeLimit(.minutes(1))) struct KernelKeyringTests {
  private static let obstacle: String? = {
    var isPersistent: Int32 = 0
    let ring = keyring_enter(&isPersistent)
    let reason = ring < 0 ? String(cString: strerror(errno)) : nil
    if ring >= 0 { keyring_leave(ring) }
    print("Kernel keyring: \(reason ?? (isPersistent == 1 ? "persistent" : "of the user"))")
    return reason
  }()
  private static let isThere = obstacle == nil
  private static let why: Comment = "the kernel's keyring: \(obstacle ?? "there")"

  private let name = SignInName(authority: "https://login.example.test", clientID: UUID().uuidString.lowercased())
  private let canary = #"{"refresh":"0.CANARY-Rt_7e3f9b1a44"}"#

  /// A sign-in that is gone afterwards.
  private func with(_ body: (KernelKeyring) async throws -> Void) async throws {
    let keyring = KernelKeyring(name: name)
    let outcome: (any Error)?
    do {
      try await body(keyring)
      outcome = nil
    } catch { outcome = error }
    try await keyring.erase()
    if let outcome { throw outcome }
  }

  @Test("T5: the kernel keeps, replaces and forgets a sign-in", .enabled(if: isThere, why))
  func roundTrip() async throws {
    try await with { keyring in
      try await keyring.probe()
      #expect(try await keyring.text() == nil)
      try await keyring.write(Secret(canary))
      #expect(try await KernelKeyring(name: name).text() == canary)
      let other = SignInName(authority: "https://login.lab.test", clientID: name.clientID)
      #expect(try await KernelKeyring(name: other).text() == nil)
      try await keyring.write(Secret("{}"))
      #expect(try await keyring.text() == "{}")
      let longer = String(repeating: "x", count: 4000)
      try await keyring.write(Secret(longer))
      #expect(try await keyring.text() == longer)
      try await keyring.erase()
      try await keyring.erase()
      #expect(try await keyring.text() == nil)
    }
  }

  @Test("T5: only who possesses the key may do anything with it", .enabled(if: isThere, why))
  func permissions() async throws {
    try await with { keyring in
      try await keyring.write(Secret(canary))
      let key = keyring.key
      let permissions = try await SignInFile.away { () throws(SignInStoreError) in
        var isPersistent: Int32 = 0
        let ring = keyring_enter(&isPersistent)
        defer { keyring_leave(ring) }
        return keyring_permissions(keyring_find(ring, key))
      }
      #expect(permissions == 0x3F00_0000)
    }
  }

  @Test("T5: a sign-in that was left survives the thread and the process that kept it", .enabled(if: isThere, why))
  func otherThreads() async throws {
    try await with { keyring in
      try await keyring.write(Secret(canary))
      try await withThrowingTaskGroup(of: String?.self) { group in
        for _ in 0..<16 { group.addTask { try await keyring.text() } }
        for try await text in group { #expect(text == canary) }
      }
    }
  }

  @Test("A sign-in that is too long, or nothing, is refused", .enabled(if: isThere, why), arguments: [0, 16_385])
  func length(count: Int) async throws {
    try await with { keyring in
      let text = String(repeating: "x", count: count)
      let error = await refusal { () throws(SignInStoreError) in try await keyring.write(Secret(text)) }
      #expect(error == .tooLong(bytes: count))
      let kept = try await keyring.text()
      #expect(kept == nil)
    }
  }

  @Test(
    "Another user's 20,000 bytes are soon full: that is told, with what to do", .enabled(if: isThere, why),
    .enabled(if: geteuid() == 0, "only root can be another user"))
  func quota() async throws {
    try await StoreFolder.with { folder in
      let script = """
        use POSIX; POSIX::setuid(\(Int.random(in: 61_000..<65_000))) or die;
        my ($type, $content, $kept) = ("user", "x" x 16_000, 0);
        while ($kept < 9) {
          my $name = "filling $kept";
          last if syscall(\(keyring_add_number), $type, $name, $content, 16_000, -2) < 0;
          $kept++;
        }
        print "$kept ", $! + 0, "\\n";
        """
      try folder.write(Array(script.utf8), to: "fill.pl")
      let perl = try OtherProcess("exec perl fill.pl", in: folder.path)
      let said = try #require(perl.line()).split(separator: " ").compactMap { Int32($0) }
      #expect(said == [1, EDQUOT])
      guard case .full(let reason) = KernelKeyring.failure("keep the sign-in", said[1]) else {
        Issue.record("\(said)")
        return
      }
      #expect(reason.contains("use another store"))
    }
  }

  @Test(
    "F64: a machine without keyrings, and a container, are told apart",
    arguments: [
      (ENOSYS, "this kernel has no keyrings (Function not implemented)"),
      (EPERM, "the kernel's keyring is closed to this process, as in most containers (Operation not permitted)"),
      (EACCES, "the kernel's keyring is closed to this process, as in most containers (Permission denied)"),
    ])
  func absent(code: Int32, reason: String) async {
    let calls = KernelKeyring.Calls {
      errno = code
      return (-1, false)
    }
    let keyring = KernelKeyring(name: name, calls: calls)
    for error in [
      await refusal { () throws(SignInStoreError) in _ = try await keyring.read() },
      await refusal { () throws(SignInStoreError) in try await keyring.write(Secret(canary)) },
      await refusal { () throws(SignInStoreError) in try await keyring.erase() },
      await refusal { () throws(SignInStoreError) in try await keyring.probe() },
    ] {
      #expect(error == .absent(reason: reason))
      #expect(error?.meansMemoryOnly == true)
    }
  }
}
