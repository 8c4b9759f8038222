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
    self.error = String(error.prefix(Answer.longestID))
    suberror = body["suberror"]?.string.map { String($0.prefix(Answer.longestID)) }
    description = body["error_description"]?.string
    let listed = (body["error_codes"]?.array ?? []).compactMap(Self.number)
    codes = listed.isEmpty ? description.flatMap(Self.leadingNumber).map { [$0] } ?? [] : listed
    traceID = Answer.id(body["trace_id"]?.string) ?? answer.requestID
    correlationID = Answer.id(body["correlation_id"]?.string)
    claims = body["claims"]?.string
  }

  /// What a browser brought back instead of a code.
  init(error: String, description: String) {
    status = 400
    self.error = String(error.prefix(Answer.longestID))
    self.description = description
    codes = Self.leadingNumber(description).map { [$0] } ?? []
  }

  /// Some hand the numbers on as texts.
  private static func number(_ node: JSONNode) -> Int? {
    let number =
      if let number = node.number {
        Int(exactly: number)
      } else {
        node.string.flatMap { text in text.hasPrefix(prefix) ? Int(text.dropFirst(prefix.count)) : Int(text) }
      }
    return number.flatMap { (1...999_999_999).contains($0) ? $0 : nil }
  }

  /// The number that a description begins with, as in `AADSTS700016: …`; one further on may be quoted from anywhere.
  private static func leadingNumber(_ description: String) -> Int? {
    guard description.hasPrefix(prefix) else { return nil }
    let digits = description.dropFirst(prefix.count).prefix { $0.isASCII && $0.isNumber }
    guard (4...9).contains(digits.count), description[digits.endIndex...].first == ":" else { return nil }
    return Int(digits)
  }

  /// The number with which a credential is turned away that a public client showed.
  private static let publicClient = 700_025

  private static let prefix = "AADSTS"

  /// Whether the service saw the same request too often and wants silence.
  var isLoop: Bool { codes.contains(PartnerError.loopCode) }

  /// What is done now.
  var course: RefusalCourse {
    status >= 500 ? .retry : RefusalCourse(error: error, suberror: suberror, hasClaims: claims != nil)
  }

  /// What the numbers mean; `nil` when none of them is known here.
  private var known: RefusalMeaning? { code.flatMap { RefusalTable.meaning(of: $0) } }

  /// What it means: by its numbers, else by its words; `nil` where nobody knows.
  var meaning: RefusalMeaning? { known ?? RefusalTable.meaning(error: error, suberror: suberror) }

  var consentState: ConsentState? { meaning?.state }

  /// What it means where a person acts; `nil` where it means the same as for the app.
  ///
  /// The number tells a person who is not in the tenant from one who has to sign in again; both come as `invalid_grant`.
  var personalCause: PartnerError.Cause? {
    if code == Self.publicClient { return .signInFailed(.publicRedirect) }
    if let access = code.flatMap({ RefusalTable.access(of: $0) }) { return .access(access) }
    guard consentState == nil, !codes.contains(where: RefusalTable.concernsAccount) else { return nil }
    if endsSignIn { return .signInNeeded(.ended) }
    return switch error {
    case "invalid_grant" where meaning == nil || meaning?.whoActs == .partner: .signInNeeded(.more)
    case "interaction_required", "login_required": .signInNeeded(.more)
    default: nil
    }
  }

  /// Whether the sign-in itself is not taken any more, in whatever tenant.
  private var endsSignIn: Bool {
    course != .poll
      && (codes.contains(where: RefusalTable.endsSignIn) || ["bad_token", "token_expired"].contains(suberror))
  }

  /// The number that tells most.
  var code: Int? { RefusalTable.telling(codes) }

  /// What the service says itself, where its numbers are not known here.
  var ownWords: String? { known == nil ? message : nil }

  /// The first line of the description, without the ids that follow it.
  var message: String {
    let text = description ?? error
    let line = text.prefix { $0 != "\r" && $0 != "\n" && $0 != "\r\n" }
    var words = line[..<(line.firstRange(of: "Trace ID:")?.lowerBound ?? line.endIndex)]
    while words.last == " " { words.removeLast() }
    return String(words.prefix(300))
  }
}
