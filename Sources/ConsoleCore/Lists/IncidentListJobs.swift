import PartnerModel

/// Long work on a list, with how far it came.
enum ListJob: Hashable, Sendable {
  case sorting(SortJob)
  case filtering(FilterJob)
  /// As time passed: what is shown stays until it is done.
  case refiltering(FilterJob, found: [Int32])
}

/// A merge sort that can pause: new keys, then short runs, then merged runs of twice the length until one is left.
struct SortJob: Hashable, Sendable {
  var order: [Int32]
  var merged: [Int32] = []
  var keyed = 0
  var runsDone = 0
  /// Length of the runs that are being merged; 0 while runs are made.
  var run = 0
  /// Where the pair of runs begins that is merged now, and how far each of the two was taken.
  var pair = 0
  var left = 0
  var right = 0
}

/// The rows that are still to be looked at.
struct FilterJob: Hashable, Sendable {
  var source: [Int32]
  var next = 0
  /// What is known already of rows that stand behind, because they share a chunk with one that was looked at.
  var known = ListMarks()
}

extension IncidentList {
  private static let rowsPerRun = 2_000
  private static let mergesPerSlice = 12_000
  private static let filteredPerSlice = 50_000

  var isSorting: Bool { if case .sorting = job { true } else { false } }

  /// Does the next slice of whatever is under way.
  mutating func work() {
    switch job {
    case .sorting(let sorting):
      job = nil
      sortSlice(sorting)
    case .filtering(let filtering):
      // The job is taken out before it is changed: held twice, its rows would be copied.
      job = nil
      filterSlice(filtering)
    case .refiltering(let filtering, let found):
      job = nil
      refilterSlice(filtering, found)
    case nil:
      takeNextSlice()
    }
  }

  // MARK: Sorting

  mutating func sort(by sort: IncidentSort) {
    guard sort != self.sort || isSorting else { return }
    dropLingering()
    // Whoever stands at the top wants to see the top of the new order.
    if viewport.cursor == 0 { isPinned = false }
    self.sort = sort
    sortSlice(SortJob(order: sorted))
  }

  /// Sorts anew by the same order.
  mutating func resort() {
    // A row that closed under the cursor has its old place: it goes when the cursor leaves it.
    sortSlice(SortJob(order: sorted))
  }

  private mutating func sortSlice(_ job: SortJob) {
    var job = job
    let count = job.order.count
    if job.keyed < count {
      let end = min(job.keyed + Self.rowsPerRun * 2, count)
      let keys = keys
      for slot in job.order[job.keyed..<end] { sortKeys[slot] = keys.key(of: slots[slot], tables: tables) }
      job.keyed = end
      if end < count {
        self.job = .sorting(job)
        return
      }
    }
    if job.run == 0 {
      let end = min(job.runsDone + Self.rowsPerRun, count)
      job.order[job.runsDone..<end].sort(by: precedes)
      job.runsDone = end
      if end == count { startPass(&job, run: Self.rowsPerRun) }
    } else {
      mergeSlice(&job)
    }
    if job.run == 0 || job.run < count {
      self.job = .sorting(job)
    } else {
      finishSorting(job.order)
    }
  }

  private func startPass(_ job: inout SortJob, run: Int) {
    job.run = run
    job.merged = []
    job.merged.reserveCapacity(job.order.count)
    startPair(&job, at: 0)
  }

  private func startPair(_ job: inout SortJob, at place: Int) {
    job.pair = place
    job.left = place
    job.right = min(place + job.run, job.order.count)
  }

  private func mergeSlice(_ job: inout SortJob) {
    let count = job.order.count
    var budget = Self.mergesPerSlice
    while budget > 0 {
      let middle = min(job.pair + job.run, count)
      let end = min(job.pair + job.run * 2, count)
      while budget > 0, job.left < middle || job.right < end {
        budget -= 1
        let takesRight =
          job.right < end && (job.left >= middle || precedes(job.order[job.right], job.order[job.left]))
        if takesRight {
          job.merged.append(job.order[job.right])
          job.right += 1
        } else {
          job.merged.append(job.order[job.left])
          job.left += 1
        }
      }
      if job.left < middle || job.right < end { return }
      if end < count {
        startPair(&job, at: end)
        continue
      }
      swap(&job.order, &job.merged)
      startPass(&job, run: job.run * 2)
      return
    }
  }

