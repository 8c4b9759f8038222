import Foundation
import LabServer
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

/// A store that fails on purpose.
final class FailingStore: SignInStore {
  let error: SignInStoreError
  let failsReading: Bool
  let kept = SignInMemory()

  init(_ error: SignInStoreError, failsReading: Bool) { (self.error, self.failsReading) = (error, failsReading) }

  var words: String { "a store that fails" }
  func read() async throws(SignInStoreError) -> Secret? {
    if failsReading { throw error }
    return try await kept.read()
  }
  func write(_ secret: Secret) async throws(SignInStoreError) { throw error }
  func erase() async throws(SignInStoreError) { throw error }
}

@Suite("Where a sign-in rests", .timeLimit(.minutes(3)))
struct SignInKeeperTests {
  private static let required = everyRole.map { AppRole($0) }

  @Test(
    "F64: a keyring that is not there, or stays closed, leaves a sign-in for this run, and says so",
    arguments: [(SignInStoreError.absent(reason: "no bus"), false), (.locked(reason: "it is closed"), true)])
  func memoryOnly(error: SignInStoreError, failsReading: Bool) async throws {
    let store = FailingStore(error, failsReading: failsReading)
    try await PersonRig.use(place: SignInKeeper.Place(store)) { rig in
      let (standing, _) = try await rig.signIn()
      #expect(standing.restsIn == nil)
      #expect(standing.reason == "\(error)")
      for tenant in [contoso, fabrikam] {
        #expect(await rig.context.checkConsent(in: tenant, required: Self.required).consent?.state == .granted)
      }
      #expect(try await store.kept.read() == nil)
    }
  }

  @Test("A sign-in that cannot be written is not lost: it lasts for this run, with the reason")
  func unwritten() async throws {
    let store = FailingStore(.full(reason: "no space"), failsReading: false)
    try await PersonRig.use(place: SignInKeeper.Place(store)) { rig in
      let (standing, _) = try await rig.signIn()
      #expect(standing.restsIn == nil)
      #expect(standing.reason == "no space")
      #expect(await rig.context.checkConsent(in: contoso, required: Self.required).consent?.state == .granted)
      // What may be left somewhere is told.
      let error = try await failure { try await rig.context.signOut() }
      #expect(error.cause == .signInFailed(.store("no space")))
      #expect(try await rig.context.signInStanding() == nil)
    }
  }

  @Test("A store that cannot be read is told to each tenant, and nothing is asked")
  func unread() async throws {
    let store = FailingStore(.wrongPassphrase(path: "/x/sign-in"), failsReading: true)
    try await PersonRig.use(place: SignInKeeper.Place(store)) { rig in
      let (_, token) = await rig.context.checkConsent(in: contoso, required: Self.required)
      #expect(token.state(at: rig.clock.now) == .signInNeeded)
      #expect(token.lastError?.summary?.contains("passphrase") == true)
      #expect(rig.lab.requests(to: "token") == 0)
    }
  }

  @Test("T4: a second process goes on with what the first one left, and not with what it read before")
  func secondProcess() async throws {
    let folder = NSTemporaryDirectory() + "sign-in-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = SignInMemory()
    try await PersonRig.use(folder: folder, store: store) { rig in
      _ = try await rig.signIn()
      try await rig.twin(folder: folder, store: store) { twin in
        for _ in 0..<5 {
          async let one = rig.context.checkConsent(in: contoso, required: Self.required)
          async let other = twin.checkConsent(in: fabrikam, required: Self.required)
          #expect(await one.consent?.state == .granted)
          #expect(await other.consent?.state == .granted)
        }
      }
      // The lab would tell `refreshTokenReused` when it closes.
    }
  }

  @Test(
    "What is kept is read as it was written, and nothing else is",
    arguments: [
      ("", false), ("{}", false), ("{}\n", false), ("{}\ntoken", false), ("{\"version\":1}\ntoken", false),
      (
        #"{"version":2,"account":"a@b","objectId":"o","tenant":"\#(home)","signedInAt":"2026-01-01T00:00:00Z"}"#
          + "\nt",
        false
      ),
      (
        #"{"version":1,"account":"a@b","objectId":"o","tenant":"no GUID","signedInAt":"2026-01-01T00:00:00Z"}"# + "\nt",
        false
      ),
      (#"{"version":1,"account":"a@b","objectId":"o","tenant":"\#(home)","signedInAt":"soon"}"# + "\nt", false),
      (
        #"{"version":1,"account":"a@b","objectId":"o","tenant":"\#(home)","signedInAt":"2026-01-01T00:00:00Z"}"# + "\n",
        false
      ),
      (
        #"{"version":1,"account":"a@b","objectId":"o","tenant":"\#(home)","signedInAt":"2026-01-01T00:00:00Z"}"#
          + "\nt.1\n", true
      ),
    ])
  func text(kept: String, isRead: Bool) throws {
    let signIn = try? KeptSignIn(Secret(kept), from: "here")
    #expect((signIn != nil) == isRead)
    guard let signIn else { return }
    #expect(signIn.token.reveal { $0 } == "t.1\n")
    let again = try KeptSignIn(signIn.text, from: "here")
    #expect(again.account == "a@b" && again.objectID == "o" && again.tenant == home)
    #expect(again.signedInAt == signIn.signedInAt)
    #expect(again.token.reveal { $0 } == "t.1\n")
  }
}
