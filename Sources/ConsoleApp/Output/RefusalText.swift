import ConsoleCore
import FoundationEssentials
import PartnerModel
import SafeText

extension TenantOverview {
  /// What the service last refused a token with; `nil` where it did not.
  var refusal: Problem? {
    guard !tenant.isExcluded else { return nil }
    // It tells apart what the service refuses with the same words.
    if let error = access.error, error.correlationID != nil { return error }
    let consent = self.consent.state == .granted ? nil : self.consent.error
    return [consent, token.trouble == .refused ? token.lastError : nil].compactMap(\.self)
      .first { $0.correlationID != nil && $0.concernsToken }
  }

  /// The same refusal as the relationships tell it apart, where they do.
  func toldApart(_ problem: Problem?) -> Problem? {
    guard let id = problem?.correlationID, let error = access.error, error.correlationID == id else { return problem }
    return error
  }
}

extension TenantOutput {
  /// Below the table: of each tenant that was refused what happened, who must act, what to do, and what the service finds
  /// the case by, whole and on lines of their own. A credential of ours is told elsewhere, and once.
  func refusals(_ overviews: [TenantOverview]) -> String {
    overviews.map { overview in
      guard let problem = overview.refusal, !problem.isAboutCredential else { return "" }
      var lines = FactLines(width: width)
      let code = problem.code.map { " (\($0))" } ?? ""
      lines.say("\(overview.tenant.name): \(problem.summary ?? spelledOut(problem.cause).text)\(code)")
      lines.add("  who acts", problem.whoActs?.words)
      lines.add("  next", problem.nextAction)
      lines.add("  it said", problem.message)
      lines.whole("  correlation", problem.correlationID)
      lines.whole("  time", problem.at.map { Timestamp($0).description })
      return "\n" + lines.text
    }.joined()
  }
}

extension Problem {
  /// Whether it is a credential of ours, which all tenants of its app share.
  var isAboutCredential: Bool {
    cause == ConsentState.credentialProblem.rawValue || cause == "credentialUnreadable"
  }
}
