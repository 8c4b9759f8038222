import FoundationEssentials
import Synchronization

/// A control body that cannot be used, with what is wrong in it.
struct ControlProblem: Error {
  var text: String

  /// A whole number from zero up to `most`.
  static func number(_ value: JsonValue?, _ name: String, most: Int) throws -> Int {
    guard let number = value?.integer, (0...most).contains(number) else {
      throw ControlProblem(text: "'\(name)' must be a whole number from 0 to \(most).")
    }
    return number
  }
}

extension LabWorld {
  /// `/lab/…`: the hands of tests and demos. Only for callers that name a loopback host.
  func control(_ request: LabRequest, _ path: [String]) -> LabAnswer {
    guard isLoopback(request.header("Host") ?? "") else {
      return message("The control routes answer on loopback only.", status: 403)
    }
    do {
      switch (request.method, path.first, path.count) {
      case ("GET", "state", 1): return .json(stateBody())
      case ("GET", "violations", 1): return .json(violationsBody())
      case ("GET", "issuer", 2...):
        return openIDProvider(Array(path.dropFirst())) ?? message("No such control route.", status: 404)
      case ("POST", "faults", 1): try add(faults: LabFault.read(request.body))
      case ("POST", "faults", 2) where path[1] == "random": try fail(request.body)
      case ("DELETE", "faults", 1): clearFaults()
      case ("POST", "tick", 1): try tick(request.body)
      case ("POST", "retention", 1): try changeRetention(request.body)
      case ("POST", "tenants", 4) where path[2] == "incidents":
        try editIncident(path[3], try controlled(path[1]), request.body)
      case ("DELETE", "tenants", 4) where path[2] == "incidents":
        try deleteIncident(path[3], try controlled(path[1]))
      case ("POST", "tenants", 4) where path[2] == "alerts":
        try editAlert(path[3], try controlled(path[1]), request.body)
      case ("POST", "tenants", 3) where path[2] == "consent": try changeConsent(path[1], request.body)
      case ("POST", "tenants", 3) where path[2] == "refusal": try refuse(path[1], request.body)
      case ("POST", "tenants", 3) where path[2] == "cloud": try move(path[1], request.body)
      case ("POST", "people", 1): try answerPages(request.body)
      case ("POST", "device", 1): try decideDevice(request.body)
      case ("POST", "users", 2): try changeUser(path[1], request.body)
      case ("POST", "users", 3) where path[2] == "revoke":
        try controlledUser(path[1])
        change(path[1]) { $0.revocations += 1 }
      case ("POST", "tenants", 3) where path[2] == "access": try changeAccess(try controlled(path[1]), request.body)
      case ("POST", "tenants", 3) where path[2] == "claims": try challenge(try controlled(path[1]), request.body)
      case ("DELETE", "tenants", 3) where path[2] == "claims":
        try controlled(path[1]).state.withLock { $0.challenge = nil }
      case ("DELETE", "tenants", 3) where path[2] == "refusal": stopRefusing(try controlled(path[1]))
      default: return message("No such control route.", status: 404)
      }
      return .noContent
    } catch let problem as ControlProblem {
      return message(problem.text, status: 400)
    } catch {
      return message("\(error)", status: 500)
    }
  }

  private func message(_ text: String, status: Int) -> LabAnswer {
    .json(jsonObject { $0.field("message", text) }, status: status)
  }

