import FoundationEssentials
import Logging
import PartnerModel

/// Reads a tenant's incidents that changed since a cursor, oldest change first.
///
/// After each page it asks again from the newest change that was seen instead of skipping deeper, because the service
/// does not serve deep pages. It follows the service's link where that would stand still: when a whole page shares one
/// time, or when the service does not keep the order that was asked for. Where it stands is in the cursor, so that a read
/// that has to stop in the middle, for example because our share of the limit is used up, goes on there.
///
/// Source: Microsoft Graph v1.0, `GET /security/incidents` with `$filter` and `$orderby` on `lastUpdateDateTime`.
struct IncidentChanges {
  static let pageSize = 50
  /// Seconds by which a change may lie ahead of the service's clock and still move the watermark.
  private static let skew: TimeInterval = 300

  let pipeline: GraphPipeline
  let tenant: TenantID
  let priority: RequestPriority
  private var cursor: IncidentCursor
  private var pass: IncidentCursor.Pass
  private let readFrom: Timestamp?
  /// What this read has handed over already.
  private var delivered: [IncidentID: Int64] = [:]
  /// What this pass has asked already.
  private var asked: Set<String> = []
  private var isOrdered = true
  /// The newest change of this pass.
  private var newest: Timestamp?

  init(pipeline: GraphPipeline, tenant: TenantID, priority: RequestPriority, cursor: IncidentCursor) {
    self.pipeline = pipeline
    self.tenant = tenant
    self.priority = priority
    self.cursor = cursor
    pass = self.cursor.begin(at: pipeline.dependencies.now())
    // What stood on the pages before a link was in an earlier read.
    readFrom = cursor.continuation == nil ? pass.position : nil
  }

  /// - Parameter onPage: keeps a page; the cursor moves only when it returns.
  mutating func read(
    onPage: (IncidentPage) async throws -> Void
  ) async throws(PartnerError) -> IncidentCursor {
    var target = resumed() ?? Self.query(from: pass.position)
    for _ in 0..<pipeline.limits.pages {
      guard asked.insert(target).inserted else { throw PartnerError(.pagingLoop, tenant: tenant) }
      let answer: Answer
      do {
        answer = try await pipeline.send(GraphCall(target: target), in: tenant, priority: priority)
      } catch {
        // A link does not stay good for ever: then the question is asked anew, once.
        guard asked.count == 1, target == cursor.continuation, error.concernsLink else { throw error }
        cursor.continuation = nil
        isOrdered = true
        newest = nil
        target = Self.query(from: pass.position)
        continue
      }
      guard let reader = ItemReader(tenant: tenant, limits: pipeline.limits) else {
        throw PartnerError(.storage("no memory"), tenant: tenant)
      }
      let items = try reader.incidents(answer, known: cursor.seen)
      var page = take(items, of: answer)
      // The page is kept before a bad link ends the read.
      let next = Result { () throws(PartnerError) in try following(items) }
      page.isLast = (try? next.get()) == nil
      try await hand(page, to: onPage)
      guard let following = try next.get() else { return cursor }
      target = following
    }
    throw PartnerError(.answerUnreadable("more than \(pipeline.limits.pages) pages"), tenant: tenant)
  }

  /// Where an earlier read had to stop, if it was following links.
  private mutating func resumed() -> String? {
    guard let target = cursor.continuation else { return nil }
    // The order is not known to be kept, so only the end of the pages moves the watermark.
    isOrdered = false
    newest = cursor.newestSeen(before: Timestamp(pipeline.dependencies.now().addingTimeInterval(Self.skew)))
    return target
  }

  /// The question for what changed since a moment: path and query below the version.
  static func query(from start: Timestamp) -> String {
    GraphCall.incidents
      + GraphCall.query([
        "$filter": "lastUpdateDateTime ge \(start)", "$orderby": "lastUpdateDateTime asc",
        "$top": "\(pageSize)",
      ])
  }

