import Foundation
import PartnerModel
import Testing

@Suite("What is amiss with a credential of ours")
struct CredentialWarningTests {
  private static let now = Date(timeIntervalSince1970: 1_780_000_000)
  private static let day: TimeInterval = 86_400
  private static let refusal = Problem(
    cause: "credentialProblem", error: "invalid_client", code: 7_000_222, nextAction: "Create a new secret.")

  private static func warnings(
    _ states: [CredentialStanding.State], ends: [TimeInterval?] = [], app: String? = nil
  ) -> [CredentialWarning] {
    AppCredentials(
      app: app,
      standings: states.enumerated().map { index, state in
        CredentialStanding(
          position: index + 1, source: .secret(.environment("S\(index + 1)")), state: state,
          validUntil: ends.indices.contains(index) ? ends[index].map(now.addingTimeInterval) : nil)
      }
    ).warnings(at: now)
  }

  @Test("What serves, or was not needed yet, is no news")
  func quiet() {
    #expect(Self.warnings([.served(at: Self.now), .notTried]).isEmpty)
    #expect(Self.warnings([]).isEmpty)
  }

  @Test("While rolling over, the refusal of the first names the one that serves, and is no failure")
  func rollingOver() {
    let found = Self.warnings([.refused(Self.refusal), .served(at: Self.now)])
    #expect(found.map(\.isFailure) == [false])
    #expect(found[0].summary == "secret in $S1 is refused (7000222); tokens come by secret in $S2")
    #expect(found[0].nextAction == "Create a new secret.")
  }

  @Test("F37: where none serves it is a failure, with each of them; a further registration is named")
  func lost() {
    let found = Self.warnings(
      [.refused(Self.refusal), .unreadable(reason: "S2 is not set", at: Self.now)], app: "gov")
    #expect(found.map(\.isFailure) == [true, true])
    #expect(
      found.map(\.summary) == ["app gov: secret in $S1 is refused (7000222)", "app gov: S2 is not set"])
    let untried = Self.warnings([.refused(Self.refusal), .notTried])
    #expect(untried.map(\.isFailure) == [false], "the next may serve")
  }

  @Test(
    "T6: an end is told from 30 days ahead",
    arguments: [
      (30 * day + 1, nil, false), (30 * day, "ends in 30 d", false), (12.5 * day, "ends in 12 d", false),
      (day - 1, "ends today", false), (0, "ended today", true), (-2.5 * day, "ended 2 d ago", true),
    ] as [(TimeInterval, String?, Bool)])
  func ends(left: TimeInterval, words: String?, isFailure: Bool) {
    let found = Self.warnings([.served(at: Self.now)], ends: [left])
    #expect(found.map(\.isFailure) == (words == nil ? [] : [isFailure]))
    guard let words else { return }
    #expect(found[0].summary.hasPrefix("secret in $S1 \(words) (2026-"))
    #expect(found[0].nextAction.contains("successor"))
  }

  @Test("What has ended comes before what ends soon, and what ends sooner first")
  func order() {
    let found = Self.warnings(
      [.served(at: Self.now), .notTried, .notTried], ends: [20 * Self.day, -Self.day, 3 * Self.day])
    #expect(found.map { $0.summary.prefix(13) } == ["secret in $S2", "secret in $S3", "secret in $S1"])
  }
}
