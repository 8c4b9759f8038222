import Synchronization

/// What the app knows of an incident once an answer has reached it.
struct Sight: Sendable {
  var incident: Int
  var at: Moment
  var tags: [String]
  /// It came with the answer to the app's own write rather than with a read.
  var isOfWrite = false
}

/// A write that the service may have taken, as far as the app can know before it reads.
struct Attempt {
  var requestID: String?
  var body: [UInt8]
  var isComment: Bool
}

extension LabWorld {
  /// Records what an identified caller does wrong, and counts the request.
  ///
  /// - Returns: seconds to wait when the request is one too many.
  func judged(
    _ request: LabRequest, _ segments: [String], lane: Lane, _ identified: Caller, requestID: String
  ) -> Int? {
    guard identified.refusal == nil, let room = identified.room else { return nil }
    if request.path.hasPrefix("/v1.0/security/") && !identified.includesUnknownMembers {
      record(.missingPrefer, room, "\(request.method) \(request.path)", requestID: requestID)
    }
    if segments.count > 3, segments[1] == "security", let owner = stranger(segments[3], in: segments[2], to: room) {
      record(
        .crossTenantId, room, "\(segments[2])/\(segments[3]) belongs to \(owner.tenant.id)", requestID: requestID)
    }
    for (name, value) in formFields(request.query) ?? [] where name.lowercased() == "$skiptoken" {
      guard let number = SkipToken.read(value, for: room)?.foreign else { continue }
      let owner = rooms.indices.contains(number - 1) ? rooms[number - 1].tenant.id : "an unknown tenant"
      record(.crossTenantLink, room, "a page link of \(owner) was followed", requestID: requestID)
    }
    let now = limitNow()
    let wait = room.state.withLock { $0.traffic.admit(lane, at: now) }
    if wait != nil { record(.overLimit, room, "more requests on \(lane) than allowed", requestID: requestID) }
    return wait
  }

  /// The other tenant whose incident or alert an id names.
  private func stranger(_ id: String, in collection: String, to room: TenantRoom) -> TenantRoom? {
    guard let number = collection == "alerts_v2" ? Alert.parse(id)?.incident : Int(id),
      room.incidentNumber(number) == nil
    else { return nil }
    return rooms.first { $0.incidentNumber(number) != nil }
  }

  /// Keeps what the app has seen by an answer that arrives, and what it may have changed by one that tells nothing.
  func remember(
    _ delivery: Delivery, of request: LabRequest, route: String, _ segments: [String], in room: TenantRoom
  ) {
    if let sight = delivery.answer.sight, delivery.arrives {
      room.state.withLock { state in
        state.lastSights[sight.incident] = sight
        if !sight.isOfWrite { state.attempts[sight.incident] = nil }
      }
    }
    guard route == "incidents.update" || route == "comments.add", !delivery.isRefusal,
      let number = Int(segments[3]).flatMap(room.incidentNumber)
    else { return }
    let attempt = Attempt(
      requestID: request.clientRequestID, body: request.body, isComment: route == "comments.add")
    room.state.withLock { $0.attempts[number, default: []].append(attempt) }
  }

  /// Whether the app sends again what may have taken effect, without having read in between.
  func isBlindRepeat(_ request: LabRequest, of attempts: [Attempt], isComment: Bool) -> Bool {
    let own = attempts.filter { $0.isComment == isComment }
    if let requestID = request.clientRequestID, own.contains(where: { $0.requestID == requestID }) { return true }
    return own.last?.body == request.body
  }
}

extension Delivery {
  /// Whether the app gets the whole answer.
  fileprivate var arrives: Bool {
    switch manner {
    case .whole, .trickled: answer.status == 200
    case .reset, .truncated, .silent: false
    }
  }

  /// Whether the answer says plainly that nothing was done (a time-out, 408, does not).
  fileprivate var isRefusal: Bool { manner != .reset && (400..<500).contains(answer.status) && answer.status != 408 }
}
