import FoundationEssentials
import PartnerModel

/// Incidents in order, filtered, with a cursor: made for a million rows.
///
/// A row lives in a slot and is edited there; order and filter are lists of slots. Long work (sorting, filtering, taking
/// in rows) goes by slices, so that no key waits for it; see `work`.
struct IncidentList: Hashable, Sendable {
  let directory: TenantDirectory
  /// Whether closed incidents are shown, after the open ones.
  let includesClosed: Bool

  var tables: IncidentTables
  var slots = SlotStore<CompactIncident>()
  var sortKeys = SlotStore<UInt64>()
  /// Rises with every write of a slot: what was painted of an older version is out of date.
  var versions = SlotStore<UInt32>()
  var texts = SearchTexts()
  var freeSlots: [Int32] = []
  /// By the tenant's number.
  var slotOfID: [[IncidentID: Int32]] = []
  var lastVersion: UInt32 = 0

  var sort: IncidentSort = .risk
  var sorted: [Int32] = []
  var search = IncidentSearch.none
  /// The rows that the filter lets through, in order; `nil` without a filter.
  var filtered: [Int32]?
  /// When the rows were looked through last, in ticks.
  var filteredAt = Int64.min

  var job: ListJob?
  var incoming: [IncomingRows] = []
  /// Whether all that the store has was taken in.
  var isLoaded = false
  /// Why the store could not be read; nothing is known to be absent then.
  var loadFailure: String?
  /// What closed before that: the store may still tell it as open.
  var closedWhileLoading: Set<IncidentKey> = []

  var viewport = Viewport()
  /// The row that keys act on: shown, and under the cursor. `nil` while a filter has not found it again.
  var selected: Int32?
  /// The row that the cursor goes back to when the filter under way finds it.
  var wanted: Int32?
  /// Whether the cursor keeps its row; until then it stays on the first one, whichever that is.
  var isPinned = false
  /// A row that closed under the cursor: it stays until the cursor leaves it.
  var lingering: Int32?
  /// Rows that came after the list was loaded and were not looked at yet, up to `unseenLimit` of them.
  var unseen: Set<Int32> = []
  static let unseenLimit = 1_000
  /// Open rows of high severity that nobody has.
  private(set) var urgent: Set<Int32> = []
  /// The moment at which deadlines were judged last, in ticks; all sort keys are of this moment.
  var judgedAt: Int64
  /// For each tenant the slot of the open incident whose deadline ends first; filled when it is asked for.
  var firstDeadlines: [UInt32: Int32?] = [:]

  init(directory: TenantDirectory, includesClosed: Bool, now: Date) {
    self.directory = directory
    tables = IncidentTables(tenants: directory.numbers)
    self.includesClosed = includesClosed
    judgedAt = Timestamp(now).ticks
  }

  var filter: WordFilter { search.filter }
  var count: Int { filtered?.count ?? sorted.count }
  /// All rows, whatever the filter.
  var total: Int { sorted.count }

  /// The slot of a shown row.
  func slot(at index: Int) -> Int32 { filtered.map { $0[index] } ?? sorted[index] }

  func summary(_ slot: Int32) -> IncidentSummary { summary(slot, withLink: true) }

  /// - Parameter withLink: `false` for a row on screen, which does not show it.
  func summary(_ slot: Int32, withLink: Bool) -> IncidentSummary {
    tables.summary(slots[slot], name: texts.name(slot), withLink: withLink)
  }
  var selectedSummary: IncidentSummary? { selected.map(summary) }
  var selectedKey: IncidentKey? { selected.map { tables.key(slots[$0]) } }
  var hasSelectedLink: Bool { selected.map { tables.hasLink(slots[$0]) } ?? false }

  func slot(of key: IncidentKey) -> Int32? {
    guard let tenant = tables.tenants.known(key.tenant), Int(tenant) < slotOfID.count else { return nil }
    return slotOfID[Int(tenant)][key.id]
  }

  /// Whether sorting, filtering or taking in rows is under way.
  var isWorking: Bool { job != nil || !incoming.isEmpty }

  // MARK: The order

  var keys: SortKeys { SortKeys(sort: sort, directory: directory, judgedAt: judgedAt) }

  func precedes(_ left: Int32, _ right: Int32) -> Bool {
    let (leftKey, rightKey) = (sortKeys[left], sortKeys[right])
    if leftKey != rightKey { return leftKey < rightKey }
    return left != right && tables.key(slots[left]) < tables.key(slots[right])
  }

