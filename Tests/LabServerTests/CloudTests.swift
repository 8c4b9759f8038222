import Foundation
import LabServer
import Testing

/// What the discovery document of a directory of another cloud tells.
private struct Told: Sendable, CustomTestStringConvertible {
  var cloud: LabCloud
  /// Nil: the lab's own.
  var authority: String?
  var region: String?
  var subRegion: String?
  var instance = "microsoftonline.com"
  var graph = "graph.microsoft.com"

  var testDescription: String { cloud.rawValue }
}

private let told = [
  Told(cloud: .commercial), Told(cloud: .gcc, region: "NA", subRegion: "GCC"),
  Told(
    cloud: .gccHigh, authority: "https://login.microsoftonline.us", region: "USGov", subRegion: "DODCON",
    instance: "microsoftonline.us", graph: "graph.microsoft.us"),
  Told(
    cloud: .dod, authority: "https://login.microsoftonline.us", region: "USGov", subRegion: "DOD",
    instance: "microsoftonline.us", graph: "dod-graph.microsoft.us"),
  Told(
    cloud: .china, authority: "https://login.partner.microsoftonline.cn", region: "AS",
    instance: "partner.microsoftonline.cn", graph: "microsoftgraph.chinacloudapi.cn"),
]

@Suite struct CloudTests {
  @Test(
    "A directory tells which cloud it lives in, and gives tokens only where this authority is its own", arguments: told)
  fileprivate func cloud(_ told: Told) async throws {
    let options = options(.granted)
    let tenant = options.tenants[0].id
    try await withLabServer(options) { lab in
      let set = try await lab.control("POST", "tenants/\(tenant)/cloud", #"{"cloud": "\#(told.cloud.rawValue)"}"#)
      #expect(set.status == 204)
      let answer = try await send("GET", "\(lab.baseURL)/\(tenant)/v2.0/.well-known/openid-configuration")
      #expect(answer.status == 200)
      let document = try answer.object()
      let base = "\(told.authority ?? lab.baseURL)/\(tenant)"
      #expect(document["token_endpoint"] as? String == "\(base)/oauth2/v2.0/token")
      #expect(document["issuer"] as? String == "\(base)/v2.0")
      #expect(document["tenant_region_scope"] as? String == told.region)
      #expect(document["tenant_region_sub_scope"] as? String == told.subRegion)
      #expect(document["cloud_instance_name"] as? String == told.instance)
      #expect(document["msgraph_host"] as? String == told.graph)
      let token = try await lab.askToken(tenant)
      #expect(token.status == (told.authority == nil ? 200 : 400))
      #expect(try token.object()["error_codes"] as? [Int] == (told.authority == nil ? nil : [90038]))
      #expect(try await lab.askFirstEndpoint(tenant).status == token.status)
    }
  }

  @Test("A tenant can be of another cloud from the start, and no turn of the rotation is")
  func fromTheStart() async throws {
    var options = options(.granted)
    options.tenants[0].cloud = .gccHigh
    try await withLabServer(options) { lab in
      let answer = try await lab.askToken(options.tenants[0].id)
      #expect(try answer.object()["error_codes"] as? [Int] == [90038])
    }
    #expect(LabTenant.generate(count: 40, seed: 1).allSatisfy { $0.cloud == .commercial })
  }

  @Test(
    "Another cloud's Graph is a resource that is not here",
    arguments: ["graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"])
  func otherGraph(_ host: String) async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let answer = try await lab.askToken(options.tenants[0].id, ["scope": "https://\(host)/.default"])
      #expect(try answer.object()["error_codes"] as? [Int] == [500_011])
    }
  }

  @Test("Only a cloud that is one is set", arguments: [#"{"cloud": "mars"}"#, "{}", "nope"])
  func wrongCloud(_ body: String) async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let tenant = options.tenants[0].id
      let answer = try await lab.control("POST", "tenants/\(tenant)/cloud", body)
      #expect(answer.status == 400)
      lab.move(tenant, to: .dod)
      #expect(try await lab.askToken(tenant).status == 400)
    }
  }
}
