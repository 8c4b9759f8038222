import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

@Suite("What an earlier run did not make, and undos of many alerts")
struct EarlierWriteTests {
  private static let small = Size(columns: 80, rows: 24)
  private static let large = Size(columns: 200, rows: 50)

  private func failed(_ action: IncidentAction, _ id: String = "w1", ago: TimeInterval = 60) -> IncidentWrite {
    write(id, action, .failed, ago: ago, problem: refusal)
  }

  // MARK: Long texts

  private static let long = (1...60).map { $0 == 7 ? "" : "point \($0) of what was found." }

  @Test(
    "Every line of a long comment that was not sent can be read, with its line ends, whichever way one goes through it",
    arguments: [[Key.down], [.control("f")], [.control("d")], [.pageDown]])
  func longComment(keys: [Key]) {
    var state = activity(
      Self.small, [failed(.comment(Self.long.joined(separator: "\n"))), write("w0", .update(claimed), ago: 90)])
    state.press(.enter)
    var seen: [String] = []
    for _ in 0..<100 {
      let shown = state.screen.lines.map { $0.text.trimmed }
      // A line is on screen before or after its neighbours, never in their place.
      for line in shown where line.contains("point ") && !seen.contains(line) { seen.append(line) }
      for key in keys { state.press(key) }
    }
    let expected = Self.long.filter { !$0.isEmpty }
    #expect(seen.map { $0.replacing("comment", with: "").trimmed } == expected)
    state.press(.end)
    #expect(state.screen.text.contains("claim"))
    for _ in 0..<120 { state.press(.up) }
    #expect((state.screens.top as? ActivityScreen)?.activity.viewport == Viewport())
  }

  @Test("A short text is passed over at once, as before; a long one keeps the place when something comes in above it")
  func stops() {
    let rows = [write("w1", .comment("one\ntwo"), ago: 60), write("w0", .update(claimed), ago: 90)]
    var state = activity(Self.small, rows)
    state.press(.enter, .down)
    #expect(state.screen.lines.map(\.text).contains { $0.contains("▸ Enter opens #2184") })
    var long = activity(Self.small, [failed(.comment(Self.long.joined(separator: "\n")))])
    long.press(.enter, .pageDown)
    let before = (long.screens.top as? ActivityScreen)?.activity.viewport
    long.take(.writesChanged([write("w9", .update(claimed), on: attack[1].key, ago: 1)]))
    let after = (long.screens.top as? ActivityScreen)?.activity.viewport
    #expect(after?.cursor == before.map { $0.cursor + 1 })
    long.press(.enter)
    #expect((long.screens.top as? ActivityScreen)?.activity.write?.id == WriteID("w1"), "folded from within")
  }

  @Test("The preview has a long comment whole, each line by itself")
  func preview() {
    let state = activity(Self.large, [failed(.comment(Self.long.joined(separator: "\n")))])
    let lines = state.screen.lines.map(\.text)
    #expect((1...30).allSatisfy { number in number == 7 || lines.contains { $0.contains("point \(number) of what") } })
  }

  // MARK: The form of an earlier run

  private func opened(_ history: [IncidentWrite]) -> ConsoleState {
    var state = writingQueue()
    state.press(.enter)
    state.take(
      .incidentRead(request: state.lastRequest, writtenKey, .fresh(story, readAt: noon)),
      .historyLoaded(
        request: state.page?.historyRequest ?? 0, writtenKey, IncidentHistory(knownSince: nil, writes: history)))
    return state
  }

  private func listed(_ writes: [IncidentWrite]) -> ConsoleState {
    var state = writingQueue()
    state.type(":activity")
    state.press(.enter)
    state.take(.activityLoaded(request: state.lastRequest, writes, isLast: true))
    return state
  }

  @Test("= opens the form of what an earlier run did not make, from its row of the activity and from its page")
  func reopened() {
    let comment = failed(.comment("two\nlines"))
    for var state in [listed([comment]), opened([comment])] {
      #expect(state.sent("=§") == [.comment("two\nlines")], "\(state.spoken)")
    }
    let other = failed(.update(resolvedAsPhishing), "w0", ago: 90)
    var second = listed([comment, other])
    #expect(second.sent("↓=§") == [.update(resolvedAsPhishing)], "the row under the cursor")
  }

