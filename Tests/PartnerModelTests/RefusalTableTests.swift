import PartnerModel
import Testing

@Suite("T11: what a refusal of the token endpoint means")
struct RefusalTableTests {
  /// Every number that Entra ID's reference, or a public report, names for what this program asks, and how it is read.
  static let expected: [(codes: [Int], state: ConsentState?, who: WhoActs)] = [
    ([65_001, 65_004, 650_051, 7_000_229, 700_016, 70_001, 90_094, 90_095, 90_099], .missing, .customer),
    ([501_051], .notGranted, .customer), ([7_000_112, 500_014], .disabled, .customer),
    ([650_052, 650_054, 500_011], .unlicensed, .customer),
    ([53_003, 53_000, 53_001, 530_003, 50_097, 500_213], .blocked, .customer), ([500_212], .blocked, .partner),
    ([90_002, 900_023, 90_038], .tenantNotFound, .partner),
    (
      [
        65_005, 650_056, 650_057, 70_011, 1_002_012, 700_022, 28_002, 9_001_023, 901_002, 50_011, 900_144, 9_000_411,
        900_561, 70_003, 90_014,
      ], .appProblem, .partner
    ),
    (
      [
        7_000_215, 7_000_222, 7_000_218, 700_025, 700_027, 700_024, 700_030, 50_012, 50_027, 50_048, 700_021, 700_023,
        700_229, 70_021, 700_211, 700_212, 700_213,
      ], .credentialProblem, .partner
    ),
    (
      [
        50_076, 50_074, 50_078, 50_079, 50_158, 50_173, 50_089, 70_043, 700_082, 70_008, 54_005, 501_481, 50_147,
        501_491, 70_016, 70_019, 70_018, 90_119, 90_120, 50_134, 500_341, 50_057, 50_020, 50_034, 16_000, 51_004,
        530_034, 50_196,
      ], nil, .partner
    ),
    ([90_072, 50_105], nil, .customer), ([90_055, 90_024, 90_012, 90_006, 90_033], nil, .microsoft),
  ]

  @Test("Every number has its state and whose turn it is, and there is no other")
  func numbers() throws {
    for (codes, state, who) in Self.expected {
      for code in codes {
        let meaning = try #require(RefusalTable.meaning(of: code), "\(code)")
        #expect(meaning.state == state && meaning.whoActs == who, "\(code)")
      }
    }
    #expect(RefusalTable.codes == Self.expected.flatMap(\.codes).sorted())
    #expect(RefusalTable.meaning(of: 401) == nil, "an HTTP status is no number of the table")
  }

  @Test("Each is told as a clause and a sentence, for an app and for a person alike", arguments: RefusalTable.codes)
  func words(code: Int) throws {
    let meaning = try #require(RefusalTable.meaning(of: code))
    let cause: PartnerError.Cause = meaning.state.map { .consent($0) } ?? .refused(status: 400, message: "Raw.")
    let error = PartnerError(
      cause, tenant: nil, error: "invalid_grant", code: code, correlationID: "c-8", message: "Raw.")
    for clause in [meaning.cause, error.summary] {
      #expect(clause.first?.isLowercase == true || clause.hasPrefix("Entra ID"), "\(clause)")
      #expect(!clause.hasSuffix(".") && clause.count > 10)
    }
    #expect(error.summary == meaning.cause && error.whoActs == meaning.whoActs)
    #expect(error.nextAction.hasSuffix(".") && !error.nextAction.hasSuffix(".."))
    #expect(error.nextAction.first?.isUppercase == true)
    #expect(error.problem.message == nil, "who knows better does not repeat the service")
    #expect(error.problem.whoActs == meaning.whoActs && error.problem.summary == meaning.cause)
  }

  @Test("Of several numbers the first that is known tells; without one, the first")
  func telling() {
    #expect(RefusalTable.telling([70_002, 70_008]) == 70_008)
    #expect(RefusalTable.telling([1_234_567, 2_345_678]) == 1_234_567)
    #expect(RefusalTable.telling([]) == nil)
  }

  @Test(
    "Whether to try again, renew or ask follows from the words alone",
    arguments: [
      ("temporarily_unavailable", nil, false, .retry), ("server_error", nil, true, .retry),
      ("authorization_pending", nil, false, .poll), ("slow_down", nil, false, .poll),
      ("invalid_grant", "bad_token", false, .renew), ("invalid_grant", "token_expired", true, .renew),
      ("invalid_grant", nil, false, .renew), ("expired_token", nil, false, .renew),
      ("invalid_grant", nil, true, .ask), ("invalid_grant", "basic_action", false, .ask),
      ("interaction_required", nil, false, .ask), ("invalid_client", nil, false, .ask), ("", nil, false, .ask),
    ] as [(String, String?, Bool, RefusalCourse)])
  func course(error: String, suberror: String?, hasClaims: Bool, course: RefusalCourse) {
    #expect(RefusalCourse(error: error, suberror: suberror, hasClaims: hasClaims) == course)
  }

  @Test(
    "A number that nobody knows: the words tell what is certain, and the service's own are kept; never its description",
    arguments: [
      ("consent_required", nil, .missing, .customer, "consented"),
      ("invalid_scope", nil, .appProblem, .partner, "scope"),
      ("invalid_grant", "basic_action", nil, .partner, "sign-in is asked for"),
      ("invalid_grant", "bad_token", nil, .partner, "not accepted any more"),
      ("temporarily_unavailable", nil, nil, .microsoft, "busy"),
      ("invalid_client", nil, nil, nil, "refused (HTTP 400): AADSTS7000215 of another"),
    ] as [(String, String?, ConsentState?, WhoActs?, String)])
  func unknown(error: String, suberror: String?, state: ConsentState?, who: WhoActs?, says: String) {
    #expect(RefusalTable.meaning(error: error, suberror: suberror)?.state == state)
    let raw = "AADSTS7000215 of another"
    let failure = PartnerError(
      state.map { .consent($0) } ?? .refused(status: 400, message: raw), tenant: nil, error: error, suberror: suberror,
      code: 1_234_567, message: raw)
    #expect(failure.whoActs == who)
    #expect(failure.summary.contains(says))
    #expect(failure.problem.message == raw)
  }

  @Test("Whose turn it is stands with every cause where it is certain, and is not guessed elsewhere")
  func causes() {
    func who(_ cause: PartnerError.Cause) -> WhoActs? { PartnerError(cause, tenant: nil).whoActs }
    for cause in [.appRoleMissing([.hunt]), .notProvisioned, .claimsChallenge] as [PartnerError.Cause] {
      #expect(who(cause) == .customer)
    }
    for cause in [.credentialUnreadable("x"), .rootUnreadable("x"), .storage("x"), .excluded] as [PartnerError.Cause] {
      #expect(who(cause) == .partner)
    }
    #expect(who(.outage(status: 503)) == .microsoft)
    #expect(who(.unreachable(.noAnswer(host: "h"))) == nil && who(.cancelled) == nil)
    #expect(
      ConsentState.allCases.map(\.whoActs) == [
        nil, .customer, .customer, .customer, .customer, .customer, .customer, .partner, .partner, .partner, nil,
      ])
  }
}
