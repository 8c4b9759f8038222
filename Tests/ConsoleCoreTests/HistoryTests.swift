import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

extension ConsoleState {
  fileprivate mutating func effects(of key: Key) -> [Effect] {
    update(&self, .key(key)).filter { if case .loadHistory = $0 { true } else { !$0.isUpkeep } }
  }
  fileprivate mutating func effects(of event: Event) -> [Effect] {
    update(&self, event).filter { if case .loadHistory = $0 { true } else { !$0.isUpkeep } }
  }
}

@Suite("What happened to an incident")
struct TimelineTests {
  private static let key = attack[0].key

  /// The timeline's entries, each in a word or two.
  private func told(
    _ changes: [ObservedChange] = [], _ writes: [IncidentWrite] = [], comments: [IncidentComment] = []
  ) -> [String] {
    var incident = Incident(tenant: Self.key.tenant, id: Self.key.id)
    incident.comments = comments
    let history = IncidentHistory(knownSince: nil, changes: changes, writes: writes)
    return Timeline(of: Self.key, incident, history).entries.map { entry in
      switch entry.kind {
      case .alert: "alert"
      case .comment(let comment): "comment \(comment.text)"
      case .change(let change): change.changes.map(\.words.text).joined(separator: ", ")
      case .write(let write): "\(write.id)"
      }
    }
  }

  @Test("All of it stands by its time, the newest first; of another incident it is marked")
  func order() {
    let timeline = Timeline(of: Self.key, story, recorded)
    let times = timeline.entries.map { $0.at ?? .min }
    #expect(times == times.sorted(by: >))
    let merged = timeline.entries.filter { $0.other == IncidentID("2170") }
    #expect(merged.count == 2, "the change and the comment of the one that was merged into it")
    #expect(Set(timeline.entries.map(\.name)).count == timeline.entries.count)
  }

  private static let change = observed(
    [field(.status, "active", "inProgress"), field(.assignedTo, nil, "anna@northwind.example")], ago: 100)
  private static let left = IncidentImage(updatedAt: .ago(100))

  @Test("A confirmed write of ours and the change that it caused are told once; what others changed with it stays")
  func once() {
    let own = write("w1", .update(claimed), ago: 101, after: Self.left)
    #expect(told([Self.change], [own]) == ["w1"])
    var with = Self.change
    with.changes.append(field(.severity, "low", "high"))
    #expect(told([with], [own]) == ["severity low → high", "w1"])
    var late = own
    late.after = nil
    #expect(told([Self.change], [late]).count == 2, "seen 20 s later, and not known to be ours")
    var near = Self.change
    near.seenAt = noon.addingTimeInterval(-100.5)
    #expect(told([near], [late]) == ["w1"])
  }

  @Test("What a write made so that is not confirmed, of another incident, or at another time is told")
  func others() {
    for state in [WriteState.failed, .unknown, .sent] {
      #expect(told([Self.change], [write("w1", .update(claimed), state, ago: 101, after: Self.left)]).count == 2)
    }
    let elsewhere = write("w1", .update(claimed), on: attack[1].key, ago: 101, after: Self.left)
    #expect(told([Self.change], [elsewhere]).count == 2)
    let later = observed(Self.change.changes, ago: 50)
    let own = write("w1", .update(claimed), ago: 101, after: Self.left)
    #expect(told([Self.change, later], [own]).count == 2, "a colleague made the same of it again")
    #expect(told([observed([field(.status, "active", "resolved")], ago: 100)], [own]).count == 2)
  }

  @Test("Tags that ours added are ours; a tag more is not")
  func tags() {
    let own = write("w1", .update(IncidentUpdate(addedTags: ["vip"], removedTags: ["old"])), ago: 101, after: Self.left)
    func tags(_ after: [String]) -> ObservedChange {
      observed([FieldChange(field: .customTags, before: .list(["old"]), after: .list(after))], ago: 100)
    }
    #expect(told([tags(["vip"])], [own]) == ["w1"])
    #expect(told([tags(["vip", "theirs"])], [own]) == ["tags +vip +theirs -old", "w1"])
  }

  @Test("A comment of ours is told once, as the write; the same text of somebody else, or long before, is told")
  func comments() {
    let own = write("w1", .comment("done"), ago: 101)
    func comment(_ seconds: TimeInterval) -> IncidentComment {
      IncidentComment(text: "done", createdBy: "app", createdAt: .ago(seconds))
    }
    #expect(told([], [own], comments: [comment(100)]) == ["w1"])
    #expect(told([], [own], comments: [comment(100), comment(90)]) == ["comment done", "w1"])
    #expect(told([], [own], comments: [comment(5_000)]) == ["w1", "comment done"])
    #expect(told([], [write("w1", .comment("done"), .failed, ago: 101)], comments: [comment(100)]).count == 2)
  }