  @Test("On a page = opens nothing that was done since, and nothing of another incident")
  func replaced() {
    let comment = failed(.comment("text"))
    let nothing = "Nothing is there to open again: no change was refused."
    let elsewhere = write("w1", .comment("x"), on: attack[1].key, .failed, ago: 9, problem: refusal)
    for history in [
      [comment, write("w2", .comment("text"), ago: 20)], [elsewhere], [write("w2", .comment("x"), ago: 2)],
    ] {
      var state = opened(history)
      #expect(state.sent("=").isEmpty && state.spoken == nothing, "\(state.spoken)")
    }
    var later = opened([comment, write("w2", .update(claimed), ago: 20)])
    #expect(later.sent("=§") == [.comment("text")], "of another kind")
  }

  // MARK: Undos of many alerts

  private static func step(
    _ number: Int, _ state: WriteState, cause: String = "notSent", attempt: Int = 1
  ) -> IncidentWrite {
    let problem = Problem(cause: cause, at: noon, nextAction: "Press u again.")
    return write(
      "s\(attempt)-\(number + 100)", .updateAlert(id: "a\(number)", AlertUpdate(status: .new)), state,
      ago: TimeInterval(60 - 20 * attempt), problem: state == .failed ? problem : nil, undoes: WriteID("close"))
  }
  private static let close = write("close", .update(IncidentUpdate(status: .resolved)), ago: 90)
  /// 4 of 27 were opened again; the fifth was refused, and the others were not sent.
  private static let stopped =
    (0..<4).map { step($0, .confirmed) } + [step(4, .failed, cause: "outage")] + (5..<27).map { step($0, .failed) }

