import FoundationEssentials
import PartnerModel

/// Tokens of the machine's managed identity, for all tenants of a context: in memory only, asked for once by many.
///
/// Source: Azure Instance Metadata Service, `GET /metadata/identity/oauth2/token`.
actor MetadataService {
  private typealias Outcome = Result<Secret, PartnerError>

  private enum Kept {
    case token(Secret, until: Duration)
    case failure(PartnerError, until: Duration)

    var until: Duration {
      switch self {
      case .token(_, let until), .failure(_, let until): until
      }
    }
  }

  /// Where there is no such service, or another cloud's, nobody waits longer for it.
  private static let patience: Duration = .seconds(10)
  private static let connectLimit: Duration = .seconds(2)
  /// Pauses between attempts in seconds; 410 says that the service is being renewed, which takes up to 70 s.
  private static let pauses: [Double] = [1.6, 3.2, 6.4, 12.8]
  private static let pausesOfRenewal: [Double] = [5, 10, 20, 40]
  /// A machine that has none does not get one from one minute to the next; what was answered may be mended any moment.
  private static let memoryOfAbsence: Duration = .seconds(300)
  private static let memoryOfRefusal: Duration = .seconds(10)
  /// Seconds before a token's end from which on another one is asked for.
  private static let margin: TimeInterval = 300

  private let origin: Origin
  private let homeTenant: TenantID
  private let transport: any HTTPTransport
  private let dependencies: PartnerDependencies
  private var kept: [String: Kept] = [:]
  private var flights: [String: SharedFlight<Outcome>] = [:]

  init(app: AppRegistration, transport: any HTTPTransport, dependencies: PartnerDependencies) {
    origin = app.endpoints.metadata
    homeTenant = app.homeTenant
    self.transport = transport
    self.dependencies = dependencies
  }

  /// - Parameter resource: the audience of the token.
  /// - Throws: `.credentialUnreadable` with the reason and what to do; `.cancelled`.
  func token(for resource: String) async throws(PartnerError) -> Secret {
    if let known = kept[resource] {
      if dependencies.uptime() < known.until {
        switch known {
        case .token(let token, _): return token
        case .failure(let error, _): throw error
        }
      }
      kept[resource] = nil
    }
    let flight = flights[resource] ?? takeOff(resource)
    guard let outcome = await flight.value() else { throw PartnerError(.cancelled, tenant: nil) }
    return try outcome.get()
  }

  /// Forgets a token that was refused, unless it was replaced meanwhile.
  func drop(_ token: Secret, for resource: String) {
    if case .token(let known, _) = kept[resource], known === token { kept[resource] = nil }
  }

  private func takeOff(_ resource: String) -> SharedFlight<Outcome> {
    let flight = SharedFlight<Outcome>()
    flights[resource] = flight
    // A task of its own: whoever asked first may leave while others still wait.
    Task {
      let kept = await fetch(resource)
      self.kept[resource] = kept
      flights[resource] = nil
      switch kept {
      case .token(let token, _): flight.land(.success(token))
      case .failure(let error, _): flight.land(.failure(error))
      }
    }
    return flight
  }

  private func fetch(_ resource: String) async -> Kept {
    let start = dependencies.uptime()
    var paused: Duration = .zero
    var attempt = 0
    while true {
      let spent = max(dependencies.uptime() - start, paused)
      let end: (error: PartnerError, memory: Duration, pause: Double?, isBrief: Bool)
      do {
        let askedAt = dependencies.now()
        let answer = try await ask(resource, limit: max(Self.patience - spent, Self.connectLimit))
        if answer.status == 200 {
          let token = try TokenAnswer(answer, askedAt: askedAt)
          let usable = token.expiresIn - min(Self.margin, token.expiresIn / 2)
          return .token(token.token, until: dependencies.uptime() + .seconds(usable))
        }
        let pause = Self.pause(answer, after: attempt, now: dependencies.now())
        end = (refusal(answer), .seconds(pause ?? 0) + Self.memoryOfRefusal, pause, answer.status != 410)
      } catch {
        let words = "the machine's metadata service at \(origin) does not help: \(error.clause)"
        let isSilent = if case .unreachable = error.cause { true } else { error.isDeadline }
        end = (
          unreadable("\(words). Managed identity works on a machine in Azure that has one; elsewhere name another way"),
          isSilent ? Self.memoryOfAbsence : Self.memoryOfRefusal,
          isSilent && attempt < Self.pauses.count ? Self.pauses[attempt] : nil, true
        )
      }
      guard let pause = end.pause, pause <= 60 else {
        return .failure(end.error, until: dependencies.uptime() + end.memory)
      }
      let now = max(dependencies.uptime() - start, paused)
      if end.isBrief, now + .seconds(pause) + Self.connectLimit > Self.patience {
        return .failure(end.error, until: dependencies.uptime() + end.memory)
      }
      try? await dependencies.sleep(.seconds(pause))
      paused += .seconds(pause)
      attempt += 1
    }
  }

  private func ask(_ resource: String, limit: Duration) async throws(PartnerError) -> Answer {
    var request = TransportRequest(
      method: "GET", origin: origin,
      target: "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=\(escaped(resource))",
      headers: [HeaderField("metadata", "true"), HeaderField("user-agent", userAgent)])
    request.connectLimit = Self.connectLimit
    return try await transport.answer(
      to: request, within: limit, limits: .identity, for: homeTenant, dependencies: dependencies)
  }

  /// Seconds until the next attempt; `nil` when there is none.
  private static func pause(_ answer: Answer, after attempt: Int, now: Date) -> Double? {
    let pauses = answer.status == 410 ? pausesOfRenewal : pauses
    guard [404, 408, 410, 429].contains(answer.status) || answer.status >= 500, attempt < pauses.count else {
      return nil
    }
    return max(pauses[attempt], RetryAfter.seconds(answer, now: now) ?? 0)
  }

  private func refusal(_ answer: Answer) -> PartnerError {
    let body = answer.isWebPage ? nil : try? JSONReader.read(utf8: answer.body)
    let words = [body?["error"]?.string, body?["error_description"]?.string].compactMap(\.self)
    let said = words.isEmpty ? "" : " (\(words.joined(separator: ": ").prefix(200)))"
    let advice =
      answer.status == 400
      ? "give the machine a managed identity" : "wait, and if it stays look at the machine's managed identity"
    return unreadable("the machine's metadata service answered HTTP \(answer.status)\(said): \(advice)")
  }
}

extension PartnerError {
  /// What happened, where it was not Microsoft Graph that was asked.
  var clause: String {
    if case .answerUnreadable(let reason) = cause { "its answer cannot be read: \(reason)" } else { summary }
  }

  fileprivate var isDeadline: Bool { if case .deadlineExceeded = cause { true } else { false } }
}
