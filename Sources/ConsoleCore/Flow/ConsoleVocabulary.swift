import PartnerModel
import SafeText

/// The commands of the console, and what they can be given right now.
struct ConsoleVocabulary: CommandVocabulary {
  private let state: SharedState
  private let orders: [String]

  /// Rows of the queue that are looked through for ids, in its order: no key waits longer for it.
  private static let rowsLookedAt = 20_000

  init(_ console: ConsoleState) {
    state = console.shared
    orders = console.screens.top.orders
  }

  var commands: [CommandWord] { Self.words }

  private static let words = CommandTable.entries.filter { $0.command != .commandLine }.map {
    CommandWord(name: $0.name, words: $0.explanation, argument: $0.argument)
  }

  func arguments(of command: String, beginning: String, limit: Int) -> [Candidate] {
    switch self.command(named: command)?.argument {
    case .tenant, .place: names(beginning, limit: limit)
    case .incident: ids(beginning, limit: limit)
    case .order: orders.filter { $0.hasPrefix(beginning.lowercased()) }.map { Candidate(text: $0) }
    case .words, .ids, nil: []
    }
  }

  /// Tenants' names that begin so, then domains.
  private func names(_ beginning: String, limit: Int) -> [Candidate] {
    let folded = beginning.foldedForSearch
    let all = state.tenants.rows.map(\.tenant)
    let named = all.filter { $0.name.foldedForSearch.hasPrefix(folded) }
    let names = named.prefix(limit).map { Candidate(text: $0.name, note: SafeText($0.domain ?? $0.id.rawValue)) }
    if folded.isEmpty || names.count >= limit { return names }
    let domains = all.compactMap { tenant in
      tenant.domain.flatMap { domain in
        domain.foldedForSearch.hasPrefix(folded) ? Candidate(text: domain, note: SafeText(tenant.name)) : nil
      }
    }
    return Array((names + domains).prefix(limit))
  }

  /// Ids that begin so, with their tenants' names where several tenants have one; behind a name, its tenant's ids.
  private func ids(_ beginning: String, limit: Int) -> [Candidate] {
    let (name, id) = IncidentReference.parts(of: beginning)
    if let name {
      let tenants = state.tenants(named: name)
      guard tenants.count == 1 else { return [] }
      return found(beginning: id, in: tenants[0].id, limit: limit).map { candidate($0, needsTenant: true) }
    }
    // A word that is no number may be the beginning of a name.
    if let first = id.first, !first.isNumber, !beginning.hasPrefix("#") {
      return names(id, limit: limit).map { Candidate(text: "\($0.text) #", note: $0.note) }
    }
    return found(beginning: id, in: nil, limit: limit).map { incident in
      candidate(incident, needsTenant: state.queue.keys(of: incident.key.id).count > 1)
    }
  }

  private func found(beginning id: String, in tenant: TenantID?, limit: Int) -> [IncidentSummary] {
    state.queue.incidents(beginning: id, in: tenant, limit: limit, lookingAt: Self.rowsLookedAt)
  }

  private func candidate(_ incident: IncidentSummary, needsTenant: Bool) -> Candidate {
    let (id, name) = (incident.key.id.rawValue, state.directory.name(of: incident.key.tenant))
    let title = SafeText(beginningOf: incident.displayName)
    return needsTenant
      ? Candidate(text: "\(name) #\(id)", note: title) : Candidate(text: "#\(id)", note: "\(SafeText(name)): " + title)
  }
}

/// An incident as somebody writes it: an id, with or without `#`, and in front of it the tenant, if need be.
enum IncidentReference {
  static func parts(of text: String) -> (tenant: String?, id: String) {
    var rest = text[...]
    while rest.last == " " { rest.removeLast() }
    let start = rest.lastIndex(of: "#") ?? rest.lastIndex(of: " ").map { rest.index(after: $0) } ?? rest.startIndex
    var id = rest[start...]
    if id.first == "#" { id.removeFirst() }
    var name = rest[..<start]
    while name.last == " " { name.removeLast() }
    return (name.isEmpty ? nil : String(name), String(id))
  }
}
