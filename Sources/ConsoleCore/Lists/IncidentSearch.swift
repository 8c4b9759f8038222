import FoundationEssentials
import PartnerModel
import SafeText

/// A filter at work on a list of incidents: every word has to stand in the name, the id, a tag, or the tenant's name or
/// domain, or to be the incident's severity, status, SLA state or a group of its tenant; owners are compared with
/// `assigned:` alone.
struct IncidentSearch: Hashable, Sendable {
  let filter: WordFilter
  private var words: [SoughtWord]
  private var owners: [SoughtOwner]
  private var targets = TargetTable()

  static let none = IncidentSearch(.none, hasDeadlines: false)

  init(_ filter: WordFilter, hasDeadlines: Bool) {
    self.filter = filter
    words = filter.words.map { SoughtWord($0, hasDeadlines: hasDeadlines) }
    owners = filter.owners.map { SoughtOwner(owner: $0) }
  }

  /// Whether rows come and go as time passes.
  var dependsOnTime: Bool { words.contains { $0.slaState != nil } }

  /// Whether a word is the value of a field, so that it finds more than what holds it.
  static func isFieldWord(_ word: String, _ tables: IncidentTables, _ directory: TenantDirectory) -> Bool {
    directory.groups.contains(word) || directory.hasDeadlines && SLA.State(rawValue: word) != nil
      || tables.severities.all.contains { $0.searchWords.contains(word) }
      || tables.statuses.all.contains { $0.searchWords.contains(word) }
  }

  /// The slots among these whose rows the filter lets through at `now`: row by row, for a few.
  mutating func matching(_ slots: ArraySlice<Int32>, in list: SearchedList) -> [Int32] {
    prepare(for: list)
    return slots.filter { slot in
      for index in owners.indices where !owners[index].stands(for: slot, list) { return false }
      for index in words.indices where !words[index].stands(in: slot, list) && !isInState(words[index], slot, list) {
        return false
      }
      return true
    }
  }

  /// The slots among the next of a job, `count` of them or fewer, whose rows the filter lets through: of many, a chunk of rows is looked
  /// through at once when the first of them comes.
  mutating func matchingNext(_ count: Int, of job: inout FilterJob, in list: SearchedList) -> [Int32] {
    let start = job.next
    let end = min(start + count, job.source.count)
    // Of a few rows of each chunk it is less work to look at them alone.
    guard job.source.count > Int(list.rows.count) / 8 else {
      job.next = end
      return matching(job.source[start..<end], in: list)
    }
    prepare(for: list)
    // In another order than that in which they came, a few rows can stand in as many chunks.
    var chunks = Self.chunksAtMost
    while job.next < end {
      let chunk = SearchTexts.chunk(of: job.source[job.next])
      if !job.known.hasLooked(at: chunk) {
        if chunks == 0 { break }
        chunks -= 1
        job.known.set(chunk, to: marks(inChunk: chunk, list))
      }
      job.next += 1
    }
    return job.known.marked(job.source[start..<job.next])
  }

  /// Chunks that one call looks through, so that no key waits longer for it.
  private static let chunksAtMost = 128

  private mutating func prepare(for list: SearchedList) {
    for index in words.indices { words[index].prepare(for: list) }
    for index in owners.indices { owners[index].prepare(for: list) }
  }

  /// The rows of a chunk that the filter lets through; what is free among them may be marked too.
  private mutating func marks(inChunk chunk: Int, _ list: SearchedList) -> RowMarks {
    let slots =
      Int32(
        chunk * SearchTexts.chunkRows)..<min(
        Int32((chunk + 1) * SearchTexts.chunkRows), list.rows.count)
    var (marks, isFirst) = (RowMarks.none, true)
    for index in words.indices {
      var holds = RowMarks.none
      list.texts.mark(words[index].bytes, inChunk: chunk, &holds)
      if words[index].mayBeAValue {
        list.rows.lend(from: slots.lowerBound, slots.count) { words[index].markValues($0, list, &holds) }
        if words[index].slaState != nil {
          for slot in slots where !holds[SearchTexts.place(of: slot)] {
            if isInState(words[index], slot, list) { holds.insert(SearchTexts.place(of: slot)) }
          }
        }
      }
      if isFirst { marks = holds } else { marks.keep(holds) }
      isFirst = false
    }
    for index in owners.indices {
      var stand = RowMarks.none
      for slot in slots where isFirst || marks[SearchTexts.place(of: slot)] {
        if owners[index].stands(for: slot, list) { stand.insert(SearchTexts.place(of: slot)) }
      }
      marks = stand
      isFirst = false
    }
    return marks
  }

