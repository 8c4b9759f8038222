import CSignals
import Glibc

/// Sends everything that one frame needs at once; only a huge one takes more than one write.
///
/// ncurses writes at every move of its cursor. Over a slow line or in a busy terminal that shows frames half painted,
/// and a page of rows costs a hundred system calls.
final class FrameOutput {
  /// What ncurses writes to.
  private let descriptor: Int32
  private let terminal: Int32
  /// Collects a frame; -1 where there is no such file, and frames go out as ncurses writes them.
  private let collector: Int32
  private var bytes = [UInt8](repeating: 0, count: 65_536)

  /// - Parameters:
  ///   - descriptor: what ncurses writes to; a copy of `terminal`.
  ///   - terminal: the terminal.
  init(descriptor: Int32, terminal: Int32) {
    self.descriptor = descriptor
    self.terminal = terminal
    collector = console_memory_file()
  }

  deinit { if collector >= 0 { close(collector) } }

  /// Runs `paint`, and sends what ncurses wrote meanwhile.
  func frame(_ paint: () -> Void) {
    guard collector >= 0, console_point_at(descriptor, collector) == 0 else { return paint() }
    paint()
    let count = lseek(collector, 0, SEEK_CUR)
    lseek(collector, 0, SEEK_SET)
    // Should this ever fail, frames go on as they do here, and the guardian gives the terminal back.
    _ = console_point_at(descriptor, terminal)
    var sent: off_t = 0
    while sent < count {
      let part = pread(collector, &bytes, min(bytes.count, Int(count - sent)), sent)
      guard part > 0, bytes.withUnsafeBytes({ send($0[..<part], to: terminal) }) else { return }
      sent += off_t(part)
    }
  }

  /// Puts bytes among those of a frame, where ncurses holds none back.
  func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { _ = send($0[...], to: descriptor) } }

  /// Sends what was written without ncurses.
  func send(_ bytes: [UInt8]) { bytes.withUnsafeBytes { _ = send($0[...], to: terminal) } }

  /// Whether all was sent; what stands against it shows when the terminal is read.
  private func send(_ bytes: Slice<UnsafeRawBufferPointer>, to descriptor: Int32) -> Bool {
    let bytes = UnsafeRawBufferPointer(rebasing: bytes)
    var sent = 0
    while sent < bytes.count {
      let part = write(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
      if part > 0 {
        sent += part
      } else if errno == EAGAIN {
        // Somebody who shares the terminal made it non-blocking.
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        if poll(&ready, 1, -1) < 0, errno != EINTR { return false }
        if ready.revents & Int16(POLLHUP | POLLERR) != 0 { return false }
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }
}
