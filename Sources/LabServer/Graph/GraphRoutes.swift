import FoundationEssentials
import Synchronization

extension LabWorld {
  static let readIncidents = ["SecurityIncident.Read.All", "SecurityIncident.ReadWrite.All"]
  static let writeIncidents = ["SecurityIncident.ReadWrite.All"]
  /// Incident permissions were seen to suffice for alerts.
  static let readAlerts = [
    "SecurityAlert.Read.All", "SecurityAlert.ReadWrite.All", "SecurityIncident.Read.All",
    "SecurityIncident.ReadWrite.All",
  ]

  static let writeAlerts = ["SecurityAlert.ReadWrite.All"]

  /// Answers `/v1.0/…`: who calls, how the request is to be judged, whether something is made to fail, then the
  /// operation; in the end, what the app knows by the answer if it arrives.
  func graph(_ request: LabRequest, _ path: [String]) -> Delivery {
    let segments = path.map(Self.unqualified)
    let route = routeName(request, segments)
    let identified = caller(request)
    let room = identified.room
    let requestID = room?.nextRequestID() ?? anonymousRequestID()
    let lane: Lane =
      ["directory", "relations", "me"].contains(route) ? .directory : route.hasPrefix("alerts") ? .alerts : .incidents
    room?.state.withLock { $0.requests[route, default: 0] += 1 }
    notePatience(room, lane: lane, request, requestID: requestID)
    // Before any fault answers: what a request does wrong, it does whatever becomes of it.
    let wait = judged(request, segments, lane: lane, identified, requestID: requestID)
    var delivery = faulted(room, route: route, query: request.query, requestID: requestID) {
      let answer = self.graphAnswer(request, segments, wait: wait, identified, requestID)
      return self.dressed(answer, request, requestID: requestID)
    }
    if let room, delivery.manner == .whole { applyScenario(room, request, requestID: requestID, to: &delivery) }
    rememberPark(room, lane: lane, request, delivery)
    if let room, identified.refusal == nil { remember(delivery, of: request, route: route, segments, in: room) }
    return delivery
  }

  /// An action's own name: Graph knows each by this one and by the one with its namespace before it.
  private static func unqualified(_ segment: String) -> String {
    let namespace = "microsoft.graph.security."
    return segment.hasPrefix(namespace) ? String(segment.dropFirst(namespace.count)) : segment
  }

  private func graphAnswer(
    _ request: LabRequest, _ segments: [String], wait: Int?, _ identified: Caller, _ requestID: String
  ) -> LabAnswer {
    do {
      if let refusal = identified.refusal { throw refusal }
      guard let room = identified.room else { throw GraphRefusal.token("Access token validation failure.") }
      if let wait { throw GraphRefusal.tooManyRequests(wait) }
      try keepBusy(room)
      let call = GraphCall(
        room: room, request: request, roles: identified.roles, person: identified.person,
        spelling: Spelling(includesUnknownMembers: identified.includesUnknownMembers), requestID: requestID,
        origin: shared.withLock { $0.origin })
      return try operation(call, segments)
    } catch let refusal as GraphRefusal {
      return refusal.answer(requestID: requestID, clientRequestID: clientRequestID(request, requestID), at: dataNow())
    } catch {
      return LabAnswer(status: 500)
    }
  }

  private func operation(_ call: GraphCall, _ segments: [String]) throws -> LabAnswer {
    guard segments.first == "v1.0", segments.count > 1 else {
      throw GraphRefusal.unknownSegment(segments.last ?? "")
    }
    let path = Array(segments.dropFirst())
    if let answer = try directory(call, path) ?? partner(call, path) ?? me(call, path) { return answer }
    guard segments[1] == "security", segments.count > 2 else { throw GraphRefusal.unknownSegment(segments[1]) }
    switch (segments[2], segments.count, call.request.method) {
    case ("incidents", 3, "GET"): return try listIncidents(call)
    case ("incidents", 4, "GET") where segments[3] == "$count": return try countIncidents(call)
    case ("incidents", 4, "POST") where segments[3] == "mergeIncidents": return try mergeIncidents(call)
    case ("incidents", 4, "GET"): return try getIncident(call, segments[3])
    case ("incidents", 4, "PATCH"): return try updateIncident(call, segments[3])
    case ("incidents", 5, "POST") where segments[4] == "comments": return try addComment(call, segments[3])
    case ("incidents", 5, "GET") where segments[4] == "alerts":
      return try listAlerts(call, ofIncident: segments[3])
    case ("incidents", 6, "GET") where segments[4] == "alerts" && segments[5] == "$count":
      return try countAlerts(call, ofIncident: segments[3])
    case ("alerts_v2", 3, "GET"): return try listAlerts(call)
    case ("alerts_v2", 4, "GET") where segments[3] == "$count": return try countAlerts(call)
    case ("alerts_v2", 5, "GET") where segments[4] == "comments": return try alertComments(call, segments[3])
    case ("alerts_v2", 5, "POST") where segments[4] == "comments": return try addAlertComments(call, segments[3])
    case ("alerts_v2", 4, "POST") where segments[3] == "moveAlerts": return try moveAlerts(call)
    case ("alerts_v2", 4, "GET"): return try getAlert(call, segments[3])
    case ("alerts_v2", 4, "PATCH"): return try updateAlert(call, segments[3])
    case ("incidents", 3...4, let method) where method != "GET": throw GraphRefusal.method(method)
    case ("alerts_v2", 3...4, let method) where method != "GET": throw GraphRefusal.method(method)
    default: throw GraphRefusal.unknownSegment(segments.count > 4 ? segments[4] : segments[2])
    }
  }

