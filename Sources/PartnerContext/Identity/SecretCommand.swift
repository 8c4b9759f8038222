import PartnerModel

/// Runs a program that prints a secret: arguments only, no shell, a clean environment, 10 s, at most 64 KiB.
struct SecretCommand: Sendable {
  var command: [String]
  var milliseconds = 10_000

  /// - Throws: `.credentialUnreadable` when it cannot be started, fails, is slow, or prints too much; `.cancelled`.
  func output() async throws(PartnerError) -> Secret {
    let program = PipedProgram(
      command: command, environment: PipedProgram.handedOn(), milliseconds: milliseconds, longest: SecretFile.longest)
    let ending: PipedProgram.Ending
    do throws(PipedProgram.Failure) {
      ending = try await program.run()
    } catch {
      switch error {
      case .notStarted: throw unreadable("\(program.name) cannot be started")
      case .tooLong: throw unreadable("\(program.name) printed over 64 KiB")
      case .tooSlow: throw unreadable("\(program.name) took over \(milliseconds / 1000) s")
      case .cancelled: throw PartnerError(.cancelled, tenant: nil)
      }
    }
    guard ending.isGood else { throw unreadable("\(program.name) \(ending.words)\(ending.complaint)") }
    return ending.output
  }
}
