import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// Why a table of incidents is empty, and what would fill it. What could not be seen is never told as none.
/// - Parameter tenant: the one whose incidents they are; `nil` for all.
func incidentsEmpty(_ state: SharedState, _ list: IncidentList, of tenant: TenantID?, width: Int) -> [EmptyText] {
  if let reason = list.loadFailure {
    return EmptyText.list(
      "The cache could not be read: \(SafeText(reason))", "What it has is not known; r tries again.")
  }
  if !list.isLoaded { return EmptyText.list("Loading what is known…", "Rows appear as they are read.") }
  if !list.filter.isEmpty, list.total > 0 {
    if list.isWorking { return EmptyText.list("Looking through \(list.total) incidents…") }
    let gaps =
      tenant.map { tenantGaps(state, $0) }
      ?? ListGaps(state.tenants).lines(
        .searched, room: width - 6, first: list.filter)
    let known: SafeText = gaps.isEmpty ? "" : " that are known"
    return EmptyText.list("None of \(list.total) incidents\(known) holds every word of the filter.") + gaps
      + filterHelp(state, list.filter)
  }
  if let tenant { return tenantEmpty(state, tenant) }
  let tenants = state.tenants
  if tenants.everRead == 0, state.progress.isUnderWay {
    return EmptyText.list(
      "The tenants are being read: \(state.progress.done) of \(state.progress.total) so far.",
      "Incidents appear as they come.")
  }
  if tenants.everRead == 0 {
    return EmptyText.list(
      "No tenant was read yet, so nothing is known about open incidents.",
      "r reads all tenants now; Tab shows what keeps each of them.")
  }
  let gaps = ListGaps(tenants).lines(.known, room: width - 6, first: .none)
  if gaps.isEmpty {
    return EmptyText.list(
      "No open incident in the \(counted(tenants.coverage[.ok], "tenant")): all were read.",
      "New ones appear by themselves.")
  }
  let whole = tenants.wholeCount
  let head: SafeText =
    whole == 0
    ? "No open incident is known, but no tenant was read lately and in full."
    : "No open incident in the \(counted(whole, "tenant")) that \(whole == 1 ? "was" : "were") read lately and in full."
  return EmptyText.list(head) + gaps + [EmptyText("Tab shows each of them and why; r reads them again.", Theme.quiet)]
}

/// One text of an empty view.
struct EmptyText: Hashable, Sendable {
  var text: SafeText
  var style: Style

  init(_ text: SafeText, _ style: Style) {
    self.text = text
    self.style = style
  }

  /// What is so, then what helps.
  static func list(_ texts: SafeText...) -> [EmptyText] {
    texts.enumerated().map { EmptyText($1, $0 == 0 ? .plain : Theme.quiet) }
  }
}

/// Tenants whose incidents a list does not hold as they are now.
struct ListGaps: Hashable, Sendable {
  /// What was done with what is there.
  enum Deed: Hashable, Sendable { case searched, known }

  private(set) var never: [Tenant] = []
  private(set) var old: [Tenant] = []
  private(set) var partial: [Tenant] = []
  private(set) var excluded: [Tenant] = []

  init(_ tenants: TenantsState) {
    for row in tenants.rows {
      guard let trust = tenants.trust(in: row.id) else { continue }
      if row.tenant.isExcluded {
        excluded.append(row.tenant)
      } else if trust.readAt == nil {
        never.append(row.tenant)
      } else if trust.isOld {
        old.append(row.tenant)
      } else if !trust.isWhole {
        partial.append(row.tenant)
      }
    }
  }

  var isEmpty: Bool { never.isEmpty && old.isEmpty && partial.isEmpty }

  /// How many tenants, and which of them as far as the room goes: those that a filter names come first.
  func lines(_ deed: Deed, room: Int, first filter: WordFilter) -> [EmptyText] {
    if isEmpty { return [] }
    // Where a line is short the names may take a second one; it is wrapped between words.
    let room = room < 80 ? room * 2 - 20 : room
    let verb: SafeText = deed == .searched ? "searched" : "known"
    func line(_ words: SafeText, _ tenants: [Tenant], _ end: SafeText = "", _ style: Style = Theme.warning)
      -> [EmptyText]
    {
      if tenants.isEmpty { return [] }
      let head: SafeText = "\(words): \(counted(tenants.count, "tenant"))\(end)"
      return [EmptyText(naming(head, ordered(tenants, filter), room: room), style)]
    }
    return line("Not \(verb)", never, never.count == 1 ? " was never read" : " were never read")
      + line("Only \(verb) as last read", old) + line("Only \(verb) in part", partial)
      + line("Excluded by the configuration", excluded, "", Theme.quiet)
  }

  private func ordered(_ tenants: [Tenant], _ filter: WordFilter) -> [Tenant] {
    if filter.words.isEmpty { return tenants }
    func isNamed(_ tenant: Tenant) -> Bool {
      let text = tenant.searchText
      return filter.words.contains { text.contains(folded: $0) }
    }
    let named = tenants.filter(isNamed)
    return named.isEmpty ? tenants : named + tenants.filter { !isNamed($0) }
  }

