import Foundation
import PartnerModel
import Testing

@testable import PartnerContext

@Suite("What a tenant's directory says of our app")
struct DirectoryLookTests {
  private static let own = "99999999-0000-4000-8000-000000000001"
  private static let graph = "99999999-0000-4000-8000-000000000002"
  private static let clientID = "11111111-2222-3333-4444-555555555555"
  private static let readIncidents = "45cc0394-e837-488b-a098-1918f48d186c"
  private static let unnamed = "12121212-0000-4000-8000-000000000003"

  private static func principal(_ id: String, _ appID: String, more: String = "") -> WireAnswer {
    .json(200, #"{"id":"\#(id)","appId":"\#(appID)"\#(more)}"#)
  }

  private static func assignment(_ role: String, resource: String = graph, principal: String = own) -> String {
    #"{"id":"x","appRoleId":"\#(role)","principalId":"\#(principal)","resourceId":"\#(resource)"}"#
  }

  /// A directory with these assignments.
  private static func directory(
    _ assignments: [String], own more: String = #","accountEnabled":true"#, next: String? = nil
  ) -> @Sendable (WireRequest) -> WireAnswer {
    { request in
      if request.path.hasSuffix("/appRoleAssignments") { return .json(200, page(assignments, next: next)) }
      if request.path.contains("00000003-0000-0000-c000-000000000000") {
        let roles = #","appRoles":[{"id":"\#(unnamed)","value":"Mail.Read"},{"id":7},{"value":"x"}]"#
        return principal(
          graph, "00000003-0000-0000-c000-000000000000", more: request.target.contains("appRoles") ? roles : "")
      }
      return principal(own, clientID, more: more)
    }
  }

  @Test("Granted permissions are named by our table, else by Graph's own; another resource's and principal's are none")
  func granted() async throws {
    let assignments = [
      Self.assignment(Self.readIncidents), Self.assignment(Self.unnamed.uppercased()),
      Self.assignment("13131313-0000-4000-8000-000000000004"),
      Self.assignment(Self.readIncidents.replacingOccurrences(of: "45cc", with: "45cd"), resource: Self.own),
      Self.assignment("472e4a4d-bb4a-4026-98d1-0b0d74cb74a5", principal: Self.graph), #"{"appRoleId":7}"#, "7",
    ]
    try await WireServer.serve(Self.directory(assignments)) { (server) async throws in
      let look = try await withContext(server.baseURL) { try await $0.lookInDirectory(of: contoso) }
      guard case .present(let directory) = look else {
        Issue.record("absent")
        return
      }
      #expect(
        directory.granted.map(\.rawValue)
          == ["13131313-0000-4000-8000-000000000004", "Mail.Read", "SecurityIncident.Read.All"])
      #expect(directory.isEnabled)
      #expect(server.requests.filter { !$0.isToken }.allSatisfy { $0.method == "GET" })
    }
  }

  @Test("404 is absent; accountEnabled false is disabled, and a directory that does not say so is not guessed at")
  func states() async throws {
    try await WireServer.serve({ _ in .json(404, #"{"error":{"code":"Request_ResourceNotFound"}}"#) }) {
      (server) async throws in
      #expect(try await withContext(server.baseURL) { try await $0.lookInDirectory(of: contoso) } == .absent)
    }
    for (more, isEnabled) in [(#","accountEnabled":false"#, false), ("", true)] {
      try await WireServer.serve(Self.directory([], own: more)) { (server) async throws in
        let look = try await withContext(server.baseURL) { try await $0.lookInDirectory(of: contoso) }
        guard case .present(let directory) = look else {
          Issue.record("absent")
          return
        }
        #expect(directory.isEnabled == isEnabled && directory.granted.isEmpty)
        #expect(server.requests.count { $0.path.contains("00000003") } == 0, "nothing to name")
      }
    }
  }

  @Test(
    "Hostile: another app, an id that is no GUID, no list, a web page, another tenant's link, a loop, a page without end",
    arguments: [
      (#"{"id":"\#(own)","appId":"\#(own)"}"#, nil, "answerUnreadable"),
      (#"{"id":"../me","appId":"\#(clientID)"}"#, nil, "answerUnreadable"),
      (#"{"id":"\#(own)","appId":"\#(clientID)"}"#, #"{"value":{}}"#, "answerUnreadable"),
      (#"{"id":"\#(own)","appId":"\#(clientID)"}"#, "<html>", "answerUnreadable"),
      (
        #"{"id":"\#(own)","appId":"\#(clientID)"}"#,
        #"{"value":[],"@odata.nextLink":"https://evil.example/v1.0/x?a"}"#, "unsafeLink"
      ),
      (#"{"id":"\#(own)","appId":"\#(clientID)"}"#, #"{"value":[],"@odata.nextLink":7}"#, "unsafeLink"),
      (
        #"{"id":"\#(own)","appId":"\#(clientID)"}"#,
        #"{"value":[],"@odata.nextLink":"BASE/v1.0/servicePrincipals/\#(own)/appRoleAssignments?a"}"#, "pagingLoop"
      ),
      (
        #"{"id":"\#(own)","appId":"\#(clientID)"}"#,
        #"{"value":[],"@odata.nextLink":"BASE/v1.0/servicePrincipals/\#(graph)/appRoleAssignments?a"}"#, "unsafeLink"
      ),
      (
        #"{"id":"\#(own)","appId":"\#(clientID)"}"#,
        #"{"value":[\#(Array(repeating: "0", count: 5_001).joined(separator: ","))]}"#, "answerUnreadable"
      ),
    ] as [(String, String?, String)])
  func hostile(own: String, list: String?, cause: String) async throws {
    try await WireServer.serve { request in
      guard request.path.hasSuffix("/appRoleAssignments") else { return .json(200, own) }
      return .json(200, (list ?? "").replacingOccurrences(of: "BASE", with: "http://\(request.headers["host"] ?? "")"))
    } _: { (server) async throws in
      let error = try await withContext(server.baseURL) { context in
        try await failure { try await context.lookInDirectory(of: contoso) }
      }
      #expect(error.causeName == cause && error.tenant == contoso)
    }
  }

  @Test("403 says which permission is missing")
  func forbidden() async throws {
    let body = #"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete."}}"#
    try await WireServer.serve({ _ in .json(403, body) }) { (server) async throws in
      let error = try await withContext(server.baseURL) { context in
        try await failure { try await context.lookInDirectory(of: contoso) }
      }
      #expect(error.cause == .appRoleMissing([.readApplications, AppRole("Directory.Read.All")]))
    }
  }
}
