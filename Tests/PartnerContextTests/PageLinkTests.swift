import PartnerModel
import Testing

@testable import PartnerContext

@Suite struct PageLinkTests {
  private static let origin = Origin(scheme: "https", host: "graph.microsoft.com", port: 443)
  private static let path = "/v1.0/security/incidents"

  private func target(_ link: String) -> String? {
    PageLink.target(link, origin: Self.origin, path: GraphCall.incidents, tenant: contoso)
  }

  @Test("A link to the same collection is rebuilt from its path and query")
  func accepted() {
    #expect(
      target("https://graph.microsoft.com\(Self.path)?$top=50&$skiptoken=a%20b")
        == "/security/incidents?$top=50&$skiptoken=a%20b")
    #expect(target("https://graph.microsoft.com:443\(Self.path)?$skip=50") == "/security/incidents?$skip=50")
    #expect(target("https://GRAPH.microsoft.com\(Self.path)?$skip=50") == "/security/incidents?$skip=50")
    #expect(target("https://graph.microsoft.com\(Self.path)?tenantId=\(contoso)") != nil)
  }

  @Test(
    "H56, F43: any other link is refused",
    arguments: [
      "https://graph.microsoft.com.evil.example\(path)?a", "https://evilgraph.microsoft.com\(path)?a",
      "https://user@graph.microsoft.com\(path)?a", "https://graph.microsoft.com@evil.example\(path)?a",
      "https://evil.example\\@graph.microsoft.com\(path)?a", "https://graph.microsoft.com\\\(path)?a",
      "https://graph.microsoft.com%00.evil.example\(path)?a", "https://graph%2emicrosoft.com\(path)?a",
      "https://graph.microsoft.com:8443\(path)?a", "https://graph.microsoft.com:\(path)?a",
      "http://graph.microsoft.com\(path)?a", "//graph.microsoft.com\(path)?a", "https:graph.microsoft.com\(path)?a",
      "file://graph.microsoft.com\(path)?a", "javascript:alert(1)", "https://gräph.microsoft.com\(path)?a",
      "https://graph。microsoft.com\(path)?a", "https://graph.microsoft.com.\(path)?a",
      "https://graph.microsoft.com\(path)?a#b", "https://graph.microsoft.com\(path)/../alerts_v2?a",
      "https://graph.microsoft.com/v1.0/security/%69ncidents?a", "https://[::1]\(path)?a",
      "https://0x7f000001\(path)?a", "https://graph.microsoft.com\(path)?\(String(repeating: "a", count: 65_536))",
      "https://graph.microsoft.com/v1.0/security/alerts_v2?a", "https://graph.microsoft.com/beta/security/incidents?a",
      "https://graph.microsoft.com\(path)", "https://graph.microsoft.com\(path)?", "\(path)?a", "", "https://",
      "https://graph.microsoft.com\(path)?tenantId=\(fabrikam)", "https://graph.microsoft.com\(path)?a&TID=x",
      "https://graph.microsoft.com\(path)?a b", "https://graph.microsoft.com\(path)?a\u{0}",
      "https://graph.microsoft.com\(path)?a\r\nX: y", "https://graph.microsoft.com/\(fabrikam)\(path)?a",
    ])
  func refused(link: String) {
    #expect(target(link) == nil)
  }

  @Test(
    "H56: options without a name or a value are no trap, and a tenant's name is seen through escapes",
    arguments: [
      ("=", true), ("==", true), ("$skip=50&=", true), ("a&=", true), ("&", true), ("a=b=c", true), ("tenantId", false),
      ("tenantId=", false), ("%74enantId=\(fabrikam)", false), ("%74enantId=\(contoso)", true), ("%zz=1", false),
    ])
  func options(query: String, isAccepted: Bool) {
    #expect(
      target("https://graph.microsoft.com\(Self.path)?\(query)")
        == (isAccepted ? "/security/incidents?\(query)" : nil))
  }

  @Test("A refused link is told without its query")
  func shown() {
    #expect(PageLink.shown("https://evil.example/p?secret") == "https://evil.example/p")
    #expect(PageLink.shown("javascript:x") == "an unreadable link")
  }

  @Test(
    "H42: an id is escaped into one segment of the path, or no path is made",
    arguments: [
      ("924565", "/security/incidents/924565"), ("../x", "/security/incidents/..%2Fx"),
      ("a?b#c%2f", "/security/incidents/a%3Fb%23c%252f"), ("-1", "/security/incidents/-1"), ("", nil), ("..", nil),
      (".", nil), (String(repeating: "1", count: 257), nil),
    ] as [(String, String?)])
  func paths(id: String, path: String?) {
    #expect(GraphCall.path(of: IncidentID(id)) == path)
  }
}
