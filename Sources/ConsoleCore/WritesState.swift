import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// What a row tells of the write that was meant for its incident.
enum WriteMark: Hashable, Sendable {
  case pending, unknown, refused

  var glyph: SafeText {
    switch self {
    case .pending: "↑"
    case .unknown: "‽"
    case .refused: "≠"
    }
  }

  var style: Style {
    switch self {
    case .pending: Theme.accent
    case .unknown: Theme.warning
    case .refused: Theme.failure
    }
  }
}

/// Writes that are under way or ended otherwise than wished, and those of this session that can be undone.
struct WritesState: Hashable, Sendable {
  /// Meant, and not yet told by the journal.
  private(set) var intended: [IncidentKey: [IncidentAction]] = [:]
  /// Those that are not in effect, until that was seen: none hides another one of the same incident. The oldest first.
  private var live: [IncidentKey: [IncidentWrite]] = [:]
  /// What failed and was looked at: it can be opened again. The oldest first.
  private var drafts: [IncidentWrite] = []
  /// What this console sent and the service took, the oldest first.
  private(set) var mine: [IncidentWrite] = []
  /// What is being taken back or was, by the write that it takes back.
  private var undoing: Set<WriteID> = []
  /// What failed and is not wanted any more.
  private var dropped: Set<WriteID> = []
  /// How far undos are with the alerts that they take back, by what they undo.
  private var undoSteps: [WriteID: UndoSteps] = [:]
  /// Where incidents that a write was meant for were merged into.
  private(set) var redirects: [IncidentKey: IncidentID] = [:]

  /// The process whose writes are of this session; `nil` where none is told apart.
  var process: Int32?

  private static let kept = 200

  mutating func intend(_ action: IncidentAction, for key: IncidentKey) {
    intended[key, default: []].append(action)
    // What is done anew need not be done again.
    live[key]?.removeAll { $0.state == .failed && $0.action.isReplaced(by: action) }
    if live[key]?.isEmpty ?? false { live[key] = nil }
    drafts.removeAll { $0.key == key && $0.action.isReplaced(by: action) }
  }
  mutating func intend(_ update: IncidentUpdate, for key: IncidentKey) { intend(.update(update), for: key) }

  /// What was meant last for an incident could not even be kept: it can be opened again.
  mutating func giveUp(_ key: IncidentKey, _ error: PartnerError? = nil, at now: Date = .distantPast) {
    guard let action = intended[key]?.popLast() else { return }
    if intended[key]?.isEmpty ?? true { intended[key] = nil }
    keep(
      IncidentWrite(
        id: WriteID("not kept \(drafts.count)"), key: key, action: action, state: .failed, operatorUPN: nil,
        intendedAt: now, problem: error?.problem))
  }

  /// Takes in what the journal says; returns what the operator should hear of.
  mutating func take(_ writes: [IncidentWrite]) -> [IncidentWrite] {
    var news: [IncidentWrite] = []
    for write in writes where write.state != .draft {
      let before = live[write.key]?.first { $0.id == write.id }
      let isOurs = meets(write)
      let wasPending = before?.state.isPending ?? false || isOurs
      live[write.key]?.removeAll { $0.id == write.id }
      if write.state != .confirmed {
        live[write.key, default: []].append(write)
      } else if let undone = write.undoes {
        // An earlier attempt at the same is of no interest any more.
        live[write.key]?.removeAll { $0.state == .failed && $0.undoes == undone && $0.action == write.action }
      }
      if live[write.key]?.isEmpty ?? false { live[write.key] = nil }
      live[write.key]?.sort { ($0.intendedAt, $0.id.rawValue) < ($1.intendedAt, $1.id.rawValue) }
      remember(write, isOurs: isOurs)
      let isEnd = write.state == .confirmed || write.state == .failed || write.state == .unknown
      if isEnd, wasPending, before?.state != write.state { news.append(write) }
    }
    return news
  }

  /// Whether a write is what was meant here; then it is told by the journal from now on.
  private mutating func meets(_ write: IncidentWrite) -> Bool {
    guard write.undoes == nil, let actions = intended[write.key], isOwn(write) else { return false }
    guard
      let place = actions.firstIndex(of: write.action) ?? actions.firstIndex(where: { $0.kind == write.action.kind })
    else { return false }
    intended[write.key]?.remove(at: place)
    if intended[write.key]?.isEmpty ?? false { intended[write.key] = nil }
    return true
  }

