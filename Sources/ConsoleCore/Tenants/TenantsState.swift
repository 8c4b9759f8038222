import FoundationEssentials
import PartnerModel

/// What tenants are ordered by.
enum TenantSort: String, Hashable, Sendable, CaseIterable {
  /// Most unassigned high incidents, then what needs a person, then what is open by severity. Deadlines take no part: they
  /// belong to incidents, and a tenant has many.
  case risk
  case name
  /// The longest not read first.
  case synced
  /// The most open incidents first.
  case open

  var next: TenantSort {
    let all = Self.allCases
    let index = all.firstIndex(of: self) ?? 0
    return all[(index + 1) % all.count]
  }
}

struct TenantsState: Hashable, Sendable {
  /// In the configuration's order.
  private(set) var rows: [TenantOverview]
  private var indexOf: [TenantID: Int]
  private var searchTexts: [String]
  private var foldedNames: [String]
  /// Rises when a row changes: what was painted of an older version is out of date.
  private(set) var versions: [UInt32]
  private var lastVersion: UInt32 = 0
  private(set) var isLoaded = false
  /// Why the store could not be read.
  var loadFailure: String?

  private(set) var sort: TenantSort = .risk
  private(set) var filter = WordFilter.none
  /// Shown rows, in order, as indexes of `rows`.
  private(set) var order: [Int] = []
  var viewport = Viewport()
  private(set) var selected: TenantID?
  /// Whether the cursor keeps its row; until a key was pressed it stays on the first one.
  private var isPinned = false

  /// Of each row when the tenants were judged last: nothing changes it before `nextStale`.
  private var syncStates: [SyncState] = []
  private var areOld: [Bool] = []
  private(set) var coverage: Coverage
  /// Tenants that only a person can mend, in the configuration's order.
  private(set) var needing: [TenantID] = []
  /// Tenants that one sign-in mends all together.
  private(set) var awaitingSignIn: [TenantID] = []
  /// What keeps many tenants at once from being read, as it was told last; and how many.
  private(set) var commonProblem: Problem?
  private(set) var behindCommonProblem = 0
  /// Unassigned high incidents by the counters of the tenants that are not excluded.
  private(set) var unassignedHigh = 0
  /// When the next tenant's data turns stale.
  private(set) var nextStale: Date?
  /// Tenants that were read at least once.
  private(set) var everRead = 0
  /// Whether the incidents of every tenant that is not excluded are all there, as they are now.
  private(set) var areAllWhole = false
  /// When the tenant that was not read for longest was read; of those that were ever read.
  private(set) var oldestRead: Date?
  private var judgedAt: Date?

  init(_ configuration: Configuration) {
    rows = configuration.tenants.map { TenantOverview(tenant: $0) }
    indexOf = [:]
    searchTexts = []
    foldedNames = []
    versions = []
    coverage = Coverage([])
    rebuild()
    arrange()
  }

  subscript(tenant: TenantID) -> TenantOverview? { indexOf[tenant].map { rows[$0] } }
  /// How far a tenant's incidents can be trusted, as judged last.
  func trust(in tenant: TenantID) -> TenantTrust? { indexOf[tenant].flatMap { trust(at: $0) } }

  /// The same where the tenant's number in a list is known: mostly its row stands at that place.
  func trust(in tenant: TenantID, numbered number: UInt32) -> TenantTrust? {
    let index = Int(number)
    return index < rows.count && rows[index].tenant.id == tenant ? trust(at: index) : trust(in: tenant)
  }

  private func trust(at index: Int) -> TenantTrust? {
    guard index < syncStates.count else { return nil }
    return TenantTrust(sync: syncStates[index], readAt: rows[index].sync.lastSuccess, isOld: areOld[index])
  }
  var selectedRow: TenantOverview? { selected.flatMap { self[$0] } }
  func version(of tenant: TenantID) -> UInt32 { indexOf[tenant].map { versions[$0] } ?? 0 }

