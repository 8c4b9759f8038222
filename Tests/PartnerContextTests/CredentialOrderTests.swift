import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

private func customer(_ number: Int) -> TenantID {
  tenant("dddddddd-0000-4000-8000-\(String(format: "%012d", number))")
}

/// The text of the secret in a token request.
private func secret(_ request: WireRequest) -> String {
  let start = request.body.firstRange(of: "client_secret=")?.upperBound ?? request.body.endIndex
  return String(request.body[start...].prefix { $0 != "&" })
}

/// A token endpoint that takes some secrets and refuses the others.
private final class Endpoint: Sendable {
  private let taken = Mutex<Set<String>>([])
  private let code: Int

  init(takes taken: Set<String> = [], otherwise code: Int = 7_000_222) {
    self.code = code
    self.taken.withLock { $0 = taken }
  }

  func take(_ secrets: String...) { taken.withLock { $0 = Set(secrets) } }

  func serve<Result>(_ body: (WireServer) async throws -> Result) async throws -> Result {
    try await WireServer.serve(tokens: false) { [self] request in
      guard request.isToken else { return .json(200, page([])) }
      return taken.withLock { $0.contains(secret(request)) } ? granted(request) : tokenRefusal(code)
    } _: {
      try await body($0)
    }
  }
}

private let rolling: [CredentialSource] = [.secret(.environment("SECRET")), .secret(.environment("OLD"))]

@Suite struct CredentialOrderTests {
  private func read(
    _ tenant: TenantID, _ context: PartnerContext, _ priority: RequestPriority = .background
  ) async -> PartnerError? {
    try? await failure { try await context.changes(in: tenant, since: longAgo, priority: priority) }
  }

  @Test("F37: a credential that ended is told to 300 tenants without 300 requests, and tried again after 60 s by one")
  func toldOnce() async throws {
    let clock = TestClock()
    try await Endpoint().serve { server in
      try await withContext(server.baseURL, clock) { context in
        let first = await read(customer(0), context)
        #expect(first?.code == 7_000_222 && first?.requestID == "t")
        for number in 1..<300 {
          let error = await read(customer(number), context)
          #expect(error?.cause == .consent(.credentialProblem) && error?.tenant == customer(number))
          #expect(error?.code == 7_000_222 && error?.at == labEpoch)
          #expect(error?.requestID == nil, "the id is of another tenant's request")
        }
        #expect(server.requests.count == 1)
        guard case .refused(let problem) = context.credentialStandings()[0].state else { throw UnexpectedSuccess() }
        #expect(problem.code == 7_000_222 && problem.requestID == "t")
        clock.advance(61)
        await withTaskGroup(of: Void.self) { group in
          for number in 0..<50 { group.addTask { _ = await self.read(customer(number), context) } }
        }
        #expect(server.requests.count == 2)
      }
    }
  }

  @Test("F37: many tenants that ask at once before anything is known ask once each at most, and nobody after them")
  func atOnce() async throws {
    try await Endpoint().serve { server in
      try await withContext(server.baseURL) { context in
        await withTaskGroup(of: Void.self) { group in
          for number in 0..<200 { group.addTask { _ = await self.read(customer(number), context) } }
        }
        #expect(server.requests.count <= 60, "no more than may be in flight")
      }
    }
  }

