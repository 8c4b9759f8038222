import CPseudoTerminal
import Glibc

/// A program in a terminal of its own, driven from outside: keys go in, what it writes comes out with the time it came.
///
/// It belongs to one thread at a time, and its methods block. The terminal is hung up and the program killed when the
/// last reference goes.
package final class PseudoTerminal {
  /// Some bytes that came together.
  package struct Arrival: Hashable, Sendable {
    package var at: ContinuousClock.Instant
    /// Where they are in ``PseudoTerminal/transcript``.
    package var range: Range<Int>
  }

  /// The program that was started: a session leader.
  package let process: Int32
  /// Right before it was started.
  package let startedAt: ContinuousClock.Instant
  /// Everything that was read so far.
  package private(set) var transcript: [UInt8] = []
  package private(set) var arrivals: [Arrival] = []
  /// The terminal was closed at either end: nothing more comes.
  package private(set) var isHungUp = false
  /// How the program ended, once that was waited for.
  package private(set) var exit: ProcessExit?

  private var controller: Int32?
  private var buffer = [UInt8](repeating: 0, count: 65_536)

  /// - Parameter typedAhead: what lies in the terminal before the program is started.
  /// - Throws: `.refused` when there is no terminal to be had or the program cannot be started.
  package init(
    running program: Program, columns: Int, rows: Int, typedAhead: String = ""
  ) throws(PseudoTerminalError) {
    var path = [CChar](repeating: 0, count: 256)
    let controller = pseudo_terminal_open(Int32(columns), Int32(rows), &path, path.count)
    guard controller >= 0 else { throw .refused("no pseudo-terminal: \(String(cString: strerror(errno)))") }
    var arguments: [UnsafeMutablePointer<CChar>?] = ([program.path] + program.arguments).map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] =
      program.environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in arguments + variables { free(pointer) } }
    // A terminal that nobody has open keeps nothing.
    let held = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
    defer { close(held) }
    var ahead = typedAhead
    guard held >= 0, ahead.withUTF8({ Glibc.write(controller, $0.baseAddress, $0.count) == $0.count }) else {
      let reason = String(cString: strerror(errno))
      close(controller)
      throw .refused("cannot write: \(reason)")
    }
    startedAt = .now
    var process: pid_t = 0
    let failure = pseudo_terminal_spawn(
      &process, program.path, &arguments, &variables, program.folder, path)
    guard failure == 0 else {
      close(controller)
      throw .refused("cannot start \(program.path): \(String(cString: strerror(failure)))")
    }
    self.process = process
    self.controller = controller
  }

  deinit {
    if let controller { close(controller) }
    guard exit == nil else { return }
    kill(process, SIGKILL)
    while waitpid(process, nil, 0) < 0, errno == EINTR {}
  }

  // MARK: Writing

  /// Types these bytes.
  /// - Throws: `.refused` when the terminal is closed, or full because the program does not read.
  package func write(_ bytes: [UInt8]) throws(PseudoTerminalError) {
    guard let controller else { throw .refused("the terminal is closed") }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(controller, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .refused("cannot write: \(String(cString: strerror(errno)))") }
      rest = rest.dropFirst(count)
    }
  }

  package func write(_ text: String) throws(PseudoTerminalError) { try write(Array(text.utf8)) }

  // MARK: Reading

  /// Waits for the next bytes; `nil` when none came before `deadline`, or none can come any more.
  @discardableResult
  package func read(until deadline: ContinuousClock.Instant) -> Arrival? {
    while let controller, !isHungUp {
      let count = Glibc.read(controller, &buffer, buffer.count)
      let reason = errno
      if count > 0 {
        let arrival = Arrival(at: .now, range: transcript.count..<transcript.count + count)
        transcript += buffer[..<count]
        arrivals.append(arrival)
        return arrival
      }
      if count < 0, reason == EINTR { continue }
      // The other end of a terminal that nobody holds open any more answers with an error.
      guard count < 0, reason == EAGAIN else {
        isHungUp = true
        return nil
      }
      var waiting = [pollfd(fd: controller, events: Int16(POLLIN), revents: 0)]
      let ready = poll(&waiting, 1, milliseconds(until: deadline))
      if ready == 0, ContinuousClock.now >= deadline { return nil }
    }
    return nil
  }

  /// Reads until `isDone` says so of this terminal, and returns when the bytes came that made it so.
  /// - Throws: `.notSeen` with `what` after `time`, or at a hangup.
  @discardableResult
  package func readUntil(
    _ what: String, within time: Duration, isDone: (PseudoTerminal) -> Bool
  ) throws(PseudoTerminalError) -> ContinuousClock.Instant {
    if isDone(self) { return arrivals.last?.at ?? startedAt }
    let deadline = ContinuousClock.now + time
    while let arrival = read(until: deadline) {
      if isDone(self) { return arrival.at }
    }
    throw .notSeen(what, tail: tail)
  }

  /// Reads until `text` stands in what was written from `offset` of the transcript on.
  /// - Throws: `.notSeen` after `time`, or at a hangup.
  @discardableResult
  package func readUntil(
    contains text: String, from offset: Int = 0, within time: Duration
  ) throws(PseudoTerminalError) -> ContinuousClock.Instant {
    let needle = Array(text.utf8)
    var searched = offset
    return try readUntil("“\(text)”", within: time) { terminal in
      let bytes = terminal.transcript
      defer { searched = max(offset, bytes.count - needle.count + 1) }
      return bytes.holds(needle, from: searched)
    }
  }

  /// Reads until nothing came for `pause`, at most for `time`; a hangup is quiet.
  /// - Returns: whether it became quiet in time.
  @discardableResult
  package func quiet(for pause: Duration, within time: Duration) -> Bool {
    let end = ContinuousClock.now + time
    var last = ContinuousClock.now
    while last + pause <= end {
      guard let arrival = read(until: last + pause) else { return true }
      last = arrival.at
    }
    return isHungUp
  }

  /// The end of what was written, control characters shown.
  package var tail: String {
    var text = ""
    for scalar in String(decoding: transcript.suffix(400), as: UTF8.self).unicodeScalars {
      text += scalar.value < 0x20 || scalar.value == 0x7F ? scalar.escaped(asASCII: false) : String(scalar)
    }
    return text
  }

  private func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
    let left = (deadline - .now).components
    if left.seconds < 0 || left.attoseconds < 0 { return 0 }
    if left.seconds >= 1_000_000 { return 1_000_000_000 }
    return Int32(left.seconds * 1000 + (left.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }

  // MARK: The terminal and the program

  /// Gives the window another size.
  package func resize(columns: Int, rows: Int) throws(PseudoTerminalError) {
    guard let controller, pseudo_terminal_resize(controller, Int32(columns), Int32(rows)) == 0 else {
      throw .refused("cannot resize the terminal")
    }
  }

  /// Closes our end, as a lost connection does: the program gets SIGHUP and reads an end.
  package func hangUp() {
    if let controller { close(controller) }
    controller = nil
    isHungUp = true
  }

  package func send(signal: Int32) { kill(process, signal) }

  /// Waits for the program's end while its output is read, so that a full terminal does not hold it.
  /// - Throws: `.stillRunning` after `time`.
  @discardableResult
  package func waitForExit(within time: Duration) throws(PseudoTerminalError) -> ProcessExit {
    if let exit { return exit }
    let deadline = ContinuousClock.now + time
    while true {
      var status: Int32 = 0
      if waitpid(process, &status, WNOHANG) == process {
        // What it wrote last is still in the terminal.
        while read(until: .now) != nil {}
        let end = ProcessExit(waitStatus: status)
        exit = end
        return end
      }
      let now = ContinuousClock.now
      guard now < deadline else { throw .stillRunning(within: time) }
      let next = min(deadline, now + .milliseconds(2))
      if isHungUp || controller == nil { poll(nil, 0, milliseconds(until: next)) } else { read(until: next) }
    }
  }
}

extension [UInt8] {
  fileprivate func holds(_ needle: [UInt8], from offset: Int) -> Bool {
    guard let first = needle.first else { return true }
    guard count - needle.count >= offset else { return false }
    for start in offset...(count - needle.count) where self[start] == first {
      if self[start..<start + needle.count].elementsEqual(needle) { return true }
    }
    return false
  }
}
