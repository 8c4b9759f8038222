import PartnerModel
import SafeText

/// Something that waits for a person.
enum Need: Hashable, Sendable {
  case incident(IncidentKey)
  case tenant(TenantID)

  var target: Target {
    switch self {
    case .incident(let key): Target(key)
    case .tenant(let id): Target(tenant: id)
    }
  }
}

extension SharedState {
  /// What needs a person: high incidents that nobody has, in the order of risk, then writes that were refused, then tenants
  /// that only somebody can mend. What a write is under way for needs nobody.
  var needs: [Need] {
    let urgent = queue.urgentInOrder.filter { writes.mark(for: $0) == nil }
    return (urgent + writes.refused).map(Need.incident) + tenants.needing.map(Need.tenant)
  }

  /// How many that are; while the queue is being loaded the tenants' counters tell of its incidents.
  var needCount: Int {
    let marked = writes.isEmpty ? 0 : writes.keys.count { writes.mark(for: $0) != nil && queue.isUrgent($0) }
    let urgent = queue.isLoaded ? queue.urgent.count : max(tenants.unassignedHigh, queue.urgent.count)
    return urgent - marked + writes.refused.count + tenants.needing.count
  }
}

extension ConsoleState {
  /// The one after the one the operator is at, else the first.
  var nextNeed: Need? {
    let needs = shared.needs
    guard let here = screens.top.need(in: shared), let index = needs.firstIndex(of: here) else { return needs.first }
    return needs[(index + 1) % needs.count]
  }
}

extension IncidentList {
  func isUrgent(_ key: IncidentKey) -> Bool { slot(of: key).map(urgent.contains) ?? false }
}

/// Goes to what needs a person next: to the bottom of the stack, where all tenants and all open incidents are.
func goToNextNeed(_ console: inout ConsoleState) -> [Effect] {
  guard let next = console.nextNeed else {
    console.shared.message = .information("The incidents that need you are still being loaded.")
    return []
  }
  console.shared.lastNeed = next
  let target = next.target
  let effects = console.goHome(ScreenTable.home(of: target))
  let isShown = console.screens.top.reveal(target, in: &console.shared)
  switch next {
  case .tenant(let id):
    let cause = console.shared.tenants[id].map {
      whatToKnow($0, now: console.shared.now, staleAfter: console.shared.settings.staleAfter)
    }
    let name = console.shared.directory.name(of: id)
    console.shared.message = .information("\(name): \(cause?.next ?? "needs you").")
    return effects
  case .incident(let key):
    // Why a write was refused stands on the page.
    guard isShown, console.shared.writes.mark(for: key) == nil else { return effects + console.open(target) }
    let how: SafeText = console.obstacle(to: .claim) == nil ? "a claims it, Enter opens it." : "Enter opens it."
    let name = SafeText("\(console.shared.directory.name(of: key.tenant)) #\(key.id.rawValue)")
    console.shared.message = .information("\(name): high, and nobody has it. \(how)")
    return effects
  }
}