  @Test("An undo of many alerts takes one line at the head of its page, whatever became of its steps")
  func head() {
    var state = writingQueue()
    state.take(.writesChanged(Self.stopped.reversed()))
    #expect(
      state.writes.words(for: writtenKey)
        == "undoing: 4 of 27 alerts opened again, u in Activity does the rest (not made: outage)")
    state.take(.writesChanged((4..<27).map { Self.step($0, .queued, attempt: 2) }))
    #expect(
      state.writes.words(for: writtenKey)?.text.hasPrefix("undoing: 4 of 27 alerts opened again, 23 on the way") == true
    )
    state.take(.writesChanged((4..<26).map { Self.step($0, .confirmed, attempt: 2) }))
    state.take(.writesChanged([Self.step(26, .unknown, attempt: 2)]))
    #expect(
      state.writes.words(for: writtenKey)
        == "undoing: 26 of 27 alerts opened again, 1 with an outcome not known yet, which reading them again settles")
  }

  @Test("u is named where it does the rest: of a change of this session it is enough by itself")
  func ownUndo() {
    var state = writingQueue()
    let close = IncidentAction.update(IncidentUpdate(status: .resolved))
    state.shared.writes.intend(close, for: writtenKey)
    state.take(.writesChanged([Self.close]))
    state.take(.writesChanged(Self.stopped))
    #expect(state.writes.words(for: writtenKey)?.text.contains("opened again, u does the rest") == true)
    #expect(state.sent("u").isEmpty && state.spoken.hasPrefix("u again undoes"))
  }

  @Test("In the activity the steps of an undo are one row, which unfolds; u on it undoes the rest")
  func folded() {
    var state = activity(Self.small, Self.stopped + [Self.close])
    func rows() -> [String] { state.screen.lines.map(\.text).filter { $0.contains("#2184") } }
    #expect(
      rows().count == 2 && rows()[0].contains("undo: 27 alerts") && rows()[0].contains("4 of 27 made"), "\(rows())")
    #expect(rows()[1].contains("undone in part"))
    #expect(state.screen.text.contains("28 changes, 23 not made"))
    var asked = state
    asked.press(letterKey("u"))
    #expect(asked.spoken == "Contoso Ltd #2184: u again undoes this: change (status resolved).")
    #expect(update(&asked, .key(letterKey("u"))).contains(.undo(WriteID("close"))))
    state.press(.enter, .down)
    #expect(rows().count > 15 && rows()[1].contains("undo: alert stat"))
    state.take(.writesChanged((4..<27).map { Self.step($0, .confirmed, attempt: 2) }))
    state.press(.home, .enter)
    #expect(rows().count == 2 && rows()[0].contains("confirmed") && rows()[1].contains("undone"), "\(rows())")
    let single = activity(Self.small, [Self.step(1, .failed), Self.close])
    #expect(single.screen.text.contains("undo: alert stat"), "one step is told as it is")
  }

  @Test("The filter finds what the rows show of an undo", arguments: ["undone", "undone in part", "in part"])
  func filters(text: String) {
    var state = activity(Self.large, Self.stopped + [Self.close, write("w0", .update(claimed), ago: 900)])
    state.type("/\(text)")
    let shown = (state.screens.top as? ActivityScreen)?.activity
    #expect(shown?.shown == 1 && shown?.write?.id == Self.close.id)
  }

  @Test("Whoever leaves in the middle of an undo hears what stays closed, and of other writes what happens to those")
  func leaving() {
    var state = writingQueue()
    state.take(.writesChanged((0..<18).map { Self.step($0, .queued) }))
    state.press(letterKey("q"))
    #expect(
      state.spoken == "The undo stops here, 18 alerts stay closed: u in Activity does the rest. q again quits.")
    state.take(.writesChanged([write("w", .update(claimed), on: attack[1].key, .sent, ago: 1)]))
    state.press(.down, letterKey("q"))
    #expect(state.spoken.contains("18 alerts stay closed") && state.spoken.contains("1 write is not settled yet"))
  }

  // MARK: Facts of another incident

  private static let ransomware = IncidentKey(tenant: .sample(1), id: IncidentID("2185"))

  @Test(
    "F28: the form of a comment on what was merged tells of the target what is known, and nothing of the other one",
    arguments: [true, false], [ransomware.id, IncidentID("9")])
  func redirected(wasOpen: Bool, target: IncidentID) {
    var merged = attack[0]
    (merged.redirectIncidentID, merged.status, merged.updatedAt) = (target, .redirected, .ago(0))
    var state = writingQueue()
    if wasOpen {
      #expect(state.sent("mtext").isEmpty)
      let effects = update(&state, .incidentsChanged([merged]))
      let asks = effects.contains { if case .readIncident(let key, _) = $0 { key.id == target } else { false } }
      #expect(asks == (target != Self.ransomware.id), "what is not known is read")
    } else {
      state.shared.writes.intend(.comment("text"), for: writtenKey)
      state.take(.incidentsChanged([merged]))
      state.fail(.comment("text"), cause: "merged")
      state.press(letterKey("="))
    }
    let head = state.screen.lines.map(\.text)
    #expect(!head.dropFirst(2).contains { $0.contains(attack[0].displayName) }, "\(head)")
    guard target != Self.ransomware.id else {
      #expect(head.contains { $0.contains("#2185 Ransomware activity on FILESRV-02") })
      return
    }
    #expect(head.contains { $0.contains("#9 ?") } && head.contains { $0.contains("status ?   owner ?") }, "\(head)")
    var whole = Incident(tenant: .sample(1), id: target)
    (whole.displayName, whole.assignedTo) = ("The one that is left", "ben@northwind.example")
    state.take(.incidentRead(request: state.lastRequest, whole.key, .fresh(whole, readAt: noon)))
    #expect(state.screen.text.contains("#9 The one that is left") && state.screen.text.contains("now ben@"))
  }

  @Test("Offers keep their order in the close form that = opens; where none was seen, they come first")
  func offers() {
    let counts = [(Verdict(.falsePositive, .notMalicious), 3), (Verdict(.truePositive, .phishing), 2)]
      .map { VerdictCount(verdict: $0.0, count: $0.1, lastAt: nil) }
    func titles(_ state: ConsoleState) -> [String] {
      state.screen.lines.map(\.text).filter { $0.contains(" time") }
    }
    var seen = writingQueue()
    seen.press(letterKey("C"))
    seen.take(.verdictsLoaded(request: seen.lastRequest, title: "", counts))
    let before = titles(seen)
    #expect(before.count == 2)
    #expect(seen.sent("5§").count == 1)
    for (var state, isSeen) in [(seen, true), (writingQueue(), false)] {
      state.fail(.update(resolvedAsPhishing))
      state.press(letterKey("="))
      if isSeen { #expect(state.screen.text.contains("Not malicious"), "at once") }
      state.take(.verdictsLoaded(request: state.lastRequest, title: "", counts))
      #expect(titles(state).count == 2 && titles(state)[0].contains("Not malicious"), "\(titles(state))")
      #expect(state.sent("§") == [.update(resolvedAsPhishing)])
    }
  }

  @Test("The head of the activity counts every row that was not made, and a move's question is a sentence")
  func header() {
    var state = activity(Self.small, sentWrites + [failed(.comment("x"), "w1", ago: 9_000)])
    #expect(state.screen.lines[1].text.contains("9 changes, 1 not made, 2 refused"), "\(state.screen.lines[1].text)")
    let move = write(
      "m", .moveAlerts(ids: ["a", "b"], to: IncidentID("3000020"), comment: nil, reasons: []), ago: 5)
    state = activity(Self.small, [move])
    state.press(letterKey("u"))
    #expect(state.spoken == "Contoso Ltd #2184: u again undoes this: 2 alerts to #3000020.")
  }
}