  @Test("The operator has a refused credential asked anew once for an action over many tenants, not for each of them")
  func operatorsWish() async throws {
    let clock = TestClock()
    let endpoint = Endpoint()
    try await endpoint.serve { server in
      try await withContext(server.baseURL, clock) { context in
        _ = await read(customer(0), context)
        #expect(server.requests.count == 1)
        for action in 1...3 {
          for number in 0..<40 { #expect(await read(customer(number), context, .foreground) != nil) }
          #expect(server.requests.count == 1 + action)
        }
        clock.advance(30)
        #expect(await read(customer(99), context) != nil)
        #expect(server.requests.count == 4, "no timer does")
        endpoint.take("lab-secret")
        #expect(await read(customer(99), context, .foreground) == nil, "a tenant of its own is an action of its own")
        for number in 0..<40 { #expect(await read(customer(number), context) == nil) }
        #expect(context.credentialStandings()[0].state == .served(at: clock.now))
      }
    }
  }

  @Test(
    "While rolling over, a refused credential is asked with once an hour for all tenants, and the next serves at once")
  func hourly() async throws {
    let clock = TestClock()
    let endpoint = Endpoint(takes: ["old-secret"])
    try await endpoint.serve { server in
      try await withContext(server.baseURL, clock, credentials: rolling) { context in
        func asked(with text: String) -> Int { server.requests.filter { $0.isToken && secret($0) == text }.count }
        for number in 0..<20 { #expect(await read(customer(number), context, .foreground) == nil) }
        #expect(asked(with: "lab-secret") == 1 && asked(with: "old-secret") == 20)
        clock.advance(3599)
        for number in 20..<30 { #expect(await read(customer(number), context, .foreground) == nil) }
        #expect(asked(with: "lab-secret") == 1)
        clock.advance(2)
        for number in 30..<40 { #expect(await read(customer(number), context) == nil) }
        #expect(asked(with: "lab-secret") == 2)
        endpoint.take("lab-secret", "old-secret")
        clock.advance(3601)
        for number in 40..<50 { #expect(await read(customer(number), context) == nil) }
        #expect(asked(with: "lab-secret") == 12)
        #expect(context.credentialStandings().map(\.lastServedAt) == [clock.now, clock.now - 3601])
      }
    }
  }

  @Test(
    "When the credential that served is refused or gone, one that was refused before it is asked with in the same breath",
    arguments: [RequestPriority.background, .foreground], [true, false])
  func backAgain(priority: RequestPriority, isGone: Bool) async throws {
    let clock = TestClock()
    let endpoint = Endpoint(takes: ["old-secret"])
    try await endpoint.serve { server in
      try await withContext(server.baseURL, clock, credentials: rolling) { context in
        func asked(with text: String) -> Int { server.requests.filter { $0.isToken && secret($0) == text }.count }
        for number in 0..<10 { #expect(await read(customer(number), context, priority) == nil) }
        clock.advance(120)
        if isGone { clock.set(environment: ["SECRET": "lab-secret"]) }
        // Neither is taken: whoever comes next finds out for all.
        endpoint.take()
        for number in 10..<30 { #expect(await read(customer(number), context, priority) != nil) }
        #expect(asked(with: "lab-secret") == 2 && asked(with: "old-secret") == (isGone ? 10 : 11))
        clock.set(environment: ["SECRET": "lab-secret", "OLD": "old-secret"])
        endpoint.take("old-secret")
        clock.advance(61)
        for number in 30..<40 { #expect(await read(customer(number), context, priority) == nil) }
        clock.advance(120)
        if isGone { clock.set(environment: ["SECRET": "lab-secret"]) }
        endpoint.take("lab-secret")
        for number in 40..<50 { #expect(await read(customer(number), context, priority) == nil) }
        guard case .served = context.credentialStandings()[0].state else { throw UnexpectedSuccess() }
      }
    }
  }

  @Test("A refused credential whose content is another is asked with at once, by one tenant")
  func otherContent() async throws {
    let clock = TestClock()
    let endpoint = Endpoint(takes: ["old-secret", "new-secret"])
    try await endpoint.serve { server in
      try await withContext(server.baseURL, clock, credentials: rolling) { context in
        _ = await read(customer(0), context)
        clock.set(environment: ["SECRET": "new-secret", "OLD": "old-secret"])
        for number in 1..<10 { #expect(await read(customer(number), context) == nil) }
        let sent = server.requests.filter(\.isToken).map(secret)
        #expect(sent == ["lab-secret", "old-secret"] + Array(repeating: "new-secret", count: 9))
        #expect(await context.testimony(of: customer(0))?.record.facts?.credential == "secret in $OLD")
        #expect(await context.testimony(of: customer(9))?.record.facts?.credential == "secret in $SECRET")
      }
    }
  }

  @Test(
    "A refusal that is about the tenant, the policy or the scope says nothing of the credential: each tenant is asked",
    arguments: [7_000_229, 53_003, 650_052, 501_051])
  func tenantsOwn(code: Int) async throws {
    try await Endpoint(otherwise: code).serve { server in
      try await withContext(server.baseURL, credentials: rolling) { context in
        for number in 0..<5 { #expect(await read(customer(number), context)?.code == code) }
        #expect(server.requests.map(secret) == Array(repeating: "lab-secret", count: 5))
        #expect(context.credentialStandings().map(\.state) == [.notTried, .notTried])
      }
    }
  }

  @Test("T11: an invalid_client whose number nobody knows moves on to the next credential, and holds none for it")
  func unknownNumber() async throws {
    try await Endpoint(takes: ["old-secret"], otherwise: 7_999_999).serve { server in
      try await withContext(server.baseURL, credentials: rolling) { context in
        for number in 0..<3 { #expect(await read(customer(number), context) == nil) }
        let tokens = server.requests.filter(\.isToken).map(secret)
        #expect(tokens == (0..<3).flatMap { _ in ["lab-secret", "old-secret"] })
        #expect(context.credentialStandings()[0].state == .notTried)
      }
    }
    try await Endpoint(otherwise: 7_999_999).serve { server in
      try await withContext(server.baseURL, credentials: rolling) { context in
        let error = await read(customer(0), context)
        guard case .refused(401, _) = error?.cause else { throw UnexpectedSuccess() }
        #expect(error?.code == 7_999_999)
      }
    }
  }

  @Test("Who looks at the credentials is told of each change, and not of each token")
  func changes() async throws {
    let endpoint = Endpoint(takes: ["old-secret"])
    try await endpoint.serve { server in
      try await withContext(server.baseURL, credentials: rolling) { context in
        var told = context.credentialChanges().makeAsyncIterator()
        #expect(await told.next()?.map(\.state) == [.notTried, .notTried])
        for number in 0..<3 { _ = await read(customer(number), context) }
        guard let standings = await told.next(), case .refused = standings[0].state else { throw UnexpectedSuccess() }
        #expect(standings[1].state == .served(at: labEpoch))
        endpoint.take()
        _ = await read(customer(3), context)
        guard let standings = await told.next(), case .refused = standings[1].state else { throw UnexpectedSuccess() }
        #expect(standings[1].lastServedAt == labEpoch)
      }
    }
  }

  @Test("A token more by the same credential, or the same reason again, is no news for who looks at the credentials")
  func noNews() async throws {
    var board: CredentialBoard? = CredentialBoard(rolling)
    var told = try #require(board?.changes()).makeAsyncIterator()
    board?.noteServed(0, at: labEpoch)
    board?.noteUnreadable(1, reason: "r", at: labEpoch)
    #expect(await told.next()?.map(\.state) == [.served(at: labEpoch), .unreadable(reason: "r", at: labEpoch)])
    board?.noteServed(0, at: labEpoch + 1)
    board?.noteUnreadable(1, reason: "r", at: labEpoch + 1)
    #expect(board?.standings.map(\.lastServedAt) == [labEpoch + 1, nil])
    #expect(board?.standings[1].state == .unreadable(reason: "r", at: labEpoch), "since when is what counts")
    board = nil
    #expect(await told.next() == nil)
  }

  @Test("A probe that the service does not answer leaves nobody waiting: the next finds out")
  func probeEnds() async throws {
    let clock = TestClock()
    let isSilent = Mutex(false)
    try await WireServer.serve(tokens: false) { request in
      guard request.isToken else { return .json(200, page([])) }
      return isSilent.withLock { $0 } ? .reset : tokenRefusal(7_000_222)
    } _: { server in
      try await withContext(server.baseURL, clock) { context in
        _ = await read(customer(0), context)
        isSilent.withLock { $0 = true }
        clock.advance(61)
        await withTaskGroup(of: Void.self) { group in
          for number in 0..<3 { group.addTask { _ = await self.read(customer(number), context) } }
        }
        isSilent.withLock { $0 = false }
        #expect(await read(customer(5), context)?.code == 7_000_222)
      }
    }
  }
}
