import Foundation
import Logging
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

/// What the metadata service answers: all values are texts.
func identityBody(_ token: String, expiresIn: String = "3599") -> String {
  #"{"access_token":"\#(token)","refresh_token":"","expires_in":"\#(expiresIn)","expires_on":"1790003599","not_before":"1790000000","resource":"x","token_type":"Bearer"}"#
}

extension WireRequest {
  var isIdentity: Bool { path == "/metadata/identity/oauth2/token" }
}

private let managed: [CredentialSource] = [.federated(.managedIdentity)]

@Suite struct ManagedIdentityTests {
  /// Identity answers in their order; the last one repeats. Tokens are granted.
  private func serve<Result>(
    _ answers: [WireAnswer], _ body: (WireServer) async throws -> Result
  ) async throws -> Result {
    let count = Mutex(0)
    return try await WireServer.serve { request in
      guard request.isIdentity else { return .json(200, page([])) }
      let index = count.withLock { count in
        count += 1
        return count - 1
      }
      return answers[min(index, answers.count - 1)]
    } _: {
      try await body($0)
    }
  }

  @Test("The machine's identity vouches for the app: one token for all tenants, asked for anew shortly before its end")
  func federated() async throws {
    let clock = TestClock()
    try await serve([.json(200, identityBody(jwt("1"))), .json(200, identityBody(jwt("2")))]) { server in
      try await withContext(server.baseURL, clock, credentials: managed) { context in
        for tenant in [contoso, fabrikam] { _ = try await context.changes(in: tenant, since: longAgo) }
        let asked = server.requests.filter(\.isIdentity)
        #expect(asked.count == 1)
        #expect(
          asked.first?.target
            == "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=api%3A%2F%2FAzureADTokenExchange")
        #expect(asked.first?.headers["metadata"] == "true" && asked.first?.method == "GET")
        #expect(server.requests.filter(\.isToken).allSatisfy { $0.body.contains("&client_assertion=\(jwt("1"))&") })
        clock.advance(3290)
        _ = await context.checkConsent(in: contoso, required: [])
        #expect(server.requests.filter(\.isIdentity).count == 1)
        clock.advance(10)
        _ = await context.checkConsent(in: contoso, required: [])
        #expect(server.requests.filter(\.isIdentity).count == 2)
        #expect(server.requests.last { $0.isToken }?.body.contains(jwt("2")) == true)
      }
    }
  }

  @Test(
    "The metadata service is asked again as its reference says, and not for a request that is wrong",
    arguments: [
      ([404, 200], 2, [1.6], true), ([408, 429, 503, 200], 3, [1.6, 3.2], false), ([410, 410, 200], 3, [5, 10], true),
      ([410], 5, [5, 10, 20, 40], false), ([500], 3, [1.6, 3.2], false), ([400], 1, [], false),
      ([403], 1, [], false), ([302], 1, [], false),
    ] as [([Int], Int, [Double], Bool)])
  func retries(statuses: [Int], asked: Int, pauses: [Double], isServed: Bool) async throws {
    let clock = TestClock()
    let answers = statuses.map { status -> WireAnswer in
      status == 200
        ? .json(200, identityBody(jwt("1")))
        : .json(status, #"{"error":"e","error_description":"text"}"#, headers: [("Location", "http://127.0.0.1:1/")])
    }
    try await serve(answers) { server in
      try await withContext(server.baseURL, clock, credentials: managed) { context in
        let error = try? await failure { try await context.changes(in: contoso, since: longAgo) }
        #expect((error == nil) == isServed)
        #expect(server.requests.filter(\.isIdentity).count == asked)
        #expect(clock.pauses == pauses.map { .seconds($0) })
        guard let error else { return }
        guard case .credentialUnreadable(let reason) = error.cause else { throw error }
        #expect(reason.contains("HTTP \(statuses[min(asked, statuses.count) - 1]) (e: text)"))
        _ = try await failure { try await context.changes(in: fabrikam, since: longAgo) }
        #expect(server.requests.filter(\.isIdentity).count == asked, "not asked again at once")
      }
    }
  }

  @Test(
    "What is no bearer token is refused, and nothing of it is told",
    arguments: [
      "canary", "<html>canary", #"{"access_token":"canary"}"#, identityBody(""), identityBody("canary", expiresIn: "0"),
    ])
  func noToken(body: String) async throws {
    try await serve([.json(200, body)]) { server in
      try await withContext(server.baseURL, credentials: managed) { context in
        let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
        guard case .credentialUnreadable = error.cause else { throw error }
        #expect(!"\(error)".contains("canary") && server.requests.allSatisfy { !$0.isToken })
        #expect(
          error.nextAction.contains("does not help: its answer cannot be read: "), "it is not Graph that was asked")
      }
    }
  }

  /// Notes what it is asked, and says that nobody is there.
  private final class Nowhere: HTTPTransport {
    let requests = Mutex<[TransportRequest]>([])
    func exchange(
      _ request: TransportRequest,
      receive: @escaping @Sendable (_ part: TransportPart) throws(TransportFailure) -> Void
    ) async throws(TransportFailure) {
      requests.withLock { $0.append(request) }
      throw TransportFailure(.unreachable(.noAnswer(host: request.origin.host)), mayHaveLeft: false)
    }
  }

  @Test("Where there is no metadata service it is given up within 10 s, and left alone for five minutes")
  func absent() async throws {
    let clock = TestClock()
    let nowhere = Nowhere()
    var app = app(at: "http://127.0.0.1:1", credentials: managed)
    app.endpoints.metadata = Endpoints.azureMetadata
    let context = PartnerContext(app: app, transport: nowhere, dependencies: clock.dependencies)
    func asked(after seconds: Double) async throws -> Int {
      clock.advance(seconds)
      let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
      guard case .credentialUnreadable(let reason) = error.cause else { throw error }
      #expect(reason.contains("http://169.254.169.254") && reason.contains("Managed identity works"))
      return nowhere.requests.withLock(\.count)
    }
    #expect(try await asked(after: 0) == 3)
    #expect(clock.pauses == [.seconds(1.6), .seconds(3.2)], "three attempts of 2 s and two pauses are below 11 s")
    #expect(try await asked(after: 299) == 3)
    #expect(try await asked(after: 2) == 6)
    let requests = nowhere.requests.withLock { $0 }
    #expect(requests.allSatisfy { $0.connectLimit == .seconds(2) && $0.asksMetadata })
  }

  @Test("Invariant 1: plain HTTP leaves this machine for the metadata service's token alone, and with nothing of ours")
  func pinned() async throws {
    let app = app(at: "http://127.0.0.1:1")
    let transport = try LiveTransport(for: app, dependencies: TestClock().dependencies)
    var wrong = TransportRequest(
      method: "GET", origin: Endpoints.azureMetadata, target: "/metadata/identity/oauth2/token?x=1",
      headers: [HeaderField("metadata", "true")])
    #expect(wrong.asksMetadata)
    var cases: [TransportRequest] = []
    func add(_ edit: (inout TransportRequest) -> Void) {
      var other = wrong
      edit(&other)
      cases.append(other)
    }
    add { $0.method = "POST" }
    add { $0.target = "/metadata/instance?api-version=2021-02-01" }
    add { $0.headers = [] }
    add { $0.authorization = Secret("t") }
    add { $0.body = .plain("") }
    add { $0.host = "x" }
    add { $0.origin = Origin(scheme: "http", host: "169.254.169.253", port: 80) }
    add { $0.origin = Origin(scheme: "http", host: "169.254.169.254", port: 8080) }
    add { $0.origin = Origin(scheme: "http", host: "graph.microsoft.com", port: 80) }
    wrong.origin = Origin(scheme: "https", host: "graph.microsoft.com", port: 443)
    wrong.host = "other"
    cases.append(wrong)
    for request in cases {
      await #expect(throws: TransportFailure(.unsafeLink(request.origin.description), mayHaveLeft: false)) {
        try await transport.exchange(request) { _ in }
      }
    }
    await transport.shutDown()
  }
}
