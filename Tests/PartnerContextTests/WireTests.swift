import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

/// The failure that a list of incidents ends with when Graph answers like this.
private func listing(
  _ clock: TestClock = TestClock(), hanging: SharedFlight<Bool>? = nil,
  _ answer: @escaping @Sendable (WireRequest) -> WireAnswer
) async throws -> (error: PartnerError, requests: [WireRequest]) {
  try await WireServer.serve(hanging: hanging, answer) { server in
    try await withContext(server.baseURL, clock) { context in
      let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
      #expect(error.tenant == contoso)
      return (error, server.requests.filter { !$0.isToken })
    }
  }
}

private func isUnreadable(_ error: PartnerError) -> Bool {
  if case .answerUnreadable = error.cause { true } else { false }
}

@Suite struct WireTests {
  @Test("F3: a refused connection is told as that, and was tried four times")
  func refused() async throws {
    let clock = TestClock()
    try await withContext("http://127.0.0.1:1", clock) { context in
      let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
      #expect(error.cause == .unreachable(.connectionRefused(host: "127.0.0.1")))
      #expect(clock.pauses == [.seconds(0.8), .seconds(1.6), .seconds(3.2)])
      #expect(clock.deadlines.allSatisfy { $0 == .seconds(15) })
    }
  }

  @Test("R1, F24: one 500 is not seen, and all attempts share a request id")
  func once() async throws {
    let clock = TestClock()
    let count = Mutex(0)
    try await WireServer.serve { _ in
      count.withLock { count in
        count += 1
        return count == 1 ? .json(500, "{}") : .json(200, page([item("1")]))
      }
    } _: { server in
      try await withContext(server.baseURL, clock) { context in
        let read = try await context.changes(in: contoso, since: longAgo)
        #expect(read.pages.incidents.count == 1)
        let graph = server.requests.filter { !$0.isToken }
        #expect(graph.count == 2)
        #expect(Set(graph.map { $0.headers["client-request-id"] }).count == 1)
        #expect(clock.pauses == [.seconds(0.8)])
      }
    }
  }

