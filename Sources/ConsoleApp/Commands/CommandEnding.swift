import ArgumentParser
import PartnerModel
import PartnerStore

/// Ends a command with the exit status and the words that its error carries.
enum CommandEnding {
  static func reported(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch {
      guard let failure = commandError(error) else { throw error }
      if !failure.message.isEmpty { StandardStreams.say("partner-console: \(failure.message)") }
      throw ExitCode(failure.status.rawValue)
    }
  }

  /// `nil` for what the parser ends by itself. Everything else has a status of the contract: the parser would end with
  /// 1, which says that some tenants answered.
  private static func commandError(_ error: any Error) -> CommandError? {
    switch error {
    case let error as CommandError: error
    case is ExitCode, is ValidationError, is CleanExit: nil
    case let error as StoreError: CommandError(.nothingDone, error.description)
    case let error as PartnerError: CommandError(.nothingDone, "\(error.summary). \(error.nextAction)")
    default: CommandError(.nothingDone, "\(error)")
    }
  }
}
