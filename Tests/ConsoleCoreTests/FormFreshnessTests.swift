import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

@Suite("A form shows the incident as it is, and what is sent as it is sent")
struct FormFreshnessTests {
  private func reads(_ effects: [Effect]) -> Int {
    effects.count { if case .readIncident(writtenKey, _) = $0 { true } else { false } }
  }

  @Test("What a list told long ago is read again under the form; what was just read is not")
  func stale() {
    for (age, expected) in [(20.0, 0), (61.0, 1), (3_600.0, 1)] {
      var state = writingQueue { state in
        state.take(
          .tenantsChanged([grantingTenants[0].with { $0.sync.lastSuccess = noon.addingTimeInterval(-age) }]))
      }
      #expect(reads(update(&state, .key(letterKey("S")))) == expected, "\(age) s")
    }
    var state = writingQueue { state in
      state.take(.tenantsChanged([grantingTenants[0].with { $0.sync.lastSuccess = nil }]))
    }
    #expect(reads(update(&state, .key(letterKey("S")))) == 1)
    var fresh = story
    (fresh.status, fresh.updatedAt) = (.inProgress, .ago(0))
    state.take(.incidentRead(request: state.lastRequest, writtenKey, .fresh(fresh, readAt: noon)))
    #expect(state.spoken == "Meanwhile the status became in progress: look at what is sent now.")
    #expect(state.sent("→§").isEmpty && state.sent("§") == [.update(IncidentUpdate(status: .resolved))])
  }

  @Test("An incident that changes under a form opened on its page is read again, once, with its alert")
  func changed() {
    var state = onAlert()
    state.press(letterKey("S"))
    var newer = attack[0]
    newer.updatedAt = .ago(0)
    let effects = update(&state, .incidentsChanged([newer]))
    #expect(reads(effects) == 1)
    #expect(reads(update(&state, .incidentsChanged([newer]))) == 0)
    var fresh = story
    fresh.updatedAt = .ago(0)
    fresh.alerts?[1].status = .resolved
    state.take(.incidentRead(request: state.lastRequest, writtenKey, .fresh(fresh, readAt: noon)))
    #expect(state.spoken == "Meanwhile the status became resolved: look at what is sent now.")
  }

  @Test("A description that a list does not tell is read, and is there to be edited unless another was begun")
  func description() {
    var state = writingQueue()
    for key in pressed(":describe") { state.press(key) }
    #expect(reads(update(&state, .key(.enter))) == 1)
    #expect(state.screen.text.contains("Its description is being read"))
    var begun = state
    begun.type("mine")
    let answer = Event.incidentRead(request: state.lastRequest, writtenKey, .fresh(story, readAt: noon))
    state.take(answer)
    begun.take(answer)
    #expect(state.sent("!§") == [.update(IncidentUpdate(details: (story.details ?? "") + "!"))])
    #expect(begun.sent("!§") == [.update(IncidentUpdate(details: "mine!"))])
  }

  @Test("Tags that others changed are taken in from a reading too")
  func tags() {
    var state = onAlert()
    state.press(letterKey("t"))
    var fresh = story
    (fresh.updatedAt, fresh.customTags) = (.ago(0), ["vip", "theirs"])
    state.take(.incidentRead(request: state.lastRequest, writtenKey, .fresh(fresh, readAt: noon)))
    #expect(state.screen.text.contains("[x] theirs"))
  }

  @Test("The comment of a merge or a move is shown signed, and is not signed again when its form is opened again")
  func signatures() {
    let end = " ⏎  ⏎ — anna@northwind.example (partner-console)”"
    var merge = writingQueue()
    #expect(merge.sent(":merge 2185↵↵↵why").isEmpty)
    #expect(merge.screen.text.contains("incidentComment = “why"))
    #expect(merge.screen.lines.map { $0.text.trimmed }.joined(separator: " ").contains("“why" + end))
    var move = onAlert()
    #expect(move.sent(":move-alert 2185↵↵↵why").isEmpty)
    #expect(move.screen.lines.map { $0.text.trimmed }.joined(separator: " ").contains("“why" + end))
    let signed = "c\n\n— anna@northwind.example (partner-console)"
    for (action, again) in [
      (
        IncidentAction.merge(others: [IncidentID("5")], comment: signed, reasons: []),
        IncidentAction.merge(others: [IncidentID("5")], comment: "c", reasons: [])
      ),
      (
        .moveAlerts(ids: ["a9"], to: IncidentID("5"), comment: signed, reasons: []),
        .moveAlerts(ids: ["a9"], to: IncidentID("5"), comment: "c", reasons: [])
      ),
    ] {
      var state = writingQueue()
      state.fail(action)
      #expect(state.sent("=§") == [again])
    }
  }

