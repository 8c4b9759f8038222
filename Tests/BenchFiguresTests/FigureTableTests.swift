import FoundationEssentials
import Testing

@testable import BenchFigures

@Suite("The table of the bench")
struct FigureTableTests {
  private var report: BenchReport {
    var report = BenchReport(build: "release", processors: 2, loadBefore: 0.25, sizes: ["tenants": 1000, "keys": 300])
    report.figures = [
      Figure(
        "refresh.wall", unit: "ms", Samples([1900, 1800, 2000]),
        beside: .init(.floor, "curl", Samples([1000])), target: .ratioAtMost(1.3)),
      Figure("filter.rows", unit: "ms", Samples([4.25]), .p99, target: .atMost(16)),
      Figure("keys.bytes", unit: "bytes", Samples([316])),
      Figure("decode", unit: "MB/s", Samples(), target: .atLeast(250)),
    ]
    report.leaveOut("build.user", because: "add --build")
    report.notes = ["fill: each stored 2 incidents"]
    return report
  }

  @Test("Each figure is a line with its peer, ratio, target and whether that is met; what is not measured says why")
  func table() {
    let text = """
      | figure          | ours                   | peer or floor             | ratio | target     | met          |
      | --------------- | ---------------------- | ------------------------- | ----- | ---------- | ------------ |
      | refresh.wall    | 1,900 ms (1,800–2,000) | curl 1,000 ms             | 1.9   | ≤ 1.3 ×    | not met      |
      | filter.rows p99 | 4.25 ms                | –                         | –     | ≤ 16 ms    | met          |
      | keys.bytes      | 316 bytes              | –                         | –     | –          | –            |
      | decode          | –                      | –                         | –     | ≥ 250 MB/s | not measured |
      | build.user      | –                      | not measured: add --build | –     | –          | not measured |

      release build, 2 processors, load 0.25 before; keys 300, tenants 1,000
      fill: each stored 2 incidents
      """
    #expect(FigureTable(report).text == text)
  }

  @Test(
    "A number has the digits that it is worth",
    arguments: [
      (0, "0"), (0.004, "0"), (0.05, "0.05"), (1, "1"), (1.299, "1.3"), (9.999, "10"), (10.04, "10"), (18.25, "18.3"),
      (99.96, "100"), (134.4, "134"), (1234.5, "1,235"), (1_000_000, "1,000,000"), (-3.5, "-3.5"),
    ] as [(Double, String)])
  func numbers(value: Double, text: String) {
    #expect(FigureTable.number(value) == text)
  }

  @Test("The document says of each figure what it is seen beside and whether its target is met")
  func document() throws {
    let tree = try JSONDecoder().decode(Document.self, from: Data(report.json().utf8))
    #expect(tree.figures.map(\.isMet) == [false, true, nil, nil])
    #expect(tree.figures[0].ratio == 1.9)
    #expect(tree.figures[0].reference?.samples.median == 1000)
    #expect(tree.notMeasured == [BenchReport.Absence(name: "build.user", reason: "add --build")])
  }

  private struct Document: Decodable {
    struct Samples: Decodable { var median: Double }
    struct Reference: Decodable { var samples: Samples }
    struct Figure: Decodable {
      var ratio: Double?
      var isMet: Bool?
      var reference: Reference?
    }
    var figures: [Figure]
    var notMeasured: [BenchReport.Absence]
  }
}
