import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// The lines of a tenant's consent, token and access.
struct TenantAccessRows {
  let row: TenantOverview
  let state: SharedState
  let expanded: Set<DocumentItem>
  let history: ConsentHistory
  /// When its consent changed, where nobody had looked at that before this was opened.
  let drift: Date?
  /// For an admin who sits somewhere else.
  let link: String?
  private(set) var page: DocumentRows

  init(
    _ row: TenantOverview, _ state: SharedState, width: Int, expanded: Set<DocumentItem>, history: ConsentHistory,
    drift: Date?, link: String?
  ) {
    self.row = row
    self.state = state
    self.expanded = expanded
    self.history = history
    self.drift = drift
    self.link = link
    page = DocumentRows(width: width, windowWidth: state.size.columns)
  }

  mutating func rows() -> [DocumentRow] {
    addGuide()
    if !row.tenant.isExcluded {
      addConsent()
      addToken()
    }
    addAccess()
    return page.rows
  }

  private mutating func addGuide() {
    if let run = state.access.consent, run.tenant == row.id {
      page.add(run, state)
    } else {
      if let ended = state.access.ends[row.id] { page.add(ended, state) }
      if state.access.isChecking(row.id) {
        page.wideText("⟳ A fresh token is being asked for.", Theme.accent)
      }
      page.add(AccessGuide(row, in: state))
    }
    guard let drift else { return }
    let change = history.changes.first
    let words: SafeText = change.map { ": " + $0.words } ?? .empty
    page.wideText(
      "• Consent changed \(ago(drift, state.now))\(words).", change?.isLoss ?? true ? Theme.warning : .plain)
  }

  // MARK: Consent

  private mutating func addConsent() {
    let consent = row.consent
    page.section("Consent")
    let state = self.state
    let checked = consent.checkedAt.map { "checked \(ago($0, state.now))" } ?? "never checked"
    var spans: [DocumentRow.Span] = [
      .init(text: Theme.glyph(consent.state) + " " + consent.state.word, style: Theme.style(consent.state))
    ]
    if let since { spans.append(.init(text: "   since \(since)", style: .plain)) }
    spans.append(.init(text: SafeText("   " + checked), style: Theme.quiet))
    page.spans(spans)
    let needs = PermissionNeed.compared(
      required: state.settings.configuration.requiredRoles(for: row.tenant), granted: consent.granted)
    let isKnown = consent.checkedAt != nil && consent.state != .unknown
    let nameWidth = min(needs.map { SafeText($0.role.rawValue).columns }.max() ?? 0, max(page.width - 24, 20))
    for need in needs { add(need, isKnown: isKnown, nameWidth: nameWidth) }
    addDirectory()
    if let link = linkToSend {
      page.text("To send to an admin of the tenant (not waited for):", Theme.quiet)
      page.link(link)
    }
    addHistory()
  }

  /// What the tenant's own directory says beside the token.
  private mutating func addDirectory() {
    guard let directory = row.directory else { return }
    let age = ago(directory.checkedAt, state.now)
    let (lagging, withdrawn) = (directory.lagging(behind: row.consent), directory.withdrawn(from: row.consent))
    func names(_ roles: [AppRole]) -> SafeText { SafeText(roles.map(\.rawValue).joined(separator: ", ")) }
    if !directory.isEnabled { page.text("Their directory, \(age): the app is disabled.", Theme.failure) }
    if !lagging.isEmpty { page.text("Their directory, \(age): granted, and in no token yet: \(names(lagging)).") }
    if !withdrawn.isEmpty {
      page.text("Their directory, \(age): withdrawn, gone with the next token: \(names(withdrawn)).", Theme.warning)
    }
    if directory.isEnabled, lagging.isEmpty, withdrawn.isEmpty {
      page.text("Their directory confirms it, \(age).", Theme.quiet)
    }
  }

  /// The page for an admin who sits somewhere else.
  private var linkToSend: String? {
    guard [.partial, .missing, .notGranted].contains(row.consent.state), state.access.consent?.tenant != row.id else {
      return nil
    }
    return link
  }

  /// Since when the state is as it is, by what is on record.
  private var since: SafeText? {
    guard let last = history.changes.first, last.after == row.consent.state else { return nil }
    return Age(since: last.at, at: state.now).text
  }

  private mutating func add(_ need: PermissionNeed, isKnown: Bool, nameWidth: Int) {
    let (word, style): (SafeText, Style) =
      !need.isRequired
      ? ("+ more than required", Theme.warning)
      : !isKnown
        ? ("◌ not known", Theme.quiet) : need.isGranted ? ("● granted", Theme.good) : ("○ missing", Theme.warning)
    let item = DocumentItem.permission(need.role)
    let consequence: SafeText =
      need.isRequired
      ? need.breaks.map { (need.isGranted ? "else " : "") + SafeText($0) } ?? ""
      : need.breaks.map { "without it " + SafeText($0) } ?? "nothing here needs it"
    let room = page.width - nameWidth - 1 - 20 - 1
    var spans: [DocumentRow.Span] = [
      .init(text: SafeText(need.role.rawValue), style: .plain, columns: nameWidth),
      .init(text: word, style: style, columns: need.isRequired ? 11 : 20),
    ]
    let isBeside = consequence.columns <= room + (need.isRequired ? 9 : 0)
    if isBeside { spans.append(.init(text: consequence, style: need.isGranted ? Theme.quiet : .plain)) }
    page.spans(spans, item: item)
    if !isBeside, expanded.contains(item) || !need.isGranted { page.text(consequence, .plain, indent: 2) }
  }

