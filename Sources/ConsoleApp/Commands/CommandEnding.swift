import ArgumentParser

/// Ends a command with the exit status and the words that its error carries.
enum CommandEnding {
  static func reported(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as CommandError {
      if error.status != .interrupted { StandardStreams.say("partner-console: \(error.message)") }
      throw ExitCode(error.status.rawValue)
    }
  }
}
