import FoundationEssentials
import PartnerModel
import SystemCrypto

/// Lends the app's certificates to all tenants of a context: the key is read once, and anew when its files are others.
actor CertificateKeeper {
  private typealias Outcome = Result<SigningIdentity, PartnerError>

  private struct Kept {
    var outcome: Outcome
    var stamps: [SecretFile.Stamp?]
    /// A failure is not believed for long: the password's place tells nothing of a change.
    var until: Duration?
  }

  /// How long a failure answers for all who ask at once: a passphrase is slow to try.
  private static let memoryOfFailure: Duration = .seconds(5)
  /// Seconds by which the service's clock and ours may differ.
  private static let skew: TimeInterval = 300

  private let reader: CertificateReader
  private let dependencies: PartnerDependencies
  private var kept: [CertificateSource: Kept] = [:]
  private var flights: [CertificateSource: SharedFlight<Outcome>] = [:]

  init(dependencies: PartnerDependencies) {
    reader = CertificateReader(secrets: SecretReader(environment: dependencies.environment))
    self.dependencies = dependencies
  }

  /// One that can be shown now: one that has ended or not begun is refused by the service, so nobody is asked with it.
  ///
  /// - Throws: `.credentialUnreadable` naming the file, the reason and what to do; `.cancelled`.
  func usable(_ source: CertificateSource) async throws(PartnerError) -> SigningIdentity {
    let identity = try await identity(source)
    try Self.check(identity, from: source.shownFile, at: dependencies.now())
    return identity
  }

  /// - Parameter place: where it comes from, for the refusal.
  /// - Throws: `.credentialUnreadable` for one that has ended or not begun.
  static func check(_ identity: SigningIdentity, from place: String, at now: Date) throws(PartnerError) {
    let facts = identity.facts
    var name: String { "\(place): the certificate \(facts.subject.prefix(100))" }
    if now >= facts.notAfter {
      throw unreadable(
        """
        \(name) ended on \(Timestamp(facts.notAfter)), and Entra ID refuses it. Add a new one to the app registration and \
        name its files
        """)
    }
    if now.addingTimeInterval(Self.skew) < facts.notBefore {
      throw unreadable(
        "\(name) is valid only from \(Timestamp(facts.notBefore)): check this machine's clock, or name an older one")
    }
  }

  /// The key and certificate as the files have them, whatever the time.
  func identity(_ source: CertificateSource) async throws(PartnerError) -> SigningIdentity {
    if let known = kept[source] {
      let isFresh = known.until.map { dependencies.uptime() < $0 } ?? true
      if isFresh, known.stamps == CertificateReader.stamps(of: source) { return try known.outcome.get() }
      kept[source] = nil
    }
    let flight = flights[source] ?? takeOff(source)
    guard let outcome = await flight.value() else { throw PartnerError(.cancelled, tenant: nil) }
    return try outcome.get()
  }

  private func takeOff(_ source: CertificateSource) -> SharedFlight<Outcome> {
    let flight = SharedFlight<Outcome>()
    flights[source] = flight
    // A task of its own: whoever asked first may leave while others still wait.
    Task {
      let outcome = await read(source)
      flights[source] = nil
      flight.land(outcome)
    }
    return flight
  }

  private func read(_ source: CertificateSource) async -> Outcome {
    // Looked at before they are read: what changes meanwhile is read again.
    let stamps = CertificateReader.stamps(of: source)
    do {
      let reading = try await reader.read(source)
      kept[source] = Kept(outcome: .success(reading.identity), stamps: reading.stamps)
      return .success(reading.identity)
    } catch {
      if error.cause != .cancelled {
        kept[source] = Kept(
          outcome: .failure(error), stamps: stamps, until: dependencies.uptime() + Self.memoryOfFailure)
      }
      return .failure(error)
    }
  }
}

extension CertificateSource {
  /// The file that the certificate is in.
  var shownFile: String {
    switch self {
    case .pem(let certificate, _, _): certificate
    case .pkcs12(let file, _): file
    }
  }
}
