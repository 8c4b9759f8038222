/// Why a program in a pseudo-terminal did not do what was waited for.
package enum PseudoTerminalError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The system refused; `errno`'s words.
  case refused(String)
  /// What was waited for did not come in time, or can no longer come; with the end of what the program wrote.
  case notSeen(String, tail: String)
  /// The program goes on.
  case stillRunning(within: Duration)

  package var description: String {
    switch self {
    case .refused(let reason): reason
    case .notSeen(let what, let tail): "\(what) did not come. What was written ends with: \(tail)"
    case .stillRunning(let time): "The program did not end within \(time)."
    }
  }
}
