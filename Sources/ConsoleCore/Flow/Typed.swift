import PartnerModel
import SafeText

/// Follows a command that was typed by its name, as its key would.
/// - Parameter argument: what was typed behind the name.
func perform(_ console: inout ConsoleState, _ name: String, _ argument: String = "") -> [Effect] {
  let asked = console.shared.forgetQuestions()
  guard let entry = CommandTable.entry(named: name) else {
    console.shared.message = .information(
      "There is no command \(SafeText(beginningOf: name, limit: 40)): ? lists them.")
    return []
  }
  let argument = argument.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  guard !argument.isEmpty else {
    guard entry.argument?.isNeeded != true else {
      console.shared.message = .information("Say which: :\(entry.usage).")
      return []
    }
    return carryOut(&console, entry.command, after: asked)
  }
  switch entry.argument {
  case nil:
    console.shared.message = .information("\(SafeText(entry.name)) takes nothing behind it, so it was not followed.")
    return []
  case .words, .order:
    if let obstacle = console.obstacle(to: entry.command) {
      console.shared.message = .information(obstacle)
    } else if entry.argument == .words {
      console.screens.top.filter(by: argument, in: &console.shared)
    } else if !console.screens.top.order(by: argument.lowercased(), in: &console.shared) {
      let orders = console.screens.top.orders.joined(separator: ", ")
      console.shared.message = .information("This list is ordered by \(SafeText(orders)).")
    }
    return []
  case .tenant: return console.openTenant(named: argument)
  case .incident: return console.openIncident(named: argument)
  }
}

extension ConsoleState {
  /// What fits behind a command's name, in the order in which it is offered.
  func choices(for argument: CommandArgument) -> [String] {
    switch argument {
    case .words: []
    case .order: screens.top.orders
    case .tenant, .incident: shared.tenants.rows.map(\.tenant.name)
    }
  }

  fileprivate mutating func openTenant(named text: String) -> [Effect] {
    guard let tenant = shared.tenant(named: text) else { return [] }
    return open(Target(tenant: tenant))
  }

  /// An id alone is looked for in the queue, then in the tenant that is shown; behind a tenant's name in that one.
  fileprivate mutating func openIncident(named text: String) -> [Effect] {
    let words = text.split(separator: " ")
    // As it is displayed, too.
    let id = IncidentID(String((words.last ?? "").drop { $0 == "#" }))
    guard !id.rawValue.isEmpty else {
      shared.message = .information("\(SafeText(beginningOf: text, limit: 40)) is no incident's id.")
      return []
    }
    let name = words.dropLast().joined(separator: " ")
    if !name.isEmpty {
      guard let tenant = shared.tenant(named: name) else { return [] }
      return open(Target(IncidentKey(tenant: tenant, id: id)))
    }
    let keys = shared.queue.keys(of: id)
    if let here = screens.top.tenant, keys.isEmpty || keys.contains(IncidentKey(tenant: here, id: id)) {
      return open(Target(IncidentKey(tenant: here, id: id)))
    }
    if keys.count == 1 { return open(Target(keys[0])) }
    let number = SafeText(beginningOf: id.rawValue, limit: 40)
    shared.message = .information(
      keys.isEmpty
        ? "No open incident #\(number) is known: name its tenant before it."
        : "#\(number) is the id of incidents in \(keys.count) tenants: name the tenant before it.")
    return []
  }
}

extension SharedState {
  /// The tenant that a text names: by its id, its domain or its name, else by the beginning of a name or a part of it.
  /// Where it is none, or not clear which, that is said.
  fileprivate mutating func tenant(named text: String) -> TenantID? {
    let sought = text.foldedForSearch
    let all = tenants.rows.map(\.tenant)
    let whole = all.filter { tenant in
      [tenant.id.rawValue, tenant.domain ?? "", tenant.name].contains { $0.foldedForSearch == sought }
    }
    let names = all.map { ($0, $0.name.foldedForSearch) }
    let found =
      [whole, names.filter { $0.1.hasPrefix(sought) }.map(\.0), names.filter { $0.1.contains(sought) }.map(\.0)]
      .first { !$0.isEmpty } ?? []
    if found.count == 1 { return found[0].id }
    let shown = SafeText(beginningOf: text, limit: 40)
    let some = SafeText(found.prefix(3).map(\.name).joined(separator: ", "))
    let more: SafeText = found.count > 3 ? ", +\(found.count - 3)" : ""
    message = .information(
      found.isEmpty ? "No tenant is called \(shown)." : "\(shown) fits \(found.count) tenants: \(some)\(more).")
    return nil
  }
}

extension IncidentList {
  /// The listed incidents of an id, which several tenants may have.
  func keys(of id: IncidentID) -> [IncidentKey] {
    slotOfID.enumerated().compactMap { number, slots in
      slots[id] == nil ? nil : IncidentKey(tenant: tables.tenants[UInt32(number)], id: id)
    }
  }
}
