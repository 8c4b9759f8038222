import Foundation
import LabServer
import Testing

/// Every number that a partner's application, or a person at the console, is known to meet.
private let known = [
  65001, 65004, 65005, 650051, 650052, 650054, 650056, 650057, 700016, 7_000_229, 7_000_112, 70001, 500011, 501051,
  90002, 900023, 90038, 90099, 90094, 90095, 7_000_215, 7_000_222, 7_000_218, 700025, 700027, 700024, 70011, 1_002_012,
  700022, 28002, 50076, 50079, 50158, 50074, 50078, 53003, 53000, 53001, 530003, 50097, 530034, 50173, 70043, 700082,
  70008, 54005, 500341, 50057, 90072, 50020, 50034, 16000, 51004, 50105, 500212, 500213, 50196, 90055, 90024, 90012,
  90006, 90033, 50012, 50048, 700030, 700229, 50011, 501481, 50147, 501491, 70016, 70018, 70019, 90119, 90120, 50134,
  50089, 9_001_023, 901002,
]

@Suite struct RefusalTableTests {
  @Test("The lab can refuse with every number that is known, and names none twice")
  func complete() {
    #expect(Set(known).subtracting(LabRefusalCodes.all) == [])
    #expect(Set(LabRefusalCodes.all).count == LabRefusalCodes.all.count)
  }

  @Test("A tenant refuses with the number it was told, in the service's form, until that is taken back")
  func everyNumber() async throws {
    let clock = HandClock(fixedEpoch)
    let options = options(.granted, .granted, clock: clock)
    let (tenant, other) = (options.tenants[0].id, options.tenants[1].id)
    try await withLabServer(options) { lab in
      for code in LabRefusalCodes.all {
        #expect(try await lab.control("POST", "tenants/\(tenant)/refusal", #"{"code": \#(code)}"#).status == 204)
        clock.pass(60)  // Within the service's limit of tokens.
        let answer = try await lab.askToken(tenant)
        let body = try answer.object()
        let error = try #require(body["error"] as? String)
        #expect(body["error_codes"] as? [Int] == [code])
        let text = try #require(body["error_description"] as? String)
        #expect(text.hasPrefix("AADSTS\(code): ") && text.contains("\r\nCorrelation ID: "))
        #expect(error == "invalid_client" ? answer.status == 401 : [400, 429, 503, 504].contains(answer.status))
        let link = body["error_uri"] as? String
        #expect(link.map { $0.hasSuffix("code=\(code)") } ?? true)
        if let claims = body["claims"] as? String {
          #expect(try JSONSerialization.jsonObject(with: Data(claims.utf8)) is [String: Any])
        }
      }
      #expect(try await lab.askToken(other).status == 200)
      #expect(try await lab.control("DELETE", "tenants/\(tenant)/refusal").status == 204)
      #expect(try await lab.askToken(tenant).status == 200)
    }
  }

  @Test(
    "The numbers stand in the body as numbers, as texts, or only in the description",
    arguments: [
      (#"{"code": 53003}"#, "[53003]"), (#"{"code": 53003, "texts": true}"#, #"["53003"]"#),
      (#"{"code": 53003, "codes": false}"#, "null"),
    ])
  func forms(_ body: String, _ codes: String) async throws {
    let options = options(.granted)
    let tenant = options.tenants[0].id
    try await withLabServer(options) { lab in
      #expect(try await lab.control("POST", "tenants/\(tenant)/refusal", body).status == 204)
      let answer = try await lab.askToken(tenant).object()
      #expect(String(decoding: try canonical(answer["error_codes"] ?? NSNull()), as: UTF8.self) == codes)
      #expect((answer["error_description"] as? String)?.hasPrefix("AADSTS53003: ") == true)
    }
  }

  @Test(
    "What cannot be refused with is refused itself",
    arguments: [
      #"{"code": 1}"#, #"{"code": "53003"}"#, "{}", "[]", #"{"code": 53003, "texts": 1}"#,
      #"{"code": 53003, "codes": false, "texts": true}"#, #"{"code": 53003, "more": 1}"#,
    ])
  func wrongBody(_ body: String) async throws {
    let options = options(.granted)
    let tenant = options.tenants[0].id
    try await withLabServer(options) { lab in
      let here = try await lab.control("POST", "tenants/\(tenant)/refusal", body)
      let nowhere = try await lab.control("POST", "tenants/nobody/refusal", #"{"code": 53003}"#)
      #expect(here.status == 400 && nowhere.status == 400)
      #expect(try await lab.askToken(tenant).status == 200)
      let wrongNumber = lab.refuse(tenant, code: 1)
      let wrongTenant = lab.refuse("nobody", code: 53003)
      #expect(!wrongNumber && !wrongTenant)
    }
  }
}
