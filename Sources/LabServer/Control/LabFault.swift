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
    /// 206 with this text in the header `Warning`, as when a provider behind Graph has not answered: every second item
    /// of a list is missing.
    case partial(warning: String)
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
  /// Whether only requests with `$expand` are hit.
  package var onlyExpanded = false
  package var effect: Effect

  package init(
    _ effect: Effect, tenant: String = "*", route: String = "*", times: Int = 1, onlyExpanded: Bool = false
  ) {
    self.onlyExpanded = onlyExpanded
    self.effect = effect
    self.tenant = tenant
    self.route = route
    self.times = times
  }

  func hits(_ tenant: String?, _ route: String, query: String) -> Bool {
    (!onlyExpanded || query.lowercased().contains("expand=")) && (self.route == "*" || self.route == route)
      && (self.tenant == "*" || self.tenant.lowercased() == tenant?.lowercased())
  }
}

extension LabWorld {
  /// What the first fault that hits this request does, counted down; else what chance has for it.
  func takeFault(_ room: TenantRoom?, route: String, query: String) -> LabFault.Effect? {
    shared.withLock { shared in
      let hit = shared.faults.firstIndex { $0.hits(room?.tenant.id, route, query: query) }
      guard let index = hit else {
        return shared.randomFaults?.next(room?.tenant.id, route)
      }
      let fault = shared.faults[index]
      if fault.times == 1 {
        shared.faults.remove(at: index)
      } else if fault.times > 1 {
        shared.faults[index].times -= 1
      }
      return fault.effect
    }
  }

  /// Answers with `work`, unless a fault says otherwise.
  func faulted(
    _ room: TenantRoom?, route: String, query: String = "", requestID: String, _ work: () -> LabAnswer
  ) -> Delivery {
    var delivery: Delivery
    switch takeFault(room, route: route, query: query) {
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
    case .partial(let warning): delivery = Delivery(work().partial(warning))
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

extension LabAnswer {
  /// A list with every second item missing, or whatever it is, as an answer that is not whole.
  fileprivate func partial(_ warning: String) -> LabAnswer {
    guard status == 200 else { return self }
    var answer = self
    answer.status = 206
    answer.headers.append(("Warning", "199 - \"\(warning)\""))
    guard var members = JsonValue.parse(body)?.members, let items = members["value"]?.items else { return answer }
    members["value"] = .array(items.indices.filter { $0.isMultiple(of: 2) }.map { items[$0] })
    var json = JsonWriter(reserving: body.count)
    JsonValue.object(members).write(to: &json)
    answer.body = json.bytes
    return answer
  }
}
