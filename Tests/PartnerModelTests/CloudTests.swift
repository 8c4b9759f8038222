import PartnerModel
import Testing

@Suite("Clouds")
struct CloudTests {
  @Test(
    "Each cloud has the hosts and the scope that Microsoft names",
    arguments: [
      (.commercial, "login.microsoftonline.com", "graph.microsoft.com", "security.microsoft.com"),
      (.gcc, "login.microsoftonline.com", "graph.microsoft.com", "security.microsoft.com"),
      (.gccHigh, "login.microsoftonline.us", "graph.microsoft.us", "security.microsoft.us"),
      (.dod, "login.microsoftonline.us", "dod-graph.microsoft.us", "security.apps.mil"),
    ] as [(Cloud, String, String, String)])
  func hosts(cloud: Cloud, authority: String, graph: String, portal: String) throws {
    let places = try #require(cloud.endpoints)
    #expect(places.authority.description == "https://\(authority)")
    #expect(places.graph.description == "https://\(graph)")
    #expect("\(places.graphResource)/.default" == "https://\(graph)/.default")
    #expect(places.portalHosts == [portal])
  }

  @Test("The lab names its own places, and there is no cloud but these")
  func all() {
    #expect(Cloud.lab.endpoints == nil)
    #expect(Cloud.allCases == [.commercial, .gcc, .gccHigh, .dod, .lab])
  }

  @Test(
    "A tenant's public document names its cloud",
    arguments: [
      (#"{"tenant_region_scope":"USGov","tenant_region_sub_scope":"DODCON"}"#, .gccHigh),
      (#"{"tenant_region_scope":"USGov","tenant_region_sub_scope":"DOD"}"#, .dod),
      (#"{"tenant_region_scope":"USGov"}"#, .usGovernment),
      (#"{"cloud_instance_name":"microsoftonline.us","msgraph_host":"dod-graph.microsoft.us"}"#, .dod),
      (#"{"cloud_instance_name":"microsoftonline.us","msgraph_host":"graph.microsoft.us"}"#, .gccHigh),
      (#"{"token_endpoint":"https://login.microsoftonline.us/x/oauth2/v2.0/token"}"#, .usGovernment),
      (#"{"cloud_instance_name":"partner.microsoftonline.cn"}"#, .china),
      (#"{"issuer":"https://sts.chinacloudapi.cn/x/"}"#, .china),
      (#"{"token_endpoint":"https://login.partner.microsoftonline.cn/x/oauth2/v2.0/token"}"#, .china),
      (
        #"{"tenant_region_scope":"NA","tenant_region_sub_scope":"GCC","cloud_instance_name":"microsoftonline.com"}"#,
        .worldwide
      ),
      (#"{"tenant_region_scope":"EU","cloud_instance_name":"microsoftonline.com"}"#, .worldwide),
      (#"{"issuer":"https://microsoftonline.us.evil.example/","cloud_instance_name":7}"#, nil),
      (#"{}"#, nil), (#"[]"#, nil),
    ] as [(String, HomeCloud?)])
  func homes(document: String, cloud: HomeCloud?) throws {
    #expect(HomeCloud.read(try JSONReader.read(document)) == cloud)
  }

  @Test("The refusal then names the cloud and what to write; for China, that there is nothing to be had")
  func words() {
    for cloud in HomeCloud.allCases {
      let error = PartnerError(.consent(.tenantNotFound), tenant: nil, code: 90_002, homeCloud: cloud)
      #expect(error.causeName == "tenantNotFound" && error.whoActs == .partner)
      #expect(error.summary.contains("lives in another cloud: ") && error.nextAction.hasSuffix("."))
    }
    func next(_ cloud: HomeCloud) -> String { cloud.nextAction }
    #expect(next(.gccHigh).contains(#"add it to apps with "cloud": "gccHigh""#))
    #expect(next(.dod).contains(#""cloud": "dod""#))
    #expect(next(.china).contains("Exclude the tenant") && next(.china).contains("no API"))
  }

  @Test("A GCC tenant is at home where commercial ones are; nothing else is served by another cloud's app")
  func served() {
    #expect(HomeCloud.worldwide.isServed(by: .commercial) && HomeCloud.worldwide.isServed(by: .gcc))
    #expect(HomeCloud.usGovernment.isServed(by: .dod) && !HomeCloud.gccHigh.isServed(by: .dod))
    for cloud in Cloud.allCases { #expect(!HomeCloud.china.isServed(by: cloud)) }
  }

  @Test("China's cloud is refused with its reason, by each of its names", arguments: ["china", "21vianet", "21Vianet"])
  func china(name: String) {
    let text = ConfigurationMistakeTests.text(line: 6, #"    "cloud": "\#(name)","#)
    let error = #expect(throws: ConfigurationError.self) { try ConfigurationReader.read(text, file: "/t.json") }
    let mistake = error?.mistakes.first
    #expect(error?.mistakes.count == 1 && mistake?.key == "app.cloud" && mistake?.position.line == 6)
    #expect(mistake?.message.contains("no API for incidents, alerts or hunting") == true)
    #expect(mistake?.fix.contains("\"excluded\": true") == true)
  }
}
