import Foundation
import Glibc
import Testing

@testable import PartnerContext

/// A real Secret Service. What it says where it is locked or absent is its own.
@Suite(
  .timeLimit(.minutes(1)),
  .enabled(
    if: KeyringSession.obstacle == nil,
    "not installed: \(KeyringSession.obstacle ?? ""): apt-get install gnome-keyring libsecret-tools dbus"))
struct SecretServiceTests {
  private let name = SignInName(
    authority: "https://login.example.test", clientID: "5a0b6d3e-0000-4000-8000-000000000001")
  private let canary = #"{"refresh":"0.CANARY-Rt_7e3f9b1a44","account":"ann@example.test"}"#

  private func store(_ session: KeyringSession, name: SignInName? = nil, _ patience: Duration = .seconds(20))
    -> SecretService
  {
    SecretService(name: name ?? self.name, environment: session.environment, patience: patience)
  }

  @Test(
    "T5: the desktop's keyring keeps, gives back, replaces and forgets; nothing is in plain text, argv or environment")
  func roundTrip() async throws {
    try await KeyringSession.with { session in
      try session.replaceTool(
        """
        tr '\\0' ' ' </proc/$$/cmdline >>'\(session.folder.path)/seen'
        tr '\\0' ' ' </proc/$$/environ >>'\(session.folder.path)/seen'
        exec /usr/bin/secret-tool "$@"
        """)
      let store = store(session)
      try await store.probe()
      #expect(try await store.text() == nil)
      try await store.write(Secret(canary))
      #expect(try await self.store(session).text() == canary)
      let other = SignInName(authority: "https://login.lab.test", clientID: name.clientID)
      #expect(try await self.store(session, name: other).text() == nil)
      try await store.write(Secret(#"{"é":"\u{1F512}"}"#))
      #expect(try await store.text() == #"{"é":"\u{1F512}"}"#)
      try await store.write(Secret(canary))
      #expect(!session.folder.holds("CANARY") && !session.folder.holds("ann@"))
      let seen = String(decoding: try session.folder.bytes("seen"), as: UTF8.self)
      #expect(seen.contains("lookup service partner-console") && seen.contains("DBUS_SESSION_BUS_ADDRESS="))
      #expect(!seen.contains("CANARY"))
      try await store.erase()
      try await store.erase()
      #expect(try await store.text() == nil)
    }
  }

  @Test("Its program cuts what is longer without a failure, so that is not given to it")
  func length() async throws {
    try await KeyringSession.with { session in
      let most = String(repeating: "x", count: SecretService.longest)
      try await store(session).write(Secret(most))
      #expect(try await store(session).text() == most)
      let error = await refusal { () throws(SignInStoreError) in try await store(session).write(Secret(most + "x")) }
      guard case .full = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(try await store(session).text() == most)
    }
  }

  @Test("F64: a locked keyring is not an empty one")
  func locked() async throws {
    try await KeyringSession.with { session in
      try await store(session).write(Secret(canary))
      try session.lock()
      try await store(session).probe()
      for error in [
        await refusal { () throws(SignInStoreError) in _ = try await store(session).read() },
        await refusal { () throws(SignInStoreError) in try await store(session).write(Secret("{}")) },
        await refusal { () throws(SignInStoreError) in try await store(session).erase() },
      ] {
        guard case .locked(let reason) = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
        #expect(reason.contains("the desktop's keyring is locked"), "\(reason)")
        #expect(error?.meansMemoryOnly == true)
      }
    }
  }

  @Test("F64: a keyring that nobody has made yet, with nobody to ask, is locked")
  func neverUnlocked() async throws {
    try await KeyringSession.with(isUnlocked: false) { session in
      try await store(session).probe()
      #expect(try await store(session).text() == nil)
      let error = await refusal { () throws(SignInStoreError) in try await store(session).write(Secret(canary)) }
      guard case .locked = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test("F64: a bus without a Secret Service, and no bus at all, are absent", arguments: [true, false])
  func absent(hasBus: Bool) async throws {
    try await KeyringSession.with(isKnown: false, isUnlocked: false) { session in
      let environment = session.environment
      let store = SecretService(
        name: name, environment: { $0 == "DBUS_SESSION_BUS_ADDRESS" && !hasBus ? nil : environment($0) })
      for error in [
        await refusal { () throws(SignInStoreError) in try await store.probe() },
        await refusal { () throws(SignInStoreError) in _ = try await store.read() },
        await refusal { () throws(SignInStoreError) in try await store.write(Secret(canary)) },
      ] {
        guard case .absent(let reason) = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
        #expect(reason.contains("there is no Secret Service here"), "\(reason)")
      }
    }
  }

  @Test("F64: without a desktop session no program is started")
  func noSession() async {
    let store = SecretService(name: name, environment: { $0 == "PATH" ? "/usr/bin" : nil })
    let error = await refusal { () throws(SignInStoreError) in try await store.probe() }
    #expect(
      error
        == .absent(reason: "there is no desktop session here (DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR are not set)"))
  }

  @Test("F64: a service that does not answer is left in time, and counts as locked")
  func hanging() async throws {
    try await KeyringSession.with(isKnown: false, isUnlocked: false) { session in
      try session.replaceTool("exec sleep 50")
      let error = await refusal { () throws(SignInStoreError) in
        try await store(session, .milliseconds(300)).write(Secret(canary))
      }
      guard case .locked = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test("Invariant 17: a secret-tool that others could have put there is not used")
  func foreignTool() async throws {
    try await KeyringSession.with(isKnown: false, isUnlocked: false) { session in
      try session.replaceTool("touch '\(session.folder.path)/used'; exit 1")
      chmod(session.folder.file("bin"), 0o777)
      _ = await refusal { () throws(SignInStoreError) in try await store(session).probe() }
      #expect(!session.folder.names.contains("used"))
    }
  }
}
