import Foundation
import PartnerModel
import Synchronization

@testable import PartnerContext

/// Defender's service in memory: it takes every write, closes alerts together with their incident, and fails where a test
/// wants it to.
final class PlayedService: HTTPTransport {
  /// An incident or an alert.
  struct Thing: Sendable {
    var fields: [String: JSONNode]
    var comments: [JSONNode] = []
  }

  /// How a request ends that fails.
  enum Failure: Sendable {
    /// No connection: nothing left.
    case unsent
    /// The request was sent, the connection is gone, nothing was done.
    case lostBefore
    /// The same after everything was done.
    case lostAfter
    /// Nothing is done, and this is answered.
    case answer(Int, String)
    /// Everything is done, and this is answered.
    case doneAndAnswer(Int, String)
  }

  struct World: Sendable {
    var incidents: [String: Thing] = [:]
    var alerts: [String: Thing] = [:]
    /// Seconds since the service began.
    var clock = 0
    /// Writes that arrived, and how many of them took effect.
    var writes: [String] = []
    var effects = 0
    var failure: Failure?
    /// How many writes fail; 0 for all.
    var times = 1
    var readFailure: Failure?
    /// Whether the service fails to expand alerts.
    var failsToExpand = false
    /// Who writes.
    var writer = "partner-console"
    /// Called when a write has arrived, before anything is done.
    var arrival: (@Sendable (inout World) -> Void)?
    /// Whether a comment is answered with itself alone.
    var answersAlone = false
    /// What the token allows.
    var roles = ["SecurityIncident.ReadWrite.All", "SecurityAlert.ReadWrite.All", "SecurityData.Manage.All"]

    mutating func now() -> JSONNode {
      clock += 1
      return .string(Timestamp(Date(timeIntervalSince1970: 1_790_000_000 + Double(clock))).description)
    }
  }

  private let world: Mutex<World>

  /// Incidents 1, 2 and 3; the first has the alerts `a1` and `a2`, the second `b1`.
  init() {
    var world = World()
    for id in ["1", "2", "3"] {
      world.incidents[id] = Thing(fields: [
        "id": .string(id), "displayName": .string("Incident \(id)"), "status": .string("active"),
        "severity": .string("high"), "customTags": .strings(["theirs"]), "createdDateTime": world.now(),
        "lastUpdateDateTime": world.now(), "lastModifiedBy": .string("Microsoft 365 Defender"),
      ])
    }
    for (id, incident) in [("a1", "1"), ("a2", "1"), ("b1", "2")] {
      world.alerts[id] = Thing(fields: [
        "id": .string(id), "incidentId": .string(incident), "title": .string("Alert \(id)"), "status": .string("new"),
        "severity": .string("high"), "createdDateTime": world.now(), "lastUpdateDateTime": world.now(),
      ])
    }
    self.world = Mutex(world)
  }

  /// Gives the first incident so many alerts more.
  func addAlerts(_ count: Int) {
    change { world in
      for number in 10..<10 + count {
        world.alerts["a\(number)"] = world.alerts["a1"]
        world.alerts["a\(number)"]?.fields["id"] = .string("a\(number)")
      }
    }
  }

  /// How the write fails that comes after so many others.
  func fail(_ failure: Failure, after count: Int) {
    @Sendable func wait(_ left: Int) -> @Sendable (inout World) -> Void {
      { world in if left == 0 { world.failure = failure } else { world.arrival = wait(left - 1) } }
    }
    change { $0.arrival = wait(count) }
  }

  func change(_ body: (inout World) -> Void) { world.withLock { body(&$0) } }
  var now: World { world.withLock { $0 } }

  /// What a colleague does at the portal.
  func edit(_ incident: String, by person: String = "ben@northwind-soc.example", _ fields: [String: JSONNode]) {
    change { world in
      world.incidents[incident]?.fields.merge(fields) { $1 }
      world.incidents[incident]?.fields["lastModifiedBy"] = .string(person)
      let moment = world.now()
      world.incidents[incident]?.fields["lastUpdateDateTime"] = moment
    }
  }

  func exchange(
    _ request: TransportRequest,
    receive: @escaping @Sendable (_ part: TransportPart) throws(TransportFailure) -> Void
  ) async throws(TransportFailure) {
    let answer = try answer(to: request).get()
    try receive(.head(status: answer.0, headers: [HeaderField("content-type", "application/json")]))
    try receive(.body(Array(answer.1.utf8)))
  }

  private func answer(to request: TransportRequest) -> Result<(Int, String), TransportFailure> {
    if request.target.hasSuffix("/oauth2/v2.0/token") {
      let tenant = String(request.target.split(separator: "/").first ?? "")
      return .success(PlayedEntra.token(tenant, roles: now.roles))
    }
    let path = String(request.target.dropFirst("/v1.0/security/".count).prefix { $0 != "?" })
    let isExpanded = request.target.contains("expand")
    return world.withLock { world in
      if request.method == "GET" {
        if let failure = world.readFailure { return Self.fail(failure) { (500, "") } }
        if isExpanded, world.failsToExpand { return .success((500, "")) }
        return .success(world.read(path, isExpanded))
      }
      let body = if case .plain(let text) = request.body { text } else { "" }
      if case .unsent = world.failure {} else { world.writes.append("\(request.method) \(path) \(body)") }
      if let arrival = world.arrival {
        world.arrival = nil
        arrival(&world)
      }
      guard let failure = world.failure else { return .success(world.write(path, body)) }
      if world.times == 1 { world.failure = nil }
      if world.times > 0 { world.times -= 1 }
      return Self.fail(failure) { world.write(path, body) }
    }
  }

