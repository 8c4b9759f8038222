import Foundation
import PartnerModel
import TerminalKit

@testable import ConsoleCore

/// A write of anna's on an incident of the samples.
func write(
  _ id: String, _ action: IncidentAction, on key: IncidentKey = attack[0].key, _ state: WriteState = .confirmed,
  ago seconds: TimeInterval, problem: Problem? = nil, before: IncidentImage? = nil, after: IncidentImage? = nil,
  undoes: WriteID? = nil
) -> IncidentWrite {
  let at = noon.addingTimeInterval(-seconds)
  return IncidentWrite(
    id: WriteID(id), key: key, action: action, state: state, operatorUPN: "anna@northwind.example", intendedAt: at,
    problem: problem, before: before, after: after, undoes: undoes,
    requestID: state == .queued ? nil : "5f0c1a2e-1111-4222-8333-0000000000\(id.hashed)",
    stateSince: at.addingTimeInterval(1))
}

extension String {
  /// Two digits that follow from it.
  fileprivate var hashed: String {
    let sum = utf8.reduce(0) { $0 + Int($1) } % 100
    return sum < 10 ? "0\(sum)" : "\(sum)"
  }
}

func observed(
  _ changes: [FieldChange], on key: IncidentKey = attack[0].key, by: String? = "ben@northwind.example",
  ago seconds: TimeInterval
) -> ObservedChange {
  ObservedChange(
    key: key, changes: changes, changedAt: .ago(seconds), seenAt: noon.addingTimeInterval(20 - seconds), by: by)
}

func field(_ field: IncidentField, _ before: String?, _ after: String?) -> FieldChange {
  FieldChange(field: field, before: .text(before), after: .text(after))
}

let claimed = IncidentUpdate(status: .inProgress, assignment: .to("anna@northwind.example"))

private let somebodyFaster = write(
  "w3", .update(IncidentUpdate(status: .resolved)), on: attack[3].key, .failed, ago: 40 * minute,
  problem: Problem(cause: "conflict", at: noon, nextAction: "Look at what they made of it."),
  before: IncidentImage(values: [.status: .text("active")]),
  after: IncidentImage(
    values: [.status: .text("inProgress")], updatedAt: .ago(41 * minute), lastModifiedBy: "ben@northwind.example"))

let sentWrites: [IncidentWrite] = [
  write("w9", .update(claimed), on: attack[1].key, .sent, ago: 4),
  write("w8", .update(IncidentUpdate(addedTags: ["vip"])), on: attack[2].key, .unknown, ago: 2 * minute),
  write("w7", .comment("asked customer to keep the laptop on"), ago: 12 * minute),
  write("w6", .update(IncidentUpdate(status: .active)), ago: 20 * minute, undoes: WriteID("w5")),
  write(
    "w5",
    .update(IncidentUpdate(status: .resolved, classification: .truePositive, determination: .phishing)),
    ago: 21 * minute, before: IncidentImage(values: [.status: .text("active"), .classification: .text(nil)])),
  write("w4", .update(claimed), on: attack[6].key, .failed, ago: 30 * minute, problem: refusal), somebodyFaster,
  write("w2", .merge(others: [IncidentID("2185")], comment: nil, reasons: [.sameCampaign]), ago: 2 * hour),
]

let recorded = IncidentHistory(
  knownSince: noon.addingTimeInterval(-2 * hour),
  changes: [
    observed([field(.severity, "medium", "high")], by: "Microsoft 365 Defender-AlertCorrelation", ago: 100 * minute),
    observed(
      [
        field(.status, "active", "inProgress"), field(.assignedTo, nil, "anna@northwind.example"),
        FieldChange(field: .customTags, before: .list(["vip"]), after: .list(["vip", "finance"])),
      ], ago: 30 * minute),
    observed(
      [field(.description, "What the service wrote.", "A user opened an attachment.")],
      on: IncidentKey(tenant: .sample(1), id: IncidentID("2170")), ago: 50 * minute),
  ],
  writes: [
    write(
      "w1", .update(claimed), ago: 30 * minute + 1,
      before: IncidentImage(values: [.status: .text("active"), .assignedTo: .text(nil)]),
      after: IncidentImage(values: [:], updatedAt: .ago(30 * minute))),
    write("w2", .comment("asked customer to keep the laptop on"), ago: 12 * minute + 1),
    somebodyFaster.moved(to: attack[0].key),
  ],
  mergedFrom: [
    MergedIncident(
      id: IncidentID("2170"), displayName: "Mail with a malicious attachment",
      comments: [
        IncidentComment(text: "same sender as in May", createdBy: "ben@northwind.example", createdAt: .ago(70 * minute))
      ])
  ])

extension IncidentWrite {
  fileprivate func moved(to key: IncidentKey) -> IncidentWrite {
    var moved = self
    moved.key = key
    return moved
  }
}

private let sizes = [Size(columns: 80, rows: 24), Size(columns: 120, rows: 40), Size(columns: 200, rows: 50)]

/// The page with what is on record, at its timeline.
private func timeline(_ size: Size, _ history: IncidentHistory = recorded) -> ConsoleState {
  var state = ConsoleState.loaded(size: size) { $0.view = .queue }
  state.press(.enter)
  state.take(
    .incidentRead(request: state.lastRequest, attack[0].key, .fresh(story, readAt: noon)),
    .historyLoaded(request: 1, attack[0].key, history))
  state.press(.tab, .tab, .tab, .tab)
  return state
}

func activity(_ size: Size, _ writes: [IncidentWrite]?, isLast: Bool = true) -> ConsoleState {
  var state = ConsoleState.loaded(size: size) { $0.opens = "activity" }
  if let writes { state.take(.activityLoaded(request: 1, writes, isLast: isLast)) }
  return state
}

let historyScenes: [Scene] = [
  Scene(name: "timeline", make: { timeline($0) }, sizes: sizes),
  Scene(
    name: "timeline-unfolded",
    make: { size in
      var state = timeline(size)
      state.type("/somebody was")
      state.press(.enter, .enter)
      return state
    }, sizes: sizes),
  Scene(
    name: "incident-merged",
    make: { size in
      var dead = story
      (dead.status, dead.redirectIncidentID) = (.redirected, IncidentID("2190"))
      var state = ConsoleState.loaded(size: size) { $0.view = .queue }
      state.press(.enter)
      state.take(
        .incidentRead(request: state.lastRequest, attack[0].key, .fresh(dead, readAt: noon)),
        .historyLoaded(request: 1, attack[0].key, recorded))
      return state
    }, sizes: sizes),
  Scene(name: "activity", make: { activity($0, sentWrites) }, sizes: sizes),
  Scene(
    name: "activity-unfolded",
    make: { size in
      var state = activity(size, sentWrites)
      state.press(.down, .down, .down, .down, .enter)
      return state
    }, sizes: sizes),
  Scene(
    name: "activity-undo",
    make: { size in
      var state = activity(size, [write("w1", .update(claimed), ago: minute)])
      state.press(.character("u"))
      return state
    }, sizes: sizes),
  Scene(name: "activity-empty", make: { activity($0, []) }, sizes: sizes),
  Scene(
    name: "activity-failed",
    make: { size in
      var state = activity(size, nil)
      state.take(.activityNotLoaded(request: 1, "journal.db: it is held by another process."))
      return state
    }, sizes: [Size(columns: 80, rows: 24)]),
]