  /// The rows on screen.
  func visible(height: Int) -> [TenantOverview] {
    viewport.visible(count: order.count, height: height).map { rows[order[$0]] }
  }

  // MARK: What is known

  mutating func load(_ overviews: [TenantOverview], now: Date, staleAfter: TimeInterval) {
    // What is searched and looked up by belongs to the tenants, which are most often those of the configuration.
    let areSame = rows.lazy.map(\.tenant).elementsEqual(overviews.lazy.map(\.tenant))
    rows = overviews
    isLoaded = true
    loadFailure = nil
    if areSame { renewVersions() } else { rebuild() }
    judge(now: now, staleAfter: staleAfter)
    arrange()
  }

  mutating func change(_ overviews: [TenantOverview], now: Date, staleAfter: TimeInterval) {
    for overview in overviews {
      guard let index = indexOf[overview.id], rows[index] != overview else { continue }
      rows[index] = overview
      lastVersion &+= 1
      versions[index] = lastVersion
    }
    judge(now: now, staleAfter: staleAfter)
    arrange()
  }

  /// Judges anew when something turned stale meanwhile, or when the clock was set back.
  mutating func timePassed(to now: Date, staleAfter: TimeInterval) {
    if nextStale.map({ now > $0 }) ?? false || judgedAt.map({ now < $0 }) ?? true {
      judge(now: now, staleAfter: staleAfter)
      if !filter.isEmpty { arrange() }
    }
  }

  /// Counts the tenants by what is known of them at `now`.
  mutating func judge(now: Date, staleAfter: TimeInterval) {
    judgedAt = now
    syncStates = rows.map { $0.syncState(at: now, staleAfter: staleAfter) }
    areOld = zip(rows, syncStates).map { $0.isOld($1, now: now, staleAfter: staleAfter) }
    // Whoever withdrew their consent is not seen any more, however lately it was read.
    coverage = Coverage(zip(syncStates, areOld).map { sync, isOld in sync == .ok && isOld ? .stale : sync })
    awaitingSignIn = rows.lazy.filter(\.awaitsSignIn).map(\.id)
    // One sign-in is one thing to do, however many tenants wait for it.
    let first = awaitingSignIn.first
    needing = rows.lazy.filter { $0.needsPerson && (!$0.awaitsSignIn || $0.id == first) }.map(\.id)
    let readable = rows.lazy.filter { !$0.tenant.isExcluded }
    let common = readable.compactMap(\.sync.error).filter { Problem.everywhere.contains($0.cause) }
    commonProblem = common.max { ($0.retryAt ?? .distantPast) < ($1.retryAt ?? .distantPast) }
    behindCommonProblem = commonProblem == nil ? 0 : common.count { _ in true }
    unassignedHigh = readable.reduce(0) { $0 + ($1.counts?.unassignedHigh ?? 0) }
    everRead = readable.count { $0.sync.lastSuccess != nil }
    areAllWhole = zip(syncStates, areOld).allSatisfy { sync, isOld in sync == .excluded || sync == .ok && !isOld }
    let reads = rows.lazy.filter { !$0.tenant.isExcluded }.compactMap(\.sync.lastSuccess)
    // One that nobody knows the age of may be the oldest.
    oldestRead = reads.first { ClockStep.hasUndone($0, at: now) } ?? reads.min()
    let turns = rows.lazy.filter { !$0.tenant.isExcluded && $0.sync.error == nil }
      .compactMap { $0.sync.lastSuccess?.addingTimeInterval(staleAfter) }
    nextStale = turns.filter { $0 >= now }.min()
  }

