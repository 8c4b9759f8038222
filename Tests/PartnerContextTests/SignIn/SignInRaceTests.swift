import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

/// A store that does something while it keeps a sign-in, and can be told to keep none.
final class EventfulStore: SignInStore {
  let kept = SignInMemory()
  private let state = Mutex<(isFull: Bool, during: (@Sendable () -> Void)?)>((false, nil))

  var words: String { "a store of a test" }
  func set(full: Bool) { state.withLock { $0.isFull = full } }
  func set(during: @escaping @Sendable () -> Void) { state.withLock { $0.during = during } }

  func read() async throws(SignInStoreError) -> Secret? { try await kept.read() }
  func write(_ secret: Secret) async throws(SignInStoreError) {
    let (isFull, during) = state.withLock { $0 }
    during?()
    // As a program that is waited for.
    if Task.isCancelled { throw .cancelled }
    if isFull { throw .full(reason: "no space") }
    try await kept.write(secret)
  }
  func erase() async throws(SignInStoreError) { try await kept.erase() }
}

@Suite("What comes between while somebody signs in or out", .timeLimit(.minutes(3)))
struct SignInRaceTests {
  private static func folder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = NSTemporaryDirectory() + "sign-in-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
  }

  private static func signIn(_ account: String, _ token: String) -> KeptSignIn {
    KeptSignIn(
      account: account, objectID: "o", tenant: home, signedInAt: Date(timeIntervalSince1970: 1_790_000_000),
      token: Secret(token))
  }

  private static func keeper(_ folder: String, _ store: any SignInStore) -> SignInKeeper {
    SignInKeeper(lock: SignInLock(folder: folder), choose: { SignInKeeper.Place(store) })
  }

  @Test("T4: the refresh token that came back is kept, whoever loses patience meanwhile")
  func impatient() async throws {
    let store = EventfulStore()
    try await PersonRig.use(place: SignInKeeper.Place(store)) { rig in
      _ = try await rig.signIn()
      let before = try await store.kept.read()?.fingerprint
      let go = SharedFlight<Bool>()
      let task = Mutex<Task<Void, any Error>?>(nil)
      task.withLock {
        $0 = Task {
          _ = await go.value()
          _ = try await rig.keeper.redeem(
            for: contoso, priority: .foreground, through: rig.context.endpoint, attempts: FailedAttempts())
        }
      }
      store.set(during: { task.withLock { $0?.cancel() } })
      go.land(true)
      _ = await task.withLock { $0 }?.result
      #expect(try await store.kept.read()?.fingerprint != before)
      #expect(try await rig.keeper.standing()?.restsIn == store.words)
    }
  }

  @Test("T4: a token that lands while somebody signs out is not used")
  func landing() async throws {
    let hook = Mutex<(@Sendable () -> Void)?>(nil)
    let clock = TestClock()
    var dependencies = clock.dependencies
    dependencies.random = { range in
      let act = hook.withLock { hook in
        defer { hook = nil }
        return hook
      }
      act?()
      return range.upperBound
    }
    try await PersonRig.use(clock, dependencies: dependencies) { rig in
      _ = try await rig.signIn()
      hook.withLock { $0 = { rig.context.tokens.forgetPeople() } }
      let before = rig.lab.requests(to: "token")
      try await rig.context.readNothing(in: contoso)
      #expect(rig.lab.requests(to: "token") == before + 2, "the one of before is not used")
    }
  }

  @Test("A sign-in that this run could not keep gives way to what another process did at the same place meanwhile")
  func unkept() async throws {
    try await Self.folder { folder in
      let store = EventfulStore()
      let (own, other) = (Self.keeper(folder, store), Self.keeper(folder, store.kept))
      store.set(full: true)
      #expect(try await own.keep(Self.signIn("anna@partner.example", "a")).restsIn == nil)
      #expect(try await own.standing()?.account == "anna@partner.example")
      _ = try await other.keep(Self.signIn("ben@partner.example", "b"))
      #expect(try await own.standing()?.account == "ben@partner.example")
      #expect(try await own.standing()?.restsIn == store.words)
      #expect(try await own.keep(Self.signIn("cleo@partner.example", "c")).restsIn == nil)
      #expect(try await own.standing()?.account == "cleo@partner.example")
      _ = try await other.signOut()
      #expect(try await own.standing() == nil, "signed out is signed out")
    }
  }

  @Test("A sign-in that may be left in a keyring that stays locked is told when signing out")
  func lockedOut() async throws {
    try await Self.folder { folder in
      let locked = SignInStoreError.locked(reason: "it is locked")
      let keeper = SignInKeeper(
        lock: SignInLock(folder: folder),
        choose: { SignInKeeper.Place(FailingStore(locked, failsReading: true)) },
        others: { [FailingStore(locked, failsReading: true)] })
      // Falls back to this run's memory.
      #expect(try await keeper.standing() == nil)
      let error = try await failure { _ = try await keeper.signOut() }
      #expect(error.cause == .signInFailed(.store("it is locked")))
    }
  }

  @Test("Where nobody acts any more nobody signs in, and what an earlier configuration left is forgotten all the same")
  func nobodyActs() async throws {
    let store = SignInMemory()
    try await PersonRig.use(store: store) { rig in
      _ = try await rig.signIn()
      try await LiveTransport.withTransport(for: rig.context.app, dependencies: rig.clock.dependencies) { transport in
        let context = PartnerContext(
          app: rig.context.app, people: PeopleAccess(tenants: [], keeper: rig.keeper), transport: transport,
          ledger: InMemoryRequestLedger(), dependencies: rig.clock.dependencies, logger: rig.logger)
        #expect(!context.hasPeople)
        let error = try await failure {
          try await context.signIn(at: home, expecting: nil, open: { _ in BrowserOpening() }, tell: { _ in })
        }
        #expect(error.cause == .signInFailed(.notUsed))
        #expect(try await context.signOut() != .nobody)
        #expect(try await store.read() == nil)
      }
    }
  }
}

