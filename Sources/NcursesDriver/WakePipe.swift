import CSignals
import Glibc

/// A pipe that ends the main thread's `poll`: tasks and signal handlers write a byte when there is something to see.
package final class WakePipe: Sendable {
  let readEnd: Int32
  let writeEnd: Int32

  /// - Throws: `TerminalError.noDescriptors` if the process has no descriptors left.
  package init() throws(TerminalError) {
    var ends: [Int32] = [-1, -1]
    guard console_wake_pipe(&ends) == 0 else { throw .noDescriptors }
    readEnd = ends[0]
    writeEnd = ends[1]
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  /// Ends the wait. From any thread; a full pipe wakes as well as one more byte would.
  package func wake() {
    var byte: UInt8 = 0
    while write(writeEnd, &byte, 1) < 0, errno == EINTR {}
  }

  /// Takes every byte out, and says whether one of them came from `wake()` and not from a signal.
  func drain() -> Bool {
    var isWoken = false
    var bytes = [UInt8](repeating: 0, count: 256)
    while true {
      let count = read(readEnd, &bytes, bytes.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return isWoken }
      if bytes[..<count].contains(0) { isWoken = true }
    }
  }
}
