import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

@Suite("Forms that change an incident")
struct WriteFormTests {
  @Test(
    "Each form sends exactly what it says",
    arguments: [
      ("S↵", [.update(IncidentUpdate(status: .inProgress))]),
      ("S→↵↵", [.update(IncidentUpdate(status: .resolved))]),
      ("S→↵was a test↵", [.update(IncidentUpdate(status: .resolved, resolvingComment: "was a test"))]),
      // What belongs to a status that is not chosen any more does not go along.
      ("S→↵was a test⇥ §", [.update(IncidentUpdate(status: .inProgress))]),
      ("S↓↵↵", [.update(IncidentUpdate(status: .resolved))]),
      ("Cphish§", [.update(resolvedAsPhishing)]), ("C5↵↵↵", [.update(resolvedAsPhishing)]),
      (
        "C5↵mail↵n↵",
        [.update(IncidentUpdate(classification: .truePositive, determination: .phishing))]
      ),
      ("C↵", []), ("C§", []), ("Czz§", []),
      ("mseen by the customer§", [.comment("seen by the customer")]), ("m§", []), ("m  §", []),
      ("tphish↵↵", [.update(IncidentUpdate(addedTags: ["phish"]))]),
      ("tphish§", [.update(IncidentUpdate(addedTags: ["phish"]))]),
      ("t§", []), ("A↵", [.update(IncidentUpdate(assignment: .to("anna@northwind.example")))]),
      (":severity↵↵", [.update(IncidentUpdate(severity: .medium))]),
      (":rename↵!↵", [.update(IncidentUpdate(displayName: attack[0].displayName + "!"))]), (":rename↵↵", []),
      (":describe↵two↵lines§", [.update(IncidentUpdate(details: "two\nlines"))]),
      (":merge #2185↵§", [.merge(others: [IncidentID("2185")], comment: nil, reasons: [])]),
      (
        ":merge 2185 2186↵↵same cam↵why↵",
        [.merge(others: [IncidentID("2185"), IncidentID("2186")], comment: "why", reasons: [.sameCampaign])]
      ),
      (":merge 2184↵§", []), (":merge↵§", []), (":merge a/b↵§", []), (":move-alert 5↵§", []),
    ] as [(String, [IncidentAction])])
  func sends(keys: String, actions: [IncidentAction]) {
    var state = writingQueue()
    #expect(state.sent(keys) == actions)
    #expect(state.place == .queue || actions.isEmpty)
  }

  @Test(
    "On an alert the operator put the cursor on, its forms act on the alert and say so",
    arguments: [
      ("S→↵", [.updateAlert(id: "a2", AlertUpdate(status: .resolved))]),
      ("S↵", [.updateAlert(id: "a2", AlertUpdate(status: .inProgress))]),
      (
        "C5§",
        [
          .updateAlert(
            id: "a2", AlertUpdate(status: .resolved, classification: .truePositive, determination: .phishing))
        ]
      ), ("mlooked§", [.commentAlert(id: "a2", "looked")]),
      ("A↵", [.updateAlert(id: "a2", AlertUpdate(assignment: .to("anna@northwind.example")))]),
      (":move-alert 2185↵§", [.moveAlerts(ids: ["a2"], to: IncidentID("2185"), comment: nil, reasons: [])]),
      (":move-alert 2185 2186↵§", []),
      // These are the incident's, wherever the cursor is.
      ("tx§", [.update(IncidentUpdate(addedTags: ["x"]))]),
      ("gS↵", [.update(IncidentUpdate(status: .inProgress))]),
    ] as [(String, [IncidentAction])])
  func alerts(keys: String, actions: [IncidentAction]) {
    var state = onAlert()
    let opened = pressed(String(keys.prefix { $0 != "↵" && $0 != "§" }))
    if case .updateAlert? = actions.first {
      var shown = state
      for key in opened.prefix(1) { _ = update(&shown, .key(key)) }
      #expect(shown.screen.text.contains("Alert: Suspicious PowerShell download"))
    }
    #expect(state.sent(keys) == actions)
  }

