import PartnerModel
import Testing

@testable import ConsoleApp

@Suite("Times in whole seconds")
struct WholeSecondsTests {
  @Test(
    "A time is cut, not rounded, and told in Z; what only looks like one under another name stays",
    arguments: [
      ("createdAt", "2026-11-28T09:59:59.9999999Z", "2026-11-28T09:59:59Z"),
      ("lastSeenDateTime", "2026-11-28T11:30:00.5+02:00", "2026-11-28T09:30:00Z"),
      ("at", "2026-11-28T09:00:00Z", "2026-11-28T09:00:00Z"),
      ("resolveBy", "1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59Z"),
      ("displayName", "2026-11-28T09:59:59.5Z", "2026-11-28T09:59:59.5Z"), ("createdAt", "soon", "soon"),
    ])
  func cut(key: String, received: String, told: String) {
    func node(_ text: String) -> JSONNode {
      JSONNode(
        .object([.init(key: "alerts", value: .array([JSONNode(.object([.init(key: key, value: .string(text))]))]))]))
    }
    #expect(node(received).timesCutToSeconds == node(told))
  }
}