@Suite("What a service asks a person's client for", .timeLimit(.minutes(3)))
struct SignInPaceTests {
  private static func device(_ more: String) -> WireAnswer {
    .json(
      200,
      #"{"device_code":"D","user_code":"ABC-DEF","verification_uri":"https://microsoft.com/devicelogin",\#(more)}"#)
  }

  @Test("R2: a device's code is not asked about before the time that the service named")
  func throttled() async throws {
    let answers = Mutex<[WireAnswer]>([
      .json(429, "{}", headers: [("Retry-After", "120")]), .json(400, #"{"error":"authorization_pending"}"#),
      .json(400, #"{"error":"expired_token"}"#),
    ])
    let clock = TestClock()
    let error = try await PersonRig.wire(clock) { request in
      if request.path.hasSuffix("/devicecode") { return Self.device(#""expires_in":900,"interval":5"#) }
      return answers.withLock { $0.removeFirst() }
    } _: { context in
      try await failure { try await context.signInWithDeviceCode(at: home, expecting: nil, tell: { _ in }) }
    }
    #expect(error.cause == .signInFailed(.unfinished(seconds: 600)))
    #expect(clock.pauses == [5, 120, 10].map { .seconds($0) })
  }

  @Test("A device's code is not waited for longer than it lives")
  func shortLived() async throws {
    let clock = TestClock()
    let error = try await PersonRig.wire(clock) { request in
      request.path.hasSuffix("/devicecode")
        ? Self.device(#""expires_in":20,"interval":60"#) : .json(400, #"{"error":"expired_token"}"#)
    } _: { context in
      try await failure { try await context.signInWithDeviceCode(at: home, expecting: nil, tell: { _ in }) }
    }
    #expect(error.cause == .signInFailed(.unfinished(seconds: 20)))
    #expect(clock.pauses == [.seconds(20)])
  }

  /// A service that takes a token only where it was asked for with what the service wants.
  private static func challenging(
    _ before: @escaping @Sendable (WireRequest, _ isMet: Bool) -> WireAnswer?,
    _ body: (PartnerContext) async throws -> Void
  ) async throws {
    let claims = Data(#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#.utf8).base64EncodedString()
    let refusal = WireAnswer.json(
      401, "{}",
      headers: [("WWW-Authenticate", #"Bearer realm="", error="insufficient_claims", claims="\#(claims)""#)])
    let count = Mutex(0)
    let met = unsignedToken(tenant: contoso.rawValue, number: 999)
    try await PersonRig.wire(TestClock()) { request in
      if request.isToken {
        let number = count.withLock { count in
          count += 1
          return count
        }
        let token = request.body.contains("acrs") ? met : unsignedToken(tenant: contoso.rawValue, number: number)
        return .json(200, tokenBody(token, more: #","refresh_token":"r\#(number)""#))
      }
      let isMet = request.headers["authorization"] == "Bearer \(met)"
      return before(request, isMet) ?? (isMet ? .json(200, page([])) : refusal)
    } _: { context in
      _ = try await #require(context.people).keeper.keep(
        KeptSignIn(
          account: "anna@partner.example", objectID: "o", tenant: home,
          signedInAt: Date(timeIntervalSince1970: 1_790_000_000), token: Secret("r0")))
      try await body(context)
    }
  }

  @Test("T10: requests that meet the same challenge at once all go on by the token that answers it")
  func together() async throws {
    let waiting = Mutex(0)
    try await Self.challenging { _, isMet in
      guard !isMet else { return nil }
      waiting.withLock { $0 += 1 }
      // Both leave with the old token before either is answered.
      let end = ContinuousClock.now + .seconds(10)
      while waiting.withLock({ $0 }) < 2, ContinuousClock.now < end { usleep(2000) }
      return nil
    } _: { context in
      async let one: Void = context.readNothing(in: contoso)
      async let other: Void = context.readNothing(in: contoso)
      _ = try await (one, other)
    }
  }

  @Test("T10: a challenge that came too late for one request is answered for the next")
  func late() async throws {
    let count = Mutex(0)
    try await Self.challenging { _, _ in
      let number = count.withLock { count in
        count += 1
        return count
      }
      return number == 1 ? .json(401, "{}") : nil
    } _: { context in
      let first = try await failure { try await context.readNothing(in: contoso) }
      #expect(first.cause == .signInNeeded(.more))
      try await context.readNothing(in: contoso)
    }
  }
}
