import FoundationEssentials
import Logging
import PartnerModel

/// Reads a tenant's incidents that changed since a cursor, oldest change first.
///
/// After each page it asks again from the newest change that was seen instead of skipping deeper, because the service
/// does not serve deep pages. It follows the service's link where that would stand still: when a whole page shares one
/// time, or when the service does not keep the order that was asked for. Such a link stands in the cursor, so that a read
/// that has to stop in the middle, for example because our share of the limit is used up, goes on there.
///
/// Source: Microsoft Graph v1.0, `GET /security/incidents` with `$filter` and `$orderby` on `lastUpdateDateTime`.
struct IncidentChanges {
  private static let pageSize = 50
  /// Seconds by which a change may lie ahead of the service's clock and still move the watermark.
  private static let skew: TimeInterval = 300

  let pipeline: GraphPipeline
  let tenant: TenantID
  let priority: RequestPriority
  private var cursor: IncidentCursor
  /// What this read has handed over already.
  private var delivered: [IncidentID: Int64] = [:]
  private var asked: Set<String> = []
  private var isOrdered = true
  /// Whether every page was whole: the watermark stays before what is missing.
  private var isWhole = true
  /// The newest change of this read.
  private var newest: Timestamp?

  init(pipeline: GraphPipeline, tenant: TenantID, priority: RequestPriority, cursor: IncidentCursor) {
    self.pipeline = pipeline
    self.tenant = tenant
    self.priority = priority
    self.cursor = cursor
  }

  /// - Parameter onPage: keeps a page; the cursor moves only when it returns.
  mutating func read(
    onPage: (IncidentPage) async throws -> Void
  ) async throws(PartnerError) -> IncidentCursor {
    var start = cursor.start
    var target = resumed() ?? query(from: start)
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
        target = query(from: start)
        continue
      }
      guard let reader = ItemReader(tenant: tenant, limits: pipeline.limits) else {
        throw PartnerError(.storage("no memory"), tenant: tenant)
      }
      let items = try reader.incidents(answer)
      let page = take(items, from: start, serverNow: answer.serverNow ?? pipeline.dependencies.now())
      // The page is kept before a bad link ends the read.
      let step = Result { () throws(PartnerError) in try following(items, answeredFrom: start) }
      if case .success(nil) = step, isWhole, let newest { cursor.move(to: newest) }
      try await hand(page, to: onPage)
      guard let next = try step.get() else { return cursor }
      start = next.start
      target = next.target
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

  private func query(from start: Timestamp) -> String {
    GraphCall.incidents
      + GraphCall.query([
        "$filter": "lastUpdateDateTime ge \(start)", "$orderby": "lastUpdateDateTime asc",
        "$top": "\(Self.pageSize)",
      ])
  }

  /// Sorts a page's items into what is new, and notes what was seen.
  private mutating func take(
    _ page: ItemReader.Page<Incident>, from start: Timestamp, serverNow: Date
  ) -> IncidentPage {
    var result = IncidentPage(
      tenant: tenant, incidents: [], unreadable: [], foreign: 0, isPartial: page.isPartial, cursor: cursor)
    if page.isPartial { isWhole = false }
    let latest = Timestamp(serverNow.addingTimeInterval(Self.skew))
    var previous: Timestamp?
    for item in page.items {
      switch item {
      case .foreign: result.foreign += 1
      case .unreadable(let unreadable): result.unreadable.append(unreadable)
      case .read(let incident):
        if let updated = incident.updatedAt {
          if updated < (previous ?? start) { isOrdered = false }
          previous = updated
          // A time in the future would hide everything that really changes until then.
          if updated <= latest { newest = max(newest ?? updated, updated) }
        }
        let ticks = incident.updatedAt?.ticks ?? Int64.min
        let isKnown = cursor.hasSeen(incident) || delivered[incident.id].map { $0 >= ticks } ?? false
        cursor.note(incident)
        guard !isKnown else { continue }
        delivered[incident.id] = ticks
        result.incidents.append(incident)
      }
    }
    return result
  }

  /// Where the next page is; `nil` after the last one.
  private mutating func following(
    _ page: ItemReader.Page<Incident>, answeredFrom start: Timestamp
  ) throws(PartnerError) -> (start: Timestamp, target: String)? {
    cursor.continuation = nil
    guard page.nextLink != nil || page.items.count >= Self.pageSize else { return nil }
    if isOrdered, let newest, newest > start {
      if isWhole { cursor.move(to: newest) }
      return (newest, query(from: newest))
    }
    guard let link = page.nextLink else { return nil }
    let target = PageLink.target(
      link, origin: pipeline.app.endpoints.graph, path: GraphCall.incidents, tenant: tenant)
    guard let target else { throw PartnerError(.unsafeLink(PageLink.shown(link)), tenant: tenant) }
    // A loop would be entered again, and a partial page is not to be passed.
    if isWhole, !asked.contains(target) { cursor.continuation = target }
    return (start, target)
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
