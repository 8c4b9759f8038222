import FoundationEssentials
import PartnerModel

// The small typed values of an entry, as JSON text: readable with any SQLite tool.

extension IncidentImage {
  var json: String {
    JSONNode.object(["status": .string(status.wire), "assignedTo": .string(assignedTo)]).text(isPretty: false)
  }

  init?(json: String) {
    guard let node = try? JSONReader.read(json), let status = node["status"]?.string else { return nil }
    self.init(status: IncidentStatus(wire: status), assignedTo: node["assignedTo"]?.string)
  }
}

extension IncidentUpdate {
  /// Only what is set is a key; `null` for `assignedTo` gives the incident to nobody.
  var json: String {
    let assignee: JSONNode? =
      switch assignment {
      case nil: nil
      case .nobody: .null
      case .to(let upn): .string(upn)
      }
    let object: JSONNode =
      switch (status, assignee) {
      case (let status?, let assignee?): .object(["status": .string(status.wire), "assignedTo": assignee])
      case (let status?, nil): .object(["status": .string(status.wire)])
      case (nil, let assignee?): .object(["assignedTo": assignee])
      case (nil, nil): .object([:])
      }
    return object.text(isPretty: false)
  }

  init?(json: String) {
    guard let node = try? JSONReader.read(json), node.members != nil else { return nil }
    let assigned = node["assignedTo"]
    self.init(
      status: node["status"]?.string.map { IncidentStatus(wire: $0) },
      assignment: assigned.map { $0.string.map { .to($0) } ?? .nobody })
  }
}

extension Problem {
  var json: String {
    JSONNode.object([
      "cause": .string(cause), "error": .string(error), "code": .number(code),
      "correlationId": .string(correlationID), "requestId": .string(requestID),
      "at": .number(at.map { Int($0.microseconds) }), "nextAction": .string(nextAction),
      "whoActs": .string(whoActs?.rawValue), "summary": .string(summary), "message": .string(message),
    ]).text(isPretty: false)
  }

  init?(json: String) {
    guard let node = try? JSONReader.read(json), let cause = node["cause"]?.string,
      let nextAction = node["nextAction"]?.string
    else { return nil }
    self.init(
      cause: cause, error: node["error"]?.string, code: node["code"]?.integer.map { Int($0) },
      correlationID: node["correlationId"]?.string, requestID: node["requestId"]?.string,
      at: node["at"]?.integer.map { Date(microseconds: $0) }, nextAction: nextAction,
      whoActs: node["whoActs"]?.string.flatMap { WhoActs(rawValue: $0) }, summary: node["summary"]?.string,
      message: node["message"]?.string)
  }
}

extension JSONNode {
  var integer: Int64? { if case .number(let digits) = value { Int64(digits) } else { nil } }
}
