import FoundationEssentials
import PartnerModel
import SafeText

/// A filter at work on a list of incidents: every word has to stand in the name, the id, a tag, or the tenant's name or
/// domain, or to be the incident's severity, status, SLA state or a group of its tenant; owners are compared with
/// `assigned:` alone.
struct IncidentSearch: Hashable, Sendable {
  let filter: WordFilter
  private var words: [SoughtWord]
  private var owners: [SoughtOwner]
  private var targets = TargetTable()

  static let none = IncidentSearch(.none, hasDeadlines: false)

  init(_ filter: WordFilter, hasDeadlines: Bool) {
    self.filter = filter
    words = filter.words.map { SoughtWord($0, hasDeadlines: hasDeadlines) }
    owners = filter.owners.map { SoughtOwner(owner: $0) }
  }

  /// Whether rows come and go as time passes.
  var dependsOnTime: Bool { words.contains { $0.slaState != nil } }

  /// Whether a word is the value of a field, so that it finds more than what holds it.
  static func isFieldWord(_ word: String, _ tables: IncidentTables, _ directory: TenantDirectory) -> Bool {
    directory.groups.contains(word) || directory.hasDeadlines && SLA.State(rawValue: word) != nil
      || tables.severities.all.contains { $0.searchWords.contains(word) }
      || tables.statuses.all.contains { $0.searchWords.contains(word) }
  }

  /// The slots among these whose rows the filter lets through at `now`.
  mutating func matching(_ slots: ArraySlice<Int32>, in list: borrowing SearchedList) -> [Int32] {
    let (tables, directory, rows) = (list.tables, list.directory, list.rows)
    for index in words.indices { words[index].prepare(for: tables) }
    for index in owners.indices { owners[index].prepare(for: tables) }
    return list.texts.lend { lent in
      slots.filter { slot in
        let (row, text) = lent[slot]
        for index in owners.indices where !owners[index].stands(for: row, tables, directory) { return false }
        for index in words.indices where !words[index].stands(in: text, of: row, tables, directory) {
          guard let state = words[index].slaState else { return false }
          let isInState = rows.lend(slot) { incident in
            SLA(
              target: targets.target(of: row, tables, directory), isOpen: tables.isOpen(incident.pointee),
              createdAt: incident.pointee.createdAt, updatedAt: incident.pointee.updatedAt,
              acknowledgedAt: incident.pointee.acknowledgedAt, now: list.now
            ).state == state
          }
          if !isInState { return false }
        }
        return true
      }
    }
  }
}

/// What a search looks at.
struct SearchedList {
  var texts: SearchTexts
  var rows: SlotStore<CompactIncident>
  var tables: IncidentTables
  var directory: TenantDirectory
  var now: Date
}

private enum Answer: UInt8 { case unknown, no, yes }

extension [Answer] {
  /// Makes room for the answers about all values that there are now.
  fileprivate mutating func prepare(_ count: Int) {
    if self.count < count { self += Array(repeating: .unknown, count: count - self.count) }
  }
}

/// One word, with what was found out about values that many incidents share.
private struct SoughtWord: Hashable, Sendable {
  /// The state that the word is; `nil` if it is none, or where nobody agreed on deadlines.
  let slaState: SLA.State?
  private let text: String
  private let bytes: [UInt8]
  private var tenants: [Answer] = []
  private var tagLists: [Answer] = []
  private var severities: [Answer] = []
  private var statuses: [Answer] = []

  init(_ text: String, hasDeadlines: Bool) {
    self.text = text
    bytes = Array(text.utf8)
    slaState = hasDeadlines ? SLA.State(rawValue: text) : nil
  }

  mutating func prepare(for tables: IncidentTables) {
    tenants.prepare(tables.tenants.count)
    tagLists.prepare(tables.tagLists.count)
    severities.prepare(tables.severities.count)
    statuses.prepare(tables.statuses.count)
  }

  /// Whether it stands in the row's text or is one of its values; its SLA state is the caller's.
  mutating func stands(
    in text: UnsafeBufferPointer<UInt8>, of row: SearchTexts.Row, _ tables: IncidentTables, _ directory: TenantDirectory
  ) -> Bool {
    let (tenant, tags) = (Int(row.tenant), Int(row.tags))
    let (severity, status) = (Int(row.severity), Int(row.status))
    if tenants[tenant] == .unknown { tenants[tenant] = isIn(tables.tenants[row.tenant], directory) ? .yes : .no }
    if tagLists[tags] == .unknown {
      tagLists[tags] = tables.tagLists[row.tags].contains { $0.contains(folded: self.text) } ? .yes : .no
    }
    if severities[severity] == .unknown {
      severities[severity] = tables.severities[row.severity].searchWords.contains(self.text) ? .yes : .no
    }
    if statuses[status] == .unknown {
      statuses[status] = tables.statuses[row.status].searchWords.contains(self.text) ? .yes : .no
    }
    return tenants[tenant] == .yes || tagLists[tags] == .yes || severities[severity] == .yes || statuses[status] == .yes
      || bytes.withUnsafeBufferPointer { text.contains($0) }
  }

  private func isIn(_ tenant: TenantID, _ directory: TenantDirectory) -> Bool {
    guard let entry = directory[tenant] else { return tenant.rawValue.contains(folded: text) }
    return entry.name.contains(folded: text) || entry.domain?.contains(folded: text) ?? false
      || entry.groups.contains(text)
  }
}

/// What is asked of an owner, with what was found out about those that there are.
private struct SoughtOwner: Hashable, Sendable {
  let owner: WordFilter.Owner
  private var answers: [Answer] = []

  init(owner: WordFilter.Owner) { self.owner = owner }

  mutating func prepare(for tables: IncidentTables) { answers.prepare(tables.owners.count) }

  mutating func stands(for row: SearchTexts.Row, _ tables: IncidentTables, _ directory: TenantDirectory) -> Bool {
    let number = Int(row.owner)
    if answers[number] == .unknown {
      let name = tables.owners[row.owner] ?? ""
      let isIt =
        switch owner {
        case .nobody: name.isEmpty
        case .me: directory.operatorUPN.map { $0 == name.foldedForSearch } ?? false
        case .named(let text): name.contains(folded: text)
        }
      answers[number] = isIt ? .yes : .no
    }
    return answers[number] == .yes
  }
}

/// The targets agreed on, by the numbers of tenant and severity.
private struct TargetTable: Hashable, Sendable {
  private var targets: [[SLATarget??]] = []

  mutating func target(of row: SearchTexts.Row, _ tables: IncidentTables, _ directory: TenantDirectory) -> SLATarget? {
    let (tenant, severity) = (Int(row.tenant), Int(row.severity))
    while targets.count <= tenant { targets.append([]) }
    while targets[tenant].count <= severity { targets[tenant].append(nil) }
    if let known = targets[tenant][severity] { return known }
    let target = directory.policy(of: tables.tenants[row.tenant]).targets[tables.severities[row.severity]]
    targets[tenant][severity] = .some(target)
    return target
  }
}

extension Severity {
  /// Words that are this severity, folded.
  fileprivate var searchWords: [String] { [wire.foldedForSearch] }
}

extension IncidentStatus {
  /// Words that are this status, as the service spells it and as it is shown, folded.
  fileprivate var searchWords: [String] { [wire.foldedForSearch, Theme.words(self).text.foldedForSearch] }
}
