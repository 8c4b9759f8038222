import Foundation
import LabServer
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

@Suite("A person signs in on another device", .timeLimit(.minutes(3)))
struct DeviceCodeTests {
  /// Lets time pass as if the pauses were waited for, and the person do something after some of them.
  private static func use(
    _ change: (inout LabOptions) -> Void = { _ in },
    after polls: Int = 2, _ act: @escaping @Sendable (LabServer) -> Void,
    _ body: (PersonRig, Steps) async throws -> Void
  ) async throws {
    let clock = TestClock()
    let lab = Mutex<LabServer?>(nil)
    let count = Mutex(0)
    try await PersonRig.use(
      clock,
      sleep: { pause in
        clock.advance(Double(pause.components.seconds))
        clock.note(pause)
        let number = count.withLock { count in
          count += 1
          return count
        }
        if number == polls, let lab = lab.withLock({ $0 }) { act(lab) }
      }, change
    ) { rig in
      lab.withLock { $0 = rig.lab }
      try await body(rig, Steps())
    }
  }

  @Test("The code and its page are told, and the pace that the service names is kept")
  func approved() async throws {
    try await Self.use({ $0.devicePollInterval = 7 }) {
      $0.decide(approve: true)
    } _: { rig, steps in
      let standing = try await rig.context.signInWithDeviceCode(at: home, expecting: nil, tell: steps.note)
      #expect(standing.account == rig.lab.people.first)
      guard case .code(let code, let page, let until) = steps.all.first else {
        Issue.record("\(steps.all)")
        return
      }
      #expect(!code.isEmpty && page.hasPrefix("http"))
      #expect(until > rig.clock.now)
      #expect(rig.clock.pauses == [.seconds(7), .seconds(7)])
      #expect(
        await rig.context.checkConsent(in: contoso, required: everyRole.map { AppRole($0) }).consent?.state == .granted)
    }
  }

  @Test("Declined, run out and blocked by policy are told apart")
  func ended() async throws {
    try await Self.use({ _ in }) {
      $0.decide(approve: false)
    } _: { rig, steps in
      let error = try await failure {
        try await rig.context.signInWithDeviceCode(at: home, expecting: nil, tell: steps.note)
      }
      #expect(error.cause == .signInFailed(.declined))
    }
    try await Self.use({ _ in }) { _ in
    } _: { rig, steps in
      let error = try await failure {
        try await rig.context.signInWithDeviceCode(at: home, expecting: nil, tell: steps.note)
      }
      #expect(error.cause == .signInFailed(.unfinished(seconds: 600)))
    }
    for (code, state) in [(53_003, ConsentState.blocked), (530_003, .blocked)] {
      try await Self.use({ _ in }) {
        $0.change(signInTo: home.rawValue, deviceCodeRefusal: code)
        $0.decide(approve: true)
      } _: { rig, steps in
        let error = try await failure {
          try await rig.context.signInWithDeviceCode(at: home, expecting: nil, tell: steps.note)
        }
        #expect(error.cause == .consent(state), "\(error)")
        #expect(error.code == code)
        #expect(try await rig.context.signInStanding() == nil)
      }
    }
  }

  @Test("Who is told to slow down does; who does not get through asks less often")
  func slower() async throws {
    let answers = Mutex<[WireAnswer]>([
      .json(400, #"{"error":"authorization_pending","error_codes":[70016]}"#),
      .json(400, #"{"error":"slow_down"}"#), .json(400, #"{"error":"authorization_pending"}"#),
      .json(503, "{}"), .json(400, #"{"error":"expired_token","error_codes":[70019]}"#),
    ])
    let clock = TestClock()
    let error = try await PersonRig.wire(clock) { request in
      if request.path.hasSuffix("/devicecode") {
        return .json(
          200,
          #"{"device_code":"D","user_code":"ABC-DEF","verification_uri":"https://microsoft.com/devicelogin","expires_in":900,"interval":5}"#
        )
      }
      return answers.withLock { $0.removeFirst() }
    } _: { context in
      try await failure { try await context.signInWithDeviceCode(at: home, expecting: nil, tell: { _ in }) }
    }
    #expect(error.cause == .signInFailed(.unfinished(seconds: 600)))
    #expect(clock.pauses == [5, 5, 10, 10, 20].map { .seconds($0) })
    #expect(answers.withLock { $0.isEmpty })
  }

  @Test(
    "A code that could lead astray is none",
    arguments: [
      #"{"device_code":"D","user_code":"A","verification_uri":"http://evil.example/"}"#,
      #"{"device_code":"D","user_code":"A","verification_uri":"javascript:alert(1)"}"#,
      #"{"device_code":"D","user_code":"A","verification_uri":"https://user@evil.example/"}"#,
      #"{"device_code":"D","user_code":"","verification_uri":"https://microsoft.com/devicelogin"}"#,
      #"{"device_code":"","user_code":"A","verification_uri":"https://microsoft.com/devicelogin"}"#,
      #"{"user_code":"A","verification_uri":"https://microsoft.com/devicelogin"}"#, "[]", "<html>",
    ])
  func astray(body: String) {
    #expect(DeviceCode(Answer(status: 200, headers: [], body: Array(body.utf8))) == nil)
  }

  @Test(
    "Times that no service would name are brought into bounds",
    arguments: [
      ("0", "0", 10.0, 1.0), ("1e9", "1e9", 900, 60), ("-5", "-5", 10, 1), ("\"900\"", "\"5\"", 900, 5),
      ("null", "null", 900, 5),
    ])
  func bounds(lifetime: String, interval: String, expectedLifetime: Double, expectedInterval: Double) throws {
    let body =
      #"{"device_code":"D","user_code":"A","verification_uri":"https://microsoft.com/devicelogin","expires_in":\#(lifetime),"interval":\#(interval)}"#
    let code = try #require(DeviceCode(Answer(status: 200, headers: [], body: Array(body.utf8))))
    #expect(code.lifetime == expectedLifetime)
    #expect(code.interval == expectedInterval)
  }
}
