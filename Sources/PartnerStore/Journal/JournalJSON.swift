import FoundationEssentials
import PartnerModel

// The small typed values of an entry, as JSON text: readable with any SQLite tool.

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
