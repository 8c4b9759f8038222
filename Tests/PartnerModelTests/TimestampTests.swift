import Foundation
import PartnerModel
import Testing

@Suite("Timestamps: exact to 100 ns, printed as received")
struct TimestampTests {
  @Test(
    "H41: what the services send comes back as it was, digit for digit",
    arguments: [
      "2026-07-15T12:00:00Z", "2026-07-15T12:00:00.0Z", "2026-07-15T12:00:00.12Z", "2026-07-15T12:00:00.123Z",
      "2026-07-15T12:00:00.1234Z", "2026-07-15T12:00:00.00001Z", "2026-07-15T12:00:00.123456Z",
      "2026-07-15T12:00:00.1234567Z", "2026-07-15T12:00:00.0000000Z", "0001-01-01T00:00:00Z",
      "0001-01-01T00:00:00.0000001Z", "9999-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.9999999Z",
      "1970-01-01T00:00:00Z", "2000-02-29T00:00:00Z", "2024-02-29T23:59:59Z", "1900-02-28T00:00:00Z",
    ])
  func comesBackAsReceived(text: String) {
    #expect(Timestamp(text)?.description == text)
  }

  @Test(
    "H41: offsets, small letters, leap seconds and more digits are read as the same moment in Z",
    arguments: [
      ("2026-07-15T12:00:00+14:00", "2026-07-14T22:00:00Z"), ("2026-07-15T12:00:00-12:00", "2026-07-16T00:00:00Z"),
      ("2026-07-15T12:00:00.5+05:30", "2026-07-15T06:30:00.5Z"), ("2026-07-15T12:00:00-00:00", "2026-07-15T12:00:00Z"),
      ("2026-07-15t12:00:00z", "2026-07-15T12:00:00Z"), ("2026-07-15 12:00:00Z", "2026-07-15T12:00:00Z"),
      ("2026-06-30T23:59:60Z", "2026-07-01T00:00:00Z"),
      ("2026-07-15T12:00:00.123456789Z", "2026-07-15T12:00:00.1234567Z"),
      ("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00Z"),
    ])
  func isReadInZ(text: String, expected: String) {
    #expect(Timestamp(text)?.description == expected)
  }

