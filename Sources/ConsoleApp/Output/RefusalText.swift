import ConsoleCore
import FoundationEssentials
import PartnerModel
import SafeText

extension TenantOverview {
  /// What the service last refused a token with; `nil` where it did not.
  var refusal: Problem? {
    guard !tenant.isExcluded else { return nil }
    let consent = self.consent.state == .granted ? nil : self.consent.error
    return [consent, token.trouble == .refused ? token.lastError : nil].compactMap(\.self)
      .first { $0.correlationID != nil && $0.concernsToken }
  }
}

extension TenantOutput {
  /// Below the table: of each tenant that was refused what happened, who must act, what to do, and what the service finds
  /// the case by, whole and on lines of their own. A credential of ours is told elsewhere, and once.
  func refusals(_ overviews: [TenantOverview]) -> String {
    overviews.map { overview in
      guard let problem = overview.refusal, !problem.isAboutCredential else { return "" }
      var lines = [SafeText.empty]
      let code = problem.code.map { " (\($0))" } ?? ""
      lines += wrapped("", "\(overview.tenant.name): \(problem.summary ?? spelledOut(problem.cause).text)\(code)")
      lines += wrapped("who acts", problem.whoActs?.words)
      lines += wrapped("next", problem.nextAction)
      lines += wrapped("it said", problem.message)
      lines += whole("correlation", problem.correlationID)
      lines += whole("time", problem.at.map { Timestamp($0).description })
      return lines.map { $0.text + "\n" }.joined()
    }.joined()
  }

  private static let labelWidth = 15

  private func wrapped(_ label: SafeText, _ value: String?) -> [SafeText] {
    guard let value, !value.isEmpty else { return [] }
    let lead = label.isEmpty ? label : ("  " + label).padded(to: Self.labelWidth)
    guard let width else { return [lead + SafeText(value)] }
    let lines = SafeText(value).wrapped(to: max(width - lead.columns, 20))
    return lines.enumerated().map { ($0 == 0 ? lead : .blank(lead.columns)) + $1 }
  }

  /// On a line of its own where it does not fit beside its label: an id is copied as one.
  private func whole(_ label: SafeText, _ value: String?) -> [SafeText] {
    guard let value else { return [] }
    let (lead, text) = (("  " + label).padded(to: Self.labelWidth), SafeText(value))
    guard let width, lead.columns + text.columns > width else { return [lead + text] }
    return ["  " + label, text]
  }
}

extension Problem {
  /// Whether it is a credential of ours, which all tenants of its app share.
  var isAboutCredential: Bool {
    cause == ConsentState.credentialProblem.rawValue || cause == "credentialUnreadable"
  }
}
