import Foundation
import Glibc
import PartnerModel
import Testing

@testable import PartnerContext

@Suite(.timeLimit(.minutes(1))) struct SignInStoresTests {
  private let name = SignInName(authority: "https://login.example.test", clientID: UUID().uuidString.lowercased())
  private let passphrase = SecretSource.environment("PASSPHRASE")

  /// A machine without a desktop, with a kernel's keyring or without.
  private func stores(_ folder: String?, keyring code: Int32? = ENOSYS) -> SignInStores {
    let calls = code.map { code in
      KernelKeyring.Calls {
        errno = code
        return (-1, false)
      }
    }
    return SignInStores(
      name: name, folder: folder, environment: { $0 == "PASSPHRASE" ? "correct horse" : nil }, patience: .seconds(5),
      keyring: KernelKeyring(name: name, calls: calls ?? .live))
  }

  @Test("F64: where nothing is, the sign-in lasts for this run, and each that was tried says why")
  func nothing() async throws {
    let choice = await stores(nil).choose(SignInPolicy())
    #expect(choice.isForTheRun)
    #expect(choice.tried.map(\.store) == [.secretService, .keyring, .file])
    let reason = try #require(choice.reason)
    #expect(!reason.contains("lasts for this run"), "whoever tells the reason says so")
    for part in [
      "; this kernel has no keyrings (Function not implemented); no passphrase is configured for a file",
      KeyringSession.obstacle?.contains("secret-tool") == true ? "secret-tool is not installed" : "no desktop session",
    ] { #expect(reason.contains(part), "\(reason)") }
  }

  @Test("The first that is there is taken; with a passphrase a file is the last")
  func first() async throws {
    try await StoreFolder.with { folder in
      let policy = SignInPolicy(passphrase: passphrase)
      let file = await stores(folder.path).choose(policy)
      #expect(file.store is SignInFile && !file.isForTheRun && file.reason == nil)
      #expect(file.tried.map { $0.obstacle == nil } == [false, false, true])
      // Nothing was written to find out.
      #expect(folder.names.isEmpty)
      let live = await stores(folder.path, keyring: nil).choose(policy)
      #expect(live.store is KernelKeyring || live.store is SignInFile)
    }
  }

  @Test("To sign out, a file needs no passphrase; a configured store that is not there is told, and no other one is")
  func reachable() async throws {
    try await StoreFolder.with { folder in
      let stores = stores(folder.path)
      let left = await stores.reachable(SignInPolicy())
      #expect(left.contains { $0 is SignInFile })
      for store in left { try await store.erase() }
      let configured = await stores.reachable(SignInPolicy(store: .keyring))
      await #expect(throws: SignInStoreError.self) { for store in configured { try await store.erase() } }
    }
  }

  @Test("A configured store is the only one that is tried")
  func configured() async throws {
    try await StoreFolder.with { folder in
      let keyring = await stores(folder.path).choose(SignInPolicy(store: .keyring))
      #expect(keyring.isForTheRun)
      #expect(keyring.tried.map(\.store) == [.keyring])
      let file = await stores(folder.path).choose(SignInPolicy(store: .file, passphrase: passphrase))
      #expect(file.store is SignInFile)
      let program = await stores(nil).choose(SignInPolicy(store: .command, command: ["keeper"]))
      #expect(program.store is SignInProgram)
      #expect(program.store.words == "the program keeper")
      let none = await stores(nil).choose(SignInPolicy(store: SignInPolicy.Store.none))
      #expect(none.isForTheRun && none.reason == nil && none.tried.isEmpty)
    }
  }

  @Test(
    "T5: the desktop's keyring comes first, where there is one",
    .enabled(if: KeyringSession.obstacle == nil, "no gnome-keyring"))
  func desktop() async throws {
    try await KeyringSession.with { session in
      let stores = SignInStores(
        name: name, folder: session.folder.path, environment: session.environment, isInteractive: false)
      let choice = await stores.choose(SignInPolicy())
      #expect(choice.store is SecretService)
      try await choice.store.write(Secret("{}"))
      #expect(try await choice.store.text() == "{}")
    }
  }

  @Test("T5: in memory a sign-in is kept for the run, and no longer than asked for")
  func memory() async throws {
    let store = SignInMemory()
    #expect(try await store.text() == nil)
    try await store.write(Secret("{}"))
    #expect(try await store.text() == "{}")
    try await store.erase()
    #expect(try await store.text() == nil)
    let long = Secret(String(repeating: "x", count: 16_385))
    #expect(
      await refusal { () throws(SignInStoreError) in try await store.write(long) } == .tooLong(bytes: 16_385))
  }
}