  private mutating func isInState(_ word: SoughtWord, _ slot: Int32, _ list: SearchedList) -> Bool {
    guard let state = word.slaState else { return false }
    return list.rows.lend(slot) { incident in
      SLA(
        target: targets.target(of: incident.pointee, list.tables, list.directory),
        isOpen: list.tables.isOpen(incident.pointee), createdAt: incident.pointee.createdAt,
        updatedAt: incident.pointee.updatedAt, acknowledgedAt: incident.pointee.acknowledgedAt, now: list.now
      ).state == state
    }
  }
}

/// What a search looks at.
struct SearchedList {
  var texts: SearchTexts
  var rows: SlotStore<CompactIncident>
  var tables: IncidentTables
  var directory: TenantDirectory
  var now: Date
}

private enum Answer: UInt8 {
  case no, unknown
  /// Alone has its second bit set.
  case yes
}

/// What was found out about the values of one kind, by their numbers.
private struct Answers: Hashable, Sendable {
  /// As many are found out at once; beyond, each when it comes.
  private static let most = 4_096

  private var answers: [Answer] = []
  /// Whether there is one that is not known to be no.
  private(set) var mayHold = false

  /// Makes room for the answers about all values that there are now.
  mutating func prepare(_ count: Int, _ isIt: (UInt32) -> Bool) {
    guard answers.count < count else { return }
    for number in answers.count..<count {
      let answer: Answer = number >= Self.most ? .unknown : isIt(UInt32(number)) ? .yes : .no
      if answer != .no { mayHold = true }
      answers.append(answer)
    }
  }

  mutating func holds(_ number: UInt32, _ isIt: (UInt32) -> Bool) -> Bool {
    if answers[Int(number)] == .unknown { answers[Int(number)] = isIt(number) ? .yes : .no }
    return answers[Int(number)] == .yes
  }

  /// Marks those rows of a chunk that are not marked yet and whose value it is.
  /// - Parameter number: the number of a row's value, by the row's place.
  @inline(__always)
  mutating func mark(_ rows: Int, _ marks: inout RowMarks, _ number: (Int) -> UInt32, _ isIt: (UInt32) -> Bool) {
    guard mayHold else { return }
    if answers.count <= Self.most {
      // All is known. Without a branch for each row, rows are fetched while those before are still on their way.
      return answers.withUnsafeBufferPointer { answers in
        marks.insert(rows) { UInt64(answers[Int(number($0))].rawValue >> 1) }
      }
    }
    answers.withUnsafeMutableBufferPointer { answers in
      for row in 0..<rows where !marks[row] {
        let value = number(row)
        var answer = answers[Int(value)]
        if answer == .unknown {
          answer = isIt(value) ? .yes : .no
          answers[Int(value)] = answer
        }
        if answer == .yes { marks.insert(row) }
      }
    }
  }
}

/// One word, with what was found out about values that many incidents share.
private struct SoughtWord: Hashable, Sendable {
  /// The state that the word is; `nil` if it is none, or where nobody agreed on deadlines.
  let slaState: SLA.State?
  let bytes: [UInt8]
  private let text: String
  private var tenants = Answers()
  private var tagLists = Answers()
  private var severities = Answers()
  private var statuses = Answers()

  init(_ text: String, hasDeadlines: Bool) {
    self.text = text
    bytes = Array(text.utf8)
    slaState = hasDeadlines ? SLA.State(rawValue: text) : nil
  }

  mutating func prepare(for list: SearchedList) {
    let text = text
    tenants.prepare(list.tables.tenants.count) { list.tables.tenants[$0].holds(text, list.directory) }
    tagLists.prepare(list.tables.tagLists.count) { list.tables.tagLists[$0].hold(text) }
    severities.prepare(list.tables.severities.count) { list.tables.severities[$0].searchWords.contains(text) }
    statuses.prepare(list.tables.statuses.count) { list.tables.statuses[$0].searchWords.contains(text) }
  }

  /// Whether there can be rows that have it as a value, or that are in the state that it is.
  var mayBeAValue: Bool {
    tenants.mayHold || tagLists.mayHold || severities.mayHold || statuses.mayHold || slaState != nil
  }

  /// Whether it stands in the row's text or is one of its values; its SLA state is the caller's.
  mutating func stands(in slot: Int32, _ list: SearchedList) -> Bool {
    isValue(of: slot, list) || list.texts.holds(bytes, slot)
  }

