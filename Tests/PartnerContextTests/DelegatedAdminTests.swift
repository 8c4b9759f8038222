import Foundation
import LabServer
import Logging
import PartnerModel
import Testing

@testable import PartnerContext

@Suite("GDAP relationships, read in our own tenant")
struct DelegatedAdminTests {
  private static let role = "5d6b6bb7-de71-4623-b4af-96380a352509"
  private static let group = "77777777-0000-4000-8000-00000000000"

  private static func relation(
    _ id: String, _ customer: String? = fabrikam.rawValue, status: String = "active", more: String = ""
  ) -> String {
    let customer = customer.map { #""customer":{"tenantId":"\#($0)","displayName":"F"},"# } ?? #""customer":null,"#
    return #"{"id":"\#(id)","displayName":"R \#(id)",\#(customer)"status":"\#(status)","#
      + #""endDateTime":"2027-01-01T00:00:00Z","accessDetails":{"unifiedRoles":[{"roleDefinitionId":"\#(role)"}]}\#(more)}"#
  }

  @Test("Two pages, a reseller's item, a new status, an end and an extension; an item that is none costs itself")
  func pages() async throws {
    try await WireServer.serve { request in
      if request.target.contains("skip") {
        return .json(
          200,
          page([
            Self.relation("r3", status: "dreaming", more: #","autoExtendDuration":"P180D""#),
            Self.relation(
              "r4",
              more:
                ##","@odata.type":"#microsoft.graph.resellerDelegatedAdminRelationship","indirectProviderTenantId":"x""##
            ),
            Self.relation("r2"),
          ]))
      }
      return .json(
        200,
        page(
          [
            Self.relation("r1", more: #","autoExtendDuration":"PT0S""#),
            Self.relation("r2", more: #","autoExtendDuration":"P0D""#),
            Self.relation("new", nil, status: "created"), Self.relation("odd", "not-a-guid"), Self.relation(".."),
            Self.relation("sp ace"), #"{"id":7,"status":"active","customer":{"tenantId":"\#(fabrikam)"}}"#, "null",
            "[]",
            #"{"id":"typed","status":"active","displayName":7,"endDateTime":"0001-01-01T00:00:00Z","#
              + #""customer":{"tenantId":"\#(contoso)"},"accessDetails":{"unifiedRoles":"many"}}"#,
          ], next: "http://\(request.headers["host"] ?? "")\(request.path)?$skipToken=a"))
    } _: { (server) async throws in
      let found = try await withContext(server.baseURL) {
        try await $0.delegatedAdminRelations(priority: .foreground)
      }
      #expect(Set(found.keys) == [contoso, fabrikam])
      #expect(Set(found[fabrikam]?.map(\.id) ?? []) == ["r1", "r2", "r3", "r4"] && found[fabrikam]?.count == 4)
      let third = try #require(found[fabrikam]?.first { $0.id == "r3" })
      #expect(third.status == "dreaming" && third.autoExtends && third.roles == [Self.role])
      #expect(third.endsAt == time("2027-01-01T00:00:00Z").date && third.assignments == nil)
      #expect(found[fabrikam]?.first { $0.id == "r1" }?.autoExtends == false)
      #expect(found[contoso]?.first == DelegatedAdminRelation(id: "typed", displayName: "", status: "active"))
      let asked = server.requests.filter { !$0.isToken }
      #expect(asked.first?.target == "/v1.0/tenantRelationships/delegatedAdminRelationships?$top=300")
      #expect(server.requests.filter(\.isToken).allSatisfy { tenantOf($0) == contoso.rawValue }, "our own tenant")
    }
  }

  @Test(
    "Hostile: links elsewhere, to another tenant, in a circle; no list; a web page; too many",
    arguments: [
      (#"{"value":[],"@odata.nextLink":"https://graph.microsoft.com.evil.example/v1.0/x?a"}"#, "unsafeLink"),
      (#"{"value":[],"@odata.nextLink":"BASE/v1.0/tenantRelationships/delegatedAdminCustomers?a"}"#, "unsafeLink"),
      (
        #"{"value":[],"@odata.nextLink":"BASE/v1.0/tenantRelationships/delegatedAdminRelationships?tid=\#(fabrikam)"}"#,
        "unsafeLink"
      ),
      (#"{"value":[],"@odata.nextLink":"BASE/v1.0/tenantRelationships/delegatedAdminRelationships?a"}"#, "pagingLoop"),
      (#"{"value":"none"}"#, "answerUnreadable"), ("[]", "answerUnreadable"), ("<!DOCTYPE html>", "answerUnreadable"),
      (#"{"value":[\#(Array(repeating: "{}", count: 5_001).joined(separator: ","))]}"#, "answerUnreadable"),
      (#"{"value":[],"value":[]}"#, "answerUnreadable"), (#"{"value":[{"id":"#, "answerUnreadable"),
    ])
  func hostile(body: String, cause: String) async throws {
    try await WireServer.serve { request in
      .json(200, body.replacingOccurrences(of: "BASE", with: "http://\(request.headers["host"] ?? "")"))
    } _: { (server) async throws in
      let error = try await withContext(server.baseURL) { context in
        try await failure { try await context.delegatedAdminRelations(priority: .foreground) }
      }
      #expect(error.causeName == cause)
    }
  }

  @Test("Which groups hold which roles; the path is the relationship's own, whatever its id")
  func assignments() async throws {
    try await WireServer.serve { request in
      .json(
        200,
        page([
          #"{"id":"a","status":"active","accessContainer":{"accessContainerId":"\#(Self.group)1","accessContainerType":"securityGroup"},"#
            + #""accessDetails":{"unifiedRoles":[{"roleDefinitionId":"\#(Self.role.uppercased())"},{"roleDefinitionId":"x"}]}}"#,
          #"{"id":"b","status":"deleting","accessContainer":{"accessContainerId":"\#(Self.group)2"}}"#,
          #"{"id":"c","status":"active","accessContainer":{"accessContainerId":"../me"}}"#, #"{"status":"active"}"#,
        ]))
    } _: { (server) async throws in
      let relation = DelegatedAdminRelation(id: "a/../b?x#y", displayName: "", status: "active")
      let found = try await withContext(server.baseURL) {
        try await $0.accessAssignments(of: relation, priority: .foreground)
      }
      #expect(
        found == [
          AccessAssignment(group: "\(Self.group)1", status: "active", roles: [Self.role]),
          AccessAssignment(group: "\(Self.group)2", status: "deleting", roles: []),
        ])
      #expect(
        server.requests.last?.target
          == "/v1.0/tenantRelationships/delegatedAdminRelationships/a%2F..%2Fb%3Fx%23y/accessAssignments")
    }
  }

  @Test("Membership: 20 groups at a time, none that is no GUID, and only those that were asked for count")
  func members() async throws {
    let groups = (0..<45).map { String(format: "77777777-0000-4000-8000-%012d", $0) }
    try await WireServer.serve { request in
      // The service repeats one of ours, and names one that nobody asked for.
      let first = groups.first { request.body.contains($0) } ?? ""
      return .json(200, #"{"value":["\#(first.uppercased())","88888888-0000-4000-8000-000000000000",7]}"#)
    } _: { (server) async throws in
      let own = try await withContext(server.baseURL) {
        try await $0.memberGroups(among: groups + ["nonsense"], priority: .foreground)
      }
      #expect(own == [groups[0], groups[20], groups[40]])
      let asked = server.requests.filter { !$0.isToken }
      #expect(asked.count == 3 && asked.allSatisfy { $0.method == "POST" && $0.path == "/v1.0/me/checkMemberGroups" })
      #expect(!asked.contains { $0.body.contains("nonsense") })
    }
  }

  @Test("A question that is a POST is repeated like a GET, and decides about no write")
  func question() async throws {
    let attempts = Counter()
    try await WireServer.serve { _ in
      attempts.add()
      return attempts.value == 1 ? .json(503, "{}") : .json(200, #"{"value":[]}"#)
    } _: { (server) async throws in
      let own = try await withContext(server.baseURL) {
        try await $0.memberGroups(among: ["\(Self.group)1"], priority: .foreground)
      }
      #expect(own.isEmpty && server.requests.count { !$0.isToken } == 2)
    }
  }

  @Test("Where a person acts and the app may, a 403 of Graph is the person's role; else it is the app's permission")
  func roleMissing() {
    let answer = Answer(
      status: 403, headers: [], body: Array(#"{"error":{"code":"Forbidden","message":"No."}}"#.utf8))
    func cause(_ roles: [AppRole]?, isPersonal: Bool, needs: [AppRole]? = nil) -> PartnerError.Cause {
      GraphRefusal(answer).error(
        for: GraphCall(target: GraphCall.incidents, needs: needs), roles: roles, isPersonal: isPersonal, in: contoso,
        requestID: "q", at: labEpoch
      ).cause
    }
    #expect(cause([.readIncidents], isPersonal: true) == .access(.roleMissing))
    #expect(cause([.updateIncidents], isPersonal: true) == .access(.roleMissing))
    #expect(cause([.hunt], isPersonal: true) != .access(.roleMissing))
    #expect(cause(nil, isPersonal: true) != .access(.roleMissing))
    #expect(cause([.readIncidents], isPersonal: false) != .access(.roleMissing))
    #expect(cause([.readRelations], isPersonal: true, needs: [.readRelations]) != .access(.roleMissing))
  }
}
