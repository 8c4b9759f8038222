import Foundation
import PartnerModel
import Testing

@testable import PartnerContext

@Suite struct RetryAfterTests {
  private static let now = Date(timeIntervalSince1970: 784_111_777)

  @Test(
    "R2, F19, F20, F21, F22, H47: the longest delay that can be read, from 0 to 24 h",
    arguments: [
      ([("Retry-After", "120")], 120), ([("retry-after", " 120 ")], 120), ([("Retry-After", "1.5")], 1.5),
      ([("Retry-After", "-5")], 0), ([("Retry-After", "1000000000000")], 86_400),
      ([("Retry-After", "99999999999999999999")], 86_400), ([("Retry-After", "")], nil),
      ([("Retry-After", "soon")], nil),
      ([("Retry-After", "1e9")], nil), ([("Retry-After", "0x10")], nil), ([("Retry-After", "\u{1B}[2J")], nil),
      ([("Retry-After", "nan")], nil), ([("Retry-After", "5"), ("Retry-After", "60")], 60),
      ([("Retry-After", "5"), ("Retry-After-Ms", "90000")], 90), ([("x-ms-retry-after-ms", "1500")], 1.5),
      ([("Retry-After", "Sun, 06 Nov 1994 08:50:37 GMT")], 60),
      ([("Retry-After", "Sun, 06 Nov 1994 08:50:37 GMT"), ("Date", "Sun, 06 Nov 1994 07:50:07 GMT")], 3630),
      ([("Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT")], 0), ([("Retry-After", "Sun, 06 Nov 1994")], nil), ([], nil),
    ] as [([(String, String)], Double?)])
  func headers(headers: [(String, String)], seconds: Double?) {
    let answer = Answer(status: 429, headers: headers.map { HeaderField($0.0, $0.1) }, body: [])
    #expect(RetryAfter.seconds(answer, now: Self.now) == seconds)
  }

  @Test(
    "F21: without a header, a time in the error's text counts",
    arguments: [
      ("You have exceeded the rate. You may run this query again in 00:01:00.", 60),
      ("Try again in 30 seconds.", 30), ("try again after 2 minutes", 120), ("Try again in 10:00:00", 36_000),
      ("Try again later", nil), ("again in 99:99", nil), ("again in 1:2:3:4", nil), ("", nil),
    ] as [(String, Double?)])
  func hints(text: String, seconds: Double?) {
    let answer = Answer(status: 429, headers: [], body: Array(#"{"error":{"message":"\#(text)"}}"#.utf8))
    #expect(RetryAfter.seconds(answer, now: Self.now) == seconds)
  }

  @Test("R2: the longest counts, be it in a header or in the text", arguments: [("5", 60.0), ("90", 90), ("soon", 60)])
  func longest(header: String, seconds: Double) {
    let answer = Answer(
      status: 429, headers: [HeaderField("Retry-After", header)],
      body: Array(#"{"error":{"message":"You may run this query again in 00:01:00."}}"#.utf8))
    #expect(RetryAfter.seconds(answer, now: Self.now) == seconds)
  }

  @Test("A 429 that names no time parks for 60 s, a 503 does not park")
  func unnamed() {
    #expect(Answer(status: 429, headers: [], body: []).parkingEnd(at: Self.now) == Self.now + 60)
    #expect(Answer(status: 503, headers: [], body: []).parkingEnd(at: Self.now) == nil)
  }
}
