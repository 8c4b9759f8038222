/// All of a history that is decided before it begins: what happens in the service and how its answers fail, and what the
/// client does.
struct HistoryPlan: Sendable {
  enum Step: Hashable, Sendable {
    /// True time goes on.
    case pass(Int64)
    case sync(room: Int, isBackground: Bool)
    /// Somebody opens an incident's page.
    case read(room: Int, incident: Int)
    /// The client's clock is set: so far ahead of the true time from now on.
    case setClock(Int64)
    /// The program dies at this request of a read, before it was answered or right after.
    case crash(room: Int, request: Int, isAnswered: Bool)
    /// The tokens that are out are not taken any more.
    case loseTokens(room: Int)
    /// The program ends and is begun again.
    case restart
  }

  /// Something that is so for a while.
  struct Spell: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
      /// A product does not answer; the rest comes as 206.
      case without(product: String)
      /// An incident comes as broken JSON.
      case broken(incident: Int)
      case brokenAlert(Int)
      /// Each page with it fails, and so does it alone.
      case poison(incident: Int)
      case poisonAlert(Int)
      /// Pages in any order.
      case shuffled
      /// Lists in the service's own order, whatever was asked.
      case unordered
      /// Nothing but failures.
      case down
      /// An incident is denied in passing.
      case denied(incident: Int)
    }
    var kind: Kind
    var from: Int64
    var to: Int64
  }

  struct Room: Sendable {
    /// In the order in which they came about.
    var events: [ServerEvent] = []
    var alertEvents: [AlertEvent] = []
    var spells: [Spell] = []
  }

  var seed: UInt64
  var start: Int64
  /// When the last thing of the history has happened and shows.
  var end: Int64
  var rooms: [Room]
  var steps: [Step]
  /// Of 1,000 requests so many fail.
  var faults: Int

  static let products = ["WDATP", "AATP", "MCAS"]
}

/// Makes a history of a seed.
struct HistoryMaker {
  var chance: HistoryChance
  private var start: Int64
  let size: Int
  private let count: Int

  init(seed: UInt64) {
    chance = HistoryChance(seed)
    start = 1_790_000_000 * second + Int64(chance.below(86_400 * 365)) * second + Int64(chance.below(9_999_999))
    // More short ones than long ones: what goes wrong mostly does so soon.
    let steps = min(chance.within(10...40), chance.within(10...40))
    switch chance.below(12) {
    case 0...6: (size, count) = (chance.within(3...15), steps)
    case 7...9: (size, count) = (chance.within(15...60), min(steps, 24))
    default: (size, count) = (chance.within(60...130), min(steps, 14))
    }
  }

  static func plan(_ seed: UInt64) -> HistoryPlan {
    var maker = HistoryMaker(seed: seed)
    return maker.plan(seed)
  }

  private mutating func plan(_ seed: UInt64) -> HistoryPlan {
    let rooms = size < 15 && chance.isOne(in: 5) ? 2 : 1
    let steps = self.steps(rooms)
    var length: Int64 = 0
    for case .pass(let span) in steps { length += span }
    var plan = HistoryPlan(
      seed: seed, start: start, end: start + length, rooms: [], steps: steps,
      faults: chance.pick([0, 0, 20, 60, 150, 300]))
    for _ in 0..<rooms {
      var room = HistoryPlan.Room()
      room.events = events(until: start + length)
      room.alertEvents = alertEvents(of: room.events)
      room.spells = spells(until: start + length, from: start)
      plan.end = room.events.reduce(plan.end) { max($0, $1.shownFrom, $1.happened) }
      plan.end = room.alertEvents.reduce(plan.end) { max($0, $1.shownFrom, $1.happened) }
      plan.end = room.spells.reduce(plan.end) { max($0, $1.to) }
      plan.rooms.append(room)
    }
    return plan
  }

  // MARK: What the client does