  @Test("A comma ends a tag: what is typed or pasted as a list is told, and sent, as several")
  func commas() {
    var state = writingQueue()
    state.press(letterKey("t"))
    _ = state.read([.paste("vip, finance ,, two words")], at: 1 << 50)
    #expect(state.screen.text.contains("adds vip, finance, two words"))
    var entered = state
    let tags = [IncidentAction.update(IncidentUpdate(addedTags: ["vip", "finance", "two words"]))]
    #expect(state.sent("§", from: 1 << 51) == tags)
    #expect(entered.sent("↵", from: 1 << 51).isEmpty)
    #expect(entered.screen.text.contains("[x] finance") && entered.screen.text.contains("[x] two words"))
    #expect(entered.sent("§", from: 1 << 52) == tags)
    // One that the service has so stays one.
    var incident = attack[0]
    incident.tags = ["a, b"]
    var kept = writingQueue(incident)
    #expect(kept.sent("t↑ §") == [.update(IncidentUpdate(removedTags: ["a, b"]))])
  }

  @Test("An alert is moved from a page just opened: the form waits for the alerts, and any other key forgets it")
  func awaited() {
    var state = writingQueue()
    state.press(.enter)
    let request = state.lastRequest
    #expect(state.sent(":move-alert 2185↵").isEmpty)
    #expect(state.spoken == "Its alerts are being read: the form opens when they are there.")
    var other = state
    other.press(.down)
    var elsewhere = state
    elsewhere.take(.incidentRead(request: request, attack[1].key, .fresh(story, readAt: noon)))
    #expect(elsewhere.place == .incident)
    let answer = Event.incidentRead(request: request, writtenKey, .fresh(story, readAt: noon))
    state.take(answer)
    other.take(answer)
    #expect(state.place == MergeForm.name && other.place == .incident)
    #expect(state.screen.text.contains("Alert: Malicious mail delivered to 3 mailboxes"))
    #expect(
      state.sent("↵§") == [.moveAlerts(ids: ["a1"], to: IncidentID("2185"), comment: nil, reasons: [])])
    // Where it cannot be read nothing waits.
    var failed = writingQueue()
    failed.press(.enter)
    _ = failed.sent(":move-alert 2185↵")
    failed.take(
      .incidentRead(
        request: request, writtenKey, .failed(PartnerError(.outage(status: 503), tenant: writtenKey.tenant))))
    #expect(failed.place == .incident && failed.spoken.contains("Put the cursor on an alert"))
  }

  @Test("= opens only what belongs to the page or the tenant that is on screen")
  func ownPage() {
    var state = writingQueue()
    state.fail(.update(IncidentUpdate(status: .resolved)))
    state.press(.down, .enter)
    #expect(state.place == .incident)
    #expect(state.sent("=").isEmpty)
    #expect(state.place == .incident)
    #expect(
      state.spoken == "No change of this one was refused; = in the queue opens the last that was.")
    state.press(.escape, letterKey("="))
    #expect(state.place == StatusForm.name, "in the queue it opens the last that was")
    #expect(state.screen.text.contains("#2184"))
  }

  @Test("Of a name that is longer than its place the end is cut, and what is told beside it stays")
  func clipping() {
    var (first, second) = (attack[0], attack[1])
    first.displayName = String(repeating: "long name ", count: 30) + "END"
    second.assignedTo = String(repeating: "o", count: 200) + "@x.example"
    second.tags = [String(repeating: "t", count: 90)]
    for size in [Size(columns: 60, rows: 15), Size(columns: 80, rows: 24)] {
      for (key, told) in [("A", "…  has 1 here"), ("t", "…  on 1 incident here"), ("S", "Sends"), ("m", "Sends")] {
        var state: ConsoleState = .loaded(grantingTenants, [first, second], size: size) { $0.view = .queue }
        #expect(state.sent(key).isEmpty)
        #expect(state.screen.lines.count == size.rows)
        for line in state.screen.lines { #expect(line.width == size.columns) }
        #expect(state.screen.text.contains(told) && state.screen.text.contains("Sends"), "\(key) at \(size)")
      }
    }
    var renamed: ConsoleState = .loaded(grantingTenants, [first], size: Size(columns: 80, rows: 24)) {
      $0.view = .queue
    }
    #expect(renamed.sent(":rename↵").isEmpty)
    #expect(renamed.screen.lines.contains { $0.text.contains("Name") && $0.text.contains("END") })
  }
}
