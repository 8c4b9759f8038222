import Foundation
import PartnerModel
import Testing

@testable import PartnerContext

@Suite("A tenant of another cloud") struct TenantDiscoveryTests {
  private static let gccHigh = #"{"tenant_region_scope":"USGov","tenant_region_sub_scope":"DODCON"}"#

  /// Serves a tenant that the token endpoint does not know, and its public document.
  private func serve(
    code: Int = 90_002, _ document: WireAnswer, _ body: (WireServer, PartnerContext, TestClock) async throws -> Void
  ) async throws {
    try await WireServer.serve(tokens: false) { request in
      guard request.isToken else { return document }
      return .json(
        400, #"{"error":"invalid_request","error_description":"AADSTS\#(code): No.","error_codes":[\#(code)]}"#)
    } _: { server in
      let clock = TestClock()
      try await withContext(server.baseURL, clock) { context in try await body(server, context, clock) }
    }
  }

  private func refusal(_ context: PartnerContext) async throws -> PartnerError {
    try await failure { try await context.changes(in: contoso, since: longAgo) }
  }

  @Test("is named after each number that can mean it", arguments: [90_002, 90_038, 900_023])
  func named(code: Int) async throws {
    try await serve(code: code, .json(200, Self.gccHigh)) { server, context, _ in
      let error = try await refusal(context)
      #expect(error.cause == .consent(.tenantNotFound) && error.code == code)
      #expect(error.homeCloud == .gccHigh)
      #expect(error.problem.summary == "the tenant lives in another cloud: GCC High")
      #expect(error.problem.nextAction.contains("gccHigh"))
      let request = try #require(server.requests.last)
      #expect(request.method == "GET" && request.target == "/\(contoso)/v2.0/.well-known/openid-configuration")
      #expect(request.headers["authorization"] == nil && request.body.isEmpty && !request.target.contains("lab-secret"))
    }
  }

  @Test("is looked for once an hour, whether it was found or not")
  func seldom() async throws {
    for document in [WireAnswer.json(200, Self.gccHigh), .json(400, "{}")] {
      try await serve(document) { server, context, clock in
        var looks: Int { server.requests.count { !$0.isToken } }
        for _ in 0..<3 { _ = try await refusal(context) }
        #expect(looks == 1 && server.requests.count == 4)
        clock.advance(3599)
        _ = try await refusal(context)
        #expect(looks == 1)
        clock.advance(2)
        _ = try await refusal(context)
        #expect(looks == 2)
      }
    }
  }

  @Test("is named by a strict reading only: no redirect is followed, nothing large, no page, no other status")
  func strict() async throws {
    let documents: [WireAnswer] = [
      .raw("HTTP/1.1 302 F\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
      .json(200, #"{"x":"\#(String(repeating: "x", count: 70_000))","tenant_region_scope":"USGov"}"#),
      .json(200, "<html>\(Self.gccHigh)"), .json(404, Self.gccHigh), .json(200, #"{"tenant_region_scope":"#), .reset,
      // A tenant of our own cloud is no tenant of another.
      .json(200, #"{"tenant_region_scope":"EU","cloud_instance_name":"microsoftonline.com"}"#),
    ]
    for document in documents {
      try await serve(document) { server, context, _ in
        let error = try await refusal(context)
        #expect(error.cause == .consent(.tenantNotFound) && error.homeCloud == nil, "\(document)")
        #expect(error.summary == "no such tenant in this cloud")
        #expect(server.requests.count == 2)
      }
    }
  }

  @Test("is not asked after where a tenant only has not consented")
  func others() async throws {
    try await serve(code: 7_000_229, .json(200, Self.gccHigh)) { server, context, _ in
      let error = try await refusal(context)
      #expect(error.homeCloud == nil)
      #expect(!server.requests.contains { !$0.isToken })
    }
  }
}
