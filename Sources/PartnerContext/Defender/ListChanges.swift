import FoundationEssentials
import Logging
import PartnerModel

/// Reads what changed in a tenant's list since a cursor, oldest change first.
///
/// After each page it asks again from the newest change that was seen instead of skipping deeper, because the service
/// does not serve deep pages. It follows the service's link where that would stand still: when a whole page shares one
/// time, or when the service does not keep the order that was asked for. Where it stands is in the cursor, so that a read
/// that has to stop in the middle, for example because our share of the limit is used up, goes on there. A page that
/// fails for good is asked for in smaller pieces; see ``ChangeCursor/Probe``.
///
/// Source: Microsoft Graph v1.0, `GET /security/incidents` and `GET /security/alerts_v2` with `$filter` and `$orderby` on
/// `lastUpdateDateTime`.
struct ListChanges<Item: ChangeItem> {
  let pipeline: GraphPipeline
  let tenant: TenantID
  let priority: RequestPriority
  private var cursor: ChangeCursor
  private var pass: ChangeCursor.Pass
  private var readFrom: Timestamp?
  /// What this read has handed over already.
  private var delivered: [String: Int64] = [:]
  /// What this pass has asked already.
  private var asked: Set<String> = []
  private var isOrdered = true
  /// The newest change of this pass.
  private var newest: Timestamp?
  /// Whether this read began the pass.
  private var isFresh: Bool
  /// So many pages of the first reading are asked for in one read, which then ends where it is: the next goes on there.
  var pagesOfHistory = Int.max
  /// The ids on the last page, where it led no further in time.
  private var lastIDs: Set<String> = []
  /// Whether the service gives links: then where none is nothing more is.
  private var hasLinks = false
  /// Whether the service gave anything in this read.
  private var isAnswered = false

  private var list: ChangeList { Item.list }
  /// The largest `$skip` that the service takes.
  private static var deepestSkip: Int { 500 }
  /// Seconds by which a change may lie ahead of the service's clock and still move the watermark.
  private var skew: TimeInterval { 300 }

  /// - Parameter openEvery: seconds after which all that is open is read again; `nil` for never.
  init(
    pipeline: GraphPipeline, tenant: TenantID, priority: RequestPriority, cursor: ChangeCursor,
    openEvery: TimeInterval? = nil
  ) {
    self.pipeline = pipeline
    self.tenant = tenant
    self.priority = priority
    self.cursor = cursor
    isFresh = cursor.pass == nil
    pass = self.cursor.begin(at: pipeline.dependencies.now(), openEvery: openEvery)
    // What stood on the pages before a link was in an earlier read.
    readFrom = cursor.continuation == nil && !pass.isOfOpen ? pass.position : nil
  }

  /// - Parameter onPage: keeps a page; the cursor moves only when it returns.
  mutating func read(
    onPage: (ChangePage<Item>) async throws -> Void
  ) async throws(PartnerError) -> ChangeCursor {
    var target = resumed() ?? question
    for _ in 0..<pipeline.limits.pages {
      guard asked.insert(target).inserted else { throw PartnerError(.pagingLoop, tenant: tenant) }
      let answer: Answer
      var items: ItemReader.Page<ItemReader.Listed<Item>>
      do {
        (answer, items) = try await ask(target)
      } catch {
        // A link does not stay good for ever: then the question is asked anew, once.
        if asked.count == 1, target == cursor.continuation, error.concernsLink {
          cursor.continuation = nil
          isOrdered = true
          newest = nil
        } else if pass.isOfOpen, error.refusesQuestion, let next = ended() {
          // A service that does not take the question for what is open is read by its changes all the same.
          target = next
          continue
        } else {
          let goesOn = try await narrow(after: error, onPage: onPage)
          guard goesOn else { throw error }
        }
        target = question
        continue
      }
      isAnswered = true
      let (count, isDoubted) = (items.items.count, (cursor.probe?.doubts ?? 0) > 0)
      if isDoubted { items.items = try await doubted() + items.items }
      var page = take(items, of: answer)
      // The page is kept before a bad link ends the read.
      let ofOpen = pass.isOfOpen
      let next = Result { () throws(PartnerError) in try following(items, count: count) }
      if ofOpen {
        page.openPart = .init(isFirst: isFresh, isLast: (try? next.get()) == nil || !pass.isOfOpen)
      }
      isFresh = ofOpen && !pass.isOfOpen
      if !cursor.isComplete, cursor.probe == nil { pagesOfHistory -= 1 }
      let isEnough = !cursor.isComplete && pagesOfHistory <= 0
      page.isLast = isEnough || (try? next.get()) == nil
      try await hand(page, to: onPage)
      guard let following = try next.get(), !isEnough else { return cursor }
      target = following
    }
    throw PartnerError(.answerUnreadable("more than \(pipeline.limits.pages) pages"), tenant: tenant)
  }

