import FoundationEssentials
import PartnerModel
import SafeText

/// How tenants are told to programs and to people.
struct TenantOutput {
  var now: Date
  var staleAfter: TimeInterval

  func json(_ overview: TenantOverview) -> JSONNode {
    let tenant = overview.tenant
    let counts = overview.counts
    return .object([
      "id": .string(tenant.id.rawValue),
      "name": .string(tenant.name),
      "domain": .string(tenant.domain),
      "groups": .strings(tenant.groups),
      "excluded": .bool(tenant.isExcluded),
      "consent": .object([
        "state": .string(overview.consent.state.rawValue),
        "granted": .strings(overview.consent.granted.map(\.rawValue)),
        "missing": .strings(overview.consent.missing.map(\.rawValue)),
        "checkedAt": .moment(overview.consent.checkedAt),
        "error": .problem(consentProblem(overview)),
      ]),
      "token": .object([
        "state": .string(overview.token.state(at: now).rawValue),
        "expiresAt": .moment(overview.token.expiresAt),
        "lastError": .problem(overview.token.lastError),
      ]),
      "incidents": .object([
        "high": .number(counts?.high),
        "medium": .number(counts?.medium),
        "low": .number(counts?.low),
        "informational": .number(counts?.informational),
        "open": .number(counts?.open),
      ]),
      "sync": syncJSON(overview),
    ])
  }

  /// Every state but `granted` says what to do, also where nothing was ever asked.
  private func consentProblem(_ overview: TenantOverview) -> Problem? {
    if overview.consent.state == .granted || overview.consent.error != nil { return overview.consent.error }
    guard !overview.tenant.isExcluded else {
      return Problem(
        cause: "excluded", nextAction: "Remove \"excluded\" from the tenant in the configuration to have it read.")
    }
    // Why it could not be told says more than that it is not known.
    return overview.token.lastError ?? overview.sync.error
      ?? Problem(cause: overview.consent.state.rawValue, nextAction: overview.consent.state.nextAction)
  }

  func syncJSON(_ overview: TenantOverview) -> JSONNode {
    .object([
      "state": .string(overview.syncState(at: now, staleAfter: staleAfter).rawValue),
      "lastSuccess": .moment(overview.sync.lastSuccess),
      "error": .problem(overview.sync.problem),
    ])
  }

  static let csvColumns =
    [
      "id", "name", "domain", "groups", "excluded", "consent.state", "consent.granted", "consent.missing",
      "consent.checkedAt",
    ] + problemColumns("consent.error") + ["token.state", "token.expiresAt"] + problemColumns("token.lastError")
    + [
      "incidents.high", "incidents.medium", "incidents.low", "incidents.informational", "incidents.open", "sync.state",
      "sync.lastSuccess",
    ] + problemColumns("sync.error")

  /// - Parameter path: where the problem is.
  static func problemColumns(_ path: String) -> [String] {
    ["cause", "error", "code", "correlationId", "requestId", "at", "nextAction"].map { "\(path).\($0)" }
  }

  /// The list of tenants, one a line.
  func text(_ overviews: [TenantOverview]) -> String {
    var table = TextTable([
      .init("TENANT"), .init("CONSENT"), .init("TOKEN"), .init("H", .trailing), .init("M", .trailing),
      .init("L", .trailing), .init("OPEN", .trailing), .init("SYNC"), .init("WHAT TO KNOW"),
    ])
    for overview in overviews {
      let counts = overview.counts
      func count(_ number: Int?) -> SafeText { number.map { SafeText(String($0)) } ?? "?" }
      table.add([
        SafeText(overview.tenant.name), SafeText(consentWord(overview.consent)),
        SafeText(overview.token.state(at: now).rawValue), count(counts?.high), count(counts?.medium),
        count(counts?.low), count(counts?.open),
        SafeText(overview.syncState(at: now, staleAfter: staleAfter).rawValue), SafeText(whatToKnow(overview)),
      ])
    }
    return table.text
  }

  private func consentWord(_ consent: ConsentRecord) -> String {
    consent.state == .partial ? "partial, -\(consent.missing.count)" : consent.state.rawValue
  }

  private func whatToKnow(_ overview: TenantOverview) -> String {
    if overview.tenant.isExcluded { return "excluded in the configuration" }
    if let problem = consentProblem(overview) { return words(problem) }
    if let problem = overview.sync.error { return words(problem) }
    return missing(overview.sync).joined(separator: "; ")
  }

  /// What is missing from a tenant that was read, a clause each.
  func missing(_ sync: SyncRecord) -> [String] {
    var words: [String] = []
    if let problem = sync.leftOut {
      let happened = [LeftOutProduct](problem).summary ?? ""
      words.append("\(happened)\(request(problem)). \(problem.nextAction)")
    }
    if sync.unreadable > 0 {
      let last = sync.unreadableItem.map { " (the last: \($0.error ?? "an item")\(request($0)))" } ?? ""
      let (are, them) = sync.unreadable == 1 ? ("it is", "it") : ("they are", "them")
      words.append(
        "\(sync.unreadable) of its incidents could not be read, so \(are) not listed\(last). The portal has \(them).")
    }
    return words
  }

  private func request(_ problem: Problem) -> String { problem.requestID.map { ", request \($0)" } ?? "" }

  private func words(_ problem: Problem) -> String {
    let code = problem.code.map { " (\($0))" } ?? ""
    return "\(problem.cause)\(code): \(problem.nextAction)"
  }

  func consentText(_ overviews: [TenantOverview]) -> String {
    var table = TextTable([
      .init("TENANT"), .init("CONSENT"), .init("GRANTED"), .init("MISSING"), .init("CHECKED"), .init("NEXT"),
    ])
    for overview in overviews {
      let consent = overview.consent
      table.add([
        SafeText(overview.tenant.name), SafeText(consent.state.rawValue),
        SafeText(consent.granted.map(\.rawValue).joined(separator: " ")),
        SafeText(consent.missing.map(\.rawValue).joined(separator: " ")),
        SafeText(consent.checkedAt.map { Timestamp($0).description } ?? "never"),
        SafeText(consentProblem(overview)?.nextAction ?? ""),
      ])
    }
    return table.text
  }

  func tokenText(_ overviews: [TenantOverview]) -> String {
    var table = TextTable([.init("TENANT"), .init("TOKEN"), .init("EXPIRES"), .init("LAST ERROR"), .init("NEXT")])
    for overview in overviews {
      let token = overview.token
      let code = token.lastError.map { problem in
        problem.cause + (problem.code.map { " \($0)" } ?? "")
      }
      table.add([
        SafeText(overview.tenant.name), SafeText(token.state(at: now).rawValue),
        SafeText(token.expiresAt.map { Timestamp($0).description } ?? "–"), SafeText(code ?? ""),
        SafeText(token.lastError?.nextAction ?? ""),
      ])
    }
    return table.text
  }
}

extension JSONNode {
  static func moment(_ date: Date?) -> JSONNode { .string(date.map { Timestamp($0).description }) }

  static func problem(_ problem: Problem?) -> JSONNode {
    guard let problem else { return .null }
    return .object([
      "cause": .string(problem.cause),
      "error": .string(problem.error),
      "code": .number(problem.code),
      "correlationId": .string(problem.correlationID),
      "requestId": .string(problem.requestID),
      "at": .moment(problem.at),
      "nextAction": .string(problem.nextAction),
    ])
  }
}
