import Foundation
import PartnerModel
import Testing

@testable import PartnerContext

@Suite struct CursorTests {
  @Test("A cursor survives as text; other text is no cursor")
  func text() throws {
    var cursor = IncidentCursor(historyStart: time("2026-08-01T00:00:00Z"))
    #expect(IncidentCursor(text: cursor.text) == cursor)
    for id in ["1", "a b,c=d|e", "ü"] { cursor.seen[id] = time("2026-09-01T10:00:00.123Z").ticks }
    cursor.move(to: time("2026-09-01T10:00:00.123Z"))
    #expect(IncidentCursor(text: cursor.text) == cursor)
    var pass = cursor.begin(at: Date(timeIntervalSince1970: 1_788_300_000))
    pass.leftOut = [LeftOutProduct(name: "A;B:C d", status: 401), LeftOutProduct(name: nil)]
    cursor.pass = pass
    cursor.gap = .init(start: time("2026-08-02T00:00:00Z"), products: [LeftOutProduct(name: "ü")])
    cursor.rereadAt = 7
    #expect(IncidentCursor(text: cursor.text) == cursor)
    #expect(!cursor.text.contains("\n"))
    for probe in [ChangeCursor.Probe(top: 10, left: 50), .init(top: 1, skip: 7, doubts: 3, left: 4)] {
      cursor.probe = probe
      cursor.openReadAt = 8
      cursor.isComplete = true
      #expect(IncidentCursor(text: cursor.text) == cursor)
    }
    cursor.pass = .ofOpen
    #expect(IncidentCursor(text: cursor.text) == cursor)
    cursor.continuation = "/security/incidents?$skiptoken=a%20b"
    #expect(IncidentCursor(text: cursor.text) == cursor)
    for link in ["/security/alerts_v2?a", "//evil.example/security/incidents?a", "/security/incidents?a\u{1}", ""] {
      #expect(IncidentCursor(text: "2 2026-08-01T00:00:00Z -  \(link)") == nil)
      #expect(IncidentCursor(text: "3 2026-08-01T00:00:00Z -  - - - - \(link)") == nil)
    }
    for text in [
      "", "2 2026-08-01T00:00:00Z - ", "1 x - ", "1 2026-08-01T00:00:00Z x ", "1 2026-08-01T00:00:00Z - a",
      "3 2026-08-01T00:00:00Z -  x - - - -", "3 2026-08-01T00:00:00Z -  - x - - -", "4 2026-08-01T00:00:00Z - ",
      "3 2026-08-01T00:00:00Z -  - - x - -", "3 2026-08-01T00:00:00Z -  - 2026-08-01T00:00:00Z;1 - - -",
      "4 2026-08-01T00:00:00Z -  - - - - - 7;0;0;0 - -", "4 2026-08-01T00:00:00Z -  - - - - - 1;0;1;0 - -",
      "4 2026-08-01T00:00:00Z -  - - - - - 1;9;4;0 - -", "4 2026-08-01T00:00:00Z -  - - - - - 1;9 - -",
      "4 2026-08-01T00:00:00Z -  - - - - x - - -",
      // No moment that can be reckoned with.
      "1 2026-08-01T00:00:00Z - 7=-9223372036854775808", "1 2026-08-01T00:00:00Z - 7=9223372036854775807",
      "3 2026-08-01T00:00:00Z -  - - -9223372036854775808 - -",
      "3 2026-08-01T00:00:00Z -  - - - -9223372036854775808 -",
      "1 2026-08-01T00:00:00Z - 7=", "1 2026-08-01T00:00:00Z - =7", "1 2026-08-01T00:00:00Z - 7=8=9",
      "1 2026-08-01T00:00:00Z - 7=8,9", "1 2026-08-01T00:00:00Z - 7=-", "1 2026-08-01T00:00:00Z - 7=1x",
      "1 2026-08-01T00:00:00Z - 7=99999999999999999999", "1 2026-08-01T00:00:00Z - a%2=8",
      "1 2026-08-01T00:00:00Z - a%FF=8",
    ] {
      #expect(IncidentCursor(text: text) == nil, "\(text)")
    }
  }

  @Test("A cursor of an earlier version goes on where it stood")
  func earlierVersions() throws {
    let first = try #require(IncidentCursor(text: "1 2026-08-01T00:00:00Z 2026-09-01T10:00:00Z 7=17882532000000000"))
    #expect(first.watermark == time("2026-09-01T10:00:00Z"))
    #expect(first.seen == ["7": 17_882_532_000_000_000])
    let second = try #require(
      IncidentCursor(text: "2 2026-08-01T00:00:00Z 2026-09-01T10:00:00Z  /security/incidents?$skip=1"))
    #expect(second.continuation == "/security/incidents?$skip=1")
  }

  @Test("B01: what was seen is remembered for a day before the newest change, and no more than a thousand of it")
  func remembered() {
    var cursor = longAgo
    cursor.seen["old"] = time("2026-08-31T10:02:29Z").ticks
    cursor.seen["new"] = time("2026-08-31T10:02:31Z").ticks
    cursor.move(to: time("2026-09-01T10:02:30Z"))
    #expect(Array(cursor.seen.keys) == ["new"])
    let newest = time("2026-09-01T10:02:30Z").ticks
    for number in 0..<1500 { cursor.seen["\(number)"] = newest - Int64(number) * 10_000_000 }
    cursor.move(to: time("2026-09-01T10:02:30Z"))
    #expect(cursor.seen.count == 1000)
    #expect(cursor.seen.values.min() == newest - 999 * 10_000_000)
  }

  @Test(
    "B01, R3: a storm does not make each read go over all of it again, but its last 15 minutes do count",
    arguments: [
      // Changes, seconds between them, seconds that a wide and a narrow pass go back, and how many are remembered.
      (900, 60, 86_400, 900, 900), (1_500, 6, 5_994, 900, 1_000), (9_000, 0.2, 900, 900, 4_501),
      (12_000, 0.05, 499.95, 499.95, 10_000),
    ] as [(Int, Double, Double, Double, Int)])
  func storm(count: Int, apart: Double, wide: Double, narrow: Double, remembered: Int) {
    var cursor = longAgo
    let newest = time("2026-09-01T10:02:30Z")
    for number in 0..<count {
      cursor.seen["\(number)"] = newest.ticks - Int64(number) * Int64(apart * 10_000_000)
    }
    cursor.move(to: newest)
    #expect(cursor.seen.count == remembered)
    let now = Date(timeIntervalSince1970: 1_788_300_000)
    #expect(newest.ticks - cursor.begin(at: now).start.ticks == Int64(wide * 10_000_000), "the wide pass")
    cursor.pass = nil
    #expect(newest.ticks - cursor.begin(at: now).start.ticks == Int64(narrow * 10_000_000), "the narrow one")
  }
}
