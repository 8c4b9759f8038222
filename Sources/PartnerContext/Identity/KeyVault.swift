import FoundationEssentials
import PartnerModel
import SystemCrypto

/// Gives what rests in key vaults, to all tenants of a context: a thousand of them ask for it once.
///
/// Source: Azure Key Vault, `GET /secrets/{name}`.
actor KeyVault {
  /// Who rolls over in the vault waits no longer than this for it to be used, unless the service refused the old one.
  static let memory: Duration = .seconds(300)
  private static let memoryOfFailure: Duration = .seconds(10)
  private static let memoryOfOutage: Duration = .seconds(60)

  private typealias Outcome = Result<VaultItem, PartnerError>

  private let endpoints: Endpoints
  private let homeTenant: TenantID
  private let transport: any HTTPTransport
  private let dependencies: PartnerDependencies
  private let tokens: VaultTokens
  private var kept: [KeyVaultSource: (outcome: Outcome, until: Duration)] = [:]
  private var flights: [KeyVaultSource: SharedFlight<Outcome>] = [:]

  init(
    app: AppRegistration, transport: any HTTPTransport, dependencies: PartnerDependencies, tokens: VaultTokens
  ) {
    endpoints = app.endpoints
    homeTenant = app.homeTenant
    self.transport = transport
    self.dependencies = dependencies
    self.tokens = tokens
  }

  /// - Parameter endpoint: where a token for the vault is asked for, if that takes a certificate.
  /// - Throws: `.credentialUnreadable` naming vault, item, the reason and what to do, never the content; `.cancelled`.
  func item(_ source: KeyVaultSource, through endpoint: TokenEndpoint) async throws(PartnerError) -> VaultItem {
    if let known = kept[source] {
      if dependencies.uptime() < known.until { return try known.outcome.get() }
      kept[source] = nil
    }
    let flight = flights[source] ?? takeOff(source, endpoint)
    guard let outcome = await flight.value() else { throw PartnerError(.cancelled, tenant: nil) }
    return try outcome.get()
  }

  /// Forgets what was refused, unless it was replaced meanwhile.
  func drop(_ shown: CredentialShowing, of source: KeyVaultSource) {
    guard case .success(let item) = kept[source]?.outcome else { return }
    let isSame =
      switch (item.content, shown.proof) {
      case (.secret(let known), .secret(let secret)): known === secret
      case (.certificate(let identity), _): identity.facts.thumbprint == shown.thumbprint
      default: false
      }
    if isSame { kept[source] = nil }
  }

  private func takeOff(_ source: KeyVaultSource, _ endpoint: TokenEndpoint) -> SharedFlight<Outcome> {
    let flight = SharedFlight<Outcome>()
    flights[source] = flight
    // A task of its own: whoever asked first may leave while others still wait.
    Task {
      let (outcome, memory) = await fetch(source, endpoint)
      kept[source] = (outcome, dependencies.uptime() + memory)
      flights[source] = nil
      flight.land(outcome)
    }
    return flight
  }

  private func fetch(_ source: KeyVaultSource, _ endpoint: TokenEndpoint) async -> (Outcome, Duration) {
    func failure(_ reason: String, _ memory: Duration = KeyVault.memoryOfFailure) -> (Outcome, Duration) {
      (.failure(unreadable("\(source.label) cannot be read: \(reason)")), memory)
    }
    do throws(PartnerError) {
      let bare = try await ask(source, with: nil)
      guard bare.status == 401 else {
        guard bare.status == 429 || bare.status >= 500 else {
          return failure("it does not ask for a token first (HTTP \(bare.status)), as a vault does: check its name")
        }
        return failure("the vault is failing (HTTP \(bare.status)): wait", silence(bare))
      }
      let challenge: VaultChallenge
      do throws(VaultChallenge.Refusal) {
        challenge = try VaultChallenge(bare, authority: endpoints.authority, resource: endpoints.vaultResource)
      } catch {
        return failure("\(error.reason). Nothing was sent there: check the vault's name and the app's cloud")
      }
      let token = try await tokens.token(source.access, challenge, endpoint)
      let answer = try await ask(source, with: token)
      if answer.status == 401 { await tokens.drop(token, source.access, challenge) }
      do throws(VaultItem.Refusal) {
        return (.success(try VaultItem(answer, of: source, now: dependencies.now())), Self.memory)
      } catch {
        return failure(error.reason, silence(answer))
      }
    } catch {
      if case .credentialUnreadable(let reason) = error.cause { return failure(reason) }
      // A credential of the way to the vault that is refused is not asked for at every step.
      let isRefused = if case .unreachable = error.cause { false } else { true }
      return failure(
        "\(error.clause). \(error.nextAction.hasSuffix(".") ? String(error.nextAction.dropLast()) : error.nextAction)",
        isRefused ? Self.memoryOfOutage : Self.memoryOfFailure)
    }
  }

  private func silence(_ answer: Answer) -> Duration {
    guard answer.status == 429 || answer.status >= 500 else { return Self.memoryOfFailure }
    return max(Self.memoryOfOutage, .seconds(RetryAfter.seconds(answer, now: dependencies.now()) ?? 0))
  }

  private func ask(_ source: KeyVaultSource, with token: Secret?) async throws(PartnerError) -> Answer {
    var request = TransportRequest(
      method: "GET", origin: endpoints.origin(ofVault: source.vault),
      target: "/secrets/\(source.item.name)?api-version=7.4",
      headers: [HeaderField("accept", "application/json"), HeaderField("user-agent", userAgent)],
      authorization: token)
    request.host = endpoints.host(ofVault: source.vault)
    return try await transport.answer(
      to: request, within: .seconds(10), limits: .identity, for: homeTenant, dependencies: dependencies)
  }
}

extension Endpoints {
  /// What a vault's tokens are for; its host is below this one.
  var vaultResource: String {
    vaultOrigin.map { "https://localhost:\($0.port)" } ?? "https://\(vaultDomain)"
  }

  fileprivate func origin(ofVault name: String) -> Origin {
    vaultOrigin ?? Origin(scheme: "https", host: "\(name).\(vaultDomain)", port: 443)
  }

  /// The name that the lab's vault is called by; `nil` for its own.
  fileprivate func host(ofVault name: String) -> String? { vaultOrigin.map { "\(name).localhost:\($0.port)" } }
}