  private mutating func addHistory() {
    if let failure = history.failure {
      page.text("The history could not be read: \(SafeText(failure)) r tries again.", Theme.failure)
    } else if !history.isLoaded {
      page.text("The history is being read…", Theme.quiet)
    } else if history.changes.isEmpty {
      page.text("No change of it is on record.", Theme.quiet)
    } else {
      let count = history.changes.count
      page.text(count == 1 ? "1 change on record:" : "\(count) changes on record, the newest first:", Theme.quiet)
    }
    for (index, change) in history.changes.prefix(ConsentHistory.listed).enumerated() { add(change, index) }
    let more = history.changes.count - ConsentHistory.listed
    if more > 0 { page.text("+\(more) more: partner-console consent history lists them.", Theme.quiet) }
  }

  private mutating func add(_ change: ConsentChange, _ index: Int) {
    let item = DocumentItem.change(index)
    let words = change.words
    page.spans(
      [
        .init(text: shortMoment(Timestamp(change.at)), style: Theme.quiet, columns: 11),
        .init(text: words.clipped(to: max(page.width - 12, 8)), style: change.lost.isEmpty ? .plain : Theme.warning),
      ], item: item)
    guard expanded.contains(item) else { return }
    if words.columns > page.width - 12 { page.text(words, .plain, indent: 2) }
    if let name = change.operatorUPN { page.text("\(SafeText(name)) was at the console.", Theme.quiet, indent: 2) }
    add(change.problem)
  }

  // MARK: Token

  private mutating func addToken() {
    page.section("Token")
    let token = row.token
    let tokenState = token.state(at: state.now)
    var words = spelledOut(tokenState.rawValue)
    if tokenState == .valid || tokenState == .expiring, let end = token.expiresAt {
      words += ", ends in \(Age(seconds: end.timeIntervalSince(state.now)).text) (\(clock(end, on: state.now)))"
    }
    let style: Style =
      switch tokenState {
      case .valid: Theme.good
      case .expiring, .throttled, .failed: Theme.warning
      case .refused, .signInNeeded: Theme.failure
      case .expired, .none: Theme.quiet
      }
    page.fact("state", words, style)
    page.fact("silent to", token.parkedUntil.flatMap { $0 > state.now ? clock($0, on: state.now) : nil })
    if let facts = token.facts {
      page.fact("issued", facts.issuedAt.map { "\(ago($0, state.now)) (\(clock($0, on: state.now)))" })
      page.fact("audience", facts.audience.map { SafeText($0) })
      page.fact("roles", facts.roles.isEmpty ? nil : SafeText(facts.roles.map(\.rawValue).joined(separator: " ")))
      page.fact("scopes", facts.scopes.isEmpty ? nil : SafeText(facts.scopes.joined(separator: " ")))
      page.fact("got by", facts.credential.map { SafeText($0) })
    } else {
      page.fact("claims", "not told: r asks for a fresh token", Theme.quiet)
    }
    add(token.lastError, as: "token", label: "last error")
    if row.consent.error?.correlationID != token.lastError?.correlationID || token.lastError == nil {
      add(row.consent.error, as: "consent", label: "consent")
    }
    if let problem = row.sync.problem,
      problem.correlationID != token.lastError?.correlationID || problem.correlationID == nil,
      problem != row.consent.error
    {
      add(problem, as: "sync", label: "last read")
    }
  }

  /// A failure in a line; its numbers and ids unfold.
  private mutating func add(_ problem: Problem?, as name: String, label: SafeText) {
    guard let problem else { return }
    let item = DocumentItem.problem(name)
    let code = [problem.error, problem.code.map { "\($0)" }].compactMap(\.self).map {
      SafeText(beginningOf: $0, limit: 80)
    }
    var words = SafeText(beginningOf: problem.summary ?? problem.cause)
    if !code.isEmpty { words += " (\(code.joined(separator: " ")))" }
    if let at = problem.at { words += ", \(ago(at, state.now))" }
    page.fact(label, words, Theme.warning, item: item)
    if expanded.contains(item) { add(problem) }
  }

  private mutating func add(_ problem: Problem?) {
    guard let problem else { return }
    page.text(SafeText(problem.nextAction), .plain, indent: 2)
    for (label, value) in problemDetails(problem) { page.text(label + " " + value, Theme.quiet, indent: 2) }
  }

  // MARK: Access