  /// Marks those rows of a chunk that have it as one of the values that they share with others; kind by kind, because most
  /// words can be none of most kinds.
  mutating func markValues(_ rows: UnsafeBufferPointer<CompactIncident>, _ list: SearchedList, _ marks: inout RowMarks)
  {
    // A chunk has at least one row, so it has an address. By that, because a row that is taken out counts references.
    let first = rows.baseAddress!
    let text = text
    tenants.mark(rows.count, &marks, { first[$0].tenant }, { list.tables.tenants[$0].holds(text, list.directory) })
    tagLists.mark(rows.count, &marks, { first[$0].tags }, { list.tables.tagLists[$0].hold(text) })
    severities.mark(
      rows.count, &marks, { first[$0].severity }, { list.tables.severities[$0].searchWords.contains(text) })
    statuses.mark(rows.count, &marks, { first[$0].status }, { list.tables.statuses[$0].searchWords.contains(text) })
  }

  /// Whether it is one of the values that the row shares with others.
  mutating func isValue(of slot: Int32, _ list: SearchedList) -> Bool {
    let text = text
    return list.rows.lend(slot) { row in
      tenants.holds(row.pointee.tenant) { list.tables.tenants[$0].holds(text, list.directory) }
        || tagLists.holds(row.pointee.tags) { list.tables.tagLists[$0].hold(text) }
        || severities.holds(row.pointee.severity) { list.tables.severities[$0].searchWords.contains(text) }
        || statuses.holds(row.pointee.status) { list.tables.statuses[$0].searchWords.contains(text) }
    }
  }
}

extension [String] {
  /// Whether a word, which is folded, stands in one of these tags.
  fileprivate func hold(_ word: String) -> Bool { contains { $0.contains(folded: word) } }
}

extension TenantID {
  /// Whether a word, which is folded, stands in the tenant's name or domain, or is one of its groups.
  fileprivate func holds(_ word: String, _ directory: TenantDirectory) -> Bool {
    guard let entry = directory[self] else { return rawValue.contains(folded: word) }
    return entry.name.contains(folded: word) || entry.domain?.contains(folded: word) ?? false
      || entry.groups.contains(word)
  }
}

/// What is asked of an owner, with what was found out about those that there are.
private struct SoughtOwner: Hashable, Sendable {
  let owner: WordFilter.Owner
  private var answers = Answers()

  init(owner: WordFilter.Owner) { self.owner = owner }

  mutating func prepare(for list: SearchedList) {
    let owner = owner
    answers.prepare(list.tables.owners.count) { owner.isNamed(list.tables.owners[$0] ?? "", list.directory) }
  }

  mutating func stands(for slot: Int32, _ list: SearchedList) -> Bool {
    let owner = owner
    return list.rows.lend(slot) { row in
      answers.holds(row.pointee.owner) { owner.isNamed(list.tables.owners[$0] ?? "", list.directory) }
    }
  }
}

extension WordFilter.Owner {
  /// Whether an owner of this name, empty for none, is who is asked for.
  fileprivate func isNamed(_ name: String, _ directory: TenantDirectory) -> Bool {
    switch self {
    case .nobody: name.isEmpty
    case .me: directory.operatorUPN.map { $0 == name.foldedForSearch } ?? false
    case .named(let text): name.contains(folded: text)
    }
  }
}

/// The targets agreed on, by the numbers of tenant and severity.
private struct TargetTable: Hashable, Sendable {
  private var targets: [[SLATarget??]] = []

  mutating func target(of row: borrowing CompactIncident, _ tables: IncidentTables, _ directory: TenantDirectory)
    -> SLATarget?
  {
    let (tenant, severity) = (Int(row.tenant), Int(row.severity))
    while targets.count <= tenant { targets.append([]) }
    while targets[tenant].count <= severity { targets[tenant].append(nil) }
    if let known = targets[tenant][severity] { return known }
    let target = directory.target(of: tables.tenants[row.tenant], tables.severities[row.severity])
    targets[tenant][severity] = .some(target)
    return target
  }
}

extension Severity {
  /// Words that are this severity, folded.
  fileprivate var searchWords: [String] { [wire.foldedForSearch] }
}

extension IncidentStatus {
  /// Words that are this status, as the service spells it and as it is shown, folded.
  fileprivate var searchWords: [String] { [wire.foldedForSearch, Theme.words(self).text.foldedForSearch] }
}
