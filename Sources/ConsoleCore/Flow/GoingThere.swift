import PartnerModel
import SafeText

/// An id that the store is searched for, because somebody wants to go there.
struct SoughtIncident: Hashable, Sendable {
  var id: IncidentID
  var request: Int
}

extension ConsoleState {
  /// Goes to an incident: behind a tenant's name to that one's. An id alone is looked for among the open incidents, those
  /// of the tenant on screen first, then in the store, which knows closed ones too.
  mutating func openIncident(named text: String) -> [Effect] {
    let (name, bare) = IncidentReference.parts(of: text)
    let id = IncidentID(bare)
    guard !bare.isEmpty else {
      shared.message = .information("\(SafeText(beginningOf: text, limit: 40)) is no incident's id.")
      return []
    }
    if let name {
      guard let tenant = shared.tenant(named: name) else { return [] }
      return open(Target(IncidentKey(tenant: tenant, id: id)))
    }
    let keys = shared.queue.keys(of: id)
    let here = screens.top.tenant
    if let own = keys.first(where: { $0.tenant == here }) { return open(Target(own)) }
    // Which tenants have it is not known before all of the queue is there; on a tenant's screen its closed ones count too.
    if !keys.isEmpty, here == nil, shared.queue.isLoaded { return go(to: keys) }
    let request = shared.nextRequest()
    shared.sought = SoughtIncident(id: id, request: request)
    return [.findIncidents(id, request: request)]
  }

  /// The store has told which tenants have an id.
  mutating func take(_ found: [IncidentSummary], of id: IncidentID, _ request: Int) -> [Effect] {
    guard shared.sought == SoughtIncident(id: id, request: request) else { return [] }
    shared.sought = nil
    let here = screens.top.tenant
    let keys = Set(found.map(\.key)).union(shared.queue.keys(of: id)).sorted()
    if let own = found.first(where: { $0.key.tenant == here }) { return open(Target(own.key), known: own) }
    if here == nil, let only = found.first, keys.count == 1 { return open(Target(only.key), known: only) }
    if !keys.isEmpty { return go(to: keys) }
    // The service may know what was never read.
    if let here { return open(Target(IncidentKey(tenant: here, id: id))) }
    let number = SafeText(beginningOf: id.rawValue, limit: 40)
    shared.message = .information(
      "No incident #\(number) is known: :incident TENANT #\(number) asks that tenant for it.")
    return []
  }

  /// Goes to the incident that is meant without doubt, or asks which: from a tenant's screen nobody goes to another
  /// tenant's unasked.
  private mutating func go(to keys: [IncidentKey]) -> [Effect] {
    let own = keys.filter { $0.tenant == screens.top.tenant }
    let isClear = keys.count == 1 && screens.top.tenant == nil
    if let key = own.first ?? (isClear ? keys.first : nil) { return open(Target(key)) }
    let names = keys.map { "\(shared.directory.name(of: $0.tenant)) #\($0.id.rawValue)" }
    shared.commandLine = OpenCommandLine(
      prompt: CommandPrompt("incident ", offering: names.map { Candidate(text: $0) }), asked: Questions())
    let number = SafeText(beginningOf: keys[0].id.rawValue, limit: 40)
    shared.message = .information(
      keys.count == 1
        ? "Another tenant has the incident #\(number) that is known: Tab chooses it."
        : "\(keys.count) tenants have an incident #\(number): Tab chooses one.")
    return []
  }
}
