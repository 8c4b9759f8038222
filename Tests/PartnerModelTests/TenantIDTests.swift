import PartnerModel
import Testing

@Suite("Tenant and incident ids")
struct TenantIDTests {
  @Test(
    "A GUID in either case is the same tenant, printed small",
    arguments: [
      ("0f8fad5b-d9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a165-70867728950e"),
      ("0F8FAD5B-D9CB-469F-A165-70867728950E", "0f8fad5b-d9cb-469f-a165-70867728950e"),
      ("00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"),
      ("ffffffff-ffff-ffff-ffff-ffffffffffff", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
      ("01234567-89ab-cdef-0123-456789ABCDEF", "01234567-89ab-cdef-0123-456789abcdef"),
    ])
  func reads(text: String, expected: String) {
    #expect(TenantID(text)?.rawValue == expected)
    #expect(TenantID(text)?.description == expected)
    #expect(TenantID(text) == TenantID(expected))
  }

  @Test(
    "Anything else is no tenant",
    arguments: [
      "", "common", "0f8fad5bd9cb469fa16570867728950e", "{0f8fad5b-d9cb-469f-a165-70867728950e}",
      "0f8fad5b-d9cb-469f-a165-70867728950", "0f8fad5b-d9cb-469f-a165-70867728950e0",
      "0f8fad5bd-9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a165-7086772895 e",
      "0g8fad5b-d9cb-469f-a165-70867728950e", "０f8fad5b-d9cb-469f-a165-7086772895",
      "-f8fad5b-d9cb-469f-a165-70867728950e",
      "0f8fad5b-d9cb-469f-a165-70867728950e\n", "00000000-0000-0000-0000-0000000000/.",
    ])
  func refuses(text: String) {
    #expect(TenantID(text) == nil)
  }

  @Test("Tenants order as their printed ids do", arguments: UInt64(0)..<10)
  func orders(seed: UInt64) throws {
    var chance = Chance(seed: seed)
    let texts = (0..<200).map { _ in
      var digits = ""
      for position in 0..<32 {
        if position == 8 || position == 12 || position == 16 || position == 20 { digits += "-" }
        digits += String(Int.random(in: 0..<16, using: &chance), radix: 16)
      }
      return digits
    }
    let tenants = try texts.map { try #require(TenantID($0)) }
    #expect(tenants.sorted().map(\.rawValue) == texts.sorted())
    #expect(Set(tenants).count == Set(texts).count)
  }

  @Test("Incident ids order as numbers do, and tenant first")
  func incidentOrder() {
    let ids = ["10", "9", "100", "2", "", "99"].map { IncidentID($0) }
    #expect(ids.sorted().map(\.rawValue) == ["", "2", "9", "10", "99", "100"])
    let first = IncidentKey(tenant: Sample.tenant(1), id: IncidentID("9"))
    let second = IncidentKey(tenant: Sample.tenant(1), id: IncidentID("10"))
    let third = IncidentKey(tenant: Sample.tenant(2), id: IncidentID("1"))
    #expect([third, second, first].sorted() == [first, second, third])
    #expect(first != IncidentKey(tenant: Sample.tenant(2), id: IncidentID("9")))
  }
}
