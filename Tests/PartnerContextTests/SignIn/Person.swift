import Foundation
import LabServer
import Logging
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

let home = tenant("99999999-0000-4000-8000-000000000009")

/// A person at a browser, who follows what pages answer without one.
enum Person {
  /// Opens a page of the authority, and follows its redirect to this machine.
  /// - Returns: what the page that it ends on says.
  static func follow(_ url: String) async throws -> String {
    let page = try await get(url)
    let back = try #require(
      page.split(separator: "\r\n").first { $0.lowercased().hasPrefix("location: ") }, "\(page.prefix(600))")
    return try await get(String(back.dropFirst("location: ".count)))
  }

  static func get(_ url: String) async throws -> String {
    let (origin, target) = try #require(Origin.split(url))
    let host = "\(origin.host):\(origin.port)"
    return try await Talk.exchange(
      "GET \(target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n", port: UInt16(origin.port))
  }
}

/// What a sign-in told, step by step.
final class Steps: Sendable {
  private let told = Mutex<[SignInProgress]>([])
  var all: [SignInProgress] { told.withLock { $0 } }
  func note(_ step: SignInProgress) { told.withLock { $0.append(step) } }
}

/// A client through which a person acts in both tenants, and the lab behind it.
struct PersonRig: Sendable {
  var lab: LabServer
  var context: PartnerContext
  var keeper: SignInKeeper
  var store: SignInMemory
  var clock: TestClock
  let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  /// Signs in by a browser that ends where the lab leads it.
  func signIn(at tenant: TenantID = home, expecting upn: String? = nil, _ steps: Steps = Steps()) async throws
    -> (standing: SignInStanding, page: String)
  {
    let page = SharedFlight<String>()
    let standing = try await context.signIn(
      at: tenant, expecting: upn,
      open: { url in
        Task { page.land((try? await Person.follow(url)) ?? "no page") }
        return BrowserOpening(openedBy: "a person")
      }, tell: steps.note)
    return (standing, await page.value() ?? "")
  }

  /// - Parameters:
  ///   - credentials: none for a public client.
  ///   - store: where the sign-in rests.
  static func use<Result>(
    _ clock: TestClock = TestClock(), credentials: [CredentialSource] = [], folder: String? = nil,
    store: SignInMemory = SignInMemory(), place: SignInKeeper.Place? = nil,
    sleep: (@Sendable (Duration) async throws -> Void)? = nil, people: [TenantID] = [contoso, fabrikam],
    dependencies own: PartnerDependencies? = nil,
    _ change: (inout LabOptions) -> Void = { _ in }, _ body: (PersonRig) async throws -> Result
  ) async throws -> Result {
    var options = labOptions(.granted, .granted, clock: clock)
    options.homeTenant = home.rawValue
    options.isPublicClient = credentials.isEmpty
    change(&options)
    var dependencies = own ?? clock.dependencies
    if let sleep { dependencies.sleep = sleep }
    let made = folder ?? NSTemporaryDirectory() + "sign-in-\(UUID().uuidString)"
    if folder == nil {
      try FileManager.default.createDirectory(
        atPath: made, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
    defer { if folder == nil { try? FileManager.default.removeItem(atPath: made) } }
    return try await withLabServer(options) { lab in
      lab.answer(signIn: .auto, device: .page)
      var app = app(at: lab.baseURL, credentials: credentials)
      app.homeTenant = home
      clock.set(environment: ["SECRET": "lab-secret"])
      let keeper = SignInKeeper(
        lock: SignInLock(folder: made), choose: { place ?? SignInKeeper.Place(store) })
      return try await LiveTransport.withTransport(for: app, dependencies: dependencies) { transport in
        let context = PartnerContext(
          app: app, people: PeopleAccess(tenants: Set(people + [home]), keeper: keeper), transport: transport,
          ledger: InMemoryRequestLedger(), dependencies: dependencies,
          logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return try await body(PersonRig(lab: lab, context: context, keeper: keeper, store: store, clock: clock))
      }
    }
  }

  /// Another process of the same user, by the same folder and store.
  func twin<Result>(
    folder: String, store: SignInMemory, _ body: (PartnerContext) async throws -> Result
  ) async throws -> Result {
    let app = context.app
    let keeper = SignInKeeper(lock: SignInLock(folder: folder), choose: { SignInKeeper.Place(store) })
    return try await LiveTransport.withTransport(for: app, dependencies: clock.dependencies) { transport in
      try await body(
        PartnerContext(
          app: app, people: PeopleAccess(tenants: [contoso, fabrikam, home], keeper: keeper), transport: transport,
          ledger: InMemoryRequestLedger(), dependencies: clock.dependencies,
          logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
    }
  }

  /// A client of a server of bytes.
  static func wire<Result>(
    _ clock: TestClock, store: SignInMemory = SignInMemory(), _ answer: @escaping @Sendable (WireRequest) -> WireAnswer,
    _ body: (PartnerContext) async throws -> Result
  ) async throws -> Result {
    let folder = NSTemporaryDirectory() + "sign-in-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await WireServer.serve(tokens: false, answer) { server in
      var app = app(at: server.baseURL, credentials: [])
      app.homeTenant = home
      let keeper = SignInKeeper(lock: SignInLock(folder: folder), choose: { SignInKeeper.Place(store) })
      return try await LiveTransport.withTransport(for: app, dependencies: clock.dependencies) { transport in
        try await body(
          PartnerContext(
            app: app, people: PeopleAccess(tenants: [contoso, fabrikam, home], keeper: keeper), transport: transport,
            ledger: InMemoryRequestLedger(), dependencies: clock.dependencies,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
      }
    }
  }
}
