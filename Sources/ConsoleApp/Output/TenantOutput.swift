import ConsoleCore
import FoundationEssentials
import PartnerModel
import SafeText

/// How tenants are told to programs and to people.
struct TenantOutput {
  var now: Date
  var staleAfter: TimeInterval
  /// What the work in a tenant needs.
  var required: @Sendable (Tenant) -> [AppRole]
  /// Columns of the window; `nil` for a file or a pipe.
  var width: Int?

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
        "permissions": permissionsJSON(overview),
        "directory": directoryJSON(overview),
        "changedAt": .moment(overview.drift.changedAt),
        "seenAt": .moment(overview.drift.seenAt),
      ]),
      "access": accessJSON(overview),
      "token": tokenJSON(overview),
      "incidents": .object([
        "high": .number(counts?.high),
        "medium": .number(counts?.medium),
        "low": .number(counts?.low),
        "informational": .number(counts?.informational),
        "open": .number(counts?.open),
      ]),
      "sync": syncJSON(overview),
      "readAt": .moment(overview.sync.lastSuccess),
    ])
  }

  func tokenJSON(_ overview: TenantOverview) -> JSONNode {
    let facts = overview.token.facts
    let decoded = facts.flatMap { $0.isDecoded ? $0 : nil }
    return .object([
      "state": .string(overview.token.state(at: now).rawValue),
      "expiresAt": .moment(overview.token.expiresAt),
      "audience": .string(decoded?.audience),
      "tenant": .string(decoded.map { _ in overview.id.rawValue }),
      "roles": decoded.map { .strings($0.roles.map(\.rawValue)) } ?? .null,
      "scopes": decoded.map { .strings($0.scopes) } ?? .null,
      "issuedAt": .moment(decoded?.issuedAt),
      "credential": .string(facts?.credential),
      "lastError": .problem(overview.token.lastError),
    ])
  }

  /// Every state but `granted` says what to do, also where nothing was ever asked.
  private func consentProblem(_ overview: TenantOverview) -> Problem? {
    if overview.consent.state == .granted || overview.consent.error != nil { return overview.consent.error }
    guard !overview.tenant.isExcluded else {
      return Problem(
        cause: "excluded", nextAction: "Remove \"excluded\" from the tenant in the configuration to have it read.",
        whoActs: .partner)
    }
    // Why it could not be told says more than that it is not known.
    return overview.access.error ?? overview.token.lastError ?? overview.sync.error
      ?? Problem(
        cause: overview.consent.state.rawValue, nextAction: overview.consent.state.nextAction,
        whoActs: overview.consent.state.whoActs, summary: overview.consent.state.summary)
  }

  func syncJSON(_ overview: TenantOverview) -> JSONNode {
    .object([
      "state": .string(overview.syncState(at: now, staleAfter: staleAfter).rawValue),
      "lastSuccess": .moment(overview.sync.lastSuccess),
      "error": .problem(overview.sync.problem),
    ])
  }

  static let csvColumns: [CSV.Column] =
    [
      "id", "name", "domain", "groups", "excluded", "consent.state", "consent.granted", "consent.missing",
      "consent.checkedAt",
    ] + problemColumns("consent.error") + tokenColumns
    + [
      "incidents.high", "incidents.medium", "incidents.low", "incidents.informational", "incidents.open", "sync.state",
      "sync.lastSuccess",
    ] + problemColumns("sync.error") + ["consent.changedAt"] + accessColumns + ["readAt"]

  static let tokenColumns: [CSV.Column] =
    [
      "token.state", "token.expiresAt", "token.audience", "token.tenant", "token.roles", "token.scopes",
      "token.issuedAt", "token.credential",
    ] + problemColumns("token.lastError")

  /// - Parameter path: where the problem is.
  static func problemColumns(_ path: String) -> [CSV.Column] {
    ["cause", "error", "code", "correlationId", "requestId", "at", "nextAction", "whoActs", "summary", "message"]
      .map { CSV.Column("\(path).\($0)") }
  }

  /// The list of tenants, one a line.
  func text(_ overviews: [TenantOverview]) -> String {
    let hasAccess = overviews.contains(where: \.hasAccessToTell)
    var table = TextTable(
      [
        .init("TENANT"), .init("CONSENT"), .init("TOKEN"), .init("H", .trailing), .init("M", .trailing),
        .init("L", .trailing), .init("OPEN", .trailing), .init("SYNC"), .init("WHO"), .init("WHAT TO KNOW"),
        .init("SYNCED"),
      ] + (hasAccess ? [.init("ACCESS")] : []),
      givingWay: [
        .shorten(10), .shrink(9, to: 44), .shrink(0, to: 32), .shrink(9, to: 20), .drop(5), .drop(2), .drop(6),
        .drop(7), .drop(10), .drop(4), .drop(3), .drop(8),
      ] + (hasAccess ? [.drop(11)] : [])
        + [.drop(1), .shrink(9, to: 8), .shrink(0, to: 8)])
    for overview in overviews {
      let counts = overview.counts
      let sync = overview.syncState(at: now, staleAfter: staleAfter)
      // Of what was read in part, or not lately, no count is the last word.
      let more = sync == .ok || sync == .excluded ? "" : "+"
      func count(_ number: Int?) -> TextTable.Cell { number.map { "\($0)\(more)" } ?? "?" }
      table.add(
        [
          "\(overview.tenant.name)", .init(consentWord(overview.consent)),
          .init(spelledOut(overview.token.state(at: now).rawValue)), count(counts?.high), count(counts?.medium),
          count(counts?.low), count(counts?.open),
          "\(sync.rawValue)", who(consentProblem(overview) ?? overview.access.error ?? overview.sync.error),
          "\(whatToKnow(overview))", .init(overview.sync.lastSuccess, now: now),
        ] + (hasAccess ? [access(overview)] : []))
    }
    return table.text(width: width) + refusals(overviews)
  }

  private func consentWord(_ consent: ConsentRecord) -> SafeText {
    consent.state == .partial ? "partial, -\(consent.missing.count)" : consent.state.word
  }

  private func whatToKnow(_ overview: TenantOverview) -> String {
    if overview.tenant.isExcluded { return "excluded in the configuration" }
    if let problem = consentProblem(overview) { return words(problem) }
    if let problem = overview.access.error ?? overview.sync.error { return words(problem) }
    if overview.sync.isClockUndone(at: now) {
      return "read at a time that has not come: the clock was set back. Read it again: --refresh."
    }
    return overview.sync.missingParts.joined(separator: " ")
  }

  private func words(_ problem: Problem) -> String {
    "\(problem.told(at: now)): \(problem.nextAction)"
  }

  private func known(_ moment: Date?) -> TextTable.Cell { moment.map { .init($0, now: now) } ?? "–" }

  private func who(_ problem: Problem?) -> TextTable.Cell { "\(problem?.whoActs?.words ?? "")" }

  func consentText(_ overviews: [TenantOverview]) -> String {
    let hasAccess = overviews.contains(where: \.hasAccessToTell)
    var table = TextTable(
      [
        .init("TENANT"), .init("CONSENT"), .init("GRANTED"), .init("MISSING"), .init("CHECKED"), .init("WHO"),
        .init("NEXT"),
      ] + (hasAccess ? [.init("ACCESS")] : []),
      givingWay: [
        .shorten(4), .shrink(6, to: 44), .shrink(0, to: 32), .drop(2), .shrink(6, to: 20), .drop(4), .drop(3), .drop(5),
      ]
        + (hasAccess ? [.drop(7)] : []) + [.shrink(6, to: 8), .shrink(0, to: 8)])
    for overview in overviews {
      let consent = overview.consent
      let problem = overview.toldApart(consentProblem(overview)) ?? overview.access.error
      table.add(
        [
          "\(overview.tenant.name)", .init(consent.state.word),
          "\(consent.granted.map(\.rawValue).joined(separator: " "))",
          "\(consent.missing.map(\.rawValue).joined(separator: " "))", .init(consent.checkedAt, now: now), who(problem),
          "\(problem?.nextAction ?? "")",
        ] + (hasAccess ? [access(overview)] : []))
    }
    return table.text(width: width) + refusals(overviews) + differences(overviews)
  }

  func tokenText(_ overviews: [TenantOverview]) -> String {
    var table = TextTable(
      [
        .init("TENANT"), .init("TOKEN"), .init("ISSUED"), .init("EXPIRES"), .init("AUDIENCE"), .init("ROLES OR SCOPES"),
        .init("GOT BY"), .init("LAST ERROR"), .init("WHO"), .init("NEXT"),
      ],
      givingWay: [
        .shorten(2), .shorten(3), .shrink(9, to: 44), .shrink(5, to: 32), .shrink(6, to: 24), .shrink(0, to: 32),
        .drop(4), .drop(5), .drop(2), .shrink(9, to: 20), .drop(6), .drop(3), .drop(7), .drop(8), .shrink(9, to: 8),
        .shrink(0, to: 8),
      ])
    for overview in overviews {
      let (token, facts) = (overview.token, overview.token.facts)
      let lastError = overview.toldApart(token.lastError)
      let allowed = (facts?.roles.map(\.rawValue) ?? []) + (facts?.scopes ?? [])
      table.add([
        "\(overview.tenant.name)", .init(spelledOut(token.state(at: now).rawValue)), known(facts?.issuedAt),
        known(token.expiresAt), "\(facts?.audience ?? "–")",
        "\(allowed.isEmpty ? "–" : allowed.joined(separator: " "))",
        "\(facts?.credential ?? "–")", "\(lastError?.told(at: now) ?? "")",
        who(lastError), "\(lastError?.nextAction ?? "")",
      ])
    }
    return table.text(width: width) + refusals(overviews)
  }
}

extension Problem {
  /// What happened, in words, and how long ago: it may be mended by now.
  func told(at now: Date) -> String {
    spelledOut(cause).text + (code.map { " \($0)" } ?? "") + (at.map { ", \(Age(since: $0, at: now).ago)" } ?? "")
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
      "whoActs": .string(problem.whoActs?.rawValue),
      "summary": .string(problem.summary),
      "message": .string(problem.message),
    ])
  }
}
