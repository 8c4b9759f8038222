import PartnerModel

/// Lends the app's secrets to all tenants of a context.
///
/// What a program printed is kept for a short while, and many who want it at once run the program once: a thousand
/// tenants would else start a thousand of them. Variables and files are cheap, and are read anew each time.
actor SecretKeeper {
  /// Who mends a secret waits no longer than this for it to be used, unless the service refused the old one before.
  static let memory: Duration = .seconds(300)

  /// How long a failure answers for all who ask at once: a program that hangs would else keep each of them waiting.
  private static let memoryOfFailure: Duration = .seconds(5)

  private typealias Reading = Result<Secret, PartnerError>

  private let reader: SecretReader
  private let uptime: @Sendable () -> Duration
  private var kept: [SecretSource: (reading: Reading, until: Duration)] = [:]
  private var flights: [SecretSource: SharedFlight<Reading>] = [:]

  init(dependencies: PartnerDependencies) {
    reader = SecretReader(environment: dependencies.environment)
    uptime = dependencies.uptime
  }

  /// - Throws: `.credentialUnreadable` naming the place and the reason, never the content; `.cancelled`.
  nonisolated func secret(_ source: SecretSource) async throws(PartnerError) -> Secret {
    guard case .command = source else { return try await reader.read(source) }
    return try await printed(source)
  }

  /// What a program printed, a short while ago or now.
  private func printed(_ source: SecretSource) async throws(PartnerError) -> Secret {
    if let known = kept[source] {
      if uptime() < known.until { return try known.reading.get() }
      kept[source] = nil
    }
    let flight = flights[source] ?? takeOff(source)
    guard let reading = await flight.value() else { throw PartnerError(.cancelled, tenant: nil) }
    return try reading.get()
  }

  /// Forgets a secret that the service refused, unless it was replaced meanwhile.
  func drop(_ secret: Secret, of source: SecretSource) {
    if case .success(let known) = kept[source]?.reading, known === secret { kept[source] = nil }
  }

  private func read(_ source: SecretSource) async -> Reading {
    do {
      return .success(try await reader.read(source))
    } catch {
      return .failure(error)
    }
  }

  private func takeOff(_ source: SecretSource) -> SharedFlight<Reading> {
    let flight = SharedFlight<Reading>()
    flights[source] = flight
    // A task of its own: whoever asked first may leave while others still wait.
    Task {
      let reading = await read(source)
      let memory = if case .success = reading { Self.memory } else { Self.memoryOfFailure }
      kept[source] = (reading, uptime() + memory)
      flights[source] = nil
      flight.land(reading)
    }
    return flight
  }
}