  /// Sorts a page's items into what is new, and notes what was seen.
  private mutating func take(_ page: ItemReader.Page<ItemReader.ListedIncident>, of answer: Answer) -> IncidentPage {
    var result = IncidentPage(
      tenant: tenant, incidents: [], unreadable: [], foreign: 0, unchanged: [], leftOut: page.leftOut,
      requestID: answer.requestID, readFrom: readFrom, cursor: cursor)
    pass.leftOut = pass.leftOut.joined(with: page.leftOut)
    let serverNow = answer.serverNow ?? pipeline.dependencies.now()
    let latest = Timestamp(serverNow.addingTimeInterval(Self.skew))
    var previous: Timestamp?
    func follow(_ updated: Timestamp) {
      if updated < (previous ?? pass.position) { isOrdered = false }
      previous = updated
      // A time in the future would hide everything that really changes until then.
      if updated <= latest { newest = max(newest ?? updated, updated) }
    }
    let whole = page.items.count { if case .read(.whole) = $0 { true } else { false } }
    if whole > 0 {
      // Grown once, not with one incident after the other.
      result.incidents.reserveCapacity(whole)
      delivered.reserveCapacity(delivered.count + whole)
      cursor.reserve(whole)
    }
    for item in page.items {
      switch item {
      case .foreign: result.foreign += 1
      case .unreadable(let unreadable): result.unreadable.append(unreadable)
      case .read(.known(let id, let updated)):
        follow(updated)
        result.unchanged.append(id)
      case .read(.whole(let incident)):
        if let updated = incident.updatedAt { follow(updated) }
        let ticks = incident.updatedAt?.ticks ?? Int64.min
        let isSeen = cursor.hasSeen(incident)
        let isKnown = isSeen || delivered[incident.id].map { $0 >= ticks } ?? false
        if !isSeen { cursor.note(incident) }
        if isKnown {
          result.unchanged.append(incident.id)
          continue
        }
        delivered[incident.id] = ticks
        result.incidents.append(incident)
      }
    }
    return result
  }

  /// What to ask for the next page, with the cursor brought there; `nil` after the last one.
  private mutating func following(_ page: ItemReader.Page<ItemReader.ListedIncident>) throws(PartnerError) -> String? {
    cursor.continuation = nil
    cursor.pass = pass
    guard page.nextLink != nil || page.items.count >= Self.pageSize else { return ended() }
    if isOrdered, let newest, newest > pass.position {
      cursor.move(to: newest)
      pass.position = newest
      cursor.pass = pass
      return Self.query(from: newest)
    }
    guard let link = page.nextLink else { return ended() }
    let target = PageLink.target(
      link, origin: pipeline.app.endpoints.graph, path: GraphCall.incidents, tenant: tenant)
    guard let target else { throw PartnerError(.unsafeLink(PageLink.shown(link)), tenant: tenant) }
    // A loop would be entered again.
    if !asked.contains(target) { cursor.continuation = target }
    return target
  }

  /// The pass has come to its end.
  /// - Returns: what to ask for the first page of another one.
  private mutating func ended() -> String? {
    if let newest { cursor.move(to: newest) }
    guard let next = cursor.end(at: pipeline.dependencies.now()) else { return nil }
    pass = next
    asked = []
    isOrdered = true
    newest = nil
    return Self.query(from: next.position)
  }

  private func hand(
    _ page: IncidentPage, to onPage: (IncidentPage) async throws -> Void
  ) async throws(PartnerError) {
    var page = page
    page.cursor = cursor
    if page.foreign > 0 {
      pipeline.logger.error(
        "incidents of another tenant discarded", metadata: ["tenant": "\(tenant)", "count": "\(page.foreign)"])
    }
    try await keep(page, tenant: tenant, onPage)
  }
}

extension PartnerError {
  /// Whether it may be the link that the service does not take, or no longer.
  fileprivate var concernsLink: Bool {
    switch cause {
    case .refused, .notFound, .outage: true
    default: false
    }
  }
}

/// Hands a page to who keeps it, and tells a failure there as ours.
func keep<Page>(
  _ page: Page, tenant: TenantID, _ onPage: (Page) async throws -> Void
) async throws(PartnerError) {
  do {
    try await onPage(page)
  } catch let error as PartnerError {
    throw error
  } catch is CancellationError {
    throw PartnerError(.cancelled, tenant: tenant)
  } catch {
    throw PartnerError(.storage("\(error)"), tenant: tenant)
  }
}
