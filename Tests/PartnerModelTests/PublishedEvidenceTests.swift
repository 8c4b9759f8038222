import Foundation
import RecordedData
import Testing

@testable import PartnerModel

/// Over the published schema of evidence, read in place.
@Suite(
  "Evidence as its schema is published",
  .enabled(if: RecordedFolder.reference.isWanted, "\(RecordedFolder.reference.reason)"))
struct PublishedEvidenceTests {
  /// The fields of each type, with their kinds.
  private func schema() throws -> [String: [String: String]] {
    let file = try RecordedFolder.reference.url.appending(path: "evidence-types.json")
    let root = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
    return try #require(root as? [String: [String: String]])
  }

  @Test("What names a type, and what is told of it, stands in fields that are published")
  func layouts() throws {
    let schema = try schema()
    #expect(schema.count > 40)
    for (type, layout) in EvidenceReading.layout {
      guard let fields = schema[type] else {
        Issue.record("\(type) is not published")
        continue
      }
      for path in layout.subject + layout.facts.flatMap(\.paths) {
        let field = String(path.prefix { $0 != "." })
        #expect(fields[field] != nil, "\(type): \(path)")
      }
    }
  }
}
