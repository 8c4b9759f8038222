import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private let queueStart: ConsoleState = .loaded { $0.view = .queue }

private func characters(_ text: String) -> [Key] { text.map { $0 == "\r" ? .enter : .character($0) } }
private func toAnna(_ incident: IncidentSummary) -> Effect {
  .update(incident.key, IncidentUpdate(assignment: .to("anna@northwind.example")), seen: incident)
}

extension ConsoleState {
  fileprivate var words: String? { shared.message?.text.text }
  fileprivate var assign: AssignForm? { (screens.top as? FormScreen<AssignForm>)?.kind }
}

@Suite("The form of assign to…")
struct AssignScreenTests {
  @Test("A opens it on whatever has an incident under the cursor, and Enter sends through the same way as a claim")
  func sends() {
    for first in [[], [Key.enter]] as [[Key]] {
      var state = queueStart
      for key in first { state.press(key) }
      if !first.isEmpty {
        state.take(.incidentRead(request: state.lastRequest, attack[0].key, .fresh(story, readAt: noon)))
      }
      let place = state.place
      let target = state.target
      state.press(.character("A"))
      #expect(state.place == .assign)
      #expect(update(&state, .key(.enter)).contains(toAnna(target ?? attack[0])))
      #expect(state.place == place)
      #expect(state.writes.mark(for: attack[0].key) == .pending)
    }
  }

  @Test("Assigning is not claiming: only the owner is sent, and what is pending says so")
  func words() {
    var state = queueStart
    state.press(.character("A"), .enter)
    #expect(state.writes.words(for: attack[0].key) == "change (given to anna) kept, about to be sent")
    state.press(.character("A"))
    #expect(state.place == .queue && state.words == "A write for it is under way: wait for its outcome.")
  }

