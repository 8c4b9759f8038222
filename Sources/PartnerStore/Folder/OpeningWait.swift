import Glibc

/// How a process waits while another one opens the databases of a state folder, which takes a moment, or for ever where
/// that process was stopped.
package struct OpeningWait: Sendable {
  /// Milliseconds between two looks.
  private static let pause = 50
  /// Milliseconds after which it is said what is waited for, and after which it is given up.
  private static let patience = (silent: 1_500, all: 10_000)

  /// Called once, with a sentence for the operator.
  private let tell: @Sendable (String) -> Void
  /// Lets so many milliseconds pass; `false` breaks the wait off.
  private let sleep: @Sendable (Int) -> Bool

  package init(
    tell: @escaping @Sendable (String) -> Void = { _ in },
    sleep: @escaping @Sendable (Int) -> Bool = { milliseconds in
      poll(nil, 0, Int32(milliseconds))
      return true
    }
  ) {
    self.tell = tell
    self.sleep = sleep
  }

  /// Locks an open file for this process alone.
  func lock(_ descriptor: CInt, path: String) throws(StoreError) {
    var waited = 0
    var isTold = false
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let reason = errno
      if reason == EINTR { continue }
      guard reason == EWOULDBLOCK else { throw StateFolder.failure(path, reason) }
      if waited >= Self.patience.all {
        throw .opening(path: path, pid: Self.pid(holding: descriptor), seconds: Self.patience.all / 1_000)
      }
      if waited >= Self.patience.silent, !isTold {
        isTold = true
        let left = (Self.patience.all - waited) / 1_000
        tell(
          "\(Self.holder(Self.pid(holding: descriptor))) is opening the state folder (\(path)): "
            + "waiting for it, up to \(left) seconds.")
      }
      guard sleep(Self.pause) else { throw .cancelled }
      waited += Self.pause
    }
  }

  static func holder(_ pid: Int32?) -> String { pid.map { "another process (\($0))" } ?? "another process" }

  /// Who holds the lock, as the kernel lists it; `nil` where it does not say, as for a process of another container.
  private static func pid(holding descriptor: CInt) -> Int32? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    let list = open("/proc/locks", O_RDONLY | O_CLOEXEC)
    guard list >= 0 else { return nil }
    defer { close(list) }
    var text: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 16_384)
    while text.count < 1 << 20 {
      let count = read(list, &part, part.count)
      guard count > 0 else { break }
      text += part[..<count]
    }
    // 1: FLOCK  ADVISORY  WRITE 4711 fe:01:262155 0 EOF
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 5, fields[1] == "FLOCK", fields[5].split(separator: ":").last == "\(status.st_ino)" else {
        continue
      }
      if let pid = Int32(fields[4]), pid > 0 { return pid }
    }
    return nil
  }
}