  private func ask(
    _ target: String, retry: RetryPolicy = .standard
  ) async throws(PartnerError) -> (Answer, ItemReader.Page<ItemReader.Listed<Item>>) {
    let policy = cursor.probe == nil ? retry : .brief
    // Which part the service fails on is found out by failures: where it gives other parts, they say nothing of the tenant.
    let call = GraphCall(target: target, retry: policy, isTrial: cursor.probe != nil && isAnswered)
    let answer = try await pipeline.send(call, in: tenant, priority: priority)
    guard let reader = ItemReader(tenant: tenant, limits: pipeline.limits) else {
      throw PartnerError(.storage("no memory"), tenant: tenant)
    }
    return (answer, try Item.read(answer, by: reader, known: cursor.seen))
  }

  /// What to ask by the cursor's time.
  private var question: String {
    list.query(from: pass.position, isOfOpen: pass.isOfOpen, top: cursor.probe?.top, skip: cursor.probe?.skip ?? 0)
  }

  /// Where an earlier read had to stop, if it was following links.
  private mutating func resumed() -> String? {
    guard let target = cursor.continuation else { return nil }
    hasLinks = true
    // The order is not known to be kept, so only the end of the pages moves the watermark.
    isOrdered = false
    newest = cursor.newestSeen(before: Timestamp(pipeline.dependencies.now().addingTimeInterval(skew)))
    return target
  }

  // MARK: Pages that fail

  /// Makes the piece smaller that is asked for next, and has that kept: a read that ends here goes on with it.
  /// - Returns: `false` when this read ends.
  private mutating func narrow(
    after error: PartnerError, onPage: (ChangePage<Item>) async throws -> Void
  ) async throws(PartnerError) -> Bool {
    guard error.concernsPage else { return false }
    let wasNarrow = cursor.probe != nil
    cursor.narrow(in: list)
    cursor.continuation = nil
    cursor.pass = pass
    isOrdered = true
    guard wasNarrow || cursor.probe != nil else { return false }
    // A service that answers nothing at all is not asked more than once in a read, unless it is the weight alone.
    let isWeight = if case .answerTooLarge = error.cause { true } else { false }
    let goesOn = cursor.probe != nil && (isAnswered || isWeight)
    try await hand(ChangePage(tenant: tenant, items: [], cursor: cursor, isLast: !goesOn), to: onPage)
    return goesOn
  }

  /// Asks once more for the items that failed alone, now that the one behind them came: what fails again is stepped over.
  private mutating func doubted() async throws(PartnerError) -> [ItemReader.Item<ItemReader.Listed<Item>>] {
    guard let probe = cursor.probe else { return [] }
    var items: [ItemReader.Item<ItemReader.Listed<Item>>] = []
    for place in probe.skip - probe.doubts..<probe.skip {
      let target = list.query(from: pass.position, isOfOpen: pass.isOfOpen, top: 1, skip: place)
      do {
        items += try await ask(target).1.items.prefix(1)
      } catch {
        guard error.concernsPage else { throw error }
        items.append(
          .unreadable(
            UnreadableItem(reason: "the service fails to give it", number: place + 1, since: pass.position)))
        pipeline.logger.error("an item is stepped over", metadata: ["tenant": "\(tenant)", "list": "\(list)"])
      }
    }
    cursor.probe?.doubts = 0
    return items
  }

  // MARK: Pages

  /// Sorts a page's items into what is new, and notes what was seen.
  private mutating func take(
    _ page: ItemReader.Page<ItemReader.Listed<Item>>, of answer: Answer
  ) -> ChangePage<Item> {
    var result = ChangePage<Item>(
      tenant: tenant, items: [], leftOut: page.leftOut, requestID: answer.requestID, readFrom: readFrom, cursor: cursor)
    pass.leftOut = pass.leftOut.joined(with: page.leftOut)
    let serverNow = answer.serverNow ?? pipeline.dependencies.now()
    let latest = Timestamp(serverNow.addingTimeInterval(skew))
    var previous: Timestamp?
    func follow(_ updated: Timestamp) {
      if updated < (previous ?? pass.position) { isOrdered = false }
      previous = updated
      // A time in the future would hide everything that really changes until then.
      if updated <= latest { newest = max(newest ?? updated, updated) }
    }
    let whole = page.items.count { if case .read(.whole) = $0 { true } else { false } }
    if whole > 0 {
      // Grown once, not with one item after the other.
      result.items.reserveCapacity(whole)
      delivered.reserveCapacity(delivered.count + whole)
      cursor.reserve(whole)
    }
    for item in page.items {
      switch item {
      case .foreign: result.foreign += 1
      case .unreadable(let unreadable): result.unreadable.append(unreadable)
      case .read(.known(let id, let updated)):
        follow(updated)
        result.unchangedIDs.append(id)
      case .read(.whole(let item)):
        let updated = item.updatedAt
        if let updated { follow(updated) }
        let (id, ticks) = (item.changeID, updated?.ticks ?? Int64.min)
        let isSeen = updated != nil && cursor.seen[id] == ticks
        let isKnown = isSeen || delivered[id].map { $0 >= ticks } ?? false
        if !isSeen, updated != nil { cursor.seen[id] = ticks }
        if isKnown {
          result.unchangedIDs.append(id)
          continue
        }
        delivered[id] = ticks
        result.items.append(item)
      }
    }
    return result
  }