  private mutating func rebuild() {
    indexOf = Dictionary(rows.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first })
    searchTexts = rows.map(\.tenant.searchText)
    foldedNames = rows.map(\.tenant.name.foldedForSearch)
    renewVersions()
  }

  private mutating func renewVersions() {
    versions = rows.indices.map { lastVersion &+ UInt32($0) + 1 }
    lastVersion &+= UInt32(rows.count)
  }

  // MARK: Order, filter, cursor

  mutating func sort(by sort: TenantSort) {
    self.sort = sort
    // Whoever stands at the top wants to see the top of the new order.
    if viewport.cursor == 0 { isPinned = false }
    arrange()
    pin()
  }

  /// From now on the cursor keeps the row that it is on.
  mutating func pin() {
    if !order.isEmpty { isPinned = true }
  }

  mutating func filter(by filter: WordFilter) {
    self.filter = filter
    arrange()
  }

  mutating func move(_ motion: Motion, height: Int) {
    pin()
    viewport = motion.applied(to: viewport, count: order.count, height: height)
    selected = order.isEmpty ? nil : rows[order[viewport.cursor]].id
  }

  mutating func select(_ tenant: TenantID, line: Int? = nil) -> Bool {
    guard let index = order.firstIndex(where: { rows[$0].id == tenant }) else { return false }
    isPinned = true
    selected = tenant
    viewport.cursor = index
    if let line { viewport.top = max(index - line, 0) }
    return true
  }

  /// Whether every word stands in the name, the domain, the id or a group, or is the state of its consent or its reading.
  private func isLetThrough(_ index: Int) -> Bool {
    filter.owners.isEmpty
      && filter.words.allSatisfy { word in
        searchTexts[index].contains(folded: word) || rows[index].consent.state.rawValue.foldedForSearch == word
          || index < syncStates.count && syncStates[index].rawValue == word
      }
  }

  /// Puts the rows in order; the cursor stays on its row, and its row on its line.
  private mutating func arrange() {
    let line = viewport.cursor - viewport.top
    order = rows.indices.filter { filter.isEmpty || isLetThrough($0) }
    let keys = rows.map { $0.sortKey(sort) }
    order.sort { left, right in
      if keys[left] != keys[right] { return keys[left] < keys[right] }
      if foldedNames[left] != foldedNames[right] { return foldedNames[left] < foldedNames[right] }
      return rows[left].id < rows[right].id
    }
    if isPinned, let selected, let index = order.firstIndex(where: { rows[$0].id == selected }) {
      viewport = Viewport(cursor: index, top: max(index - line, 0))
    } else {
      viewport = Viewport(
        cursor: isPinned ? min(viewport.cursor, max(order.count - 1, 0)) : 0, top: isPinned ? viewport.top : 0)
      selected = order.isEmpty ? nil : rows[order[viewport.cursor]].id
    }
  }
}

extension TenantOverview {
  /// Whether only somebody can mend what keeps us from reading it.
  var needsPerson: Bool {
    if tenant.isExcluded { return false }
    if token.trouble == .signInNeeded || token.trouble == .refused { return true }
    if access.state.keepsOut || access.state == .ending { return true }
    if sync.error?.cause == "notProvisioned" { return true }
    return consent.state != .granted && consent.state != .unknown
  }

  /// Whether the sign-in that it waits for is that of all tenants.
  fileprivate var awaitsSignIn: Bool {
    !tenant.isExcluded && (signInNeed == .nobody || signInNeed == .ended)
  }

  /// Smaller comes first.
  fileprivate func sortKey(_ sort: TenantSort) -> Int64 {
    let excluded: Int64 = tenant.isExcluded ? 1 << 62 : 0
    switch sort {
    case .name: return excluded
    case .synced: return excluded | (sync.lastSuccess.map(wholeSeconds) ?? 0)
    case .open: return excluded | (0xFFF_FFFF - Int64(min(counts?.open ?? 0, 0xFFF_FFFE)))
    case .risk:
      func few(_ count: Int) -> Int64 { 0xFFF - Int64(min(max(count, 0), 0xFFE)) }
      let tier: Int64 = (counts?.unassignedHigh ?? 0) > 0 ? 0 : needsPerson ? 1 : 2
      let counts = counts ?? IncidentCounts()
      return excluded | tier << 60 | few(counts.unassignedHigh) << 48 | few(counts.high) << 36
        | few(counts.medium) << 24 | few(counts.low) << 12 | few(counts.informational)
    }
  }
}