  /// Whether it can be of this session: its id names the process that meant it.
  private func isOwn(_ write: IncidentWrite) -> Bool {
    guard let process, let other = write.id.process else { return true }
    return process == other
  }

  private mutating func remember(_ write: IncidentWrite, isOurs: Bool) {
    if let undone = write.undoes {
      undoSteps[undone, default: UndoSteps()].take(write)
      if write.state == .failed { undoing.remove(undone) } else { undoing.insert(undone) }
    }
    if let place = mine.firstIndex(where: { $0.id == write.id }) {
      mine[place] = write
    } else if isOurs {
      mine.append(write)
    }
    mine.removeAll { $0.state == .failed }
    if mine.count > Self.kept { mine.removeFirst() }
  }

  private mutating func keep(_ draft: IncidentWrite) {
    drafts.removeAll { $0.id == draft.id }
    drafts.append(draft)
    if drafts.count > Self.kept { drafts.removeFirst() }
  }

  /// A failure that the operator has looked at needs nobody any more; what was filled in can still be opened again.
  mutating func acknowledge(_ key: IncidentKey) {
    for write in live[key] ?? [] where write.state == .failed { keep(write) }
    live[key]?.removeAll { $0.state == .failed }
    if live[key]?.isEmpty ?? false { live[key] = nil }
  }

  /// What failed is not wanted any more.
  mutating func drop(_ id: WriteID, of key: IncidentKey) {
    live[key]?.removeAll { $0.id == id && $0.state == .failed }
    if live[key]?.isEmpty ?? false { live[key] = nil }
    drafts.removeAll { $0.id == id }
    dropped.insert(id)
  }

  func isDropped(_ id: WriteID) -> Bool { dropped.contains(id) }

  /// An incident that a write was meant for is known to be a part of another one.
  mutating func note(_ target: IncidentID, for key: IncidentKey) {
    if live[key] != nil || intended[key] != nil || drafts.contains(where: { $0.key == key }) { redirects[key] = target }
  }

  var isEmpty: Bool { intended.isEmpty && live.isEmpty }

  // MARK: What is told of an incident

  func mark(for key: IncidentKey) -> WriteMark? {
    let states = (live[key] ?? []).map(\.state)
    if states.contains(.unknown) { return .unknown }
    if intended[key] != nil || states.contains(where: \.isPending) { return .pending }
    return states.isEmpty ? nil : .refused
  }

  /// Whether something for an incident is on its way, or may be in effect.
  func isPending(_ key: IncidentKey) -> Bool { mark(for: key).map { $0 != .refused } ?? false }

  /// Whether an action has to wait: something is on its way, or of the same kind and not known. What takes a closing back
  /// goes through its alerts for minutes: there only what would get into its way waits.
  func blocks(_ action: IncidentAction, on key: IncidentKey) -> Bool {
    intended[key] != nil
      || (live[key] ?? []).contains { write in
        write.state.isPending
          && (write.action.kind == action.kind
            || write.state != .unknown && (write.undoes == nil || action.movesAlerts))
      }
  }

  func hasUnknown(_ key: IncidentKey) -> Bool { (live[key] ?? []).contains { $0.state == .unknown } }

  /// Incidents whose change is not settled yet, in the order of their keys.
  var openKeys: [IncidentKey] { keys.filter(isPending).sorted() }

  /// Every incident that a write was meant for.
  var keys: Set<IncidentKey> { Set(intended.keys).union(live.keys) }

  private var all: [IncidentWrite] { live.values.flatMap { $0 } }
  var unsettled: Int { intended.values.reduce(0) { $0 + $1.count } + all.count { $0.state.isPending } }
  /// Of those the alerts that an undo still has to open again: whoever leaves stops it there.
  var unsentSteps: Int { all.count { $0.state == .queued && $0.isUndoStep } }
  /// Of those the ones whose outcome is not known.
  var unknown: Int { all.count { $0.state == .unknown } }

  /// Incidents whose write was refused and needs somebody, in the order of their keys.
  var refused: [IncidentKey] { live.keys.filter { mark(for: $0) == .refused }.sorted() }

