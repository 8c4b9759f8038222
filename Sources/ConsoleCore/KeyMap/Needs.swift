import PartnerModel
import SafeText

/// Something that waits for a person.
enum Need: Hashable, Sendable {
  case incident(IncidentKey)
  case tenant(TenantID)
}

extension ConsoleState {
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

  /// The need that the operator is at; a tenant only if the key for it led there.
  private var needHere: Need? {
    switch place {
    // Why a write was refused stands on the page: whoever is on its row is not there yet.
    case .queue: queue.selectedKey.flatMap { writes.mark(for: $0) == .refused ? nil : .incident($0) }
    case .tenantIncidents: tenantIncidents?.list.selectedKey.map(Need.incident)
    case .incident: page.map { .incident($0.key) }
    case .tenants: tenants.selected.map(Need.tenant).flatMap { $0 == lastNeed ? $0 : nil }
    case .help: nil
    }
  }

  /// The one after the one the operator is at, else the first.
  var nextNeed: Need? {
    let needs = needs
    guard let here = needHere, let index = needs.firstIndex(of: here) else { return needs.first }
    return needs[(index + 1) % needs.count]
  }
}

extension IncidentList {
  func isUrgent(_ key: IncidentKey) -> Bool { slot(of: key).map(urgent.contains) ?? false }
}

func goToNextNeed(_ state: inout ConsoleState) -> [Effect] {
  guard let next = state.nextNeed else {
    state.message = .information("The incidents that need you are still being loaded.")
    return []
  }
  state.lastNeed = next
  state.help = nil
  state.page = nil
  state.tenantIncidents = nil
  switch next {
  case .tenant(let id):
    state.home = .tenants
    if !state.tenants.select(id) {
      state.tenants.filter(by: .none)
      _ = state.tenants.select(id)
    }
    let cause = state.tenants.selectedRow.map { whatToKnow($0, now: state.now, staleAfter: state.settings.staleAfter) }
    state.message = .information("\(state.directory.name(of: id)): \(cause?.next ?? "needs you").")
    return []
  case .incident(let key):
    state.home = .queue
    var isShown = state.queue.select(key)
    if !isShown, !state.queue.filter.isEmpty {
      state.queue.filter(by: .none)
      isShown = state.queue.select(key)
    }
    if isShown, state.writes.mark(for: key) == nil {
      let how: SafeText = state.obstacle(to: .claim) == nil ? "a claims it, Enter opens it." : "Enter opens it."
      let name = "\(state.directory.name(of: key.tenant)) #\(key.id.rawValue)"
      state.message = .information("\(SafeText(name)): high, and nobody has it. \(how)")
      return []
    }
    let slot = state.queue.slot(of: key)
    return openPage(&state, IncidentPageState(key: key, summary: slot.map(state.queue.summary)))
  }
}