  @Test("The first alert is under the cursor of a page nobody moved on: the incident is meant")
  func unmoved() {
    var state = writingQueue()
    state.press(.enter)
    state.take(.incidentRead(request: state.lastRequest, writtenKey, .fresh(story, readAt: noon)))
    #expect(state.sent("S↵") == [.update(IncidentUpdate(status: .inProgress))])
  }

  @Test("Closing with a verdict takes at most six keys beside text, whichever it is")
  func keysToClose() {
    for verdict in Verdict.all {
      let words = "\(verdict.determination.title) \(verdict.classification.title)".lowercased()
      let letters = words.split { " -,".contains($0) }.map { String($0.prefix(1)) }
      let typed =
        [""] + letters + ([String(words.prefix(2))] + letters).flatMap { first in letters.map { "\(first) \($0)" } }
      let digits = [""] + Verdict.all.indices.prefix(9).map { "\($0 + 1)" }
      let ways = typed.map { "C\($0)§" } + digits.map { "C\($0)§" }
      let wish = IncidentUpdate(
        status: .resolved, classification: verdict.classification, determination: verdict.determination)
      let best =
        Set(ways).filter { way in
          var state = writingQueue()
          return state.sent(way) == [.update(wish)]
        }.map(\.count).min() ?? .max
      #expect(best <= 6, "\(verdict)")
    }
  }

