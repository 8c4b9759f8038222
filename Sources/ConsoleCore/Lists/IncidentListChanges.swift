import FoundationEssentials
import PartnerModel

/// Rows that wait to be taken in.
struct IncomingRows: Hashable, Sendable {
  var rows: [IncidentSummary]
  var next = 0
  /// Whether a sync or a write changed them; else the store had them.
  var areChanges: Bool
  /// Whether new ones among them are pointed out.
  var areNews: Bool
  /// Whether the list is whole once they are in.
  var completes: Bool
}

extension IncidentList {
  /// Rows that one slice takes in.
  private static let rowsPerSlice = 1_000

  /// Takes rows in, the first slice of them at once if nothing else is under way.
  ///
  /// - Parameter areNews: `false` for the first that is ever heard of a tenant: everything would be new.
  mutating func take(_ rows: [IncidentSummary], areChanges: Bool, areNews: Bool = true, completes: Bool = false) {
    let wasIdle = !isWorking
    incoming.append(
      IncomingRows(
        rows: rows, areChanges: areChanges, areNews: areChanges && areNews && isLoaded, completes: completes))
    if wasIdle { takeNextSlice() }
  }

  /// Whether rows wait behind those that are being taken in.
  var hasRowsBehind: Bool { incoming.count > 1 }

  mutating func takeNextSlice() {
    guard !incoming.isEmpty else { return }
    var batch = incoming.removeFirst()
    let end = min(batch.next + Self.rowsPerSlice, batch.rows.count)
    let rows = batch.areChanges ? batch.rows[batch.next..<end] : newest(batch.rows[batch.next..<end])
    if batch.areChanges, !isLoaded {
      for row in rows where !row.status.isOpen { closedWhileLoading.insert(row.key) }
    }
    absorb(rows, areNews: batch.areNews)
    batch.next = end
    if end < batch.rows.count {
      incoming.insert(batch, at: 0)
    } else if batch.completes {
      isLoaded = true
      loadFailure = nil
      closedWhileLoading = []
    }
  }

  /// Rows of the store without those that a change has overtaken while the store was being read.
  private func newest(_ rows: ArraySlice<IncidentSummary>) -> ArraySlice<IncidentSummary> {
    if sorted.isEmpty, closedWhileLoading.isEmpty { return rows }
    return rows.filter { row in
      if closedWhileLoading.contains(row.key), row.status.isOpen { return false }
      guard let slot = slot(of: row.key) else { return true }
      return slots[slot].updated <= row.updatedAt?.ticks ?? CompactIncident.noTime
    }[...]
  }

  private mutating func absorb(_ rows: ArraySlice<IncidentSummary>, areNews: Bool) {
    let line = viewport.cursor - viewport.top
    let keys = keys
    let moving = rowsThatMove(rows, keys: keys)
    removeFromOrder(moving)
    var waiting = Set(moving)
    var edited: [Int32] = []
    for row in rows {
      let incident = tables.compact(row)
      firstDeadlines[incident.tenant] = nil
      while slotOfID.count <= Int(incident.tenant) { slotOfID.append([:]) }
      if let slot = slotOfID[Int(incident.tenant)][incident.id] {
        if slots[slot] == incident, texts.hasName(row.displayName, slot) { continue }
        write(incident, name: row.displayName, to: slot)
        if waiting.contains(slot) {
          sortKeys[slot] = keys.key(of: incident, tables: tables)
          if lingering == slot { lingering = nil }
        } else {
          let isListed = includesClosed || row.status.isOpen
          lingering = isListed ? (lingering == slot ? nil : lingering) : slot
          edited.append(slot)
        }
      } else if includesClosed || row.status.isOpen {
        let slot = newSlot(for: incident, name: row.displayName)
        slotOfID[Int(incident.tenant)][incident.id] = slot
        sortKeys[slot] = keys.key(of: incident, tables: tables)
        waiting.insert(slot)
        if areNews, unseen.count < Self.unseenLimit { unseen.insert(slot) }
      }
    }
    var listed: [Int32] = []
    for slot in waiting {
      if includesClosed || tables.status(slots[slot]).isOpen { listed.append(slot) } else { free(slot) }
    }
    addToOrder(listed)
    refilter(edited)
    anchor(line: line)
    // A cursor that stays at the top may have left a closed row.
    dropLingering()
  }

  /// The rows of a slice that are in the list and will stand elsewhere, or leave it.
  private mutating func rowsThatMove(_ rows: ArraySlice<IncidentSummary>, keys: SortKeys) -> [Int32] {
    var moving: Set<Int32> = []
    for row in rows {
      guard let slot = slot(of: row.key) else { continue }
      if !includesClosed, !row.status.isOpen {
        // Under the cursor it stays where it is.
        if slot != selected { moving.insert(slot) }
        continue
      }
      if keys.key(of: tables.compact(row), tables: tables) != sortKeys[slot] { moving.insert(slot) }
    }
    return Array(moving)
  }

  // MARK: Time

