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
      "app": .string(credentials.app),
      "credentials": .array(credentials.standings.map(Self.json)),
    ])
  }

  static let csvColumns: [CSV.Column] = ["id", "name", "domain"] + TenantOutput.tokenColumns + ["app"]

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
    lines.add("audience", facts?.audience ?? "")
    lines.add("roles", facts?.roles.map(\.rawValue).joined(separator: " ") ?? "")
    lines.add("scopes", facts?.scopes.joined(separator: " ") ?? "")
    lines.add("issued", facts?.issuedAt.map { moment($0) } ?? "")
    lines.add("expires", token.expiresAt.map { moment($0) } ?? "")
    lines.add("got by", facts?.credential ?? "")
    lines.add("last refusal", token.lastError?.told(at: output.now) ?? "")
    if let refusal = token.lastError {
      lines.add("  what", refusal.summary ?? "")
      lines.add("  who acts", refusal.whoActs?.words ?? "")
      lines.add("  next", refusal.nextAction)
      lines.add("  it said", refusal.message ?? "")
      lines.add("  correlation", refusal.correlationID ?? "")
      lines.add("  time", refusal.at.map { moment($0) } ?? "")
    }
    for standing in credentials.standings {
      lines.add("credential \(standing.position)", standing.label)
      let (state, problem) = Self.told(standing)
      lines.add("", spelledOut(state).text + (problem.map { ": \($0.nextAction)" } ?? ""))
      lines.add("  ends", standing.validUntil.map { moment($0) } ?? "")
      lines.add("  thumbprint", standing.thumbprint ?? "")
    }
    return lines.text
  }

  private func moment(_ date: Date) -> String { Timestamp(date).description }
}

/// Labels with what they say, one below the other.
struct FactLines {
  private static let labelWidth = 14
  /// Columns of the window; `nil` for a file or a pipe, whose lines are as long as they are.
  var width: Int?
  private(set) var text = ""

  init(width: Int?) { self.width = width }

  /// Nothing for what is not known.
  mutating func add(_ label: String, _ value: String) {
    guard !value.isEmpty else { return }
    let safe = SafeText(value)
    let parts = width.map { safe.wrapped(to: max($0 - Self.labelWidth, 20)) } ?? [safe]
    for (index, part) in parts.enumerated() {
      let head = index == 0 ? label : ""
      text += head + String(repeating: " ", count: max(Self.labelWidth - head.count, 1)) + part.text + "\n"
    }
  }
}