  private mutating func steps(_ rooms: Int) -> [HistoryPlan.Step] {
    var steps: [HistoryPlan.Step] = []
    for _ in 0..<count {
      steps.append(.pass(gap()))
      let room = chance.below(rooms)
      switch chance.below(20) {
      case 0,
        6 where size > 50, 7 where size > 50:
        steps.append(.crash(room: room, request: chance.within(1...4), isAnswered: chance.isOne(in: 2)))
      case 1:
        let days = chance.pick([-2, -1, 0, 0, 1, 2])
        steps.append(.setClock((Int64(days) * 86_400 + Int64(chance.within(-7_000...7_000))) * second))
      case 2: steps.append(.loseTokens(room: room))
      case 3: steps.append(.restart)
      case 4, 5: steps.append(.read(room: room, incident: chance.below(chance.isOne(in: 2) ? min(size, 3) : size)))
      default: steps.append(.sync(room: room, isBackground: !chance.isOne(in: 4)))
      }
    }
    return steps
  }

  private mutating func gap() -> Int64 {
    let seconds =
      switch chance.below(20) {
      case 0...5: chance.within(1...40)
      case 6...12: chance.within(40...700)
      case 13...17: chance.within(700...5_000)
      case 18: chance.within(5_000...40_000)
      default: chance.within(40_000...400_000)
      }
    return Int64(seconds) * second + Int64(chance.below(10_000_000))
  }

  // MARK: What happens in the service

  static let texts = [
    "Suspicious sign-in", "Zürich: \"Emotet\" in C:\\Users\\anna", "多段階攻撃", "😀 phishing\nsecond line", "", "bell\u{7}",
    "Mass download by one user", "a{b}[c],:d",
  ]
  static let names = ["anna@partner.example", "ben@partner.example", "soc@customer.example"]

  private mutating func events(until end: Int64) -> [ServerEvent] {
    var events: [ServerEvent] = []
    var living: [Int: (updated: Int64, isOpen: Bool)] = [:]
    let old = max(1, size * chance.within(30...100) / 100)
    // Before anybody looked.
    let bulk = start - Int64(chance.within(100...2_500_000)) * second
    for number in 0..<old {
      let age = Int64(chance.pick([3_600, 86_400, 20 * 86_400, 50 * 86_400])) * Int64(chance.within(1...1_000)) / 1_000
      var happened = start - age * second - Int64(chance.below(9_999_999))
      if chance.isOne(in: 4) { happened = bulk }
      let isOpen = create(number, happened, shown: happened, in: &events)
      living[number] = (events[events.count - 1].at.ticks, isOpen)
    }
    if size > 50, chance.isOne(in: 2) { edit(all: Array(0..<min(old, 120)), start - 90 * second, &living, &events) }
    // While somebody does.
    let span = Int(max(1, (end - start) / second))
    var moments = (0..<chance.within(size / 2...size * 2)).map { _ in start + Int64(chance.below(span)) * second }
    moments.sort()
    var next = old
    for moment in moments {
      let happened = moment + Int64(chance.below(9_999_999))
      switch chance.below(16) {
      case 0...3 where next < size:
        let isOpen = create(next, happened, shown: shown(happened), in: &events)
        living[next] = (events[events.count - 1].at.ticks, isOpen)
        next += 1
      case 4:
        let some = living.keys.sorted().shuffled(using: &chance).prefix(chance.within(2...max(2, size)))
        edit(all: Array(some), happened, &living, &events)
      case 5: merge(happened, &living, &events)
      case 6: delete(happened, &living, &events)
      default:
        guard let number = any(living) else { continue }
        edit(all: [number], happened, &living, &events)
      }
    }
    return events.sorted { $0.happened < $1.happened }
  }

  private mutating func any(_ living: [Int: (updated: Int64, isOpen: Bool)]) -> Int? {
    living.isEmpty ? nil : chance.pick(living.keys.sorted())
  }

  /// From when on a list shows what happened.
  mutating func shown(_ happened: Int64) -> Int64 {
    switch chance.below(8) {
    case 0: happened + Int64(chance.within(1...600)) * second
    case 1: happened + Int64(chance.isOne(in: 3) ? chance.within(600...80_000) : chance.within(600...6_000)) * second
    default: happened
    }
  }

  mutating func stamp(_ ticks: Int64) -> Stamp { Stamp(ticks, digits: chance.pick([7, 7, 7, 3, 6, 0])) }

