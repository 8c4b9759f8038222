import Foundation
import PartnerModel
import TerminalKit

@testable import ConsoleCore

/// A new secret that is refused, and the old one behind it.
private func rollover(serves: Bool) -> AppCredentials {
  let problem = Problem(
    cause: "credentialProblem", error: "invalid_client", code: 7_000_215, at: noon.addingTimeInterval(-3 * minute),
    nextAction: "Put the secret's value, not its id, where the app's credentials say: it concerns every tenant.")
  return AppCredentials(
    app: nil,
    standings: [
      CredentialStanding(
        position: 1, source: .secret(.file("/home/anna/soc/new.secret")), state: .refused(problem)),
      CredentialStanding(
        position: 2, source: .secret(.environment("OLD")),
        state: serves ? .served(at: noon) : .unreadable(reason: "the environment variable OLD is not set", at: noon)),
    ])
}

private let govEndingSoon = AppCredentials(
  app: "gov",
  standings: [
    CredentialStanding(
      position: 1, source: .certificate(.pkcs12(file: "/home/anna/soc/gov.p12", password: nil)),
      state: .served(at: noon), validUntil: noon.addingTimeInterval(12.5 * 24 * hour), thumbprint: "1A2B3C4D5E6F")
  ])

let credentialScenes: [Scene] = [
  Scene(
    name: "tenants-credential-refused",
    make: { size in
      var state = ConsoleState.loaded(size: size)
      state.take(.credentialsChanged(rollover(serves: false)), .credentialsChanged(govEndingSoon))
      return state
    }),
  Scene(
    name: "tenants-credential-rolling-over",
    make: { size in
      var state = ConsoleState.loaded(size: size)
      state.take(.credentialsChanged(rollover(serves: true)))
      return state
    }),
]
