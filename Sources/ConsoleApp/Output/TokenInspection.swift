import ConsoleCore
import FoundationEssentials
import PartnerModel
import SafeText

/// What is known of one tenant's token and of the credentials that it is got by; never the token.
struct TokenInspection: Sendable {
  var row: TenantOverview
  var credentials: AppCredentials

  func json(_ output: TenantOutput) -> JSONNode {
    .object([
      "id": .string(row.id.rawValue),
      "name": .string(row.tenant.name),
      "domain": .string(row.tenant.domain),
      "token": output.tokenJSON(row),
      "access": output.accessJSON(row),
      "app": .string(credentials.app),
      "credentials": .array(credentials.standings.map(Self.json)),
    ])
  }

  static let csvColumns: [CSV.Column] =
    ["id", "name", "domain"] + TenantOutput.tokenColumns + ["app"] + TenantOutput.accessColumns

  private static func json(_ standing: CredentialStanding) -> JSONNode {
    let (state, problem) = told(standing)
    return .object([
      "position": .number(standing.position),
      "type": .string(standing.source.kind),
      "label": .string(standing.label),
      "state": .string(state),
      "lastServedAt": .moment(standing.lastServedAt),
      "validUntil": .moment(standing.validUntil),
      "thumbprint": .string(standing.thumbprint),
      "error": .problem(problem),
    ])
  }

  private static func told(_ standing: CredentialStanding) -> (state: String, Problem?) {
    switch standing.state {
    case .notTried: return ("notTried", nil)
    case .served: return ("served", nil)
    case .refused(let problem): return ("refused", problem)
    case .unreadable(let reason, let moment):
      var problem = PartnerError(.credentialUnreadable(reason), tenant: nil).problem
      problem.at = moment
      return ("unreadable", problem)
    }
  }

  /// A line for each fact.
  func text(_ output: TenantOutput) -> String {
    let (token, facts) = (row.token, row.token.facts)
    var lines = FactLines(width: output.width)
    lines.add("tenant", "\(row.tenant.name)  \(row.id)")
    lines.add("token", spelledOut(token.state(at: output.now).rawValue).text)
    lines.add("audience", facts?.audience)
    lines.add("roles", facts?.roles.map(\.rawValue).joined(separator: " "))
    lines.add("scopes", facts?.scopes.joined(separator: " "))
    lines.add("issued", moment(facts?.issuedAt))
    lines.add("expires", moment(token.expiresAt))
    lines.add("got by", facts?.credential)
    if let refusal = token.lastError {
      lines.add("last refusal", refusal.told(at: output.now))
      lines.add("  what", refusal.summary)
      lines.add("  who acts", refusal.whoActs?.words)
      lines.add("  next", refusal.nextAction)
      lines.add("  it said", refusal.message)
      lines.whole("  correlation", refusal.correlationID)
      lines.whole("  request id", refusal.requestID)
      lines.whole("  time", moment(refusal.at))
    }
    output.add(row.access, of: row.tenant, to: &lines)
    for standing in credentials.standings {
      lines.add("credential \(standing.position)", standing.label)
      let (state, problem) = Self.told(standing)
      lines.add("", spelledOut(state).text + (problem.map { ": \($0.nextAction)" } ?? ""))
      lines.add("  ends", moment(standing.validUntil))
      lines.whole("  thumbprint", standing.thumbprint)
    }
    return lines.text
  }

  private func moment(_ date: Date?) -> String? { date.map { Timestamp($0).description } }
}
