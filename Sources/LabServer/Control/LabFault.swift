import Synchronization

/// Something that goes wrong on purpose, for a tenant and a route, a number of times.
package struct LabFault: Hashable, Sendable {
  package enum Effect: Hashable, Sendable {
    /// This answer instead of the real one.
    case answer(status: Int, headers: [String: String], body: String)
    /// The same with a body that need not be text, such as compressed or broken bytes.
    case bytes(status: Int, headers: [String: String], body: [UInt8])
    case delay(milliseconds: Int)
    /// The connection is reset and nothing was done.
    case resetBefore
    /// Everything was done, and the connection is reset instead of answering.
    case resetAfter
    /// The body ends, and the connection with it, after so many bytes.
    case truncate(after: Int)
    case trickle(bytesPerSecond: Int)
    /// Nothing ever comes, and the connection stays open.
    case silence
  }

  package static let routes = [
    "*", "token", "incidents.list", "incidents.get", "incidents.count", "incidents.update", "incidents.merge",
    "comments.add", "alerts.list", "alerts.get", "alerts.update", "alerts.move", "alerts.count", "alerts.comments",
    "alerts.ofIncident",
    "vault", "identity", "authorize", "devicecode", "adminconsent", "directory", "relations", "me",
  ]

  /// Bytes per second: beyond, trickling cannot be told from sending at once.
  package static let fastestTrickle = 1_000_000_000

  /// GUID, or `*` for all.
  package var tenant = "*"
  package var route = "*"
  /// How many requests are hit; 0 until the fault is deleted.
  package var times = 1
  package var effect: Effect

  package init(_ effect: Effect, tenant: String = "*", route: String = "*", times: Int = 1) {
    self.effect = effect
    self.tenant = tenant
    self.route = route
    self.times = times
  }

  func hits(_ tenant: String?, _ route: String) -> Bool {
    (self.route == "*" || self.route == route)
      && (self.tenant == "*" || self.tenant.lowercased() == tenant?.lowercased())
  }
}

extension LabWorld {
  /// The first fault that hits this request, counted down.
  func takeFault(_ room: TenantRoom?, route: String) -> LabFault? {
    shared.withLock { shared in
      guard let index = shared.faults.firstIndex(where: { $0.hits(room?.tenant.id, route) }) else { return nil }
      let fault = shared.faults[index]
      if fault.times == 1 {
        shared.faults.remove(at: index)
      } else if fault.times > 1 {
        shared.faults[index].times -= 1
      }
      return fault
    }
  }

  /// Answers with `work`, unless a fault says otherwise.
  func faulted(_ room: TenantRoom?, route: String, requestID: String, _ work: () -> LabAnswer) -> Delivery {
    var delivery: Delivery
    switch takeFault(room, route: route)?.effect {
    case nil: delivery = Delivery(work())
    case .answer(let status, let headers, let body):
      delivery = Delivery(Self.faultAnswer(status, headers, Array(body.utf8), requestID))
    case .bytes(let status, let headers, let body):
      delivery = Delivery(Self.faultAnswer(status, headers, body, requestID))
    case .delay(let milliseconds):
      delivery = Delivery(work())
      delivery.delayMilliseconds = milliseconds
    case .resetBefore:
      delivery = Delivery(.noContent)
      delivery.manner = .reset
    case .resetAfter:
      delivery = Delivery(work())
      delivery.manner = .reset
    case .truncate(let count):
      delivery = Delivery(work())
      delivery.manner = .truncated(count)
    case .silence:
      delivery = Delivery(.noContent)
      delivery.manner = .silent
    case .trickle(let bytesPerSecond):
      delivery = Delivery(work())
      delivery.manner = .trickled(bytesPerSecond: bytesPerSecond)
    }
    return delivery
  }

  private static func faultAnswer(
    _ status: Int, _ headers: [String: String], _ body: [UInt8], _ requestID: String
  ) -> LabAnswer {
    var answer = LabAnswer(status: status, body: body)
    answer.headers = headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    if answer.header("Content-Type") == nil && !body.isEmpty {
      answer.headers.append(("Content-Type", "application/json"))
    }
    if answer.header("request-id") == nil { answer.headers.append(("request-id", requestID)) }
    return answer
  }
}
