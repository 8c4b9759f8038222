import Foundation
import PartnerModel
import Testing

@testable import PartnerContext

@Suite struct RefusalTests {
  @Test(
    "B22: the numbers come as numbers or texts, else from the very beginning of the description, and from nowhere else",
    arguments: [
      (#""error_codes":[700016]"#, [700_016]), (#""error_codes":["700016"]"#, [700_016]),
      (#""error_codes":["AADSTS700016", 53003]"#, [700_016, 53_003]),
      (#""error_codes":[],"error_description":"AADSTS7000112: Off.""#, [7_000_112]),
      (#""error_description":"AADSTS7000112: Off. See AADSTS700016: x""#, [7_000_112]),
      (#""error_codes":["x", null],"error_description":"AADSTS53003: No.""#, [53_003]),
      (#""error_description":"Quoted: AADSTS700016: Not found.""#, []),
      (#""error_description":" AADSTS700016: x""#, []),
      (#""error_description":"AADSTS700016""#, []), (#""error_description":"AADSTS: x""#, []),
      (#""error_description":"AADSTS99999999999999999999: x""#, []), (#""error_codes":[1.5, "1e3", "-1x"]"#, []),
      (#""error_codes":[53003],"error_description":"AADSTS700016: x""#, [53_003]),
      (#""error_codes":[-5, 0, "-700016", 1e9],"error_description":"AADSTS53003: No.""#, [53_003]),
    ])
  func codes(members: String, codes: [Int]) {
    let body = #"{"error":"invalid_client",\#(members)}"#
    #expect(TokenRefusal(Answer(status: 401, headers: [], body: Array(body.utf8)))?.codes == codes)
  }

  @Test("H29, H42: a name or an id without end is not kept with the tenant, in a token's refusal and in Graph's")
  func endless() {
    let long = String(repeating: "x", count: 5000)
    let members = ["error", "suberror", "trace_id", "correlation_id"].map { #""\#($0)":"\#(long)""# }
    let headers =
      ["request-id", "client-request-id"].map { HeaderField($0, long) } + [HeaderField("x-ms-request-id", "r")]
    let body = Array("{\(members.joined(separator: ","))}".utf8)
    let refusal = TokenRefusal(Answer(status: 400, headers: headers, body: body))
    #expect(refusal?.error.count == 128 && refusal?.suberror?.count == 128)
    #expect(refusal?.traceID == "r" && refusal?.correlationID == nil)
    let graph = Answer(
      status: 400, headers: headers, body: Array(#"{"error":{"code":"\#(long)","message":"m"}}"#.utf8))
    let error = GraphRefusal(graph).error(
      for: GraphCall(target: GraphCall.incidents), roles: nil, in: contoso, requestID: "c", at: labEpoch)
    #expect(error.error?.count == 128 && error.requestID == "r")
  }

  private static let notProvisioned = ("Forbidden", "Account is not provisioned.")
  private static let denied = ("Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
  private static let invalid = (
    "Forbidden", "Auth token does not contain valid permissions or user does not have valid roles."
  )
  private static let named = (
    "Forbidden",
    "Missing. API required roles: SecurityIncident.Read.All, SecurityIncident.ReadWrite.All, application roles: X."
  )

  @Test(
    "B28: a tenant without Defender, a refusal that passes and a lack of permissions are told apart by the token's roles",
    arguments: [
      (notProvisioned, ["SecurityIncident.Read.All"], PartnerError.Cause.notProvisioned),
      (notProvisioned, [], .notProvisioned),
      (denied, ["SecurityIncident.Read.All"], .refused(status: 403, message: denied.1)),
      (denied, ["SecurityAlert.Read.All"], .appRoleMissing([.readIncidents])),
      (invalid, ["SecurityIncident.ReadWrite.All"], .refusedDespiteRoles(message: invalid.1)),
      (invalid, ["SecurityAlert.Read.All"], .appRoleMissing([.readIncidents])),
      (named, ["SecurityAlert.Read.All"], .appRoleMissing([.readIncidents, .updateIncidents])),
      (named, ["SecurityIncident.Read.All"], .appRoleMissing([.readIncidents, .updateIncidents])),
      (("Forbidden", "No."), ["SecurityIncident.Read.All"], .refused(status: 403, message: "No.")),
    ] as [((String, String), [String], PartnerError.Cause)])
  func forbidden(answer: (code: String, message: String), roles: [String], cause: PartnerError.Cause) async throws {
    try await WireServer.serve(tokens: false) { request in
      request.isToken
        ? .json(200, tokenBody(unsignedToken(tenant: contoso.rawValue, roles: roles)))
        : .json(
          403, #"{"error":{"code":"\#(answer.code)","message":"\#(answer.message)"}}"#, headers: [("request-id", "r-1")]
        )
    } _: { server in
      try await withContext(server.baseURL) { context in
        let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
        #expect(error.cause == cause)
        #expect(error.error == answer.code && error.code == 403 && error.requestID == "r-1")
        if case .appRoleMissing = cause { return }
        if answer.message != "No." { #expect(!error.nextAction.contains("the consent")) }
        let testimony = await context.testimony(of: contoso)
        #expect(testimony?.refusal == nil && testimony?.record.trouble == nil, "the consent is untouched")
      }
    }
  }

  @Test("B28: a write that is refused needs the role to change, an alert that of alerts or incidents")
  func needs() {
    let write = GraphCall(method: "PATCH", target: "/security/incidents/1", body: "{}")
    #expect(write.sufficientRoles == [.updateIncidents])
    #expect(GraphCall(target: "/security/incidents/1").sufficientRoles == [.readIncidents])
    #expect(GraphCall(target: "/security/alerts_v2?x").sufficientRoles == [.readAlerts, .readIncidents])
  }
}