  /// What happened to the writes for an incident, and what to do next.
  func words(for key: IncidentKey) -> SafeText? {
    var words: [SafeText] = []
    let all = live[key] ?? []
    let undone = all.filter { step(of: $0) != nil }.compactMap(\.undoes)
    for (place, id) in undone.enumerated() where !undone[..<place].contains(id) {
      guard let steps = undoSteps[id] else { continue }
      words.append("undoing: \(steps.words(key: undoable.write?.id == id ? "u" : "u in Activity"))")
    }
    let writes = all.filter { step(of: $0) == nil }
    for write in writes where write.state == .unknown {
      words.append("\(write.words): outcome not known yet; it is settled by reading the incident again")
    }
    for write in writes where write.state == .failed {
      words.append("\(write.words) \(failureWord(write)): \(refusal(write))")
    }
    words += (intended[key] ?? []).map { "\($0.words(by: nil)) kept, about to be sent" }
    for write in writes where write.state == .queued || write.state == .sent {
      words.append(
        "\(write.words) \(write.state == .sent ? "sent, waiting for the service" : "kept, about to be sent")")
    }
    return words.isEmpty ? nil : words.joined(separator: "; ")
  }

  /// The undo that a write is one of several steps of: they are told as one.
  private func step(of write: IncidentWrite) -> UndoSteps? {
    guard write.isUndoStep, let steps = write.undoes.flatMap({ undoSteps[$0] }), steps.count > 1 else { return nil }
    return steps
  }

  /// What the write that its mark tells of is about, in a few words.
  func what(_ key: IncidentKey) -> SafeText {
    leading(key)?.words ?? intended[key]?.first?.words(by: nil) ?? "change"
  }

  /// How that one stands, in a word.
  func standing(_ key: IncidentKey) -> SafeText {
    switch mark(for: key) {
    case .unknown: "outcome unknown"
    case .refused: leading(key).map(failureWord) ?? "not made"
    case .pending, nil: "pending"
    }
  }

  private func leading(_ key: IncidentKey) -> IncidentWrite? {
    let writes = live[key] ?? []
    switch mark(for: key) {
    case .unknown: return writes.first { $0.state == .unknown }
    case .pending: return intended[key] == nil ? writes.first { $0.state.isPending } : nil
    case .refused, nil: return writes.last
    }
  }

  // MARK: What can be done about it

  /// What failed last, on an incident or anywhere: its form can be opened again.
  func reopenable(on key: IncidentKey?) -> IncidentWrite? {
    let failed = all.filter { $0.state == .failed && $0.undoes == nil }.sorted { $0.intendedAt < $1.intendedAt }
    guard let key else { return failed.last ?? drafts.last }
    return failed.last { $0.key == key } ?? drafts.last { $0.key == key }
  }

  /// What `u` is about.
  struct Undoable: Hashable, Sendable {
    /// What was done last, where that cannot be taken back.
    var cannot: IncidentWrite?
    /// What was done last and can be; `nil` where nothing can.
    var write: IncidentWrite?
  }

  var undoable: Undoable {
    var found = Undoable()
    for write in mine.reversed() where !undoing.contains(write.id) {
      if write.action.isUndoable {
        found.write = write
        break
      }
      if found.cannot == nil { found.cannot = write }
    }
    return found
  }

  mutating func beginUndoing(_ id: WriteID) { undoing.insert(id) }
  mutating func endUndoing(_ id: WriteID) { undoing.remove(id) }

  // MARK: Words

  /// Nobody refused what never got there.
  func failureWord(_ write: IncidentWrite) -> SafeText {
    switch write.problem?.cause {
    case "notSent", "unreachable", "throttled", "budgetSpent", "deadlineExceeded", "cancelled", "storage", "outage",
      "credentialUnreadable", "notInEffect", "conflict", "notUndoable", "breakerOpen", "hostBreakerOpen",
      "appThrottled":
      "not made"
    default: "refused"
    }
  }

  func refusal(_ write: IncidentWrite) -> SafeText {
    if write.undoes == nil, let conflict = write.conflict { return conflict.words + " = compares theirs with ours." }
    return refusal(write, reasonWidth: nil)
  }

  /// The same for the bottom line: the reason as far as what to do next leaves it room.
  func briefRefusal(_ write: IncidentWrite) -> SafeText { refusal(write, reasonWidth: 60) }

  private func refusal(_ write: IncidentWrite, reasonWidth: Int?) -> SafeText {
    guard let problem = write.problem else { return "the service gave no reason; look at the incident and try again" }
    let why = reason(problem)
    return "\(reasonWidth.map { why.clipped(to: $0) } ?? why). \(problem.nextAction)"
  }
}