  private mutating func finishSorting(_ order: [Int32]) {
    let line = viewport.cursor - viewport.top
    sorted = order
    if filter.isEmpty {
      filtered = nil
      selected = selected ?? wanted
      wanted = nil
      anchor(line: line)
    } else {
      startFiltering(FilterJob(source: sorted))
    }
    dropLingering()
  }

  // MARK: Filtering

  /// Lets only rows through that hold every word; the first of them are found at once.
  mutating func filter(by filter: WordFilter) {
    guard filter != self.filter else { return }
    let narrows =
      !self.filter.isEmpty
      && filter.narrows(self.filter) { IncidentSearch.isFieldWord($0, tables, directory) }
    let found = filtered
    let before = job
    search = IncidentSearch(filter, hasDeadlines: directory.hasDeadlines)
    // A list that is being sorted is filtered when it is in order.
    if isSorting { return }
    job = nil
    if filter.isEmpty {
      let line = viewport.cursor - viewport.top
      filtered = nil
      selected = selected ?? wanted
      wanted = nil
      anchor(line: line)
      return
    }
    var source = narrows ? found ?? sorted : sorted
    if narrows, case .filtering(let unfinished) = before { source += unfinished.source[unfinished.next...] }
    startFiltering(FilterJob(source: source))
  }

  private mutating func startFiltering(_ job: FilterJob) {
    filteredAt = judgedAt
    filtered = []
    viewport = Viewport()
    wanted = isPinned ? selected ?? wanted : nil
    selected = nil
    filterSlice(job)
  }

  private mutating func filterSlice(_ job: FilterJob) {
    var job = job
    let end = min(job.next + Self.filteredPerSlice, job.source.count)
    let coming = matchingNext(end - job.next, of: &job)
    if let wanted, let place = coming.firstIndex(of: wanted) {
      viewport.cursor = (filtered?.count ?? 0) + place
      selected = wanted
      self.wanted = nil
    }
    filtered?.append(contentsOf: coming)
    if job.next < job.source.count {
      self.job = .filtering(job)
      return
    }
    // It is not among them, and the operator went nowhere else meanwhile.
    if selected == nil { selected = filtered?.first }
    wanted = nil
    dropLingering()
  }

  /// Looks again through all rows, because what the filter lets through depends on the time.
  mutating func refilter() {
    guard filtered != nil else { return }
    filteredAt = judgedAt
    job = .refiltering(FilterJob(source: sorted), found: [])
  }

  private mutating func refilterSlice(_ job: FilterJob, _ found: [Int32]) {
    var (job, found) = (job, found)
    let start = job.next
    let matching = matchingNext(min(Self.filteredPerSlice, job.source.count - start), of: &job)
    // The row under the cursor stays.
    found += keeping(selected, of: job.source[start..<job.next], among: matching)
    if job.next < job.source.count {
      self.job = .refiltering(job, found: found)
      return
    }
    let line = viewport.cursor - viewport.top
    filtered = found
    anchor(line: line)
    dropLingering()
  }

  private func keeping(_ kept: Int32?, of rows: ArraySlice<Int32>, among matching: [Int32]) -> [Int32] {
    guard let kept, let place = rows.firstIndex(of: kept), !matching.contains(kept) else { return matching }
    let isMatching = Set(matching)
    return rows.indices.filter { $0 == place || isMatching.contains(rows[$0]) }.map { rows[$0] }
  }

  /// Puts the cursor back to a row and a line that were left for a filter.
  mutating func restore(_ key: IncidentKey?, line: Int) {
    // By its key: while a filter was typed the row may have gone, and another taken its slot.
    let slot = key.flatMap { self.slot(of: $0) }
    if case .filtering = job, selected == nil { wanted = slot ?? wanted }
    guard job == nil, let slot, let index = shownIndex(of: slot) else { return }
    selected = slot
    wanted = nil
    viewport = Viewport(cursor: index, top: max(index - line, 0))
    dropLingering()
  }
}