  @Test("It is bounded to 500, and how many more there are is told")
  func bounded() {
    let changes = (0..<620).map { observed([field(.severity, "low", "high")], ago: Double($0)) }
    let timeline = Timeline(of: Self.key, nil, IncidentHistory(knownSince: nil, changes: changes))
    #expect(timeline.entries.count == 500 && timeline.older == 120)
  }

  @Test("What was undone says so with who did it, and the undoing says what it is", arguments: [80, 120])
  func undone(width: Int) {
    var state = ConsoleState.loaded(size: Size(columns: width, rows: 40)) { $0.view = .queue }
    state.press(.enter)
    state.take(.incidentRead(request: 1, Self.key, .fresh(story, readAt: noon)))
    let close = write("w1", .update(IncidentUpdate(status: .resolved)), ago: 60)
    var back = write("w2", .update(IncidentUpdate(status: .active)), ago: 50, undoes: WriteID("w1"))
    back.operatorUPN = "ben@northwind.example"
    func rows(_ writes: [IncidentWrite]) -> [String] {
      state.take(
        .historyLoaded(
          request: state.page?.historyRequest ?? 0, Self.key, IncidentHistory(knownSince: nil, writes: writes)))
      state.press(.end)
      return state.screen.lines.map(\.text).filter { $0.contains("change (") }
    }
    let told = rows([close, back])
    #expect(told.count == 2 && told[0].contains("undoing: change (status active)"), "\(told)")
    #expect(told[0].contains("ben") && told[0].contains("confirmed"))
    #expect(told.last?.contains("undone by ben") ?? false)
    back.state = .failed
    #expect(rows([close, back]).last?.contains("confirmed") ?? false, "an undoing that failed undid nothing")
  }

  private var opened: ConsoleState {
    var state = ConsoleState.loaded { $0.view = .queue }
    state.press(.enter)
    state.take(.incidentRead(request: 1, Self.key, .fresh(story, readAt: noon)))
    return state
  }

  @Test("A change that stands for several says for how many, and since when")
  func severalInOne() {
    var state = opened
    var change = observed([field(.severity, "low", "high")], ago: 600)
    (change.count, change.readBefore) = (33, noon.addingTimeInterval(-7_200))
    state.take(.historyLoaded(request: 1, Self.key, IncidentHistory(knownSince: nil, changes: [change])))
    state.press(.end)
    for _ in 0..<40 where !state.screen.text.contains("stands for") {
      state.press(.enter)
      if !state.screen.text.contains("stands for") { state.press(.up) }
    }
    let text = state.screen.text
    #expect(text.contains("severity low → high (33 changes in one)"), "\(text)")
    #expect(text.contains("33 changes since \(moment(Timestamp(noon.addingTimeInterval(-7_200))).text)"), "\(text)")
  }

  @Test("What is on record is looked up when the page opens, after writes on it and after changes of it; once each")
  func asks() {
    var state = ConsoleState.loaded { $0.view = .queue }
    #expect(state.effects(of: .key(.enter)).last == .loadHistory(Self.key, request: 1))
    state.take(.historyLoaded(request: 1, Self.key, recorded))
    #expect(state.page?.history == recorded)
    let own = write("w", .update(claimed), .sent, ago: 1)
    #expect(state.effects(of: .writesChanged([own])) == [.loadHistory(Self.key, request: 2)])
    let merged = write("w", .update(claimed), on: IncidentKey(tenant: .sample(1), id: IncidentID("2170")), ago: 1)
    #expect(state.effects(of: .writesChanged([merged])) == [.loadHistory(Self.key, request: 3)])
    #expect(state.effects(of: .writesChanged([write("w", .update(claimed), on: attack[1].key, ago: 1)])) == [])
    #expect(state.effects(of: .incidentsChanged([attack[0]])) == [.loadHistory(Self.key, request: 4)])
    state.take(.historyLoaded(request: 3, Self.key, IncidentHistory(knownSince: nil)))
    #expect(state.page?.history == recorded, "an answer to an earlier question")
    state.take(.historyNotLoaded(request: 4, Self.key, "it is held"))
    #expect(state.page?.history == recorded && state.screen.text.contains("Timeline"))
  }

  @Test("A comment that was confirmed has the page read again: no list is newer for it")
  func readsAfterComment() {
    var state = opened
    let comment = write("w", .comment("done"), ago: 1)
    let effects = state.effects(of: .writesChanged([comment]))
    #expect(effects == [.readIncident(Self.key, request: 2), .loadHistory(Self.key, request: 2)])
  }

