import BenchFigures
import FoundationEssentials
import PartnerContext
import PartnerModel
import PseudoTerminal

/// From the bytes of incident pages with alerts and evidence to complete values.
struct DecodeBench {
  var ours: Contender
  var repetitions: Int

  private var place: BenchPlace { ours.place }

  private static let tenants = 8

  func measure(into report: inout BenchReport) throws {
    guard let curl = place.installed("curl") else {
      report.leaveOut("decode", because: "curl, which fetches the pages, is not installed: apt-get install curl")
      return
    }
    let pages = try pages(curl)
    let bytes = pages.map(\.body.count).reduce(0, +)
    var (incidents, evidence, lost) = (0, 0, 0)
    var ours = Samples()
    var peer = Samples()
    for repetition in 0...repetitions {
      (incidents, lost) = (0, 0)
      let time = try ContinuousClock().measure {
        for page in pages {
          guard let reader = IncidentPageReader(tenant: page.tenant) else { throw BenchError("no memory") }
          let read = try reader.incidents(in: page.body)
          incidents += read.incidents.count
          lost += read.lost
          // Counting would be measured too, and copies every alert.
          if repetition == 0 {
            evidence += read.incidents.flatMap { $0.alerts ?? [] }.map(\.evidence.count).reduce(0, +)
          }
        }
      }
      var listed = 0
      let peerTime = try ContinuousClock().measure {
        for page in pages {
          listed += try JSONDecoder().decode(DecodedPage.self, from: Data(page.body)).value.count
        }
      }
      if repetition == 0 {
        guard listed == incidents else {
          throw BenchError("JSONDecoder read \(listed) incidents, the page reader \(incidents)")
        }
        continue  // The first pass warms what the others find warm.
      }
      ours.append(Double(bytes) / 1e6 / time.seconds)
      peer.append(Double(bytes) / 1e6 / peerTime.seconds)
    }
    report.figures.append(
      Figure(
        "decode.incidents", unit: "MB/s", ours,
        beside: .init(.peer, "JSONDecoder, the same pages, times left as text", peer), target: .atLeast(250)))
    report.notes.append(
      "decode: \(pages.count) pages, \(bytes) bytes, \(incidents) incidents, \(evidence) pieces of evidence, \(lost) lost"
    )
  }

  private func pages(_ curl: String) throws -> [(tenant: TenantID, body: [UInt8])] {
    let lab = try LabProcess.start(
      binary: ours.binary, tenants: Self.tenants, incidents: 50, name: "decode-lab", in: place)
    defer { lab.stop() }
    let tenants = lab.configuration.tenants.map(\.id)
    let fetch = try CurlFetch(lab, name: "decode-curl", in: place, curl: curl)
    let (tokens, _) = try fetch.tokens(tenants, run: "pages")
    let lists = try fetch.incidents(
      tokens: tokens, queries: tenants.map { _ in [("$expand", "alerts"), ("$top", "50")] }, run: "pages")
    return try zip(tenants, lists.bodies).map { tenant, file in
      (tenant, [UInt8](try Data(contentsOf: URL(fileURLWithPath: file))))
    }
  }
}
