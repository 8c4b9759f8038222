import Foundation
import LabServer
import Testing

@Suite struct DeviceCodeTests {
  @Test("A device is told how to sign in, and waits until a person has done it on the page")
  func page() async throws {
    let clock = HandClock(fixedEpoch)
    try await withLabServer(peopleOptions(clock: clock)) { lab in
      let asked = try await lab.askDevice(homeID)
      let code = try #require(asked["device_code"] as? String)
      let userCode = try #require(asked["user_code"] as? String)
      #expect(asked["interval"] as? Int == 5 && asked["expires_in"] as? Int == 900)
      #expect(asked["verification_uri"] as? String == "\(lab.baseURL)/devicelogin")
      #expect((asked["message"] as? String)?.contains(userCode) == true)
      #expect(try await lab.poll(homeID, code).refusal() == "400 authorization_pending 70016")
      #expect(try await send("GET", "\(lab.baseURL)/devicelogin").text.contains("Code"))
      #expect(try await lab.post("devicelogin", ["user_code": "nonsense"]).text.contains("did not work"))
      let accounts = try await lab.post("devicelogin", ["user_code": userCode.lowercased(), "action": "enter"])
      #expect(accounts.text.contains(lab.people[0]) && !accounts.text.contains("<script"))
      let done = try await lab.post(
        "devicelogin", ["user_code": userCode, "account": lab.people[0], "action": "signin"])
      #expect(done.text.contains("You are signed in"))
      clock.pass(5)
      // Some clients send the code under both names.
      let answer = try await lab.poll(homeID, code, ["code": code]).object()
      #expect(answer["refresh_token"] is String && answer["id_token"] is String)
      clock.pass(5)
      #expect(try await lab.poll(homeID, code).refusal() == "400 bad_verification_code 70018")
      #expect(try await lab.post("devicelogin", ["user_code": userCode]).text.contains("used already"))
    }
  }

  @Test(
    "What ends the waiting is told apart",
    arguments: [
      ("declined", "400 authorization_declined 70020"), ("expired", "400 expired_token 70019"),
      ("unknown", "400 bad_verification_code 70018"), ("elsewhere", "400 bad_verification_code 70018"),
      ("policy", "400 access_denied 53003"), ("device", "400 interaction_required 530003"),
    ])
  func ended(_ how: String, _ refusal: String) async throws {
    let clock = HandClock(fixedEpoch)
    let options = peopleOptions(.ok, clock: clock)
    try await withLabServer(options) { lab in
      let code = try #require(try await lab.askDevice(homeID)["device_code"] as? String)
      var (tenant, sent) = (homeID, code)
      switch how {
      case "declined": lab.decide(approve: false)
      case "expired": clock.pass(900)
      case "unknown": sent = "DAQABIx"
      case "elsewhere": tenant = options.tenants[0].id
      default:
        let number = how == "policy" ? 53003 : 530003
        #expect(
          try await lab.control("POST", "tenants/\(homeID)/access", #"{"deviceCode": \#(number)}"#).status == 204)
        lab.decide(approve: true)
      }
      #expect(try await lab.poll(tenant, sent).refusal() == refusal)
    }
  }

  @Test("Who polls too fast is slowed down by five seconds, and breaks a rule")
  func slowDown() async throws {
    let clock = HandClock(fixedEpoch)
    var options = peopleOptions(clock: clock)
    options.expectedViolations = [.polledTooFast]
    try await withLabServer(options) { lab in
      let code = try #require(try await lab.askDevice(homeID)["device_code"] as? String)
      var answers: [String] = []
      for wait in [0.0, 4, 10, 9.8, 5] {
        clock.pass(wait)
        answers.append(try await lab.poll(homeID, code).object()["error"] as? String ?? "")
      }
      let pending = "authorization_pending"
      #expect(answers == [pending, "slow_down", pending, pending, "slow_down"])
      #expect(lab.violations().count == 2)
    }
  }

  @Test("A device is let in or turned away without a page", arguments: [LabAnswerMode.auto, .decline])
  func byItself(_ mode: LabAnswerMode) async throws {
    try await withLabServer(peopleOptions()) { lab in
      lab.answer(device: mode)
      let code = try #require(try await lab.askDevice(homeID)["device_code"] as? String)
      let answer = try await lab.poll(homeID, code)
      #expect(try answer.refusal() == (mode == .auto ? "200 none " : "400 authorization_declined 70020"))
    }
  }
}