  /// The first place in `order` that does not come before `slot`.
  func place(of slot: Int32, in order: [Int32]) -> Int {
    var low = 0
    var high = order.count
    while low < high {
      let middle = (low + high) / 2
      if precedes(order[middle], slot) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Where `slot` stands in `order`, if it does.
  func index(of slot: Int32, in order: [Int32]) -> Int? {
    let place = place(of: slot, in: order)
    return place < order.count && order[place] == slot ? place : nil
  }

  func shownIndex(of slot: Int32) -> Int? { index(of: slot, in: filtered ?? sorted) }

  // MARK: The cursor

  mutating func move(_ motion: Motion, height: Int) {
    pin()
    viewport = motion.applied(to: viewport, count: count, height: height)
    cursorMoved()
  }

  /// Puts the cursor on a row, if it is shown.
  mutating func select(_ key: IncidentKey) -> Bool {
    guard !isSorting, let slot = slot(of: key), let index = shownIndex(of: slot) else { return false }
    isPinned = true
    viewport.cursor = index
    cursorMoved()
    return true
  }

  /// From now on the cursor keeps the row that it is on: rows that come above do not push it to another.
  mutating func pin() {
    if count > 0 { isPinned = true }
  }

  private mutating func cursorMoved() {
    guard count > 0 else { return }
    selected = slot(at: viewport.cursor)
    wanted = nil
    dropLingering()
  }

  /// Takes the closed row out once the cursor left it.
  mutating func dropLingering() {
    guard let slot = lingering, slot != selected, job == nil else { return }
    lingering = nil
    let line = viewport.cursor - viewport.top
    removeFromOrder([slot])
    free(slot)
    anchor(line: line)
  }

  /// Finds the selected row again and puts it on the same line of the screen.
  mutating func anchor(line: Int) {
    if isPinned, let selected, let index = shownIndex(of: selected) {
      viewport.cursor = index
      viewport.top = max(index - line, 0)
      return
    }
    if !isPinned { viewport = Viewport() }
    viewport.cursor = min(viewport.cursor, max(count - 1, 0))
    viewport.top = min(viewport.top, viewport.cursor)
    selected = count == 0 ? nil : slot(at: viewport.cursor)
  }

  /// Fits the window to its height.
  mutating func settle(height: Int) { viewport.settle(count: count, height: height) }

  /// How many of these rows are shown above the window.
  func above(_ rows: Set<Int32>) -> Int {
    guard !isSorting, viewport.top > 0, viewport.top < count else { return 0 }
    let first = slot(at: viewport.top)
    return rows.count { precedes($0, first) && (filtered == nil || shownIndex(of: $0) != nil) }
  }

  // MARK: Slots

  mutating func write(_ incident: CompactIncident, name: String, to slot: Int32) {
    lastVersion &+= 1
    if slots.lend(slot, { $0.pointee.id != incident.id }) || !texts.hasName(name, slot) {
      texts.set(slot, to: name, incident.id)
    }
    slots[slot] = incident
    judgeUrgency(of: slot, incident)
    versions[slot] = lastVersion
  }

  mutating func newSlot(for incident: CompactIncident, name: String) -> Int32 {
    if let slot = freeSlots.popLast() {
      write(incident, name: name, to: slot)
      return slot
    }
    lastVersion &+= 1
    slots.append(incident)
    judgeUrgency(of: slots.count - 1, incident)
    texts.set(slots.count - 1, to: name, incident.id)
    sortKeys.append(0)
    versions.append(lastVersion)
    return slots.count - 1
  }

  private mutating func judgeUrgency(of slot: Int32, _ incident: CompactIncident) {
    if tables.isUrgent(incident) { urgent.insert(slot) } else { urgent.remove(slot) }
  }

  mutating func free(_ slot: Int32) {
    let incident = slots[slot]
    slotOfID[Int(incident.tenant)][incident.id] = nil
    firstDeadlines[incident.tenant] = nil
    unseen.remove(slot)
    urgent.remove(slot)
    if wanted == slot { wanted = nil }
    freeSlots.append(slot)
  }

  private var searched: SearchedList {
    SearchedList(
      texts: texts, rows: slots, tables: tables, directory: directory, now: Timestamp(ticks: judgedAt).date)
  }

  /// The rows among these few that the filter lets through.
  mutating func matching(_ rows: ArraySlice<Int32>) -> [Int32] { search.matching(rows, in: searched) }

  /// The rows among the next of a job's that the filter lets through.
  mutating func matchingNext(_ count: Int, of job: inout FilterJob) -> [Int32] {
    search.matchingNext(count, of: &job, in: searched)
  }

  /// Finds the open incident of a tenant whose deadline ends first, if that is not known already.
  mutating func findFirstDeadline(of tenant: TenantID) {
    guard let number = tables.tenants.known(tenant), Int(number) < slotOfID.count, firstDeadlines[number] == nil
    else { return }
    let keys = keys
    var first: (slot: Int32, deadline: Int64)?
    for slot in slotOfID[Int(number)].values where tables.status(slots[slot]).isOpen {
      guard let deadline = keys.deadline(of: slots[slot], tables: tables) else { continue }
      if first.map({ deadline < $0.deadline }) ?? true { first = (slot, deadline) }
    }
    firstDeadlines[number] = .some(first?.slot)
  }

  func knownFirstDeadline(of tenant: TenantID) -> IncidentSummary? {
    guard let number = tables.tenants.known(tenant), let known = firstDeadlines[number] else { return nil }
    return known.map(summary)
  }
}