  @Test(
    "R1: reads are repeated after 408 and 5xx, four attempts in all, and not after anything else",
    arguments: [
      (500, 4, .outage(status: 500)), (503, 4, .outage(status: 503)), (408, 4, .outage(status: 408)),
      (400, 1, .refused(status: 400, message: "why")), (404, 1, .notFound), (409, 1, .conflict("why")),
      (412, 1, .conflict("why")), (423, 1, .conflict("why")), (501, 4, .outage(status: 501)),
    ] as [(Int, Int, PartnerError.Cause)])
  func statuses(status: Int, attempts: Int, cause: PartnerError.Cause) async throws {
    let (error, requests) = try await listing { _ in
      .json(
        status, #"{"error":{"code":"Code","message":"why"}}"#, headers: [("request-id", "r-1")])
    }
    #expect(error.cause == cause)
    #expect(requests.count == attempts)
    #expect(error.error == "Code")
    #expect(error.code == status)
    #expect(error.requestID == "r-1")
    #expect(error.correlationID == requests.first?.headers["client-request-id"])
  }

  @Test(
    "F45: a redirect is refused and no token follows", arguments: [301, 302, 303, 307, 308, 300])
  func redirect(status: Int) async throws {
    try await WireServer.serve { _ in
      .json(200, page([]))
    } _: { elsewhere in
      let target = elsewhere.baseURL
      let (error, requests) = try await listing { _ in .json(status, "", headers: [("Location", "\(target)/x?secret")])
      }
      #expect(error.cause == .redirectRefused(to: target))
      #expect(requests.count == 1)
      #expect(elsewhere.requests.isEmpty)
    }
  }

  @Test("F45: a redirect of the token endpoint is refused, and the secret does not follow")
  func tokenRedirect() async throws {
    try await WireServer.serve { _ in
      .json(200, "{}")
    } _: { elsewhere in
      let target = elsewhere.baseURL
      try await WireServer.serve(tokens: false) { _ in
        .json(307, "", headers: [("Location", "\(target)/x")])
      } _: { server in
        try await withContext(server.baseURL) { context in
          let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
          #expect(error.cause == .redirectRefused(to: target))
          #expect(elsewhere.requests.isEmpty)
        }
      }
    }
  }

  @Test("304 leads nowhere: it is not an answer to what was asked, and no redirect")
  func notModified() async throws {
    let (error, requests) = try await listing { _ in .raw("HTTP/1.1 304 X\r\n\r\n") }
    #expect(error.cause == .answerUnreadable("HTTP 304"))
    #expect(requests.count == 1)
  }

  @Test(
    "F2, F4: a host that says nothing is told after one attempt to who waits, and tried again in the background",
    arguments: [(RequestPriority.foreground, 1), (.background, 4)])
  func silent(priority: RequestPriority, attempts: Int) async throws {
    let count = Mutex(0)
    let transport = PlayedTransport { (_) async throws(TransportFailure) in
      count.withLock { $0 += 1 }
      throw TransportFailure(.unreachable(.noAnswer(host: "graph.example")), mayHaveLeft: false)
    }
    let context = transport.context(TestClock())
    let error = try await failure { try await context.changes(in: contoso, since: longAgo, priority: priority) }
    #expect(error.cause == .unreachable(.noAnswer(host: "graph.example")))
    #expect(count.withLock { $0 } == attempts)
  }

  @Test("R1: when the deadline ends the repeats, what went wrong is told and not the time that has passed")
  func lastCause() async throws {
    let clock = TestClock()
    let count = Mutex(0)
    let transport = PlayedTransport { (_) async throws(TransportFailure) in
      let number = count.withLock { count in
        count += 1
        return count
      }
      if number == 1 { return (502, "{}") }
      clock.expiry.land(true)
      throw await TransportFailure.untilCancelled()
    }
    let error = try await failure { try await transport.context(clock).changes(in: contoso, since: longAgo) }
    #expect(error.cause == .outage(status: 502))
    #expect(count.withLock { $0 } == 2)
  }

  @Test(
    "F16, F27: a page for people is told as that and never quoted",
    arguments: [(200, "text/html"), (502, "text/html"), (200, "application/json"), (403, "text/html")])
  func webPage(status: Int, type: String) async throws {
    let body = "<html><body>PORTAL-WORDS</body></html>"
    let (error, _) = try await listing { _ in
      .raw(
        "HTTP/1.1 \(status) X\r\nConnection: close\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
      )
    }
    #expect(!"\(error)".contains("PORTAL-WORDS"))
    #expect(status == 200 ? isUnreadable(error) : error.code == status)
  }

  @Test("H46: JSON under another content type is read")
  func wrongType() async throws {
    let body = page([item("1")])
    try await WireServer.serve { _ in
      .raw(
        "HTTP/1.1 200 X\r\nContent-Type: text/plain; charset=latin1\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
      )
    } _: { server in
      try await withContext(server.baseURL) { context in
        let read = try await context.changes(in: contoso, since: longAgo)
        #expect(read.pages.incidents.count == 1)
      }
    }
  }

  @Test(
    "R1, F8, H50, H51: an answer that ends early each time is incomplete, after one more attempt",
    arguments: [
      "HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n", "HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{\"value\":[",
      "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"val",
      "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"val\r\n",
    ])
  func early(bytes: String) async throws {
    let (error, requests) = try await listing { _ in .raw(bytes) }
    #expect(error.cause == .answerIncomplete)
    #expect(requests.count == 2)
  }

  @Test("R1, F8: a read that broke off in the middle of its answer is tried once more, and nothing is seen")
  func brokenOnce() async throws {
    let clock = TestClock()
    let count = Mutex(0)
    try await WireServer.serve { _ in
      count.withLock { count in
        count += 1
        return count == 1
          ? .raw("HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{\"value\":[") : .json(200, page([item("1")]))
      }
    } _: { server in
      try await withContext(server.baseURL, clock) { context in
        let read = try await context.changes(in: contoso, since: longAgo)
        #expect(read.pages.incidents.count == 1)
        #expect(server.requests.filter { !$0.isToken }.count == 2)
        #expect(clock.pauses == [.seconds(0.8)])
      }
    }
  }

  @Test(
    "H48–H52: what is hardly HTTP is refused",
    arguments: [
      "HTTP/1.1 999 X\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 200 X\r\nContent-Length: -5\r\n\r\n{}",
      "HTTP/1.1 200 X\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
      "HTTP/1.1 200 X\r\nContent-Length: x\r\n\r\n{}",
      "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", "hello", "{\"value\":[]}",
      "HTTP/1.1 200 X\r\nA: \(String(repeating: "a", count: 400_000))\r\nContent-Length: 12\r\n\r\n{\"value\":[]}",
      "HTTP/1.1 200 X\r\n\((0..<1000).map { "A\($0): a\r\n" }.joined())Content-Length: 12\r\n\r\n{\"value\":[]}",
      "HTTP/1.1 200 X\r\n\((0..<200).map { "A\($0): \(String(repeating: "a", count: 400))\r\n" }.joined())Content-Length: 12\r\n\r\n{\"value\":[]}",
      "HTTP/1.1 204 X\r\n\r\n", "HTTP/1.1 204 X\r\nContent-Length: 12\r\n\r\n{\"value\":[]}",
    ])
  func strange(bytes: String) async throws {
    let (error, _) = try await listing { _ in .raw(bytes) }
    let isLost = if case .unreachable(.connectionLost) = error.cause { true } else { false }
    #expect(isUnreadable(error) || isLost || error.cause == .answerIncomplete, "\(error)")
  }

  @Test("H49: interim answers are passed over; 206 with a page is read; H54: headers of other uses change nothing")
  func lenient() async throws {
    let body = page([item("1")])
    let interim = String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 3)
    for head in [
      "\(interim)HTTP/1.1 200 X", "HTTP/1.1 206 X",
      "HTTP/1.1 200 X\r\nSet-Cookie: a=b\r\nAlt-Svc: h2=\"evil.example:443\"\r\nLocation: http://evil.example/",
    ] {
      try await WireServer.serve { _ in
        .raw("\(head)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      } _: { server in
        try await withContext(server.baseURL) { context in
          let read = try await context.changes(in: contoso, since: longAgo)
          #expect(read.pages.incidents.count == 1)
          _ = try await context.changes(in: contoso, since: longAgo)
          #expect(server.requests.allSatisfy { $0.headers["cookie"] == nil })
        }
      }
    }
  }

  @Test(
    "F9, F10: half an answer and then silence is cut at the total deadline, and the slot is free again",
    arguments: ["", "HTTP/1.1 200 X\r\n", "HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{\"value\":["])
  func hang(bytes: String) async throws {
    let clock = TestClock()
    let (error, _) = try await listing(clock, hanging: clock.expiry) { _ in .hang(bytes) }
    #expect(error.cause == .deadlineExceeded(seconds: 15))
  }

  @Test("F50: a body over 16 MiB is refused, announced or not")
  func large() async throws {
    let announced = try await listing { _ in .hang("HTTP/1.1 200 X\r\nContent-Length: 1073741824\r\n\r\n{") }
    #expect(announced.error.cause == .answerTooLarge(limit: 16 * 1_048_576))
    let endless = "HTTP/1.1 200 X\r\n\r\n" + String(repeating: " ", count: 17 * 1_048_576)
    #expect(try await listing { _ in .raw(endless) }.error.cause == .answerTooLarge(limit: 16 * 1_048_576))
  }

  @Test("F31: a 403 with the list of roles names the role; one without is a plain refusal")
  func forbidden() async throws {
    let roles =
      "Missing application roles. API required roles: SecurityIncident.Read.All,SecurityIncident.ReadWrite.All, application roles: ."
    let (error, requests) = try await listing { _ in
      .json(403, #"{"error":{"code":"Forbidden","message":"\#(roles)"}}"#)
    }
    #expect(error.cause == .appRoleMissing([.readIncidents, .updateIncidents]))
    #expect(requests.count == 1)
    let other = try await listing { _ in .json(403, #"{"error":{"code":"Forbidden","message":"No."}}"#) }
    #expect(other.error.cause == .refused(status: 403, message: "No."))
  }

  @Test("F32: a 401 is answered with one renewed token; a second 401 is told")
  func unauthorised() async throws {
    let count = Mutex(0)
    try await WireServer.serve(tokens: false) { request in
      let number = count.withLock { count in
        count += 1
        return count
      }
      if request.isToken { return .json(200, tokenBody(unsignedToken(tenant: contoso.rawValue, number: number))) }
      return number <= 2 ? .json(401, "{}") : .json(200, page([item("1")]))
    } _: { server in
      try await withContext(server.baseURL) { context in
        let read = try await context.changes(in: contoso, since: longAgo)
        #expect(read.pages.incidents.count == 1)
        #expect(server.requests.map(\.isToken) == [true, false, true, false])
        #expect(server.requests[1].headers["authorization"] != server.requests[3].headers["authorization"])
      }
    }
    let (error, requests) = try await listing { _ in .json(401, "{}") }
    #expect(error.cause == .unauthorized)
    #expect(requests.count == 2)
  }

  @Test("F33, H55: a claims challenge is tried once more and then told, with at most two tokens")
  func claims() async throws {
    try await WireServer.serve { _ in
      .json(
        401, "{}",
        headers: [
          ("WWW-Authenticate", "Basic realm=x"),
          ("WWW-Authenticate", #"Bearer realm="", error="insufficient_claims", claims="e30=""#),
        ])
    } _: { server in
      try await withContext(server.baseURL) { context in
        let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
        #expect(error.cause == .claimsChallenge)
        #expect(server.requests.filter(\.isToken).count == 2)
        #expect(server.requests.count == 4)
      }
    }
  }

  @Test("F19, F20, R2: a 429 parks the tenant by the service's own clock, and nothing sleeps inside the request")
  func throttled() async throws {
    let clock = TestClock(now: Date(timeIntervalSince1970: 784_111_777 + 3600))
    try await WireServer.serve { _ in
      .json(
        429, "{}",
        headers: [("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Retry-After", "Sun, 06 Nov 1994 08:51:37 GMT")])
    } _: { server in
      try await withContext(server.baseURL, clock) { context in
        for _ in 0..<3 {
          let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
          #expect(error.cause == .throttled(until: clock.now + 120))
        }
        #expect(server.requests.count == 2)
        #expect(clock.pauses.isEmpty)
        _ = try await failure { try await context.changes(in: fabrikam, since: longAgo) }
        #expect(server.requests.count == 4, "another tenant is not parked")
      }
    }
  }

  @Test("R3, F71: our own share of the limit is never exceeded; the operator's part stays free")
  func share() async throws {
    try await WireServer.serve { _ in
      .json(200, page([]))
    } _: { server in
      let clock = TestClock()
      try await withContext(server.baseURL, clock) { context in
        for _ in 0..<30 { _ = try await context.changes(in: contoso, since: longAgo, priority: .background) }
        let error = try await failure {
          try await context.changes(in: contoso, since: longAgo, priority: .background)
        }
        #expect(error.cause == .budgetSpent(until: clock.now + 60))
        for _ in 0..<10 { _ = try await context.changes(in: contoso, since: longAgo) }
        _ = try await failure { try await context.changes(in: contoso, since: longAgo) }
        #expect(server.requests.filter { !$0.isToken }.count == 40)
      }
    }
  }
}
