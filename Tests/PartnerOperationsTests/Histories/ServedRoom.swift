/// One tenant of the played service: what its lists show at a moment, and what was asked of it.
struct ServedRoom: Sendable {
  struct Version: Sendable {
    /// `nil` when it was deleted.
    var incident: ServedIncident?
    var shownFrom: Int64
    var json: String?
  }

  let tenant: String
  let plan: HistoryPlan.Room
  /// How many of the events have happened.
  private var past = 0
  private(set) var versions: [Int: [Version]] = [:]
  /// When it was asked, in true time.
  var requests: [Int64] = []
  var tokenRequests: [Int64] = []
  /// Since when the client's clock stands as it does.
  var clockSetAt = Int64.min
  /// Before which it does not want to be asked, and when it said so.
  var silence: (said: Int64, until: Int64)?
  /// The incidents for which it ever answered that it does not have them.
  var denied: Set<String> = []
  var tokens = 0
  /// Tokens up to this one are not taken.
  var lostTokens = 0
  /// Lists whose order is the service's own, as they were when they were first asked.
  var snapshots: [[Int]] = []

  init(tenant: String, plan: HistoryPlan.Room) {
    self.tenant = tenant
    self.plan = plan
  }

  mutating func advance(to moment: Int64) {
    while past < plan.events.count, plan.events[past].happened <= moment {
      let event = plan.events[past]
      past += 1
      let before = versions[event.incident]?.last?.incident
      let next: ServedIncident? =
        if case .created(let incident) = event.change { incident } else { before.flatMap { $0.after(event) } }
      versions[event.incident, default: []].append(Version(incident: next, shownFrom: event.shownFrom))
    }
  }

  /// What a list shows of an incident: the newest version that shows, and so all that came before it.
  func shownVersion(of number: Int, at moment: Int64) -> Int? {
    guard let versions = versions[number] else { return nil }
    return versions.lastIndex { $0.shownFrom <= moment }
  }

  /// The incident as it is, whatever lists show.
  func present(_ number: Int) -> ServedIncident? { versions[number]?.last?.incident }

  mutating func json(of number: Int, version: Int) -> String {
    if let text = versions[number]?[version].json { return text }
    guard let incident = versions[number]?[version].incident else { return "null" }
    let text = ServedText.json(incident, tenant: tenant)
    versions[number]?[version].json = text
    return text
  }

  func isSo(at moment: Int64, _ isMeant: (HistoryPlan.Spell.Kind) -> Bool) -> Bool {
    plan.spells.contains { $0.from <= moment && moment < $0.to && isMeant($0.kind) }
  }

  // MARK: Lists

  static let fields: Set<String> = [
    "assignedTo", "classification", "createdDateTime", "determination", "lastUpdateDateTime", "severity", "status",
  ]

  private struct Row {
    var number: Int
    var version: Int
    var incident: ServedIncident
  }

  struct Page {
    var body: String
    var isPartial: Bool
    var lacking: [String]
    var count: Int
  }

  /// - Parameters:
  ///   - link: before the query of a link to the next page.
  /// - Returns: `nil` where the place is none that this service gave.
  mutating func page(_ query: ServedQuery, at moment: Int64, link: String, chance: inout HistoryChance) -> Page? {
    let lacking = HistoryPlan.products.filter { name in isSo(at: moment) { $0 == .without(product: name) } }
    var rows: [Row] = []
    for number in versions.keys {
      guard let version = shownVersion(of: number, at: moment), let incident = versions[number]?[version].incident,
        !lacking.contains(incident.product),
        ServedQuery.holds(
          query.condition,
          times: { name in
            switch name {
            case "lastUpdateDateTime": incident.updated.ticks
            case "createdDateTime": incident.created.ticks
            default: nil
            }
          },
          texts: { name in
            switch name {
            case "assignedTo": incident.owner
            case "classification": incident.classification
            case "determination": incident.determination
            case "severity": incident.severity
            default: incident.status
            }
          })
      else { continue }
      rows.append(Row(number: number, version: version, incident: incident))
    }
    let isOldestFirst = query.order == .oldestChangeFirst
    rows.sort { left, right in
      let (one, other) = (left.incident.updated.ticks, right.incident.updated.ticks)
      if one != other { return isOldestFirst ? one < other : one > other }
      return left.number < right.number
    }
    let place = query.token?.split(separator: "_").compactMap { Int64($0) } ?? []
    var next: String?
    if query.token == nil, isSo(at: moment, { $0 == .unordered }) {
      rows.shuffle(using: &chance)
      snapshots.append(rows.map(\.number))
      if rows.count > query.top { next = "\(snapshots.count - 1)_\(query.top)_0" }
      rows = Array(rows.prefix(query.top))
    } else if place.count == 3 {
      guard snapshots.indices.contains(Int(place[0])) else { return nil }
      let numbers = snapshots[Int(place[0])].dropFirst(Int(place[1]))
      if numbers.count > query.top { next = "\(place[0])_\(Int(place[1]) + query.top)_0" }
      let known = Dictionary(uniqueKeysWithValues: rows.map { ($0.number, $0) })
      rows = numbers.prefix(query.top).compactMap { known[$0] }
    } else {
      if query.token != nil {
        guard place.count == 2 else { return nil }
        rows.removeAll { row in
          let ticks = row.incident.updated.ticks
          if ticks != place[0] { return isOldestFirst ? ticks < place[0] : ticks > place[0] }
          return row.number <= Int(place[1])
        }
      } else {
        rows.removeFirst(min(query.skip, rows.count))
      }
      if rows.count > query.top {
        rows = Array(rows.prefix(query.top))
        if let last = rows.last { next = "\(last.incident.updated.ticks)_\(last.number)" }
      }
      if isSo(at: moment, { $0 == .shuffled }) { rows.shuffle(using: &chance) }
    }
    let items = rows.map { row in
      isSo(at: moment) { $0 == .broken(incident: row.number) }
        ? ServedText.json(row.incident, tenant: tenant, isBroken: true) : json(of: row.number, version: row.version)
    }
    var body = "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#security/incidents\""
    if let next { body += ",\"@odata.nextLink\":\"\(link)?\(query.question)&$skiptoken=\(next)\"" }
    body += ",\"value\":[" + items.joined(separator: ",") + "]}"
    return Page(body: body, isPartial: !lacking.isEmpty, lacking: lacking, count: items.count)
  }
}
