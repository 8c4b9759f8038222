import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private let queueStart: ConsoleState = .loaded { $0.view = .queue }
private let mine = IncidentUpdate(status: .inProgress, assignment: .to("anna@northwind.example"))
private let claim = Effect.update(attack[0].key, mine, seen: attack[0])

private func characters(_ text: String) -> [Key] { text.map { $0 == "\r" ? .enter : .character($0) } }

extension ConsoleState {
  fileprivate var words: String? { message?.text.text }
}

@Suite("What comes in one reading")
struct ReadingTests {
  @Test(
    "B06: text that a terminal pastes without brackets never acts, and is told as a paste",
    arguments: [
      "azure", "aaaa", "lllloo", "oooo", "Hi Bram, can you have a look at #701 please?\r", "aaaa\r", "jjjja", "ajjjj",
      "qqqq",
      "!rsp?", "j/abcd", "abcé",
    ])
  func pastedText(text: String) {
    var state = queueStart
    #expect(state.read(characters(text), at: 0) == [])
    #expect(state.place == .queue && state.prompt == nil && state.queue.sort == queueStart.queue.sort)
    #expect(state.words == "Pasted text never acts: the console takes keys only.")
    #expect(state.read([.character("a")], at: 200) == [], "its end may come a little later")
    #expect(state.read([.enter], at: 200) == [])
    #expect(state.place == .queue && state.words == "Pasted text never acts: the console takes keys only.")
    state.press(.character("g"))
    #expect(state.read([.character("a")], at: 1_000_000_000) == [claim])
  }

  @Test(
    "B06: a key that moves and is held down moves as often as it came, and is no paste",
    arguments: [("jjjj", 4), ("jjjjjjkk", 4), ("GGGG", 8), ("jjjjjjj", 7)])
  func keyRepeat(text: String, row: Int) {
    var state = queueStart
    #expect(state.read(characters(text), at: 0) == [])
    #expect(state.queue.viewport.cursor == row && state.message == nil)
    #expect(state.read([.character("q")], at: 1) == [.quit])
  }

  @Test("B06: two or three keys that come together are keys")
  func fewKeys() {
    var state = queueStart
    #expect(state.read(characters("jka"), at: 0) == [claim])
    #expect(state.read([.enter, .character("o"), .character("o")], at: 1).last != nil)
    #expect(state.place == .incident)
  }

  @Test("B06: what stood as a question is no longer one after a paste")
  func pasteForgets() {
    var state = queueStart
    #expect(state.read([.character("o")], at: 0) == [] && state.portal != nil)
    #expect(state.read(characters("xyzw"), at: 1_000) == [])
    #expect(state.portal == nil)
  }

  @Test(
    "B06: in a filter, pasted text is its text, line ends are blanks, and Enter in it does not end the filter",
    arguments: [
      ([characters("/"), characters("azure\rq")], "azure q"), ([characters("/abc")], "abc"),
      ([characters("/azure\r\raq")], "azure aq"), ([characters("/a"), characters("bcde\r")], "abcde "),
      ([characters("/"), [.paste("a\r\nq\tb\u{1B}[201~\u{7}")]], "a q b[201~"),
      ([characters("/"), characters("abcd") + [.backspace, .left] + characters("x")], "abxc"),
    ] as [([[Key]], String)])
  func filterText(readings: [[Key]], text: String) {
    var state = queueStart
    for keys in readings { #expect(state.read(keys, at: 0) == []) }
    #expect(state.prompt?.editor.text == text)
    #expect(state.queue.filter.text == text)
    #expect(state.read([.enter], at: 0) == [] && state.prompt == nil, "Enter by itself ends it")
  }

  @Test("A word for a filter where there is none is swallowed as one reading too")
  func typingNowhere() {
    var state = queueStart
    state.press(.character("?"))
    #expect(state.read(characters("/ransom\r"), at: 0) == [])
    #expect(state.read(characters("aware"), at: 10) == [])
    #expect(state.read(characters("a"), at: 5_000) == [], "until Esc")
    #expect(state.place == .help)
  }

  @Test(
    "Keys that come with the key that ended a filter, or up to 300 ms later, never act",
    arguments: [[Key.enter], [.escape], [.control("c")], [.control("g")]])
  func behindTheFilter(end: [Key]) {
    var state = queueStart
    state.type("/ran")
    #expect(state.read(end + characters("a"), at: 1_000) == [])
    #expect(
      state.prompt == nil
        && state.words?.hasSuffix("came right behind what was typed and did nothing: press it again.") ?? false)
    for (time, keys) in [(1_000, "a"), (1_010, "oo"), (1_150, "ll"), (1_299, "q"), (1_300, "a!r")] {
      #expect(state.read(characters(keys), at: time) == [])
      #expect(state.place == .queue)
    }
    for key in [Key.enter, .right, .backspace, .character("h"), .character("s"), .character("p")] {
      #expect(state.read([key], at: 1_200) == [])
      #expect(state.place == .queue && state.queue.sort == queueStart.queue.sort && !state.isPreviewInFront)
    }
    #expect(!state.read(characters("a"), at: 1_301).isEmpty)
  }

