import FoundationEssentials

extension LabFault {
  /// Reads the array of `POST /lab/faults`.
  ///
  /// - Throws: `ControlProblem` naming the entry and what is wrong in it.
  static func read(_ body: [UInt8]) throws -> [LabFault] {
    guard let items = JsonValue.parse(body)?.items else { throw ControlProblem(text: "The body is not an array.") }
    return try items.enumerated().map { index, item in
      guard let members = item.members else { throw ControlProblem(text: "Fault \(index) is not an object.") }
      do {
        return try read(members)
      } catch let problem as ControlProblem {
        throw ControlProblem(text: "Fault \(index): \(problem.text)")
      }
    }
  }

  private static func read(_ members: [String: JsonValue]) throws -> LabFault {
    let known: Set<String> = [
      "tenant", "route", "times", "status", "headers", "body", "bodyBase64", "delayMs", "reset", "truncateAfter",
      "bytesPerSecond",
    ]
    if let unknown = members.keys.first(where: { !known.contains($0) }) {
      throw ControlProblem(text: "'\(unknown)' is not known.")
    }
    let kinds = ["status", "delayMs", "reset", "truncateAfter", "bytesPerSecond"].filter { members[$0] != nil }
    guard kinds.count == 1 else {
      throw ControlProblem(text: "exactly one of status, delayMs, reset, truncateAfter, bytesPerSecond is needed.")
    }
    var fault = LabFault(try effect(kinds[0], members))
    if let tenant = members["tenant"] {
      guard let text = tenant.text else { throw ControlProblem(text: "'tenant' must be a GUID or *.") }
      fault.tenant = text
    }
    if let route = members["route"] {
      guard let text = route.text, routes.contains(text) else {
        throw ControlProblem(text: "'route' must be one of \(routes.joined(separator: ", ")).")
      }
      fault.route = text
    }
    if members["times"] != nil { fault.times = try number("times", members) }
    return fault
  }

  private static func effect(_ kind: String, _ members: [String: JsonValue]) throws -> Effect {
    switch kind {
    case "delayMs": return .delay(milliseconds: try number(kind, members))
    case "truncateAfter": return .truncate(after: try number(kind, members))
    case "bytesPerSecond": return .trickle(bytesPerSecond: max(1, try number(kind, members)))
    case "reset":
      switch members[kind]?.text {
      case "before": return .resetBefore
      case "after": return .resetAfter
      default: throw ControlProblem(text: "'reset' must be before or after.")
      }
    default:
      let status = try number("status", members)
      guard (200...999).contains(status) else { throw ControlProblem(text: "'status' must be 200 to 999.") }
      var headers: [String: String] = [:]
      for (name, value) in members["headers"]?.members ?? [:] {
        guard let text = value.text else { throw ControlProblem(text: "the header '\(name)' must be a text.") }
        headers[name] = text
      }
      guard let encoded = members["bodyBase64"] else {
        return .answer(status: status, headers: headers, body: text(members["body"] ?? .string("")))
      }
      guard let data = encoded.text.flatMap({ Data(base64Encoded: $0) }), members["body"] == nil else {
        throw ControlProblem(text: "'bodyBase64' must be base64, and stand without 'body'.")
      }
      return .bytes(status: status, headers: headers, body: Array(data))
    }
  }

  /// A text is sent as it is, anything else as JSON.
  private static func text(_ body: JsonValue) -> String {
    if let text = body.text { return text }
    var json = JsonWriter()
    body.write(to: &json)
    return String(decoding: json.bytes, as: UTF8.self)
  }

  private static func number(_ name: String, _ members: [String: JsonValue]) throws -> Int {
    guard let number = members[name]?.integer, number >= 0 else {
      throw ControlProblem(text: "'\(name)' must be a whole number, zero or more.")
    }
    return number
  }
}
