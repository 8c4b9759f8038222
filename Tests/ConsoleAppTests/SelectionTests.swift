import PartnerModel
import Testing

@testable import ConsoleApp

@Suite("Naming tenants")
struct SelectionTests {
  private static let ids = (1...4).compactMap { TenantID("0000000\($0)-0000-0000-0000-000000000000") }
  private let selection = TenantSelection(tenants: [
    Tenant(id: ids[0], name: "Contoso Ltd", domain: "contoso.onmicrosoft.com", groups: ["Gold", "eu"]),
    Tenant(id: ids[1], name: "Contoso Türkiye", domain: "contoso.com.tr", groups: ["gold"]),
    Tenant(id: ids[2], name: "東京データ株式会社"),
    Tenant(id: ids[3], name: "Old Customer", isExcluded: true),
  ])

  private func found(_ names: String...) throws -> [Int] {
    try selection.resolve(names).compactMap { tenant in Self.ids.firstIndex(of: tenant.id) }
  }

  @Test("By id, domain, whole name, beginning of a name and group, each once and in the order of the configuration")
  func found() throws {
    #expect(try found() == [0, 1, 2, 3])
    #expect(try found("00000002-0000-0000-0000-000000000000") == [1])
    #expect(try found("CONTOSO.onmicrosoft.com") == [0])
    #expect(try found("contoso turkiye") == [1])
    #expect(try found("東京") == [2])
    #expect(try found("@GOLD") == [0, 1])
    #expect(try found("old", "@eu", "contoso ltd") == [0, 3])
  }

  @Test(
    "A name that fits none or several, and an empty one, is a mistake of usage",
    arguments: ["contoso", "nobody", "@silver", "", "  ", "00000009-0000-0000-0000-000000000000"])
  func mistakes(name: String) {
    let error = #expect(throws: CommandError.self) { try selection.resolve([name]) }
    #expect(error?.status == .usage)
  }

  @Test("An excluded tenant can be named, but nothing is asked of it")
  func excluded() throws {
    #expect(try selection.one("old").id == Self.ids[3])
    let error = #expect(throws: CommandError.self) { try selection.asked("old") }
    #expect(error?.status == .nothingDone)
    #expect(error?.message.contains("excluded") == true)
  }
}