  @Test("Moving, and going on with another filter, is fine behind a filter")
  func moving() {
    var state = queueStart
    state.type("/")
    #expect(state.read([.enter, .down, .character("j")], at: 1_000) == [])
    #expect(state.queue.viewport.cursor == 2)
    #expect(state.read(characters("/ra"), at: 1_100) == [])
    #expect(state.prompt?.editor.text == "ra")
  }

  @Test("Backspace on an empty filter does nothing: what is typed for it must not claim")
  func emptyFilter() {
    var state = queueStart
    #expect(state.read(characters("/x"), at: 0) == [])
    for time in [1_000, 2_000] { #expect(state.read([.backspace], at: time) == []) }
    #expect(state.prompt?.editor.text == "")
    for (index, character) in "azure".enumerated() {
      #expect(state.read([.character(character)], at: 3_000 + index * 150) == [])
    }
    #expect(state.prompt?.editor.text == "azure")
  }

  @Test(
    "A kept filter is offered as it is: what is typed replaces it, keys that edit begin with it",
    arguments: [
      (characters("x"), "x"), ([.paste("so da")], "so da"), (characters("xyz"), "xyz"), ([], "ransom"),
      ([.backspace], "ranso"),
      ([.left] + characters("x"), "ransoxm"), ([.home] + characters("x"), "xransom"),
      ([.end] + characters("x"), "ransomx"),
      ([.down] + characters("x"), "x"), ([.control("u")], ""), ([.control("w")], ""),
      ([.backspace] + characters("x"), "ransox"),
      ([.right] + characters("x"), "ransomx"), ([.delete] + characters("x"), "ransomx"),
    ] as [([Key], String)])
  func keptFilter(keys: [Key], text: String) {
    var state = queueStart
    state.type("/ransom")
    state.press(.enter)
    let kept = state
    state.press(.character("/"))
    #expect(state.screen.annotated.contains("⟦reverse:ransom⟧"))
    for key in keys { state.press(key) }
    #expect(state.prompt?.editor.text == text && state.queue.filter.text == text)
    if !keys.isEmpty, keys != [.down] { #expect(!state.screen.annotated.contains("⟦reverse:ransom⟧")) }
    state.press(.escape)
    #expect(state.queue.filter.text == "ransom" && state.queue.selected == kept.queue.selected)
  }

  @Test("B15: Ctrl-C closes a filter and gives back what was; elsewhere it ends the program at once")
  func interrupt() {
    var state = queueStart
    state.type("/abc")
    #expect(state.read([.control("c")], at: 0) == [])
    #expect(state.prompt == nil && state.queue.filter.isEmpty && state.queue.selected == queueStart.queue.selected)
    #expect(state.read([.control("c")], at: 1) == [.interrupt])
    for way in [
      [], [.enter], [.tab], [.character("?")], [.character("o")], [.character("a")],
    ] as [[Key]] {
      var state = queueStart
      for key in way { state.press(key) }
      #expect(state.read([.control("c")], at: 0) == [.interrupt])
      #expect(state.read(characters("abcd") + [.control("c")], at: 0) == [.interrupt])
    }
    var small = queueStart
    small.take(.resized(Size(columns: 20, rows: 5)))
    #expect(small.read([.control("c")], at: 0) == [.interrupt])
  }

  @Test("A key that is held down acts once, and its repeats answer no question that it has asked")
  func heldKeys() {
    let start = ConsoleState.loaded { $0.view = .queue }
    // The first repeat comes after at most 660 ms, the others every 33.
    let repeats = [660, 693, 726, 759]
    var state = start
    let taken = attack.first { !($0.assignedTo ?? "").isEmpty && $0.assignedTo != state.settings.operatorUPN }
    #expect(taken.map { state.queue.select($0.key) } == true)
    let begin = 1_000_000
    #expect(state.read([.character("a")], at: begin) == [])
    #expect(state.takeover != nil)
    for time in repeats { #expect(state.read([.character("a")], at: begin + time) == []) }
    #expect(state.takeover != nil && state.message != nil)
    #expect(state.read([.character("a"), .character("a")], at: begin + 800) == [])
    #expect(state.read([.character("a")], at: begin + 1_600).count == 1, "pressed anew it takes the incident over")

    state = start
    _ = state.read([.character("o")], at: begin)
    for time in repeats { #expect(state.read([.character("o")], at: begin + time) == []) }
    #expect(state.portal != nil)
    #expect(state.read([.enter], at: begin + 800).count == 1)

    state = start
    state.press(.character("?"))
    for time in [0] + repeats { #expect(state.read([.character("q")], at: begin + time) == []) }
    #expect(state.read([.character("q")], at: begin + 1_600) == [.quit])
  }

  @Test("A q that is part of a text does not quit a window that is too small to show it")
  func textInSmallWindow() {
    let small = Size(columns: 10, rows: 3)
    var state = ConsoleState.loaded { $0.view = .queue }
    state.press(.character("/"), .character("s"))
    state.take(.resized(small))
    #expect(state.read([.character("q")], at: 2_000_000) == [])
    state = ConsoleState.loaded(size: small) { $0.view = .queue }
    #expect(state.read(characters("hello "), at: 3_000_000) == [])
    #expect(state.read([.character("q")], at: 3_000_050) == [])
    #expect(state.read([.character("q")], at: 3_001_000) == [.quit])
  }

  @Test("H72: what comes right behind a paste may be part of it, behind a false end, and does not act")
  func behindPaste() {
    var state = ConsoleState.loaded { $0.view = .queue }
    _ = state.read([.paste("x ")], at: 4_000_000)
    #expect(state.read([.character("a")], at: 4_000_060) == [])
    #expect(state.writes.isEmpty)
  }

  @Test("B08: a key with Alt is bound to nothing")
  func alt() {
    var state = queueStart
    for key in CommandTable.entries.flatMap(\.keys) where key != .control("l") {
      var pressed = state
      #expect(pressed.read([.alt(key)], at: 0) == [])
      state.message = pressed.message
      #expect(pressed == state)
    }
    #expect(
      state.read([.alt(.character("a"))], at: 0) == [] && state.words == "Alt-a does nothing here: ? lists the keys.")
  }

  @Test("Painting anew leaves what is asked and said as it is")
  func redraw() {
    var state = queueStart
    state.press(.character("o"))
    let asked = state
    #expect(state.read([.control("l")], at: 0) == [.redraw])
    #expect(state == asked)
  }

  @Test("What came while a filter was typed is told when it ends")
  func toldLater() {
    var state = queueStart
    state.type("/a")
    state.take(.noticed(Notice(.warning, "the disk is full")))
    state.type("b")
    state.press(.enter)
    #expect(state.words == "the disk is full")
    state.press(.down)
    #expect(state.message == nil)
  }

  @Test(
    "B25: a link that did not open stands whole on the screen, from edge to edge, with the reason",
    arguments: [Size(columns: 60, rows: 15), Size(columns: 80, rows: 24), Size(columns: 200, rows: 50)])
  func wholeLink(size: Size) {
    var state = queueStart
    let url = "https://security.microsoft.com/incident2/701/overview?tid=" + String(repeating: "0123456789", count: 30)
    state.take(.resized(size), .portalOpened(.shown(url: url, reason: "xdg-open: no method available\u{1B}[2J")))
    func bottom() -> String {
      let lines = state.screen.text.split(separator: "\n", omittingEmptySubsequences: false)
      return lines.drop { !$0.contains("excluded") }.dropFirst().joined()
    }
    #expect(bottom().contains(url))
    #expect(bottom().contains("Not opened: xdg-open: no method available<1B>[2J. Copy the link:"))
    #expect(state.screen.text.contains("excluded"), "the status line stays")
    state.press(.control("l"))
    #expect(bottom().contains(url))
    state.take(.portalOpened(.shown(url: url + String(repeating: "x", count: 20_000), reason: "no")))
    #expect(bottom().contains("`incidents show T ID --output"))
  }

  @Test("B40: the cursor rests at the beginning of the selected row on every screen")
  func restingCursor() {
    func rest(_ state: ConsoleState) -> (row: Int, line: String) {
      (state.screen.rest.row, state.screen.lines[state.screen.rest.row].annotated)
    }
    for size in [Size(columns: 80, rows: 24), Size(columns: 60, rows: 15), Size(columns: 200, rows: 50)] {
      for way in [[], [.tab], [.tab, .down, .enter], [.enter, .end]] as [[Key]] {
        var state = queueStart
        state.take(.resized(size))
        for key in way { state.press(key) }
        if let shown = state.tenantIncidents {
          state.take(.tenantIncidentsLoaded(request: shown.request, shown.id, Array(attack.prefix(3))))
        }
        if let page = state.page {
          state.take(.incidentRead(request: page.request, page.key, .fresh(story, readAt: noon)))
          state.press(.end)
        }
        for _ in 0..<12 {
          #expect(state.screen.rest.column == 0)
          let rest = rest(state)
          #expect(rest.line.contains("⟦reverse") || state.place == .incident, "\(size) \(way) \(rest)")
          if state.page?.itemAtCursor != nil { #expect(rest.line.contains("⟦reverse")) }
          state.press(state.page == nil ? .down : .up)
        }
      }
    }
    var help = queueStart
    help.press(.character("?"))
    #expect(rest(help).line.contains("Move"))
  }

  @Test("B38: the help names --ascii for terminals that draw our signs two columns wide")
  func ascii() {
    #expect(
      helpLines(queueStart.shared, width: 120).contains {
        $0.text.contains("--ascii   for terminals set up for Chinese")
      })
  }

  @Test("What stays open is said in one line, and nothing where nothing does")
  func openChanges() {
    var state = queueStart
    #expect(state.openChanges == [] && OpenChange.words([]) == nil)
    state.press(.character("a"))
    #expect(
      OpenChange.words(state.openChanges)
        == "1 change stays open and is settled at the next start: Contoso Ltd #2184 (claim).")
    state.press(.down, .character("a"))
    #expect(
      OpenChange.words(state.openChanges)
        == "2 changes stay open and are settled at the next start: Contoso Ltd #2184 (claim), Contoso Ltd #2185 (claim)."
    )
    let many = (0..<9).map { OpenChange(key: attack[0].key, words: "T #\($0) (claim)") }
    #expect(OpenChange.words(many)?.hasSuffix("T #4 (claim) and 4 more.") ?? false)
    state.take(.ownership(.readOnly("process 4711 has the state folder")))
    #expect(state.openChanges == [], "another console's changes are settled by that one")
  }
}