  @Test("Verdicts given to the same title come first, with how often; what is chosen already does not move")
  func memory() {
    let counts = [
      VerdictCount(verdict: Verdict(.falsePositive, .notMalicious), count: 3, lastAt: .ago(2 * day)),
      VerdictCount(verdict: Verdict(.truePositive, .other), count: 1, lastAt: nil),
    ]
    var state = writingQueue()
    let asked = update(&state, .key(letterKey("C")))
    #expect(asked.contains(.loadVerdicts(title: attack[0].displayName, request: state.lastRequest)))
    state.take(.verdictsLoaded(request: state.lastRequest + 1, title: "", [counts[1]]))
    #expect(!state.screen.text.contains("3 times"))
    var touched = state
    touched.press(.down)
    for index in [0, 1] {
      if index == 1 { state = touched }
      state.take(.verdictsLoaded(request: state.lastRequest, title: attack[0].displayName, counts))
      #expect(state.screen.text.contains("3 times, 2 d ago"))
    }
    #expect(
      touched.sent("§") == [
        .update(IncidentUpdate(status: .resolved, classification: .truePositive, determination: .multiStagedAttack))
      ])
    var first = writingQueue()
    first.press(letterKey("C"))
    first.take(.verdictsLoaded(request: first.lastRequest, title: "", counts))
    #expect(
      first.sent("§") == [
        .update(IncidentUpdate(status: .resolved, classification: .falsePositive, determination: .notMalicious))
      ])
  }

  @Test("Merging takes the marks of what becomes one away, and what is merged is shown so until the cursor leaves it")
  func merging() {
    var state = writingQueue()
    state.press(letterKey(" "), letterKey(" "), letterKey("k"))
    #expect(state.sent(":merge↵").isEmpty && state.sent("§").count == 1)
    #expect(!state.screen.text.contains("marked"))
    state.press(.home)
    var dead = attack[0]
    (dead.status, dead.redirectIncidentID, dead.updatedAt) = (.redirected, attack[1].key.id, .ago(0))
    state.take(.incidentsChanged([dead]))
    #expect(state.screen.lines[3].text.contains("merged"))
    state.press(.down)
    #expect(!state.screen.text.contains("merged"))
  }

  @Test("A verdict that is taken back is told as none, and never as one that nobody knows")
  func noVerdict() {
    let back = IncidentUpdate(status: .active, classification: .unknown, determination: .unknown)
    #expect(back.words(by: nil) == "change (status active, without a verdict)")
    #expect(IncidentUpdate(determination: .unknown).words(by: nil) == "change (without a verdict)")
    #expect(resolvedAsPhishing.words(by: nil) == "close (True positive, Phishing)")
  }

  @Test("What stands in the way is said at once, and no form opens")
  func obstacles() {
    func words(_ keys: String, _ change: (inout ConsoleState) -> Void) -> String {
      var state = writingQueue(attack[0], change)
      #expect(state.sent(keys).isEmpty)
      #expect(state.place != StatusForm.name && state.place != CommentForm.name && state.place != MergeForm.name)
      return state.spoken
    }
    let reader = allStates[0].with { $0.consent.granted = [.readIncidents] }
    #expect(words("S") { $0.take(.ownership(.readOnly("7 has it"))) } == "Nothing can be changed: 7 has it.")
    #expect(
      words("S") { $0.take(.tenantsChanged([reader])) }
        == "Contoso Ltd did not grant SecurityIncident.ReadWrite.All: send the consent link.")
    #expect(
      words(":merge 2185↵") { $0.take(.tenantsChanged([allStates[0]])) }
        == "Contoso Ltd's permissions in the configuration do not ask for SecurityData.Manage.All.")
    #expect(
      words("m") { $0.press(letterKey(" ")) }
        == "It changes one incident, not what is marked: only a and :merge take that. U takes the marks away.")
    #expect(words("S") { $0 = .loaded() } == "Change an incident: Enter opens the tenant's.")
    #expect(
      words("m") { $0 = .loaded(grantingTenants, operatorUPN: nil) { $0.view = .queue } }
        == "Who are you? Comments are signed: set operator.upn in the configuration.")
    var merged = attack[0]
    merged.redirectIncidentID = IncidentID("9")
    #expect(words("S") { $0 = writingQueue(merged) } == "It was merged into #9: change that one.")
    let excluded = grantingTenants[0].with { $0.tenant.isExcluded = true }
    #expect(
      words("S") { $0 = .loaded([excluded] + grantingTenants.dropFirst(), attack) { $0.view = .queue } }
        == "Contoso Ltd is excluded in the configuration: nothing is sent there.")
    var alert = onAlert()
    alert.take(.tenantsChanged([allStates[0]]))
    #expect(alert.sent("S").isEmpty)
    #expect(
      alert.spoken
        == "Contoso Ltd's permissions in the configuration do not ask for SecurityAlert.ReadWrite.All. For its incident, put the cursor above the alerts (g)."
    )
  }

  @Test("F72, F29: what changed meanwhile is told, what was typed stays, and only the second Enter sends")
  func meanwhile() {
    var state = writingQueue()
    #expect(state.sent("S→↵done").isEmpty)
    var other = attack[0]
    (other.status, other.updatedAt) = (.inProgress, .ago(0))
    state.take(.incidentsChanged([other]))
    #expect(state.spoken == "Meanwhile the status became in progress: look at what is sent now.")
    #expect(state.sent("↵").isEmpty)
    #expect(state.sent("↵") == [.update(IncidentUpdate(status: .resolved, resolvingComment: "done"))])
  }

  @Test(
    "What somebody made so meanwhile is not sent once more",
    arguments: [
      ("S", "It is in progress already."), (":severity↵", "It is that already."), ("A", "It is anna's already."),
    ])
  func madeSo(keys: String, words: String) {
    var state = writingQueue()
    #expect(state.sent(keys).isEmpty)
    var other = attack[0]
    (other.status, other.severity, other.assignedTo) = (.inProgress, .medium, "anna@northwind.example")
    other.updatedAt = .ago(0)
    state.take(.incidentsChanged([other]))
    #expect(state.sent("§").isEmpty && state.sent("§").isEmpty)
    #expect(state.screen.text.contains(words))
  }

  @Test("An incident is never without a name, nor with one that looks otherwise than it is")
  func names() {
    var empty = writingQueue()
    _ = empty.sent(":rename↵")
    empty.press(.control("u"))
    #expect(empty.sent("§").isEmpty && empty.screen.text.contains("Write a name"))
    var hidden = writingQueue()
    _ = hidden.sent(":rename↵")
    _ = hidden.read([.paste("a\u{200B}\u{202E}b")], at: 1 << 50)
    let sent = hidden.sent("§", from: 1 << 51)
    #expect(sent.isEmpty && hidden.screen.text.contains("The name holds what cannot be seen"))
  }

  @Test("Of a long comment the last line tells the beginning and how long it is; of many tags a dozen are offered")
  func bounds() {
    var comment = writingQueue()
    _ = comment.sent("m")
    _ = comment.read([.paste(String(repeating: "word ", count: 50) + "END")], at: 1 << 50)
    let told = comment.screen.lines.drop { !$0.text.contains("Sends") }.map { $0.text.trimmed }.joined(separator: " ")
    #expect(told.contains("… (253 characters)") && !told.contains("END"), "\(told)")
    var tagged = attack[1]
    tagged.tags = (0..<20).map { "tag \($0)" }
    var tags = writingQueue { $0.take(.incidentsChanged([tagged])) }
    _ = tags.sent("t")
    #expect(tags.screen.lines.count { $0.text.contains("[ ] tag") } == 12)
  }

  @Test("Tags: theirs that came meanwhile are shown, and stay")
  func tags() {
    var incident = attack[0]
    incident.tags = ["vip", "şüpheli", "不審"]
    var state = writingQueue(incident)
    #expect(state.sent("t↑↑ ").isEmpty)
    incident.tags = ["vip", "şüpheli", "不審", "theirs"]
    incident.updatedAt = .ago(0)
    state.take(.incidentsChanged([incident]))
    #expect(state.screen.text.contains("customTags = vip, 不審, theirs: takes off şüpheli"))
    #expect(state.sent("§") == [.update(IncidentUpdate(removedTags: ["şüpheli"]))])
  }

  @Test("What cannot be seen is sent as no tag and no name; a paste is one line in a tag and lines in a comment")
  func hostile() {
    var tag = writingQueue()
    tag.press(letterKey("t"))
    _ = tag.read([.paste("a\u{202E}b")], at: 1 << 50)
    #expect(tag.sent("§", from: 1 << 51).isEmpty)
    var tags = writingQueue()
    tags.press(letterKey("t"))
    _ = tags.read([.paste("two\nwords")], at: 1 << 50)
    #expect(tags.sent("x§", from: 1 << 51) == [.update(IncidentUpdate(addedTags: ["two wordsx"]))])
    var comment = writingQueue()
    comment.press(letterKey("m"))
    _ = comment.read([.paste("one\r\ntwo\u{1B}[2J")], at: 1 << 50)
    #expect(comment.sent("!§", from: 1 << 51) == [.comment("one\ntwo[2J!")])
  }

  @Test("Templates: one that is chosen is filled in, and never takes the place of what was written")
  func templates() throws {
    let call = try CommentTemplate("# Call\n{tenant} {incident} by {operator}", file: "templates/call.txt")
    func console() -> ConsoleState {
      var state: ConsoleState = .loaded(grantingTenants, attack) {
        $0.view = .queue
        $0.templates = CommentTemplates([call], complaints: ["templates/x.txt, line 2: {who} is no place."])
      }
      state.press(letterKey("m"))
      return state
    }
    var state = console()
    #expect(state.screen.text.contains("Template left out: templates/x.txt, line 2"))
    #expect(
      state.sent("⇥→⇥!§") == [.comment("Contoso Ltd #2184 by anna@northwind.example!")])
    var written = console()
    #expect(written.sent("mine⇥→").isEmpty)
    #expect(written.screen.text.contains("What you wrote stays"))
    #expect(written.sent("§") == [.comment("mine")])
  }
}
