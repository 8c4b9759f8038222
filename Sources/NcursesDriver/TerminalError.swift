import SafeText

/// Why the console cannot open on this terminal, and what to do.
package enum TerminalError: Error, Hashable, Sendable {
  /// Standard input or output is a file or a pipe.
  case notATerminal
  /// TERM is not set.
  case typeMissing
  /// TERM names a terminal that can only write line after line.
  case typeDumb(String)
  /// TERM names a terminal that is unknown here or cannot place its cursor; with the variables that name places of
  /// descriptions and are set, but not followed.
  case typeUnusable(String, unfollowed: [String])
  /// The process may not open more files.
  case noDescriptors
}

extension TerminalError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notATerminal:
      "The console needs a terminal on standard input and output. In scripts, use a subcommand such as `tenants`."
    case .typeMissing:
      "TERM is not set, so the terminal's type is unknown. Try: TERM=xterm-256color partner-console"
    case .typeDumb(let name):
      "TERM=\(name) has no full screen: use the commands, such as `partner-console tenants`. "
        + "On a real terminal try: TERM=xterm-256color partner-console"
    case .typeUnusable(let name, let unfollowed):
      "TERM=\(SafeText(name).clipped(to: 40)) is not known on this machine or cannot show a full screen."
        + TerminalSubstitute.words(unfollowed) + " Try: TERM=xterm-256color partner-console"
    case .noDescriptors:
      "No more files can be opened. Raise the limit: ulimit -n 1024"
    }
  }
}