  /// What to ask for the next page, with the cursor brought there; `nil` after the last one.
  /// - Parameter count: how many items the page itself had.
  private mutating func following(
    _ page: ItemReader.Page<ItemReader.Listed<Item>>, count: Int
  ) throws(PartnerError) -> String? {
    cursor.continuation = nil
    cursor.pass = pass
    if page.nextLink != nil { hasLinks = true }
    let size = cursor.probe?.top ?? list.pageSize
    guard page.nextLink != nil || count >= size else { return ended() }
    // A page without items leads on by its link alone.
    if count == 0 { cursor.probe = nil }
    let movesOn = isOrdered && newest.map { $0 > pass.position } ?? false
    if movesOn, let newest {
      if !pass.isOfOpen { cursor.move(to: newest) }
      pass.position = newest
      cursor.pass = pass
    }
    cursor.passed(count, movingOn: movesOn, in: list)
    if !movesOn, page.nextLink == nil, !hasLinks, cursor.probe.map({ $0.top == list.pageSize }) ?? true {
      // A full page without a link that leads no further in time may not be the last one of a service that gives none:
      // what shares its time, or stands behind it in whatever order, is asked for by its place, as far as places go.
      let ids = Set(page.items.compactMap(Self.id(of:)))
      guard !ids.isSubset(of: lastIDs), (cursor.probe?.skip ?? count) <= Self.deepestSkip else { return ended() }
      lastIDs = ids
      if cursor.probe == nil { cursor.probe = .init(top: size, skip: count, left: list.pageSize) }
    }
    if movesOn { lastIDs = [] }
    if movesOn || cursor.probe != nil { return question }
    guard let link = page.nextLink else { return ended() }
    let target = PageLink.target(link, origin: pipeline.app.endpoints.graph, path: list.path, tenant: tenant)
    guard let target else { throw PartnerError(.unsafeLink(PageLink.shown(link)), tenant: tenant) }
    // A loop would be entered again.
    if !asked.contains(target) { cursor.continuation = target }
    return target
  }

  private static func id(of item: ItemReader.Item<ItemReader.Listed<Item>>) -> String? {
    switch item {
    case .read(.whole(let item)): item.changeID
    case .read(.known(let id, _)): id
    case .foreign, .unreadable: nil
    }
  }

  /// The pass has come to its end.
  /// - Returns: what to ask for the first page of another one.
  private mutating func ended() -> String? {
    let wasOfOpen = pass.isOfOpen
    if let newest, !wasOfOpen { cursor.move(to: newest) }
    cursor.probe = nil
    guard let next = cursor.end(at: pipeline.dependencies.now()) else { return nil }
    pass = next
    if wasOfOpen { readFrom = next.position }
    asked = []
    isOrdered = true
    newest = nil
    return question
  }

  private func hand(
    _ page: ChangePage<Item>, to onPage: (ChangePage<Item>) async throws -> Void
  ) async throws(PartnerError) {
    var page = page
    page.cursor = cursor
    if page.foreign > 0 {
      pipeline.logger.error(
        "\(list) of another tenant discarded", metadata: ["tenant": "\(tenant)", "count": "\(page.foreign)"])
    }
    try await keep(page, tenant: tenant, onPage)
  }
}

extension PartnerError {
  /// Whether it may be the link that the service does not take, or no longer.
  fileprivate var concernsLink: Bool {
    switch failedAs ?? cause {
    case .refused, .notFound, .outage: true
    default: false
    }
  }

  /// Whether the service does not take the question as it was put.
  fileprivate var refusesQuestion: Bool {
    if case .refused(status: 400, _) = cause { true } else { false }
  }

  /// Whether it may be what is in the page that makes it fail.
  fileprivate var concernsPage: Bool {
    switch failedAs ?? cause {
    case .outage, .answerTooLarge, .answerUnreadable: true
    default: false
    }
  }
}

/// Hands a page to who keeps it, and tells a failure there as ours.
private func keep<Page>(
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
