import Synchronization

/// What the app knows of an incident or an alert once an answer has reached it.
struct Sight: Sendable {
  enum Subject: Hashable, Sendable { case incident(Int), alert(AlertKey) }

  var subject: Subject
  var at: Moment
  var tags: [String]
  /// It came with the answer to the app's own write rather than with a read.
  var isOfWrite: Bool

  init(of subject: Subject, at time: Moment, tags: [String] = [], isOfWrite: Bool = false) {
    self.subject = subject
    at = time
    self.tags = tags
    self.isOfWrite = isOfWrite
  }
}

/// A write that the service may have taken, as far as the app can know before it reads.
struct Attempt {
  enum Kind { case change, comment, merge, move }

  var kind: Kind
  var requestID: String?
  var body: [UInt8]
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
    if delivery.arrives, !delivery.answer.sights.isEmpty {
      room.state.withLock { state in
        for sight in delivery.answer.sights {
          state.lastSights[sight.subject] = sight
          if !sight.isOfWrite { state.attempts[sight.subject] = nil }
        }
      }
    }
    guard request.method != "GET", !delivery.isRefusal, let (kind, subjects) = write(request, route, segments, room)
    else { return }
    let attempt = Attempt(kind: kind, requestID: request.clientRequestID, body: request.body)
    room.state.withLock { state in
      for subject in subjects { state.attempts[subject, default: []].append(attempt) }
    }
  }

  /// What a request would change, by its route; nil where it is no write of incidents or alerts.
  private func write(
    _ request: LabRequest, _ route: String, _ segments: [String], _ room: TenantRoom
  ) -> (Attempt.Kind, [Sight.Subject])? {
    switch route {
    case "incidents.update": (.change, room.incident(segments[3]))
    case "comments.add": (.comment, room.incident(segments[3]))
    case "alerts.update": (.change, room.alert(segments[3]))
    case "alerts.comments": (.comment, room.alert(segments[3]))
    case "incidents.merge":
      (.merge, JsonValue.parse(request.body)?.members?["incidentIds"]?.texts?.flatMap(room.incident) ?? [])
    case "alerts.move":
      (.move, JsonValue.parse(request.body)?.members?["alertIds"]?.texts?.flatMap(room.alert) ?? [])
    default: nil
    }
  }

  /// Whether the app sends a merge or a move again of which it has read nothing since.
  func isBlindRepeat(
    _ request: LabRequest, as kind: Attempt.Kind, of subjects: [Sight.Subject], _ state: TenantRoom.State
  ) -> Bool {
    subjects.allSatisfy { isBlindRepeat(request, of: state.attempts[$0] ?? [], as: kind) }
  }

  /// Whether the app sends again what may have taken effect, without having read in between.
  func isBlindRepeat(_ request: LabRequest, of attempts: [Attempt], as kind: Attempt.Kind) -> Bool {
    let own = attempts.filter { $0.kind == kind }
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

extension TenantRoom {
  /// The incident of this tenant that an id names, if it names one.
  fileprivate func incident(_ id: String) -> [Sight.Subject] {
    Int(id).flatMap(incidentNumber).map { [.incident($0)] } ?? []
  }

  /// The alert of this tenant that an id names, if it names one.
  fileprivate func alert(_ id: String) -> [Sight.Subject] { alertKey(id).map { [.alert($0)] } ?? [] }

  func alertKey(_ id: String) -> AlertKey? {
    guard let (incidentID, index) = Alert.parse(id), let number = incidentNumber(incidentID) else { return nil }
    return AlertKey(incident: number, index: index)
  }
}