  private static func fail(
    _ failure: Failure, _ work: () -> (Int, String)
  ) -> Result<(Int, String), TransportFailure> {
    switch failure {
    case .unsent: return .failure(TransportFailure(.unreachable(.connectionRefused(host: "lab")), mayHaveLeft: false))
    case .lostBefore: return .failure(TransportFailure(.unreachable(.connectionLost(host: "lab")), mayHaveLeft: true))
    case .lostAfter:
      _ = work()
      return .failure(TransportFailure(.unreachable(.connectionLost(host: "lab")), mayHaveLeft: true))
    case .answer(let status, let body): return .success((status, body))
    case .doneAndAnswer(let status, let body):
      _ = work()
      return .success((status, body))
    }
  }
}

extension PlayedService.World {
  private static let notFound = (404, #"{"error":{"code":"NotFound","message":"No such thing."}}"#)

  func read(_ path: String, _ isExpanded: Bool) -> (Int, String) {
    let parts = path.split(separator: "/").map(String.init)
    let things = parts.first == "incidents" ? incidents : alerts
    guard parts.count == 2, let thing = things[parts[1]] else { return Self.notFound }
    var members = thing.members
    if isExpanded {
      let own = alerts.values.filter { $0.fields["incidentId"] == .string(parts[1]) }
      members.append(("alerts", .array(own.map { .object($0.members) })))
    }
    return (200, JSONNode.object(members).text(isPretty: false))
  }

  mutating func write(_ path: String, _ body: String) -> (Int, String) {
    let parts = path.split(separator: "/").map(String.init)
    guard let wish = try? JSONReader.read(body) else { return (400, "{}") }
    effects += 1
    switch (parts.first, parts.count) {
    case ("incidents", 2) where parts[1] == "mergeIncidents": return merge(wish)
    case ("alerts_v2", 2) where parts[1] == "moveAlerts": return move(wish)
    case ("incidents", 2): return patch(\.incidents, parts[1], wish)
    case ("alerts_v2", 2): return patch(\.alerts, parts[1], wish)
    case ("incidents", 3): return comment(\.incidents, parts[1], wish)
    case ("alerts_v2", 3): return comment(\.alerts, parts[1], wish)
    default: return Self.notFound
    }
  }

  private mutating func patch(
    _ things: WritableKeyPath<PlayedService.World, [String: PlayedService.Thing]>, _ id: String, _ wish: JSONNode
  ) -> (Int, String) {
    guard self[keyPath: things][id] != nil else { return Self.notFound }
    let (moment, writer) = (now(), JSONNode.string(writer))
    for member in wish.members ?? [] { self[keyPath: things][id]?.fields[member.key] = member.value }
    self[keyPath: things][id]?.fields["lastUpdateDateTime"] = moment
    self[keyPath: things][id]?.fields["lastModifiedBy"] = writer
    let isIncident = self[keyPath: things][id]?.fields["incidentId"] == nil
    let answer =
      self[keyPath: things][id].map { (200, JSONNode.object($0.members).text(isPretty: false)) } ?? Self.notFound
    guard isIncident, wish["status"]?.string == "resolved" else { return answer }
    for alert in alerts.keys where alerts[alert]?.fields["incidentId"] == .string(id) {
      alerts[alert]?.fields["status"] = .string("resolved")
      alerts[alert]?.fields["resolvedDateTime"] = moment
      alerts[alert]?.fields["lastUpdateDateTime"] = moment
    }
    return answer
  }

  private mutating func comment(
    _ things: WritableKeyPath<PlayedService.World, [String: PlayedService.Thing]>, _ id: String, _ wish: JSONNode
  ) -> (Int, String) {
    guard self[keyPath: things][id] != nil, let text = wish["comment"] else { return Self.notFound }
    let moment = now()
    let new = JSONNode.object([
      ("comment", text), ("createdByDisplayName", .string(writer)), ("createdDateTime", moment),
    ])
    self[keyPath: things][id]?.comments.append(new)
    self[keyPath: things][id]?.fields["lastUpdateDateTime"] = moment
    if answersAlone { return (201, new.text(isPretty: false)) }
    return (200, JSONNode.object([("value", .array(self[keyPath: things][id]?.comments ?? []))]).text(isPretty: false))
  }

  private mutating func merge(_ wish: JSONNode) -> (Int, String) {
    let ids = (wish["incidentIds"]?.array ?? []).compactMap(\.string).sorted()
    guard let target = ids.first else { return Self.notFound }
    for id in ids.dropFirst() {
      incidents[id]?.fields["status"] = .string("redirected")
      incidents[id]?.fields["redirectIncidentId"] = .string(target)
    }
    return (200, #"{"targetIncidentId":"\#(target)"}"#)
  }

  private mutating func move(_ wish: JSONNode) -> (Int, String) {
    guard let target = wish["incidentId"]?.string else { return Self.notFound }
    for id in (wish["alertIds"]?.array ?? []).compactMap(\.string) {
      alerts[id]?.fields["incidentId"] = .string(target)
    }
    return (200, #"{"targetIncidentId":"\#(target)"}"#)
  }
}

extension PlayedService.Thing {
  var members: [(String, JSONNode)] {
    fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } + [("comments", .array(comments))]
  }

  func text(_ field: String) -> String? { fields[field]?.string }
}