  private func isLoopback(_ host: String) -> Bool {
    let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } + "]" : host.prefix { $0 != ":" }
    return ["127.0.0.1", "localhost", "[::1]"].contains(name.lowercased())
  }

  private func stateBody() -> [UInt8] {
    jsonObject(reserving: rooms.count * 256) { json in
      json.array("tenants") { json in
        for tenant in tenantStates() {
          json.object { json in
            json.field("id", tenant.id)
            json.field("name", tenant.name)
            json.field("scenario", tenant.scenario.rawValue)
            json.object("requests") { json in
              for (route, count) in tenant.requests.sorted(by: { $0.key < $1.key }) {
                json.name(route)
                json.number(count)
              }
            }
            json.field("tokensIssued", tenant.tokensIssued)
            json.field("writes", tenant.writes)
            json.field("comments", tenant.comments)
          }
        }
      }
    }
  }

  private func violationsBody() -> [UInt8] {
    var json = JsonWriter()
    json.array { json in
      for violation in violations() {
        json.object { json in
          json.field("time", Moment(violation.time))
          json.field("tenant", violation.tenant)
          json.field("kind", violation.kind.rawValue)
          json.field("detail", violation.detail)
          json.field("requestId", violation.requestID)
        }
      }
    }
    return json.bytes
  }

  private func tick(_ body: [UInt8]) throws {
    let fields = try ControlFields(
      body, known: ["seconds", "newIncidents", "edits", "tenant", "late", "sameTime"])
    let only = try fields["tenant"].map { value in
      guard let room = value.text.flatMap(room) else { throw ControlProblem(text: "'tenant' is not a tenant here.") }
      return room
    }
    var tick = LabTick(seconds: try fields.number("seconds", most: 366 * 86_400) ?? 0)
    guard hasTimeLeft(tick.seconds) else { throw ControlProblem(text: "The lab's time has gone as far as it can.") }
    tick.newIncidents = try fields.number("newIncidents", most: 10_000) ?? 0
    tick.edits = try fields.number("edits", most: 10_000) ?? 0
    guard (tick.newIncidents + tick.edits) * (only == nil ? rooms.count : 1) <= 1_000_000 else {
      throw ControlProblem(text: "'newIncidents' and 'edits' come to more than 1000000 in all tenants together.")
    }
    tick.late = try fields.number("late", most: 86_400) ?? 0
    tick.sameTime = try fields.flag("sameTime") ?? false
    self.tick(tick, only: only)
  }

  func controlled(_ tenant: String) throws -> TenantRoom {
    guard let room = room(tenant) else { throw ControlProblem(text: "'\(tenant)' is not a tenant here.") }
    return room
  }

  private func refuse(_ tenant: String, _ body: [UInt8]) throws {
    let room = try controlled(tenant)
    guard let members = JsonValue.parse(body)?.members, let code = members["code"]?.integer else {
      throw ControlProblem(text: "'code' must be an AADSTS number.")
    }
    func flag(_ name: String, without: Bool) throws -> Bool {
      switch members[name] {
      case nil: return without
      case .bool(let value): return value
      default: throw ControlProblem(text: "'\(name)' must be true or false.")
      }
    }
    if let unknown = members.keys.sorted().first(where: { !["code", "texts", "codes"].contains($0) }) {
      throw ControlProblem(text: "'\(unknown)' is not known: code, texts, codes.")
    }
    let (texts, codes) = (try flag("texts", without: false), try flag("codes", without: true))
    guard codes || !texts else { throw ControlProblem(text: "'texts' needs codes.") }
    guard refuse(room, code: code, told: texts ? .texts : codes ? .numbers : .absent) else {
      throw ControlProblem(text: "\(code) is no number that the lab knows.")
    }
  }

  private func move(_ tenant: String, _ body: [UInt8]) throws {
    let room = try controlled(tenant)
    guard let cloud = JsonValue.parse(body)?.members?["cloud"]?.text.flatMap(LabCloud.init(rawValue:)) else {
      throw ControlProblem(text: "'cloud' must be one of \(LabCloud.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    room.state.withLock { $0.cloud = cloud }
  }

  private func changeConsent(_ tenant: String, _ body: [UInt8]) throws {
    let room = try controlled(tenant)
    let members = JsonValue.parse(body)?.members
    let lag = try members?["lagSeconds"].map { try ControlProblem.number($0, "lagSeconds", most: 86_400) }
    if let lag { room.state.withLock { $0.consentLag = lag } }
    // The lag alone is for what an administrator does on a page.
    if lag != nil, members?.count == 1 { return }
    guard let members, let action = members["action"]?.text.flatMap(LabConsentAction.init(rawValue:)) else {
      let known = LabConsentAction.allCases.map(\.rawValue).joined(separator: ", ")
      throw ControlProblem(text: "'action' must be one of \(known).")
    }
    guard room.scenario != .tenantNotFound else {
      throw ControlProblem(text: "'\(tenant)' plays a tenant that does not exist: nobody there can consent.")
    }
    if let roles = members["roles"], roles.texts == nil { throw ControlProblem(text: "'roles' must be texts.") }
    changeConsent(room, action, roles: members["roles"]?.texts)
  }
}
