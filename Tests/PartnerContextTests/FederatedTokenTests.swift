import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

/// A JWT that nobody signed.
func jwt(_ id: String) -> String {
  func part(_ text: String) -> String {
    Data(text.utf8).base64EncodedString().replacingOccurrences(of: "=", with: "")
      .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
  }
  return "\(part(#"{"alg":"RS256"}"#)).\(part(#"{"jti":"\#(id)"}"#)).c2lnbmF0dXJl"
}

func tokenRefusal(_ code: Int, error: String = "invalid_client", status: Int = 401) -> WireAnswer {
  .json(
    status,
    #"{"error":"\#(error)","error_description":"AADSTS\#(code): Text.","error_codes":[\#(code)],"trace_id":"t","correlation_id":"c"}"#
  )
}

func granted(_ request: WireRequest) -> WireAnswer { .json(200, tokenBody(unsignedToken(tenant: tenantOf(request)))) }

/// A folder of its own for `body`.
func withOwnFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("own-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder.path)
}

func write(_ text: String, to path: String) throws {
  try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
}

@Suite struct FederatedTokenTests {
  @Test("A federated token is read anew each time, through a rotated link, and sent without the blanks round it")
  func readAnew() async throws {
    try await withOwnFolder { folder in
      let path = "\(folder)/token"
      func mount(_ version: String) throws {
        try FileManager.default.createDirectory(atPath: "\(folder)/..\(version)", withIntermediateDirectories: false)
        try write(" \(jwt(version))\r\n", to: "\(folder)/..\(version)/token")
        try? FileManager.default.removeItem(atPath: "\(folder)/..data")
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/..data", withDestinationPath: "..\(version)")
      }
      try mount("v1")
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "..data/token")
      try await WireServer.serve({ _ in .json(200, page([])) }) { server in
        try await withContext(server.baseURL, credentials: [.federated(.tokenFile(path))]) { context in
          _ = try await context.changes(in: contoso, since: longAgo)
          try mount("v2")
          _ = try await context.changes(in: fabrikam, since: longAgo)
          let bodies = server.requests.filter(\.isToken).map(\.body)
          #expect(bodies.count == 2)
          for (body, version) in zip(bodies, ["v1", "v2"]) {
            #expect(body.contains("&client_assertion=\(jwt(version))&scope="))
            #expect(
              body.contains("client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"))
            #expect(!body.contains("client_secret"))
          }
        }
      }
    }
  }

  @Test(
    "A federated token that was refused with 700024 is never sent again: it is told who renews it, until it is another")
  func spent() async throws {
    let clock = TestClock()
    try await withOwnFolder { folder in
      let path = "\(folder)/token"
      try write(jwt("canary-1"), to: path)
      try await WireServer.serve(tokens: false) { request in
        guard request.isToken else { return .json(200, page([])) }
        return request.body.contains(jwt("canary-1")) ? tokenRefusal(700_024) : granted(request)
      } _: { server in
        try await withContext(server.baseURL, clock, credentials: [.federated(.tokenFile(path))]) { context in
          func read(_ tenant: TenantID, _ priority: RequestPriority = .foreground) async throws -> PartnerError {
            try await failure { try await context.changes(in: tenant, since: longAgo, priority: priority) }
          }
          #expect(try await read(contoso).code == 700_024)
          for _ in 0..<3 {
            for tenant in [contoso, fabrikam] {
              let error = try await read(tenant)
              guard case .credentialUnreadable(let reason) = error.cause else { throw error }
              #expect(reason.contains(path) && reason.contains("2026-09-21T14:13:20Z") && reason.contains("renews"))
              #expect(!"\(error)".contains("canary") && !"\(error)".contains(jwt("canary-1")))
            }
            clock.advance(4000)
          }
          #expect(server.requests.count == 1)
          // The same text with another end is the same token.
          try write("\(jwt("canary-1"))\n\n", to: path)
          _ = try await read(contoso)
          #expect(server.requests.count == 1)
          guard case .unreadable = context.credentialStandings()[0].state else { throw UnexpectedSuccess() }
          try write(jwt("2"), to: path)
          _ = try await context.changes(in: contoso, since: longAgo)
          #expect(server.requests.filter(\.isToken).count == 2)
          #expect(context.credentialStandings()[0].state == .served(at: clock.now))
          // An older one does not come back.
          try write(jwt("canary-1"), to: path)
          guard case .credentialUnreadable = try await read(fabrikam).cause else { throw UnexpectedSuccess() }
          #expect(server.requests.filter(\.isToken).count == 2)
        }
      }
    }
  }

  @Test(
    "What has not the shape of a JWT, or is over 64 KiB, is refused before anything is sent, without a word of it",
    arguments: [
      "canary", "canary.canary", "\(jwt("canary")).x", jwt("canary").replacing(".", with: "..", maxReplacements: 1),
      jwt("canary").replacing("c2ln", with: "c2l+"), "Y2FuYXJ5.Y2FuYXJ5.Y2FuYXJ5", "", " \n",
      jwt(String(repeating: "canary", count: 10_000)),
    ])
  func shape(text: String) async throws {
    try await withOwnFolder { folder in
      try write(text, to: "\(folder)/token")
      try await WireServer.serve({ _ in .json(200, page([])) }) { server in
        let source = CredentialSource.federated(.tokenFile("\(folder)/token"))
        try await withContext(server.baseURL, credentials: [source]) { context in
          let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
          guard case .credentialUnreadable(let reason) = error.cause else { throw error }
          #expect(reason.contains("\(folder)/token") && !"\(error)".contains("canary") && !"\(error)".contains("Y2Fu"))
          #expect(server.requests.isEmpty)
        }
      }
    }
  }

  @Test("Invariant 16: a token that others could read is refused, and it is said what a cluster needs")
  func mode() async throws {
    try await withOwnFolder { folder in
      try write(jwt("1"), to: "\(folder)/token")
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: "\(folder)/token")
      let error = try await failure { try FederatedTokens(now: { labEpoch }).read("\(folder)/token") }
      #expect("\(error.cause)".contains("mode 644") && "\(error.cause)".contains("fsGroup"))
    }
  }
}