  @Test(
    "H41: anything else is no time",
    arguments: [
      "", "Z", "2026-07-15", "2026-07-15T12:00:00", "2026-07-15T12:00Z", "2026-07-15T12:00:00.Z",
      "2026-07-15T12:00:00,5Z", "2026-13-15T12:00:00Z", "2026-00-15T12:00:00Z", "2026-07-32T12:00:00Z",
      "2026-07-00T12:00:00Z", "2026-02-29T12:00:00Z", "1900-02-29T00:00:00Z", "2026-07-15T24:00:00Z",
      "2026-07-15T12:60:00Z", "2026-07-15T12:00:61Z", "2026-07-15T12:00:00+24:00", "2026-07-15T12:00:00+05",
      "2026-07-15T12:00:00+05:60", "2026-07-15T12:00:00+0530", "0000-12-31T00:00:00Z", "+2026-07-15T12:00:00Z",
      "10000-01-01T00:00:00Z", "-001-01-01T00:00:00Z", "2026-07-15T12:00:00Z ", " 2026-07-15T12:00:00Z",
      "2026-07-15T12:00:00ZZ", "2026-7-15T12:00:00.00Z", "2026-07-15T12:00:00.1234567890Z", "２０２６-07-15T12:00:00Z",
      "2026-07-15T1२:00:00Z", "yesterday at noon or so", "2026-07-15T12:00:00.000000000000000000000000000000Z",
      "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:60Z",
    ])
  func isNoTime(text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test("Bytes are read like text")
  func readsBytes() {
    let text = "2026-07-15T12:00:00.25Z"
    let read = Array(text.utf8).withUnsafeBufferPointer { Timestamp(utf8: $0) }
    #expect(read == Timestamp(text))
    #expect(Array("no".utf8).withUnsafeBufferPointer { Timestamp(utf8: $0) } == nil)
  }

  @Test("Moments order by time, also within one second and before 1970")
  func ordersByTime() throws {
    let inOrder = [
      "0001-01-01T00:00:00Z", "1969-12-31T23:59:59.9999999Z", "1970-01-01T00:00:00Z", "2026-07-15T11:59:59.9999999Z",
      "2026-07-15T12:00:00+00:00", "2026-07-15T12:00:00.0000001Z", "2026-07-15T12:00:00.1Z", "9999-12-31T23:59:59Z",
    ]
    let moments = try inOrder.map { try #require(Timestamp($0)) }
    for index in moments.indices.dropLast() { #expect(moments[index] < moments[index + 1]) }
    #expect(moments.reversed().sorted() == moments)
  }

  @Test("Every first and last day of every year from 1 to 9999 prints and reads back")
  func everyYear() {
    var ticks = Timestamp("0001-01-01T00:00:00Z")?.ticks ?? 0
    for year in 1...9999 {
      let digits = String(year)
      let name = String(repeating: "0", count: 4 - digits.count) + digits
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      let first = Timestamp(ticks: ticks)
      ticks += (isLeap ? 366 : 365) * 86_400 * 10_000_000
      let last = Timestamp(ticks: ticks - 1, fractionDigits: 7)
      guard first.description == "\(name)-01-01T00:00:00Z", last.description == "\(name)-12-31T23:59:59.9999999Z",
        Timestamp(first.description) == first, Timestamp(last.description) == last
      else {
        Issue.record("year \(year): \(first), \(last)")
        return
      }
    }
  }

  @Test("Foundation reads the same moment", arguments: UInt64(0)..<20)
  func agreesWithFoundation(seed: UInt64) throws {
    var chance = Chance(seed: seed)
    for _ in 0..<100 {
      let digits = Int.random(in: 0...7, using: &chance)
      let scale = (digits..<7).reduce(Int64(1)) { scale, _ in scale * 10 }
      let raw = Int64.random(in: -62_135_596_800 * 10_000_000..<253_402_300_800 * 10_000_000, using: &chance)
      let stamp = Timestamp(ticks: raw - ((raw % scale) + scale) % scale, fractionDigits: digits)
      let text = stamp.description
      #expect(Timestamp(text) == stamp, "seed \(seed): \(text)")
      let whole = text.prefix(19) + "Z"
      // Foundation's calendar is Julian before 1582.
      if stamp.ticks > -12_000_000_000 * 10_000_000 {
        let theirs = try Date.ISO8601FormatStyle().parse(String(whole))
        #expect(Int64(theirs.timeIntervalSince1970) == Timestamp(String(whole)).map { $0.ticks / 10_000_000 })
      }
    }
  }

  @Test("A date keeps its seconds, and its age is counted in seconds")
  func dates() {
    let stamp = Timestamp(Sample.noon.addingTimeInterval(0.75))
    #expect(stamp.description == "2026-07-15T12:00:00Z")
    #expect(stamp.date == Sample.noon)
    #expect(stamp.age(at: Sample.noon.addingTimeInterval(90)) == 90)
    #expect(stamp.age(at: Sample.noon.addingTimeInterval(-5)) == -5)
    #expect(Timestamp(.distantPast).description == "0001-01-01T00:00:00Z")
    #expect(Timestamp(Date(timeIntervalSince1970: 1e18)).description == "9999-12-31T23:59:59Z")
    #expect(Timestamp(Date(timeIntervalSince1970: -0.5)).description == "1969-12-31T23:59:59Z")
  }

  @Test("Years that four digits cannot say are printed all the same")
  func farYears() {
    let steps: Int64 = 10_000_000
    #expect(Timestamp(ticks: 253_402_300_800 * steps).description == "10000-01-01T00:00:00Z")
    #expect(Timestamp(ticks: .max, fractionDigits: 7).description == "31197-09-14T02:48:05.4775807Z")
    #expect(Timestamp(ticks: -62_167_219_201 * steps).description == "00-1-12-31T23:59:59Z")
  }
}
