import PartnerModel
import Testing

@Suite("Origins of links")
struct OriginTests {
  @Test(
    "An absolute URL is split into its origin and the rest",
    arguments: [
      (
        "https://graph.microsoft.com/v1.0/security/incidents?$top=50", "https://graph.microsoft.com",
        "/v1.0/security/incidents?$top=50"
      ),
      ("https://graph.microsoft.com", "https://graph.microsoft.com", ""),
      ("https://graph.microsoft.com:443/x", "https://graph.microsoft.com", "/x"),
      ("https://Graph.Microsoft.COM/X", "https://graph.microsoft.com", "/X"),
      ("http://127.0.0.1:8787/lab/state", "http://127.0.0.1:8787", "/lab/state"),
      ("http://localhost/", "http://localhost", "/"), ("http://h:443/", "http://h:443", "/"),
      ("https://h/a%2Fb%00c", "https://h", "/a%2Fb%00c"),
      ("https://h/?u=https://evil.example/", "https://h", "/?u=https://evil.example/"),
      ("https://h//evil.example", "https://h", "//evil.example"), ("https://h/../x", "https://h", "/../x"),
      ("https://h/@evil.example", "https://h", "/@evil.example"),
    ])
  func splits(url: String, origin: String, rest: String) throws {
    let split = try #require(Origin.split(url))
    #expect(split.origin.description == origin)
    #expect(split.rest == rest)
  }

  @Test(
    "H56: what hides another place behind the right name is seen for what it is",
    arguments: [
      "https://graph.microsoft.com.evil.example/v1.0", "https://evilgraph.microsoft.com/v1.0",
      "https://graph.microsoft.com:8443/v1.0", "http://graph.microsoft.com/v1.0", "https://graph.microsoft.com:80/",
      "https://0x7f000001/", "https://2130706433/", "https://xn--grph-0na.microsoft.com/",
      "https://graph-microsoft.com/",
    ])
  func seenForWhatItIs(url: String) throws {
    let pinned = try #require(Cloud.commercial.endpoints?.graph)
    let split = try #require(Origin.split(url))
    #expect(split.origin != pinned)
    #expect(!split.origin.isLoopback)
  }

  @Test(
    "H56: what is ambiguous is refused",
    arguments: [
      "https://graph.microsoft.com@evil.example/", "https://user:pw@graph.microsoft.com/",
      "https://graph.microsoft.com\\@evil.example/",
      "https:\\\\graph.microsoft.com/", "https://graph.microsoft.com\\evil",
      "https://graph.microsoft.com%00.evil.example/",
      "https://graph%2emicrosoft%2ecom/", "//graph.microsoft.com/v1.0", "/v1.0/security", "https:graph.microsoft.com",
      "https:/graph.microsoft.com/",
      "https:///v1.0", "https://", "://x", "file:///etc/passwd", "javascript:alert(1)",
      "javascript://graph.microsoft.com/%0aalert(1)",
      "ftp://graph.microsoft.com/", "data:text/html,x", "https://gräph.microsoft.com/",
      "https://graph.microsoft.com\u{FF0F}evil/",
      "https://graph．microsoft.com/", "https://graph.microsoft.com。/", "https://graph.microsoft.com./",
      "https://.graph.microsoft.com/",
      "https://graph.microsoft.com/#x", "https://graph.microsoft.com#@evil.example/", "https://graph.microsoft.com?x",
      "https://[::1]/",
      "https://[::ffff:127.0.0.1]:443/", "https://graph.microsoft.com:/", "https://graph.microsoft.com:0/",
      "https://graph.microsoft.com:65536/",
      "https://graph.microsoft.com:-1/", "https://graph.microsoft.com:+443/", "https://graph.microsoft.com:443:443/",
      "https://graph.microsoft.com:４４３/",
      "https://graph.microsoft.com:99999999999999999999/", "https://graph.microsoft.com /",
      " https://graph.microsoft.com/",
      "https://graph.microsoft.com/ x", "https://graph.microsoft.com/\r\nHost: evil", "https://graph.microsoft.com\t/",
      "https://graph.microsoft.com/\u{0}",
      "https://graph.microsoft.com/\u{7F}", "https://graph.microsoft.com/ü", "https://graph.microsoft.com/\\x",
      "HTTPS://graph.microsoft.com/",
      "https://graph.microsoft.com/\u{301}", "https:/\u{301}/graph.microsoft.com/", "https://graph_x/", "",
      "https://graph.microsoft.com/" + String(repeating: "a", count: 65_536),
      "https://" + String(repeating: "a", count: 65_536),
    ])
  func refused(url: String) {
    #expect(Origin.split(url) == nil)
  }

  @Test("Only this machine's own names are loopback")
  func loopback() {
    for (host, expected) in [
      ("127.0.0.1", true), ("localhost", true), ("127.0.0.1.evil.example", false), ("localhost.evil.example", false),
      ("0.0.0.0", false), ("127.1", false),
    ] { #expect(Origin(scheme: "http", host: host, port: 80).isLoopback == expected) }
  }

  @Test("Each cloud's services are pinned and spoken to over TLS", arguments: Cloud.allCases)
  func clouds(cloud: Cloud) {
    #expect(!cloud.label.isEmpty && cloud.label == cloud.label.uppercased())
    guard let endpoints = cloud.endpoints else {
      #expect(cloud == .lab)
      return
    }
    for origin in [endpoints.authority, endpoints.graph] {
      #expect(origin.scheme == "https" && origin.port == 443)
      #expect(origin.host.hasSuffix(cloud == .commercial || cloud == .gcc ? ".com" : ".us"))
    }
    #expect(endpoints.graphResource == endpoints.graph.description)
    #expect(!endpoints.portalHosts.isEmpty)
  }
}
