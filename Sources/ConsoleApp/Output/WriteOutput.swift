import ConsoleCore
import PartnerModel
import PartnerOperations
import SafeText

/// How writes, and requests that would be sent, are told to programs and to people.
enum WriteOutput {
  // MARK: Requests that would be sent

  static func json(_ requests: [PlannedRequest], on key: IncidentKey) -> JSONNode {
    .object([
      "tenantId": .string(key.tenant.rawValue), "id": .string(key.id.rawValue),
      "requests": .array(requests.map(json)),
    ])
  }

  static func json(_ request: PlannedRequest) -> JSONNode {
    .object([
      "method": .string(request.method), "path": .string(request.target),
      "body": (try? JSONReader.read(request.body)) ?? .string(request.body),
    ])
  }

  static let csvColumnsOfRequests: [CSV.Column] = ["method", "path", "body"]

  static func text(_ requests: [PlannedRequest]) -> String {
    requests.map { request in
      // JSON is written anew, so that nothing in it can steer a terminal.
      let body = (try? JSONReader.read(request.body))?.text() ?? SafeText(request.body).text
      return "\(SafeText("\(request.method) \(request.target)").text)\n\(body)\n"
    }.joined()
  }

  // MARK: What came of writes

  /// The first that was not done, else the first, at the top, as where there is only one; all of them in `writes`.
  static func json(_ writes: [IncidentWrite], on key: IncidentKey) -> JSONNode {
    let all = writes.map { json($0, on: key) }
    let first = writes.firstIndex { $0.state != .confirmed } ?? 0
    let members = all.indices.contains(first) ? all[first].members ?? [] : []
    return JSONNode(
      .object(members + [JSONNode.Member(key: "writes", keyPosition: .start, value: .array(all))]))
  }

  static func json(_ write: IncidentWrite, on key: IncidentKey) -> JSONNode {
    .object([
      "write": .string(write.id.rawValue),
      "tenantId": .string(key.tenant.rawValue),
      "id": .string(key.id.rawValue),
      "state": .string(write.isLeft ? "notSent" : write.state.rawValue),
      "error": .problem(write.problem),
      "action": ActionOutput.json(write.action),
      "requestId": .string(write.requestID),
      "conflict": write.conflict.map(json) ?? .null,
      "targetIncidentId": .string(write.survivor?.rawValue),
    ])
  }

  static let csvColumns: [CSV.Column] =
    ["write", "tenantId", "id", "state"] + TenantOutput.problemColumns("error") + [
      "action.type", "requestId", "conflict.by", "conflict.at", "conflict.fields.field", "conflict.fields.was",
      "conflict.fields.theirs", "conflict.fields.ours", "targetIncidentId",
    ]

  private static func json(_ conflict: IncidentConflict) -> JSONNode {
    .object([
      "by": .string(conflict.by), "at": .string(conflict.at?.description),
      "fields": .array(
        conflict.fields.map {
          .object([
            "field": .string($0.field.rawValue), "was": ActionOutput.json($0.was),
            "theirs": ActionOutput.json($0.theirs), "ours": ActionOutput.json($0.ours),
          ])
        }),
    ])
  }

  /// A line for each that was done.
  static func text(_ writes: [IncidentWrite], _ name: String) -> String {
    writes.filter { $0.state == .confirmed }.map { write in
      let detail = write.detail.map { ", \($0)" } ?? ""
      return SafeText("\(name): \(ActionOutput.words(write.action)): confirmed\(detail)").text + "\n"
    }.joined()
  }

  /// What was, what they made of it and what we wanted, a field to a line.
  static func lines(_ conflict: IncidentConflict) -> String {
    let who = [conflict.by.map(ActionOutput.oneLine), conflict.at?.description].compactMap(\.self)
      .joined(separator: ", ")
    let head = who.isEmpty ? [] : ["  changed by \(who)"]
    let fields = conflict.fields.map {
      let (was, theirs, ours) = (
        ActionOutput.oneLine($0.was.words), ActionOutput.oneLine($0.theirs.words), ActionOutput.oneLine($0.ours.words)
      )
      return "  \(spelledOut($0.field.rawValue).text): was \(was), theirs \(theirs), ours \(ours)"
    }
    return (head + fields).joined(separator: "\n")
  }

  static func cause(_ problem: Problem?) -> String { spelledOut(problem?.cause ?? "not settled").text }

  /// What an action is called in a sentence.
  static func noun(_ action: IncidentAction) -> String {
    switch action {
    case .update, .updateAlert: "the change"
    case .comment, .commentAlert: "the comment"
    case .merge: "the merge"
    case .moveAlerts: "the move"
    }
  }

  static func capitalNoun(_ action: IncidentAction) -> String {
    let noun = noun(action)
    return noun.prefix(1).uppercased() + noun.dropFirst()
  }
}
