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
      "bytesPerSecond", "silent", "partial", "expanded",
    ]
    if let unknown = members.keys.sorted().first(where: { !known.contains($0) }) {
      throw ControlProblem(text: "'\(unknown)' is not known.")
    }
    let kinds = ["status", "delayMs", "reset", "truncateAfter", "bytesPerSecond", "silent", "partial"].filter {
      members[$0] != nil
    }
    guard kinds.count == 1 else {
      throw ControlProblem(
        text: "exactly one of status, delayMs, reset, truncateAfter, bytesPerSecond, silent, partial is needed.")
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
    if let expanded = members["expanded"] {
      guard case .bool(let flag) = expanded else { throw ControlProblem(text: "'expanded' must be true or false.") }
      fault.onlyExpanded = flag
    }
    if members["times"] != nil { fault.times = try ControlProblem.number(members["times"], "times", most: 1_000_000) }
    return fault
  }

  private static func effect(_ kind: String, _ members: [String: JsonValue]) throws -> Effect {
    switch kind {
    case "delayMs": return .delay(milliseconds: try ControlProblem.number(members[kind], kind, most: 3_600_000))
    case "truncateAfter":
      return .truncate(after: try ControlProblem.number(members[kind], kind, most: 1_000_000_000))
    case "bytesPerSecond":
      let rate = try ControlProblem.number(members[kind], kind, most: fastestTrickle)
      return .trickle(bytesPerSecond: max(1, rate))
    case "partial":
      guard let text = members[kind]?.text, !text.contains("\"") else {
        throw ControlProblem(text: "'partial' must be a text like Microsoft/Provider/504/10000.")
      }
      return .partial(warning: text)
    case "silent":
      guard members[kind] == .bool(true) else { throw ControlProblem(text: "'silent' must be true.") }
      return .silence
    case "reset":
      switch members[kind]?.text {
      case "before": return .resetBefore
      case "after": return .resetAfter
      default: throw ControlProblem(text: "'reset' must be before or after.")
      }
    default:
      let status = try ControlProblem.number(members[kind], kind, most: 999)
      guard status >= 200 else { throw ControlProblem(text: "'status' must be 200 to 999.") }
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
}