  /// The names under which faults and counters know the operations.
  private func routeName(_ request: LabRequest, _ segments: [String]) -> String {
    guard segments.count > 1, segments[1] == "security" else { return directoryRouteName(segments) }
    guard segments.count > 2 else { return "other" }
    switch (segments[2], segments.count, request.method) {
    case ("incidents", 3, _): return "incidents.list"
    case ("incidents", 4, "PATCH"): return "incidents.update"
    case ("incidents", 4, "POST") where segments[3] == "mergeIncidents": return "incidents.merge"
    case ("incidents", 4, _) where segments[3] == "$count": return "incidents.count"
    case ("incidents", 4, _): return "incidents.get"
    case ("incidents", 5, "POST"): return "comments.add"
    case ("incidents", 5...6, "GET") where segments[4] == "alerts": return "alerts.ofIncident"
    case ("alerts_v2", 3, _): return "alerts.list"
    case ("alerts_v2", 4, _) where segments[3] == "$count": return "alerts.count"
    case ("alerts_v2", 5, _): return "alerts.comments"
    case ("alerts_v2", 4, "PATCH"): return "alerts.update"
    case ("alerts_v2", 4, "POST"): return "alerts.move"
    case ("alerts_v2", 4, _): return "alerts.get"
    default: return "other"
    }
  }

  private func directoryRouteName(_ segments: [String]) -> String {
    switch segments.count > 1 ? segments[1] : "" {
    case "me": "me"
    case "tenantRelationships", "contracts": "relations"
    case let name where name.hasPrefix("servicePrincipals"): "directory"
    case "oauth2PermissionGrants", "organization": "directory"
    default: "other"
    }
  }

  /// A throttled tenant is too busy for three requests out of four.
  private func keepBusy(_ room: TenantRoom) throws {
    guard room.scenario == .throttled else { return }
    let isBusy = room.state.withLock { state in
      state.graphRequests += 1
      return state.graphRequests % 4 != 0
    }
    if isBusy { throw GraphRefusal.tooManyRequests(40) }
  }

  /// Failures by a fixed pattern, so that a run can be repeated.
  private func applyScenario(
    _ room: TenantRoom, _ request: LabRequest, requestID: String, to delivery: inout Delivery
  ) {
    switch room.scenario {
    case .slow: delivery.delayMilliseconds += 2500
    case .flaky:
      let count = room.state.withLock { state in
        state.graphRequests += 1
        return state.graphRequests
      }
      if count % 7 == 0 {
        delivery.manner = .truncated(delivery.answer.body.count / 2)
      } else if count % 3 == 0 {
        let refusal: GraphRefusal = count % 2 == 0 ? .serverError : .unavailable
        let answer = refusal.answer(
          requestID: requestID, clientRequestID: clientRequestID(request, requestID), at: dataNow())
        delivery.answer = dressed(answer, request, requestID: requestID)
      }
    default: break
    }
  }

  private static let graphContentType =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

  private func dressed(_ answer: LabAnswer, _ request: LabRequest, requestID: String) -> LabAnswer {
    var answer = answer
    if !answer.body.isEmpty, answer.header("Content-Type") == nil {
      answer.headers.append(("Content-Type", Self.graphContentType))
    }
    answer.headers += [
      ("Cache-Control", "no-cache"), ("request-id", requestID),
      ("client-request-id", clientRequestID(request, requestID)),
    ]
    if prefersUnknownMembers(request) && answer.status < 300 {
      answer.headers.append(("Preference-Applied", "include-unknown-enum-members"))
    }
    return answer
  }

  private func clientRequestID(_ request: LabRequest, _ requestID: String) -> String {
    request.clientRequestID ?? requestID
  }
}