  /// - Returns: whether it is open.
  private mutating func create(_ number: Int, _ happened: Int64, shown: Int64, in events: inout [ServerEvent]) -> Bool {
    let at = stamp(happened)
    var incident = ServedIncident(number: number, created: at, updated: at, product: chance.pick(HistoryPlan.products))
    incident.title = chance.maybe(Self.texts)
    incident.details = chance.maybe(Self.texts)
    incident.summary = chance.maybe(Self.texts)
    incident.severity = chance.pick(["high", "medium", "low", "informational", "unknown", "catastrophic"])
    incident.status = chance.pick(["active", "active", "active", "inProgress", "resolved", "awaitingAction"])
    incident.owner = chance.isOne(in: 2) ? nil : chance.pick(Self.names)
    incident.tags = tags()
    incident.systemTags = chance.isOne(in: 5) ? ["Defender Experts"] : []
    incident.score = chance.maybe([0, 7, 100])
    incident.modifiedBy = chance.maybe(Self.names)
    events.append(
      ServerEvent(at: at, happened: happened, shownFrom: shown, incident: number, change: .created(incident)))
    return incident.isOpen
  }

  private mutating func tags() -> [String] {
    (0..<chance.below(3)).map { _ in chance.pick(["VIP", "ransomware", "übung", "a;b"]) }
  }

  /// The same change at the same time.
  private mutating func edit(
    all numbers: [Int], _ happened: Int64, _ living: inout [Int: (updated: Int64, isOpen: Bool)],
    _ events: inout [ServerEvent]
  ) {
    let at = stamp(happened)
    let shown = shown(happened)
    let edits = (0..<chance.within(1...2)).map { _ in change(at) }
    let name = chance.maybe(Self.names + ["API-App:partner-console"])
    for number in numbers {
      guard let before = living[number], at.ticks > before.updated else { continue }
      var isOpen = before.isOpen
      for edit in edits {
        switch edit {
        case .status(let word): isOpen = word != "resolved"
        case .resolved: isOpen = false
        default: break
        }
      }
      living[number] = (at.ticks, isOpen)
      events.append(
        ServerEvent(at: at, happened: happened, shownFrom: shown, incident: number, change: .edited(edits), by: name))
    }
  }

  private mutating func change(_ at: Stamp) -> ServerEvent.Edit {
    switch chance.below(10) {
    case 0: .title(chance.maybe(Self.texts))
    case 1: .details(chance.maybe(Self.texts))
    case 2: .severity(chance.pick(["high", "medium", "low", "informational"]))
    case 3: .status(chance.pick(["active", "inProgress", "resolved", "awaitingAction", "frozen"]))
    case 4: .owner(chance.maybe(Self.names))
    case 5:
      .verdict(chance.maybe(["truePositive", "falsePositive", "new word"]), chance.maybe(["malware", "phishing"]))
    case 6: .tags(tags())
    case 7: .resolved(comment: chance.maybe(Self.texts))
    case 8: .comment(ServedIncident.Comment(text: chance.pick(Self.texts), author: chance.maybe(Self.names), at: at))
    default: .score(chance.maybe([1, 50, 99]))
    }
  }

  private mutating func merge(
    _ happened: Int64, _ living: inout [Int: (updated: Int64, isOpen: Bool)], _ events: inout [ServerEvent]
  ) {
    let at = stamp(happened)
    guard let loser = any(living), let winner = any(living), loser != winner,
      at.ticks > living[loser]?.updated ?? .max, at.ticks > living[winner]?.updated ?? .max
    else { return }
    let shown = shown(happened)
    living[loser] = nil
    living[winner]?.updated = at.ticks
    events.append(
      ServerEvent(at: at, happened: happened, shownFrom: shown, incident: loser, change: .merged(into: winner)))
    events.append(
      ServerEvent(at: at, happened: happened, shownFrom: shown, incident: winner, change: .edited([.score(77)])))
  }

  /// Deleted by somebody, or too old to be kept.
  private mutating func delete(
    _ happened: Int64, _ living: inout [Int: (updated: Int64, isOpen: Bool)], _ events: inout [ServerEvent]
  ) {
    guard chance.isOne(in: 2), let number = any(living) else { return }
    living[number] = nil
    let at = stamp(happened)
    events.append(ServerEvent(at: at, happened: happened, shownFrom: happened, incident: number, change: .deleted))
  }
}