  /// The names behind a beginning, and how many more there are.
  private func naming(_ head: SafeText, _ tenants: [Tenant], room: Int) -> SafeText {
    var text: SafeText = "\(head) ("
    for (index, tenant) in tenants.enumerated() {
      let left = tenants.count - index - 1
      let end: SafeText = left == 0 ? ")." : ", +\(left))."
      let name = SafeText(beginningOf: tenant.name)
      let separator: SafeText = index == 0 ? "" : ", "
      let free = room - text.columns - separator.columns - end.columns
      if name.columns <= free {
        text += separator + name
        if left == 0 { return text + ")." }
      } else if index == 0 {
        return free >= 8 ? text + name.clipped(to: free) + end : head + "."
      } else {
        return text + ", +\(left + 1))."
      }
    }
    return head + "."
  }
}

extension TenantsState {
  /// Tenants whose incidents are all there, as they are now.
  var wholeCount: Int { rows.count { trust(in: $0.id)?.isWhole ?? false } }
}

func counted(_ count: Int, _ noun: SafeText) -> SafeText { count == 1 ? "1 \(noun)" : "\(count) \(noun)s" }

private func filterHelp(_ state: SharedState, _ filter: WordFilter) -> [EmptyText] {
  var lines: [EmptyText] = []
  if filter.owners.contains(.me), state.settings.operatorUPN == nil {
    lines.append(EmptyText("assigned:me needs operator.upn in the configuration: who you are.", Theme.warning))
  }
  let hasOwners = filter.owners.contains { if case .named = $0 { true } else { false } }
  if !hasOwners, filter.words.contains(where: { $0.contains("@") }) {
    lines.append(EmptyText("Owners are found by assigned:NAME.", Theme.quiet))
  }
  return lines + [EmptyText("/ changes it; Esc drops it.", Theme.quiet)]
}

/// What a search among the incidents of one tenant did not see.
private func tenantGaps(_ state: SharedState, _ tenant: TenantID) -> [EmptyText] {
  guard let row = state.tenants[tenant], let trust = state.trust(in: tenant), !trust.isWhole else { return [] }
  let read: SafeText = trust.readAt.map { "read \(ago($0, state.now))" } ?? "never read"
  if trust.sync == .excluded { return [EmptyText("It is excluded, and was \(read).", Theme.warning)] }
  if trust.isOld {
    return [EmptyText("It was \(read): what came since was not searched; r reads it again.", Theme.warning)]
  }
  let advice = whatToKnow(row, now: state.now, staleAfter: state.settings.staleAfter)
  return [EmptyText("It was read in part, so not all was searched: \(advice.words).", Theme.warning)]
}

/// What is known where a tenant's list has no row: what happened, since when, and which key helps.
private func tenantEmpty(_ state: SharedState, _ tenant: TenantID) -> [EmptyText] {
  guard let row = state.tenants[tenant], let trust = state.trust(in: tenant) else {
    return EmptyText.list("This tenant is not in the configuration.")
  }
  let advice = whatToKnow(row, now: state.now, staleAfter: state.settings.staleAfter)
  var lines: [EmptyText] = []
  switch (trust.sync, trust.readAt.map { ago($0, state.now) }) {
  case (.excluded, _):
    return EmptyText.list("This tenant is excluded in the configuration, so it is never read.")
  case (.never, _): return EmptyText.list("This tenant was not read yet.", "It is read by itself; r reads it now.")
  case (.failed, let age?):
    lines = EmptyText.list(
      "No incident was here when it was read \(age).", "Since then it cannot be read: \(advice.words).")
  case (.failed, nil): lines = EmptyText.list("Nothing could be read here yet: \(advice.words).")
  case (_, let age?) where trust.isOld:
    lines = EmptyText.list(
      "No incident was here when it was read \(age).", "What came since is not known; r reads it again.")
  case (.partial, let age):
    lines = EmptyText.list(
      "No incident is known here, but it was read in part.", "Read \(age ?? "never"); r reads it again.")
  case (_, let age): lines = EmptyText.list("No incident is known here.", "Read \(age ?? "never"); r reads it again.")
  }
  func add(_ text: SafeText) { lines.append(EmptyText(text, Theme.quiet)) }
  if row.sync.unreadable > 0 {
    add("\(row.sync.unreadable) incidents came that could not be read: the portal has them.")
  }
  if let leftOut = row.sync.leftOut { add("Incidents may be missing: \(leftOutWords(leftOut)).") }
  if trust.sync == .failed {
    if let attempt = row.sync.lastAttempt { add("Last tried \(ago(attempt, state.now)); r tries again.") }
    if !advice.next.isEmpty { add(advice.next + ".") }
  }
  return lines
}
