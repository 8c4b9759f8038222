/// What a list of the played service holds.
protocol ServedItem: Sendable {
  var number: Int { get }
  var created: Stamp { get }
  var updated: Stamp { get }
  /// The product behind it, for answers that leave one out.
  var product: String { get }
  func text(_ field: String) -> String?
  func json(tenant: String, isBroken: Bool) -> String
}

/// One list of a tenant: what it shows at a moment, page by page.
struct ServedList<Item: ServedItem>: Sendable {
  struct Version: Sendable {
    /// `nil` when it was deleted.
    var item: Item?
    var shownFrom: Int64
    var json: String?
  }

  /// How the list is given at the moment.
  struct Manner: Sendable {
    /// Products that do not answer.
    var lacking: [String] = []
    var isUnordered = false
    var isShuffled = false
    var broken: Set<Int> = []
    var poison: Set<Int> = []
  }

  enum Page {
    case items(String, count: Int)
    /// The place is none that this service gave.
    case unknownPlace
    /// Something on it makes it fail.
    case poisoned
  }

  private struct Row {
    var number: Int
    var version: Int
    var item: Item
  }

  let tenant: String
  private(set) var versions: [Int: [Version]] = [:]
  /// Lists whose order is the service's own, as they were when they were first asked.
  private var snapshots: [[Int]] = []

  init(tenant: String) { self.tenant = tenant }

  mutating func add(_ item: Item?, number: Int, shownFrom: Int64) {
    versions[number, default: []].append(Version(item: item, shownFrom: shownFrom))
  }

  /// As it is, whatever lists show.
  func present(_ number: Int) -> Item? { versions[number]?.last?.item }
  var present: [Item] { versions.values.compactMap { $0.last?.item }.sorted { $0.number < $1.number } }

  private mutating func json(_ row: Row, isBroken: Bool) -> String {
    if isBroken { return row.item.json(tenant: tenant, isBroken: true) }
    if let text = versions[row.number]?[row.version].json { return text }
    let text = row.item.json(tenant: tenant, isBroken: false)
    versions[row.number]?[row.version].json = text
    return text
  }

  private func rows(_ query: ServedQuery, at moment: Int64, without lacking: [String]) -> [Row] {
    var rows: [Row] = []
    for (number, versions) in versions {
      // The newest version that shows, and so all that came before it.
      guard let version = versions.lastIndex(where: { $0.shownFrom <= moment }), let item = versions[version].item,
        !lacking.contains(item.product),
        ServedQuery.holds(
          query.condition,
          times: { $0 == "createdDateTime" ? item.created.ticks : item.updated.ticks }, texts: { item.text($0) })
      else { continue }
      rows.append(Row(number: number, version: version, item: item))
    }
    let isOldestFirst = query.order == .oldestChangeFirst
    rows.sort { left, right in
      let (one, other) = (left.item.updated.ticks, right.item.updated.ticks)
      if one != other { return isOldestFirst ? one < other : one > other }
      return left.number < right.number
    }
    return rows
  }

  /// - Parameter link: before the query of a link to the next page.
  mutating func page(
    _ query: ServedQuery, at moment: Int64, _ manner: Manner, link: String, chance: inout HistoryChance
  ) -> Page {
    var rows = rows(query, at: moment, without: manner.lacking)
    let isOldestFirst = query.order == .oldestChangeFirst
    let place = query.token?.split(separator: "_").compactMap { Int64($0) } ?? []
    var next: String?
    if query.token == nil, manner.isUnordered {
      rows.shuffle(using: &chance)
      snapshots.append(rows.map(\.number))
      rows.removeFirst(min(query.skip, rows.count))
      if rows.count > query.top { next = "\(snapshots.count - 1)_\(query.skip + query.top)_0" }
      rows = Array(rows.prefix(query.top))
    } else if place.count == 3 {
      guard snapshots.indices.contains(Int(place[0])) else { return .unknownPlace }
      let numbers = snapshots[Int(place[0])].dropFirst(Int(place[1]))
      if numbers.count > query.top { next = "\(place[0])_\(Int(place[1]) + query.top)_0" }
      let known = Dictionary(uniqueKeysWithValues: rows.map { ($0.number, $0) })
      rows = numbers.prefix(query.top).compactMap { known[$0] }
    } else {
      if query.token != nil {
        guard place.count == 2 else { return .unknownPlace }
        rows.removeAll { row in
          let ticks = row.item.updated.ticks
          if ticks != place[0] { return isOldestFirst ? ticks < place[0] : ticks > place[0] }
          return row.number <= Int(place[1])
        }
      } else {
        rows.removeFirst(min(query.skip, rows.count))
      }
      if rows.count > query.top {
        rows = Array(rows.prefix(query.top))
        if let last = rows.last { next = "\(last.item.updated.ticks)_\(last.number)" }
      }
      if manner.isShuffled { rows.shuffle(using: &chance) }
    }
    if rows.contains(where: { manner.poison.contains($0.number) }) { return .poisoned }
    let items = rows.map { json($0, isBroken: manner.broken.contains($0.number)) }
    var body = "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#security\""
    if let next { body += ",\"@odata.nextLink\":\"\(link)?\(query.question)&$skiptoken=\(next)\"" }
    body += ",\"value\":[" + items.joined(separator: ",") + "]}"
    return .items(body, count: items.count)
  }
}
