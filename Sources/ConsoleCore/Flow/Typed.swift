import PartnerModel
import SafeText

/// Follows a command that was typed by its name, as its key would.
/// - Parameters:
///   - argument: what was typed behind the name.
///   - earlier: what was asked before the command was typed; `nil` for what is asked now.
func perform(
  _ console: inout ConsoleState, _ name: String, _ argument: String = "", after earlier: Questions? = nil
) -> [Effect] {
  let asked = earlier ?? console.shared.forgetQuestions()
  guard let entry = CommandTable.entry(named: name) else {
    let meant = nearest(to: name, among: CommandTable.entries.map(\.name))
    let hint = meant.map { "did you mean :\($0)?" } ?? "? lists them."
    console.shared.message = .information(
      "There is no command \(SafeText(beginningOf: name, limit: 40)): \(SafeText(hint))")
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
  case .tenant, .place: return console.follow(entry.command, atTenant: argument)
  case .incident: return console.openIncident(named: argument)
  case .ids:
    let ids = argument.split { $0 == " " || $0 == "," || $0 == "#" }.map { IncidentID(String($0)) }
    if entry.command == .moveAlert, console.waitForAlerts(naming: ids) { return [] }
    if let obstacle = console.obstacle(to: entry.command) {
      console.shared.message = .information(obstacle)
      return []
    }
    return openForm(&console, of: entry.command, naming: ids)
  }
}

extension ConsoleState {
  /// Follows a command at the tenant that was named.
  fileprivate mutating func follow(_ command: Command, atTenant text: String) -> [Effect] {
    guard let tenant = shared.tenant(named: text) else { return [] }
    if command == .openTenant { return open(Target(tenant: tenant)) }
    if command == .signIn || command == .signInByCode, let obstacle = shared.obstacleToSigningIn {
      shared.message = .information(obstacle)
      return []
    }
    return openScreen(of: command, for: [tenant])
  }
}

extension SharedState {
  /// The tenants that a text names: by id, domain or name, else by the beginning of a name, of a domain, or a part of a
  /// name.
  func tenants(named text: String) -> [Tenant] {
    let sought = text.foldedForSearch
    let all = tenants.rows.map(\.tenant)
    let whole = all.filter { tenant in
      [tenant.id.rawValue, tenant.domain ?? "", tenant.name].contains { $0.foldedForSearch == sought }
    }
    if !whole.isEmpty { return whole }
    let names = all.map { ($0, $0.name.foldedForSearch) }
    let begun = names.filter { $0.1.hasPrefix(sought) }.map(\.0)
    if !begun.isEmpty { return begun }
    let domains = all.filter { $0.domain?.foldedForSearch.hasPrefix(sought) ?? false }
    return domains.isEmpty ? names.filter { $0.1.contains(sought) }.map(\.0) : domains
  }

  /// The tenant that a text names. Where it is none, or not clear which, that is said.
  mutating func tenant(named text: String) -> TenantID? {
    let found = tenants(named: text)
    if found.count == 1 { return found[0].id }
    let shown = SafeText(beginningOf: text, limit: 40)
    if found.isEmpty {
      let meant = nearest(to: text, among: tenants.rows.map(\.tenant.name)).map { " Did you mean \($0)?" }
      message = .information("No tenant is called \(shown)." + SafeText(meant ?? ""))
    } else {
      let some = SafeText(found.prefix(3).map(\.name).joined(separator: ", "))
      let more: SafeText = found.count > 3 ? ", +\(found.count - 3)" : ""
      message = .information("\(shown) fits \(found.count) tenants: \(some)\(more).")
    }
    return nil
  }
}