  private mutating func addAccess() {
    page.section("Access")
    let (tenant, access) = (row.tenant, row.access)
    page.fact("context", tenant.context == .user ? "people sign in (delegated)" : "we act as the app (app-only)")
    if tenant.context == .user || access.state.keepsOut || access.state == .ending {
      let checked: SafeText = access.checkedAt.map { ", GDAP read \(ago($0, state.now))" } ?? ", GDAP never read"
      page.fact("access", access.state.glyph + " " + SafeText(access.state.summary) + checked, access.state.style)
    }
    if tenant.context == .user {
      for standing in state.access.standings {
        page.fact(
          "signed in", "\(SafeText(standing.account)), \(ago(standing.signedInAt, state.now)), \(standing.rest)")
      }
      if state.access.standings.isEmpty { page.fact("signed in", "nobody: I signs in", Theme.warning) }
    }
    for relation in access.relations { add(relation) }
    if access.relations.isEmpty { page.fact("GDAP", relationsMissing, Theme.quiet) }
    add(access.error, as: "access", label: "last error")
    page.fact("contact", tenant.contact.map { SafeText($0) })
    page.fact("runbook", tenant.runbook.map { SafeText($0) })
    page.fact("notes", tenant.notes.map { SafeText($0) })
    page.fact("groups", tenant.groups.isEmpty ? nil : SafeText(tenant.groups.joined(separator: ", ")))
    page.fact("domain", tenant.domain.map { SafeText($0) })
    page.fact("tenant id", SafeText(tenant.id.rawValue))
    let app = state.settings.configuration.app(for: tenant)
    page.fact(
      "app", (tenant.app.map { SafeText($0) + " " } ?? .empty) + SafeText(app.clientID) + ", \(app.cloud.label)")
  }

  private var relationsMissing: SafeText {
    row.access.checkedAt == nil
      ? "not read: it takes \(AppRole.readRelations.rawValue) at home" : "no relationship with the tenant"
  }

  private mutating func add(_ relation: DelegatedAdminRelation) {
    let item = DocumentItem.relation(relation.id)
    let end: SafeText =
      relation.endsAt.map { end in
        let left = end.timeIntervalSince(state.now)
        return left > 0 ? "ends in \(Age(seconds: left).text)" : "ended \(ago(end, state.now))"
      } ?? "no end told"
    let extends: SafeText = relation.autoExtends ? ", goes on by itself" : ""
    let words: SafeText =
      "\(SafeText(beginningOf: relation.displayName, limit: 120)): \(SafeText(beginningOf: relation.status, limit: 40)), \(end)\(extends)"
    let isFine = relation.isInForce(at: state.now)
    page.fact("GDAP", words, isFine ? .plain : Theme.warning, item: item)
    page.fact(.empty, rolesWords(relation.roles), Theme.quiet)
    guard expanded.contains(item) else { return }
    for line in relationDetails(relation, state.now) {
      page.text(line, Theme.quiet, indent: DocumentRows.labelWidth + 1)
    }
  }
}

/// The consent changes of a tenant, as far as they were read.
struct ConsentHistory: Hashable, Sendable {
  /// So many are listed.
  static let listed = 50

  /// The newest first.
  var changes: [ConsentChange] = []
  var isLoaded = false
  var failure: String?
}

/// Numbers and ids of a failure, with which its owner finds it.
func problemDetails(_ problem: Problem) -> [(SafeText, SafeText)] {
  var details: [(SafeText, SafeText)] = []
  func add(_ label: SafeText, _ value: String?) {
    if let value, !value.isEmpty { details.append((label, SafeText(beginningOf: value))) }
  }
  add("who acts", problem.whoActs?.words)
  add("it said", problem.message)
  add("code", [problem.error, problem.code.map { "\($0)" }].compactMap(\.self).joined(separator: " "))
  add("correlation id", problem.correlationID)
  add("request id", problem.requestID)
  add("time", problem.at.map { Timestamp($0).description })
  return details
}

func rolesWords(_ roles: [String]) -> SafeText {
  roles.isEmpty
    ? "no roles"
    : roles.prefix(30).map { SafeText(beginningOf: EntraRole.name(of: $0), limit: 60) }.joined(separator: ", ")
}

func relationDetails(_ relation: DelegatedAdminRelation, _ now: Date) -> [SafeText] {
  var lines: [SafeText] = ["id \(SafeText(beginningOf: relation.id, limit: 120))"]
  if let end = relation.endsAt { lines.append("ends \(SafeText(Timestamp(end).description))") }
  guard let assignments = relation.assignments else { return lines + ["groups were not read"] }
  if assignments.isEmpty { lines.append("no group has a role by it") }
  for assignment in assignments.prefix(30) {
    let member: SafeText =
      assignment.holdsOperator.map { $0 ? ", you are in it" : ", you are not in it" } ?? ""
    lines.append(
      "group \(SafeText(beginningOf: assignment.group, limit: 80)), \(SafeText(beginningOf: assignment.status, limit: 40)): \(rolesWords(assignment.roles))\(member)"
    )
  }
  return lines
}