  @Test("What stands in the way of a change is said, and no form opens")
  func obstacles() {
    func words(_ change: (inout ConsoleState) -> Void) -> String? {
      var state = queueStart
      change(&state)
      state.press(.character("A"))
      return state.place == .assign ? nil : state.words
    }
    #expect(words { _ in } == nil)
    #expect(
      words { $0.take(.ownership(.readOnly("process 7 has the folder"))) }
        == "Nothing can be changed: process 7 has the folder.")
    #expect(words { $0.press(.character("?")) }?.isEmpty == false)
    #expect(words { $0 = .loaded() } == "Assign an incident: Enter opens the tenant's.")
    let partial = allStates[0].with {
      $0.consent = .from(granted: [.readAlerts], required: everyRole, tenant: $0.id, at: noon)
    }
    #expect(
      words { $0.take(.tenantsChanged([partial])) }
        == "Contoso Ltd did not grant SecurityIncident.ReadWrite.All: send the consent link.")
    // Who I am need not be known for giving it to somebody else.
    var nameless: ConsoleState = .loaded(operatorUPN: nil) { $0.view = .queue }
    nameless.press(.character("A"))
    #expect(nameless.place == .assign)
  }

  @Test("Those who have incidents of the tenant are offered")
  func owners() {
    let rows =
      attack + [
        .sample(1, 1, "One", owner: "ben@partner.example"), .sample(1, 2, "Two", owner: "ben@partner.example"),
        .sample(1, 3, "Three", owner: "cid@partner.example"), .sample(5, 4, "Four", owner: "dora@partner.example"),
      ]
    var state: ConsoleState = .loaded(allStates, rows) { $0.view = .queue }
    state.press(.character("A"))
    #expect(state.target == nil && state.assign?.subject.key == attack[0].key)
    guard case .choiceOrText(let input)? = state.assign?.form.fields[0].input else { return #expect(Bool(false)) }
    #expect(input.choices.map(\.label.text) == ["me", "ben@partner.example", "cid@partner.example"])
  }

  @Test("Keys are text in it: none acts, quits or answers")
  func text() {
    var state = queueStart
    state.press(.character("A"))
    state.type("qao/:?A")
    #expect(state.place == .assign && state.shared.prompt == nil && state.shared.commandLine == nil)
    #expect(state.assign?.form.fields[0].text == "qao/:?A")
    state.press(.enter)
    #expect(
      state.words == nil
        && state.assign?.form.fields[0].error == "“qao/:?A” is no UPN: write one like ben@partner.example.")
    #expect(state.assign?.form.fields[0].text == "qao/:?A", "what was typed survives")
  }

  @Test("Esc asks before it throws away what was typed, and letters that follow act on nothing")
  func leaving() {
    var state = queueStart
    state.press(.character("A"), .escape)
    #expect(state.place == .queue)
    state.press(.character("A"), .character("x"), .escape)
    #expect(state.place == .assign && state.words == Form.leavingWords.text)
    #expect(state.read([.escape], at: 1 << 50) == [] && state.place == .queue)
    #expect(state.read(characters("a"), at: 1 << 50 + 300) == [])
    #expect(!state.read(characters("a"), at: 1 << 50 + 1_301).isEmpty)
  }

  @Test(
    "B06: a paste is text of the field and sends nothing, in brackets or without, whatever is in it",
    arguments: [
      [characters("ben@partner.example\r")], [[.paste("ben@partner.example\r\n")]],
      [[.paste("ben@partner.example")], [.enter]], [characters("ben@partner.example"), [.enter]],
      [characters("ben@partner.example"), characters("\r")], [characters("ben@partner.exampl"), characters("e\r")],
      [[.paste("ben@partner.example")], [.control("s")]],
    ] as [[[Key]]])
  func paste(readings: [[Key]]) {
    var state = queueStart
    state.press(.character("A"))
    for keys in readings { #expect(state.read(keys, at: 1 << 50) == []) }
    #expect(state.place == .assign)
    #expect(state.assign?.sentence == .sends("PATCH incident #2184 in Contoso Ltd: assignedTo = ben@partner.example"))
    #expect(state.read([.enter], at: 1 << 50 + 301).count == 1 && state.place == .queue)
  }

  @Test("An Enter that came together with a key sends nothing")
  func together() {
    var state = queueStart
    #expect(state.read([.character("A"), .enter], at: 1 << 50) == [])
    #expect(
      state.place == .assign && state.words == "Enter came together with a text and sent nothing: press it again.")
  }

  @Test("In a window that is too small nothing is typed or sent; the form is there when it grows")
  func tooSmall() {
    var state = queueStart
    state.press(.character("A"), .character("x"))
    state.take(.resized(Size(columns: 20, rows: 5)))
    state.press(.character("q"), .character("y"), .enter, .escape)
    #expect(state.read([.control("c")], at: 1 << 50) == [.interrupt])
    state.take(.resized(Size(columns: 80, rows: 24)))
    #expect(state.assign?.form.fields[0].text == "x")
  }

  @Test("F72, F29: who got it meanwhile is told, and only the second Enter sends")
  func meanwhile() {
    var state = queueStart
    state.press(.character("A"))
    let other = IncidentSummary.sample(
      1, 2184, attack[0].displayName, .high, age: 2 * hour, owner: "ben@partner.example")
    state.take(.incidentsChanged([other]))
    #expect(state.words == "Meanwhile it was given to ben: look at what is sent now.")
    #expect(state.read([.enter], at: 1 << 50) == [] && state.place == .assign)
    #expect(state.read([.enter], at: 1 << 51) == [toAnna(other)])
  }

  @Test("Nothing is sent when the console may not change anything any more")
  func readOnly() {
    var state = queueStart
    state.press(.character("A"))
    state.take(.ownership(.readOnly("another has it")))
    #expect(state.read([.enter], at: 1 << 50) == [] && state.place == .assign)
    #expect(state.words == "Nothing can be changed: another has it.")
  }

  @Test("What came to stand against it after the form was opened is said in place of what is sent")
  func obstacle() {
    var state = queueStart
    state.press(.character("A"))
    #expect(state.screen.text.contains("PATCH incident #2184"))
    var merged = attack[0]
    merged.redirectIncidentID = IncidentID("9")
    merged.updatedAt = .ago(0)
    state.take(.incidentsChanged([merged]))
    #expect(state.screen.text.contains("assign that one") && !state.screen.text.contains("PATCH incident"))
    #expect(state.read([.enter], at: 1 << 50) == [] && state.place == .assign)
    #expect(state.words == "It was merged into #9: assign that one.")
  }

  @Test("Where rows are marked it says that it is for one, and opens nothing")
  func marked() {
    var state = queueStart
    state.press(.character(" "), .character("A"))
    #expect(state.place == .queue)
    #expect(state.words == "It gives away one incident, not what is marked: U takes the marks away.")
  }

  @Test("An Enter right behind the end of the editor sends nothing: it may have been meant for the editor")
  func behindTheEditor() {
    var state = queueStart
    state.press(.character("A"))
    state.type("be")
    _ = state.read([.control("e")], at: 1 << 50)
    state.take(.textEdited(request: state.lastRequest, .changed("ben@partner.example")))
    #expect(state.read([.enter], at: 1 << 51) == [] && state.place == .assign)
    #expect(state.words == "Enter came together with a text and sent nothing: press it again.")
    let sent = Effect.update(attack[0].key, IncidentUpdate(assignment: .to("ben@partner.example")), seen: attack[0])
    #expect(state.read([.enter], at: 1 << 52) == [sent])
  }

  @Test("^E hands the text out, and takes back the answer to its own request alone")
  func editor() {
    var state = queueStart
    state.press(.character("A"))
    state.type("be")
    #expect(state.read([.control("e")], at: 1 << 50) == [.editText("be", request: state.lastRequest)])
    let request = state.lastRequest
    state.take(.textEdited(request: request + 1, .changed("x")))
    #expect(state.assign?.form.fields[0].text == "be")
    state.take(.textEdited(request: request, .changed("ben@partner.example\u{7}")))
    #expect(state.assign?.form.fields[0].text == "ben@partner.example")
    state.take(.textEdited(request: request, .changed("x")))
    #expect(state.assign?.form.fields[0].text == "ben@partner.example")
    _ = state.read([.control("e")], at: 1 << 51)
    state.take(.textEdited(request: state.lastRequest, .kept(reason: "ed ended with 1, so the text stays as it was.")))
    #expect(
      state.assign?.form.fields[0].text == "ben@partner.example"
        && state.words == "ed ended with 1, so the text stays as it was.")
  }
}

extension ScreenName {
  fileprivate static let assign = AssignForm.name
}
