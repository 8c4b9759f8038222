import Synchronization

/// Faults by chance: the same seed and the same requests of a tenant to a route give the same faults, whatever other
/// tenants ask in between.
package struct LabRandomFaults: Sendable {
  package enum Kind: String, CaseIterable, Hashable, Sendable {
    case throttle, error, delay, reset, resetAfter, truncate, garbage, partial, silent
  }

  package var seed: UInt64
  /// Of a hundred requests, how many are hit.
  package var rate: Int
  package var kinds: [Kind]
  /// GUID, or `*` for all.
  package var tenant: String
  /// As of `LabFault`.
  package var route: String
  private var counts: [String: UInt64] = [:]

  /// What passes by itself and is told by status or connection; what is partial or silent has to be asked for.
  package static let usualKinds: [Kind] = [.throttle, .error, .delay, .reset, .resetAfter, .truncate, .garbage]

  package init(
    seed: UInt64, rate: Int, kinds: [Kind] = Self.usualKinds, tenant: String = "*", route: String = "*"
  ) {
    self.seed = seed
    self.rate = rate
    self.kinds = kinds
    self.tenant = tenant
    self.route = route
  }

  /// What happens to the next request of a tenant to a route; nil: nothing.
  mutating func next(_ tenant: String?, _ route: String) -> LabFault.Effect? {
    guard self.route == "*" || self.route == route, !kinds.isEmpty,
      self.tenant == "*" || self.tenant.lowercased() == tenant?.lowercased()
    else { return nil }
    let place = "\(tenant ?? "") \(route)"
    let count = counts[place, default: 0]
    counts[place] = count + 1
    var chance = Chance(seed, stableHash(place), count)
    guard chance.below(100) < rate else { return nil }
    return Self.effect(chance.pick(kinds), route, &chance)
  }

  private static func effect(_ kind: Kind, _ route: String, _ chance: inout Chance) -> LabFault.Effect {
    switch kind {
    case .throttle:
      let headers = ["Retry-After": String(1 + chance.below(3))]
      return .answer(status: 429, headers: headers, body: body("TooManyRequests", route))
    case .error:
      let status = chance.pick([500, 502, 503, 504])
      return .answer(
        status: status, headers: [:], body: body(status == 503 ? "serviceNotAvailable" : "UnknownError", route))
    case .delay: return .delay(milliseconds: 20 + chance.below(500))
    case .reset: return .resetBefore
    case .resetAfter: return .resetAfter
    case .truncate: return .truncate(after: chance.below(400))
    case .garbage:
      let page = "<html><body>Bad gateway</body></html>"
      return .bytes(status: 200, headers: ["Content-Type": "text/html"], body: Array(page.utf8))
    case .partial: return .partial(warning: "Microsoft/Provider/504/10000")
    case .silent: return .silence
    }
  }

  /// As Graph or the token endpoint tells an error.
  private static func body(_ code: String, _ route: String) -> String {
    let bytes = jsonObject { json in
      guard route != "token" else {
        json.field("error", "temporarily_unavailable")
        json.field("error_description", "The service is temporarily unavailable.")
        return
      }
      json.object("error") { json in
        json.field("code", code)
        json.field("message", "The service could not answer.")
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension LabServer {
  /// As `POST /lab/faults/random`; `clearFaults` ends them.
  package func fail(_ faults: LabRandomFaults) { world.fail(faults) }
}

extension LabWorld {
  func fail(_ faults: LabRandomFaults) { shared.withLock { $0.randomFaults = faults } }

  /// `POST /lab/faults/random`
  func fail(_ body: [UInt8]) throws {
    let fields = try ControlFields(body, known: ["seed", "rate", "kinds", "tenant", "route"])
    guard let seed = try fields.number("seed", most: 1 << 53), let rate = try fields.number("rate", most: 100) else {
      throw ControlProblem(text: "'seed' and 'rate' (of a hundred) are needed.")
    }
    var faults = LabRandomFaults(seed: UInt64(seed), rate: rate)
    if let names = try fields.texts("kinds") {
      let kinds = names.compactMap(LabRandomFaults.Kind.init(rawValue:))
      guard kinds.count == names.count, !kinds.isEmpty else {
        let known = LabRandomFaults.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        throw ControlProblem(text: "'kinds' must be of \(known).")
      }
      faults.kinds = kinds
    }
    if let tenant = try fields.text("tenant") { faults.tenant = tenant }
    if let route = try fields.text("route") {
      guard LabFault.routes.contains(route) else {
        throw ControlProblem(text: "'route' must be one of \(LabFault.routes.joined(separator: ", ")).")
      }
      faults.route = route
    }
    fail(faults)
  }
}
