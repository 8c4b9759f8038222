/// How a process ended.
package enum ProcessExit: Hashable, Sendable {
  case status(Int32)
  case signal(Int32)

  /// - Parameter waitStatus: as `waitpid` gives it.
  package init(waitStatus: Int32) {
    let number = waitStatus & 0x7F
    self = number == 0 ? .status((waitStatus >> 8) & 0xFF) : .signal(number)
  }
}