  /// Judges deadlines at `now`: in the order of risk, rows whose time is over since they were judged go behind those that
  /// have some left. The cursor stays on its row, and its row on its line.
  mutating func timePassed(to now: Date) {
    let ticks = Timestamp(now).ticks
    // A clock that was put right by a moment is no reason to sort a hundred thousand rows.
    let wentBack = judgedAt - ticks > 60 * 10_000_000
    guard !isSorting, ticks > judgedAt || wentBack else { return }
    judgedAt = ticks
    guard directory.hasDeadlines else { return }
    // Not at once at the next moment: it goes through all rows.
    if search.dependsOnTime, !isWorking, abs(ticks - filteredAt) >= 60 * 10_000_000 { refilter() }
    guard sort == .risk else { return }
    if wentBack { return resort() }
    // A filter under way has its rows in the old order; the next moment moves them.
    if job == nil { moveOverdue() }
  }

  private mutating func moveOverdue() {
    let overdue = overdueRows()
    if overdue.isEmpty { return }
    let line = viewport.cursor - viewport.top
    let keys = keys
    removeFromOrder(overdue)
    for slot in overdue { sortKeys[slot] = keys.key(of: slots[slot], tables: tables) }
    addToOrder(overdue)
    anchor(line: line)
  }

  /// The rows that are ordered by time left and have none any more: they stand at the beginnings of their groups.
  private func overdueRows() -> [Int32] {
    let keys = keys
    var rows: [Int32] = []
    for group in SortKeys.runningGroups {
      let end = SortKeys.firstKey(of: group, after: judgedAt)
      var index = firstIndex(notBefore: group)
      while index < sorted.count, sortKeys[sorted[index]] < end {
        let slot = sorted[index]
        if slot != lingering, keys.key(of: slots[slot], tables: tables) != sortKeys[slot] { rows.append(slot) }
        index += 1
      }
    }
    return rows
  }

  private func firstIndex(notBefore key: UInt64) -> Int {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if sortKeys[sorted[middle]] < key { low = middle + 1 } else { high = middle }
    }
    return low
  }

  // MARK: Order

  mutating func removeFromOrder(_ leaving: [Int32]) {
    if leaving.isEmpty { return }
    remove(leaving, from: .all)
    if filtered != nil { remove(leaving, from: .filtered) }
  }

  private mutating func addToOrder(_ coming: [Int32]) {
    if coming.isEmpty { return }
    let coming = coming.sorted(by: precedes)
    add(coming, to: .all)
    if filtered != nil {
      let matching = matching(coming[...])
      add(matching, to: .filtered)
    }
  }

  /// Looks again whether the filter lets rows through that were edited where they stand.
  private mutating func refilter(_ edited: [Int32]) {
    guard filtered != nil else { return }
    for slot in edited {
      let isIn = shownIndex(of: slot) != nil
      let belongs = slot == selected || !matching([slot]).isEmpty
      if isIn, !belongs { remove([slot], from: .filtered) }
      if !isIn, belongs { add([slot], to: .filtered) }
    }
  }

  private enum Order { case all, filtered }

  /// Takes an order out of the list to be edited: held twice, it would be copied.
  private mutating func takeOut(_ order: Order) -> [Int32] {
    var rows: [Int32] = []
    switch order {
    case .all: swap(&rows, &sorted)
    case .filtered:
      rows = filtered ?? []
      filtered = []
    }
    return rows
  }

  private mutating func putBack(_ rows: [Int32], _ order: Order) {
    switch order {
    case .all: sorted = rows
    case .filtered: filtered = rows
    }
  }

  /// Takes rows out of an order; a few by search, many in one pass.
  private mutating func remove(_ leaving: [Int32], from order: Order) {
    var rows = takeOut(order)
    if leaving.count <= 16 {
      for slot in leaving {
        if let index = index(of: slot, in: rows) { rows.remove(at: index) }
      }
    } else {
      var isLeaving = [Bool](repeating: false, count: Int(slots.count))
      for slot in leaving { isLeaving[Int(slot)] = true }
      rows.removeAll { isLeaving[Int($0)] }
    }
    putBack(rows, order)
  }

  /// Puts sorted rows into an order.
  private mutating func add(_ coming: [Int32], to order: Order) {
    guard let first = coming.first else { return }
    var rows = takeOut(order)
    if rows.last.map({ precedes($0, first) }) ?? true {
      rows.append(contentsOf: coming)
    } else if coming.count <= 16 {
      for slot in coming { rows.insert(slot, at: place(of: slot, in: rows)) }
    } else {
      rows = merging(coming, into: rows)
    }
    putBack(rows, order)
  }

  /// Most of the old order is copied in runs: only the place of each coming row is searched.
  private func merging(_ coming: [Int32], into old: [Int32]) -> [Int32] {
    var merged: [Int32] = []
    merged.reserveCapacity(old.count + coming.count)
    var taken = 0
    for slot in coming {
      var low = taken
      var high = old.count
      while low < high {
        let middle = (low + high) / 2
        if precedes(old[middle], slot) { low = middle + 1 } else { high = middle }
      }
      merged.append(contentsOf: old[taken..<low])
      merged.append(slot)
      taken = low
    }
    merged.append(contentsOf: old[taken...])
    return merged
  }
}
