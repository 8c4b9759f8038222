import CSignals
import Glibc

/// A program that gets the terminal for a while, such as an editor.
package struct TerminalGuest: Hashable, Sendable {
  /// Absolute, or below the current folder.
  package var path: String
  /// Without the program's name.
  package var arguments: [String]
  /// As `NAME=VALUE`; all that it gets.
  package var environment: [String]

  package init(path: String, arguments: [String], environment: [String]) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
  }
}

/// How a program ended that had the terminal.
package enum GuestEnd: Hashable, Sendable {
  /// With its exit status.
  case exited(Int32)
  /// By a signal.
  case killed(Int32)

  init(waitStatus: Int32) {
    let signal = waitStatus & 0x7F
    self = signal == 0 ? .exited(waitStatus >> 8 & 0xFF) : .killed(signal)
  }
}

extension TerminalDriver {
  /// Milliseconds that a program which has the terminal may take to end when the console does.
  private static let patience = 300

  /// Whether another program has the terminal.
  package var isLent: Bool { guest != nil }

  /// Gives the terminal to a program until that ends; `wait` then says `.returned`, and the next `paint` writes the whole
  /// window. Meanwhile keys and Ctrl-C are the program's, nothing is painted, and events go on coming.
  /// - Returns: why it could not be started; `nil` if it was. Nothing has changed then.
  package func lend(to program: TerminalGuest) -> String? {
    guard !isHungUp, guest == nil else { return "the terminal is not free" }
    forgetKeys()
    giveUp()
    console_ignore_quit(1)
    let name = program.path.split(separator: "/").last.map(String.init) ?? program.path
    var arguments: [UnsafeMutablePointer<CChar>?] = ([name] + program.arguments).map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = program.environment.map { strdup($0) } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var process: pid_t = 0
    let refusal = console_lend(&process, program.path, &arguments, &variables, input, output)
    guard refusal == 0 else {
      console_ignore_quit(0)
      keep()
      return String(cString: strerror(refusal))
    }
    guest = process
    return nil
  }

  /// Takes the terminal back from a program that has ended.
  func takeBack(_ inputs: inout [TerminalInput]) {
    var status: Int32 = 0
    guard let process = guest, console_lent_end(process, 0, &status) != 0 else { return }
    guest = nil
    console_ignore_quit(0)
    // What came meanwhile was the program's, or the end of what was typed for it.
    for signal in [SIGINT, SIGTSTP, SIGCONT, SIGWINCH] { _ = console_signal_taken(signal) }
    if isHungUp { return }
    dropTypedAhead()
    resume(&inputs)
    inputs.append(.returned(GuestEnd(waitStatus: status)))
  }

  /// Ends a program that still has the terminal: the console is about to go.
  func evictGuest() {
    guard let process = guest else { return }
    kill(process, SIGHUP)
    // One that is stopped hears of it too.
    kill(process, SIGCONT)
    var status: Int32 = 0
    let end = ContinuousClock.now + .milliseconds(Self.patience)
    while console_lent_end(process, 0, &status) == 0 {
      if ContinuousClock.now >= end {
        kill(process, SIGKILL)
        _ = console_lent_end(process, 1, &status)
        break
      }
      poll(nil, 0, 5)
    }
    guest = nil
    console_ignore_quit(0)
    // However it left the terminal, it is given back from a state that is known.
    var inputs: [TerminalInput] = []
    if !isHungUp { resume(&inputs) }
  }
}
