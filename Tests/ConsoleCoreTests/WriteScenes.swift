import Foundation
import PartnerModel
import TerminalKit

@testable import ConsoleCore

/// Where the page's alerts are in the window.
private let wide = [Size(columns: 80, rows: 24), Size(columns: 120, rows: 40)]
private let both = [Size(columns: 60, rows: 15), Size(columns: 80, rows: 24), Size(columns: 120, rows: 40)]

private func queue(_ size: Size, _ keys: String, _ change: (inout ConsoleState) -> Void = { _ in }) -> ConsoleState {
  var incident = attack[0]
  incident.tags = ["vip", "şüpheli", "不審"]
  var second = attack[1]
  second.tags = ["finance", "vip"]
  var state: ConsoleState = .loaded(grantingTenants, [incident, second] + attack.dropFirst(2), size: size) {
    $0.view = .queue
  }
  change(&state)
  for key in pressed(keys) { state.press(key) }
  return state
}

private func page(_ size: Size, _ keys: String) -> ConsoleState {
  var state = queue(size, "↵")
  state.take(.incidentRead(request: state.lastRequest, writtenKey, .fresh(story, readAt: noon)))
  for key in pressed(keys) { state.press(key) }
  return state
}

private func judged(_ size: Size, _ keys: String) -> ConsoleState {
  var state = queue(size, "C")
  state.take(
    .verdictsLoaded(
      request: state.lastRequest, title: "",
      [
        VerdictCount(verdict: Verdict(.falsePositive, .notMalicious), count: 3, lastAt: .ago(2 * day)),
        VerdictCount(verdict: Verdict(.truePositive, .phishing), count: 1, lastAt: .ago(40 * day)),
      ]))
  for key in pressed(keys) { state.press(key) }
  return state
}

private func conflict(_ size: Size, _ keys: String) -> ConsoleState {
  queue(size, keys) { state in
    let before = IncidentImage(attack[0])
    var incident = attack[0]
    (incident.status, incident.classification, incident.determination) = (.resolved, .truePositive, .phishing)
    (incident.tags, incident.assignedTo) = (["theirs"], "ben@northwind.example")
    var after = IncidentImage(incident)
    (after.lastModifiedBy, after.updatedAt) = ("ben@northwind.example", .ago(3 * minute))
    let update = IncidentUpdate(
      assignment: .to("anna@northwind.example"), classification: .falsePositive, determination: .notMalicious,
      addedTags: ["ours"])
    state.shared.writes.intend(update, for: writtenKey)
    state.take(
      .writesChanged([toldWrite(.update(update), .failed, cause: "conflict", before: before, after: after)]))
  }
}

let writeScenes: [Scene] = [
  Scene(name: "form-status", make: { queue($0, "S→↵asked the user, it was them") }, sizes: both),
  Scene(name: "form-verdict", make: { judged($0, "") }, sizes: both),
  Scene(name: "form-verdict-none", make: { queue($0, "C") }, sizes: both),
  Scene(name: "form-verdict-narrowed", make: { judged($0, "mal") }, sizes: both),
  Scene(name: "form-verdict-only", make: { judged($0, "↵seen before↵n") }, sizes: both),
  Scene(
    name: "form-comment",
    make: { size in
      queue(size, "m⇥→") { state in
        guard
          let call = try? CommentTemplate(
            "# Call\nCalled {tenant} about {incident}.\nWaits for the customer.", file: "call.txt")
        else { return }
        state.shared.settings.templates = CommentTemplates(
          [call], complaints: ["templates/x.txt, line 2: it is no place."])
      }
    }, sizes: both),
  Scene(name: "form-comment-alert", make: { page($0, "↓mlooked at the device") }, sizes: wide),
  Scene(name: "form-tags", make: { queue($0, "t↑↑ ↓↓phishing wave↵") }, sizes: both),
  Scene(name: "form-severity", make: { queue($0, ":severity↵") }, sizes: both),
  Scene(name: "form-rename", make: { queue($0, ":rename↵ (test)") }, sizes: both),
  Scene(name: "form-describe", make: { page($0, ":describe↵") }, sizes: both),
  Scene(name: "form-merge", make: { queue($0, ":merge 2185↵") }, sizes: both),
  Scene(name: "form-move-alert", make: { page($0, "↓:move-alert 2185↵↵↵") }, sizes: wide),
  Scene(name: "form-status-alert", make: { page($0, "↓S") }, sizes: wide),
  Scene(name: "conflict-told", make: { conflict($0, "") }, sizes: both),
  Scene(name: "conflict", make: { conflict($0, "=") }, sizes: both),
  Scene(name: "conflict-ours", make: { conflict($0, "=o↓o") }, sizes: both),
  Scene(
    name: "undo-asked",
    make: { size in
      queue(size, "u") { state in
        let action = IncidentAction.update(resolvedAsPhishing)
        state.shared.writes.intend(action, for: writtenKey)
        var before = IncidentImage(attack[0])
        before.alerts = []
        state.take(.writesChanged([toldWrite(action, .confirmed, before: before)]))
      }
    }, sizes: both),
]