  @Test("Enter on the line of a merged incident opens the other one, both ways")
  func merged() {
    var state = opened
    state.take(.historyLoaded(request: 1, Self.key, recorded))
    state.press(.home)
    while state.page?.itemAtCursor != .incident(IncidentID("2170")) { state.press(.down) }
    state.press(.enter)
    #expect(state.page?.key == IncidentKey(tenant: .sample(1), id: IncidentID("2170")))
    var dead = story
    (dead.status, dead.redirectIncidentID) = (.redirected, IncidentID("2190"))
    var other = ConsoleState.loaded { $0.view = .queue }
    other.press(.enter)
    other.take(.incidentRead(request: 1, Self.key, .fresh(dead, readAt: noon)))
    #expect(other.page?.itemAtCursor == .incident(IncidentID("2190")), "where to go on is under the cursor")
    for key in ["a", "A", "S", "C", "m", "t"] {
      #expect(other.effects(of: .key(.character(Character(key)))) == [])
      #expect(other.message?.text.text.contains("merged into #2190") == true, "\(key)")
    }
    other.press(.enter)
    #expect(other.page?.key.id == IncidentID("2190"))
  }
}

@Suite("All that was sent")
struct ActivityTests {
  private func opened(_ writes: [IncidentWrite] = sentWrites, isLast: Bool = true) -> ConsoleState {
    activity(Size(columns: 120, rows: 40), writes, isLast: isLast)
  }
  private func screen(_ state: ConsoleState) -> ActivityState? { (state.screens.top as? ActivityScreen)?.activity }

  @Test(":activity and --view activity open it, and ask for the newest")
  func opens() {
    var state = ConsoleState.sample { $0.opens = "activity" }
    #expect(start(&state).contains(.loadActivity(after: nil, request: 1)) && state.place == ActivityScreen.name)
    state.press(.escape)
    #expect(state.place == .tenants)
    var typed = ConsoleState.loaded()
    typed.type(":activity")
    #expect(typed.effects(of: .key(.enter)) == [.loadActivity(after: nil, request: 1)])
  }

  @Test("What never left is counted as a change that was not made, and nothing as sent")
  func counts() {
    func head(_ writes: [IncidentWrite]) -> String { opened(writes).screen.lines[1].text }
    let sent = write("w1", .update(claimed), ago: 60)
    let problem = Problem(cause: "notSent", at: noon, nextAction: "Do it again.")
    let never = write("w0", .update(claimed), .failed, ago: 90, problem: problem)
    #expect(head([sent]).hasSuffix(" 1 change"))
    #expect(head([sent, never]).hasSuffix(" 2 changes, 1 not made"))
    let refused = write("w2", .update(claimed), .failed, ago: 95, problem: refusal)
    #expect(head([sent, never, refused]).hasSuffix(" 3 changes, 1 not made, 1 refused"))
    #expect(!opened([never]).screen.text.contains("1 sent"))
  }

  @Test("u undoes what is under the cursor after one question; another key between takes the question back")
  func undo() {
    let own = write("w1", .update(claimed), ago: 60)
    var state = opened([own, write("w0", .update(IncidentUpdate(severity: .low)), ago: 90)])
    #expect(state.effects(of: .key(.character("u"))) == [])
    #expect(state.message?.text.text.contains("u again undoes") == true)
    state.press(.down, .up)
    #expect(state.effects(of: .key(.character("u"))) == [], "asked anew")
    #expect(state.effects(of: .key(.character("u"))) == [.undo(own.id)])
    state.press(.character("u"), .down)
    #expect(state.effects(of: .key(.character("u"))) == [], "another one")
  }

  @Test(
    "What cannot be undone says why, and nothing is asked",
    arguments: [
      (write("w", .comment("x"), ago: 1), "keeps every comment"),
      (write("w", .merge(others: [IncidentID("1")], comment: nil, reasons: []), ago: 1), "does not part"),
      (write("w", .update(claimed), .failed, ago: 1, problem: refusal), "not made"),
      (write("w", .update(claimed), .unknown, ago: 1), "not settled"),
    ])
  func notUndone(sent: IncidentWrite, words: String) {
    var state = opened([sent])
    #expect(state.effects(of: .key(.character("u"))) == [] && state.effects(of: .key(.character("u"))) == [])
    #expect(state.message?.text.text.contains(words) == true, "\(state.message?.text.text ?? "")")
  }

