/// What the program's end tells a script.
enum ExitStatus: Int32 {
  /// Every named tenant answered the question.
  case ok = 0
  /// Some did; or consent has drifted.
  case someTenantsFailed = 1
  /// None did, or a single target failed.
  case nothingDone = 2
  case usage = 64
  /// Refused by role or because the console is read-only.
  case notPermitted = 77
  case badConfiguration = 78
  case interrupted = 130
  /// Nobody reads the output any more: what a program that SIGPIPE ends has in a shell.
  case readerGone = 141
}

/// Why a command ends without having done what was asked, in words for a person.
struct CommandError: Error {
  var status: ExitStatus
  /// Empty when there is nothing to add.
  var message: String

  init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }
}
