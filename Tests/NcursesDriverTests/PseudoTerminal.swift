import Foundation
import Glibc
import Synchronization
import Testing

/// A terminal without a window: what is painted is collected, keys are written to it.
final class PseudoTerminal {
  let master: Int32
  let slave: Int32
  private let output = Output()
  private var isOpen = true

  /// - Parameter collects: whether a thread reads what is painted; without it, only little can be painted.
  init(columns: Int, rows: Int, collects: Bool = true) throws {
    var ends: (master: Int32, slave: Int32) = (-1, -1)
    try #require(openpty(&ends.master, &ends.slave, nil, nil, nil) == 0)
    (master, slave) = ends
    try resize(columns: columns, rows: rows)
    if collects {
      // A copy of its own: the number must not be reused while the thread still reads.
      let (output, copy) = (output, dup(master))
      Thread.detachNewThread { output.collect(from: copy) }
    }
  }

  deinit {
    close(slave)
    hangUp()
  }

  func resize(columns: Int, rows: Int) throws {
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    try #require(ioctl(master, UInt(TIOCSWINSZ), &size) == 0)
  }

  func type(_ keys: String) { type(Array(keys.utf8)) }

  func type(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
  }

  /// The window is closed.
  func hangUp() {
    if isOpen { close(master) }
    isOpen = false
  }

  /// Everything painted since the last call.
  func painted() -> [UInt8] {
    // A byte that neither text nor ncurses can send marks how far painting has come.
    var mark: UInt8 = 0x01
    _ = write(slave, &mark, 1)
    return output.takeUntilMark()
  }

  private final class Output: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    private let marks = DispatchSemaphore(value: 0)

    func collect(from descriptor: Int32) {
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count <= 0 { break }
        bytes.withLock { $0 += buffer[..<count] }
        if buffer[..<count].contains(0x01) { marks.signal() }
      }
      close(descriptor)
    }

    func takeUntilMark() -> [UInt8] {
      while true {
        marks.wait()
        let taken: [UInt8]? = bytes.withLock { bytes in
          guard let end = bytes.firstIndex(of: 0x01) else { return nil }
          defer { bytes.removeFirst(end + 1) }
          return Array(bytes[..<end])
        }
        if let taken { return taken }
      }
    }
  }
}
