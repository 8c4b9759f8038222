import FoundationEssentials
import PartnerModel

/// The token endpoint's error body.
///
/// Whether to try again, renew or ask rests on `error` and `suberror` (rule T11); the AADSTS numbers only say whose turn
/// it is.
struct TokenRefusal: Hashable, Sendable {
  var status: Int
  var error: String
  var suberror: String?
  var codes: [Int]
  var description: String?
  var traceID: String?
  var correlationID: String?
  var claims: String?

  /// `nil` when the answer is not such a body.
  init?(_ answer: Answer) {
    guard !answer.isWebPage, let body = try? JSONReader.read(answer.text), let error = body["error"]?.string else {
      return nil
    }
    status = answer.status
    self.error = error
    suberror = body["suberror"]?.string
    description = body["error_description"]?.string
    let listed = (body["error_codes"]?.array ?? []).compactMap(Self.number)
    codes = listed.isEmpty ? description.flatMap(Self.leadingNumber).map { [$0] } ?? [] : listed
    traceID = body["trace_id"]?.string ?? answer.requestID
    correlationID = body["correlation_id"]?.string
    claims = body["claims"]?.string
  }

  /// Some hand the numbers on as texts.
  private static func number(_ node: JSONNode) -> Int? {
    if let number = node.number { return Int(exactly: number) }
    return node.string.flatMap { text in text.hasPrefix(prefix) ? Int(text.dropFirst(prefix.count)) : Int(text) }
  }

  /// The number that a description begins with, as in `AADSTS700016: …`; one further on may be quoted from anywhere.
  private static func leadingNumber(_ description: String) -> Int? {
    guard description.hasPrefix(prefix) else { return nil }
    let digits = description.dropFirst(prefix.count).prefix { $0.isASCII && $0.isNumber }
    guard (4...9).contains(digits.count), description[digits.endIndex...].first == ":" else { return nil }
    return Int(digits)
  }

  private static let prefix = "AADSTS"

  /// Whether the service saw the same request too often and wants silence.
  var isLoop: Bool { codes.contains(PartnerError.loopCode) }

  /// The service may answer otherwise in a moment.
  var isTransient: Bool { error == "temporarily_unavailable" || error == "server_error" || status >= 500 }

  /// The state that the numbers tell; `nil` when none of them is known here.
  var consentState: ConsentState? { codes.lazy.compactMap { Self.states[$0] }.first }

  /// The number that tells most: the first that is known, else the first.
  var code: Int? { codes.first { Self.states[$0] != nil } ?? codes.first }

  /// The first line of the description, without the ids that follow it.
  var message: String {
    let text = description ?? error
    let line = text.prefix { $0 != "\r" && $0 != "\n" && $0 != "\r\n" }
    var words = line[..<(line.firstRange(of: "Trace ID:")?.lowerBound ?? line.endIndex)]
    while words.last == " " { words.removeLast() }
    return String(words.prefix(300))
  }

  /// Source: Entra ID error reference and the consent probe built on it.
  private static let states: [Int: ConsentState] = [
    700_016: .missing, 7_000_229: .missing, 70_001: .missing, 65_001: .missing, 65_004: .missing,
    650_051: .missing, 90_094: .missing, 90_095: .missing, 90_099: .missing,
    501_051: .notGranted,
    7_000_112: .disabled, 500_014: .disabled,
    53_003: .blocked, 53_000: .blocked, 53_001: .blocked, 530_003: .blocked, 500_212: .blocked, 500_213: .blocked,
    650_052: .unlicensed, 650_054: .unlicensed, 500_011: .unlicensed,
    90_002: .tenantNotFound, 900_023: .tenantNotFound, 90_038: .tenantNotFound,
    650_057: .appProblem, 65_005: .appProblem, 650_056: .appProblem, 70_011: .appProblem, 1_002_012: .appProblem,
    700_022: .appProblem, 28_002: .appProblem, 9_001_023: .appProblem, 901_002: .appProblem,
    7_000_215: .credentialProblem, 7_000_222: .credentialProblem, 700_027: .credentialProblem,
    700_024: .credentialProblem, 7_000_218: .credentialProblem, 700_025: .credentialProblem,
    700_030: .credentialProblem, 50_012: .credentialProblem, 50_048: .credentialProblem,
  ]
}