  @Test(
    "A write of which only a part was undone is told as that, and can be undone on; the last attempt at a part counts")
  func undoneInPart() {
    let own = write("w0", .update(IncidentUpdate(status: .resolved)), ago: 90)
    func part(_ id: String, _ alert: String, _ state: WriteState, ago: TimeInterval) -> IncidentWrite {
      write(id, .updateAlert(id: alert, AlertUpdate(status: .new)), state, ago: ago, undoes: own.id)
    }
    let first = [
      part("w3", "a2", .failed, ago: 60), part("w2", "a1", .confirmed, ago: 60),
      write("w1", .update(IncidentUpdate(status: .active)), ago: 61, undoes: own.id),
    ]
    var state = opened(first + [own])
    state.press(.down, .down, .down)
    #expect(screen(state)?.write?.id == own.id && state.screen.text.contains("undone in part"))
    state.press(.character("u"))
    #expect(state.message?.text.text.contains("u again undoes") == true)
    #expect(state.effects(of: .key(.character("u"))) == [.undo(own.id)])
    state.take(.writesChanged([part("w4", "a2", .confirmed, ago: 10)]))
    state.press(.character("u"))
    #expect(state.message?.text.text == "It was undone already." && !state.screen.text.contains("undone in part"))
  }

  @Test("What was undone is told as that, and is not undone again; a read-only console lists and undoes nothing")
  func undoneAndReadOnly() {
    var state = opened()
    state.press(.down, .down, .down, .down)
    #expect(screen(state)?.write?.id == WriteID("w5") && state.screen.text.contains("undone"))
    state.press(.character("u"))
    #expect(state.message?.text.text == "It was undone already.")
    var closed = ConsoleState.loaded {
      $0.opens = "activity"
      $0.readOnlyReason = "started with --read-only"
    }
    closed.take(.activityLoaded(request: 1, [write("w1", .update(claimed), ago: 60)], isLast: true))
    closed.press(.character("u"), .character("u"))
    #expect(closed.message?.text.text == "Nothing can be changed: started with --read-only.")
    #expect(screen(closed)?.writes.count == 1)
  }

  @Test("Enter unfolds what was sent; Enter on the line below it opens its incident, and Esc comes back to the place")
  func through() {
    var state = opened()
    state.press(.down, .down, .enter, .down)
    let before = screen(state)?.viewport
    state.press(.enter)
    #expect(state.place == .incident && state.page?.key == attack[0].key)
    state.press(.escape)
    #expect(state.place == ActivityScreen.name && screen(state)?.viewport == before)
  }

  @Test("Fresh writes come in on top, and one that is there changes in its place")
  func fresh() {
    var state = opened()
    state.press(.down)
    let chosen = screen(state)?.write?.id
    let news = write("new", .update(claimed), on: attack[4].key, .queued, ago: 0)
    state.take(.writesChanged([news]))
    #expect(screen(state)?.writes.first?.id == news.id && screen(state)?.write?.id == chosen)
    var settled = sentWrites[1]
    settled.state = .confirmed
    state.take(.writesChanged([settled]))
    #expect(screen(state)?.writes.map(\.id).filter { $0 == settled.id }.count == 1)
    #expect(screen(state)?.write?.state == .confirmed)
  }

  private func many(_ numbers: Range<Int>) -> [IncidentWrite] {
    numbers.map { write("m\($0)", .update(claimed), on: attack[$0 % 5].key, ago: Double($0) * 60) }
  }

  @Test("Beyond 200 older ones are asked for as the cursor comes near the end, once")
  func pages() {
    var state = opened(many(0..<200), isLast: false)
    #expect(screen(state)?.asked == nil)
    #expect(state.effects(of: .key(.end)) == [.loadActivity(after: WriteID("m199"), request: 2)])
    #expect(state.effects(of: .key(.up)) == [])
    state.take(.activityLoaded(request: 2, many(200..<230), isLast: true))
    #expect(screen(state)?.writes.count == 230 && state.effects(of: .key(.end)) == [])
    #expect(state.screen.text.contains("230 changes"))
  }

  @Test("A filter looks through all, also through what was not read yet, and says when nothing holds it")
  func filters() {
    var state = opened(many(0..<200), isLast: false)
    for character in "/m229" { _ = update(&state, .key(.character(character))) }
    #expect(state.effects(of: .workContinued) == [.loadActivity(after: WriteID("m199"), request: 2)])
    state.take(.activityLoaded(request: 2, many(200..<230), isLast: true))
    #expect(screen(state)?.shown == 1 && screen(state)?.write?.id == WriteID("m229"))
    state.press(.escape)
    #expect(screen(state)?.shown == 230)
    state.type("/nobody has this")
    #expect(state.screen.text.contains("None of the 230 changes holds"))
  }
}
