import CNcurses
import CSignals
import Glibc
package import TerminalKit

/// The terminal while the console has it. Made by `withTerminal`; for the main thread only.
package final class TerminalDriver {
  /// The window's size, within 1x1 and `largest`.
  package private(set) var size: Size
  /// Which description is used instead of the terminal's own; `nil` where that is known here.
  package let substitute: TerminalSubstitute?

  /// Windows that claim to be larger are painted up to here.
  static let largest = Size(columns: 1000, rows: 500)
  /// What the console asks of a terminal, and how that is taken back: pastes in brackets, and letters where they are put.
  /// Else one that reorders lines by the bidirectional rules draws the number behind an Arabic name before it, in the field
  /// of another tenant's. (ECMA-48, mode BDSM; who does not know it leaves it aside, as the Linux console does.)
  private static let modes = (on: "\u{1B}[?2004h\u{1B}[8l", off: "\u{1B}[?2004l\u{1B}[8h")
  /// For those whose sequences are of another kind.
  private static let pasteModes = (on: "\u{1B}[?2004h", off: "\u{1B}[?2004l")

  private let modesOn: String
  private let modesOff: String
  let input: Int32
  let output: Int32
  private let frames: FrameOutput
  private let wake: WakePipe
  private var painter: Painter
  private var decoder: KeyDecoder
  /// When the decoder loses its patience, if it is waiting.
  private var patienceEnds: ContinuousClock.Instant?
  /// What the times of keys are counted from.
  private let begun = ContinuousClock.now
  /// When waiting ended last: what was typed since, while a frame was made, is found waiting.
  private var busySince: ContinuousClock.Instant?
  private(set) var isHungUp = false
  /// The program that has the terminal now.
  var guest: pid_t?
  private var buffer = [UInt8](repeating: 0, count: 65_536)

  /// After `newterm`.
  /// - Parameter terminal: the description that is used, by its name in terminfo.
  init(
    _ options: TerminalOptions, terminal: String, wake: WakePipe, input: Int32, output: Int32, frames: FrameOutput,
    substitute: TerminalSubstitute?
  ) {
    self.substitute = substitute
    self.frames = frames
    self.input = input
    self.output = output
    self.wake = wake
    let placing = console_capability("cup").map { String(cString: $0) }
    (modesOn, modesOff) = placing?.hasPrefix("\u{1B}[%i%p1%d;%p2%dH") == true ? Self.modes : Self.pasteModes
    raw()
    noecho()
    nonl()
    // Painting must not stop half-way because a key is waiting.
    typeahead(-1)
    if let window = console_window() {
      keypad(window, true)
      idlok(window, true)
    }
    painter = Painter(options, terminal: terminal)
    decoder = KeyDecoder(.ofCurrentTerminal(), escapeDelay: options.escapeDelay)
    size = Size(columns: 1, rows: 1)
    adopt(TerminalDriver.size(of: output))
    send(modesOn)
  }

  /// Shows a screen: writes what differs from the last one, at once. Does nothing after a hangup,
  /// nor while another program has the terminal.
  package func paint(_ screen: Screen) {
    if isHungUp || guest != nil { return }
    painter.paint(screen, in: size, through: frames)
  }

  /// Drops what was typed before anything was shown: it was meant for another screen.
  package func dropTypedAhead() {
    if isHungUp || guest != nil { return }
    tcflush(input, TCIFLUSH)
  }

  /// Makes the next `paint` write the whole window, whatever the terminal shows now.
  package func redraw() {
    if isHungUp || guest != nil { return }
    painter.forget()
    console_repaint_all()
  }

  /// Waits for keys, signals and `WakePipe.wake()`, without waking up in between. Empty when `deadline` has passed.
  ///
  /// After `.hangup` only the wake pipe is listened to.
  package func wait(until deadline: ContinuousClock.Instant?) -> [TerminalInput] {
    defer { busySince = .now }
    while true {
      var descriptors = [
        pollfd(fd: isHungUp || guest != nil ? -1 : input, events: Int16(POLLIN), revents: 0),
        pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0),
        pollfd(fd: isHungUp ? -1 : output, events: 0, revents: 0),
      ]
      var count = poll(&descriptors, nfds_t(descriptors.count), 0)
      let typedSince = count > 0 ? busySince : nil
      busySince = nil
      if count == 0 { count = poll(&descriptors, nfds_t(descriptors.count), timeout(until: deadline)) }
      var inputs: [TerminalInput] = []
      if count > 0 {
        if descriptors[1].revents != 0 { takeWake(&inputs) }
        if descriptors[0].revents != 0 { takeBytes(typedSince: typedSince ?? .now, &inputs) }
        if descriptors[2].revents != 0 { hangUp(&inputs) }
      }
      takeBack(&inputs)
      if let ends = patienceEnds, ends <= .now {
        take(decoder.flush(), at: ends, &inputs)
        patienceEnds = decoder.patience.map { .now + $0 }
      }
      if !inputs.isEmpty { return inputs }
      if let deadline, deadline <= .now { return [] }
    }
  }

  /// Gives the terminal back. Before `delscreen`.
  func close() {
    evictGuest()
    if !isHungUp { send(modesOff) }
    leave()
  }

  /// Ends the full screen. Whether a terminal has a second one its description does not tell: where it has none, customers'
  /// names would stay for whoever uses the shell next, so all is cleared before.
  func leave() {
    if !isHungUp, !isendwin(), let clear = console_capability("clear") { send(String(cString: clear)) }
    endwin()
  }

  /// Milliseconds for `poll`, rounded up; -1 for ever.
  private func timeout(until deadline: ContinuousClock.Instant?) -> Int32 {
    guard let next = [deadline, patienceEnds].compactMap(\.self).min() else { return -1 }
    let left = (next - .now).components
    if left.seconds < 0 || left.attoseconds < 0 { return 0 }
    if left.seconds > 1_000_000 { return 1_000_000_000 }
    return Int32(left.seconds * 1000 + (left.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }

  private func takeWake(_ inputs: inout [TerminalInput]) {
    if wake.drain() { inputs.append(.woken) }
    if console_signal_taken(SIGHUP) != 0 { hangUp(&inputs) }
    if console_signal_taken(SIGTERM) != 0 { inputs.append(.terminate) }
    // Ctrl-C is for the program that has the terminal.
    if console_signal_taken(SIGINT) != 0, guest == nil { inputs.append(.interrupt) }
    if isHungUp { return }
    if guest != nil {
      if console_signal_taken(SIGTSTP) != 0 { console_stop_self() }
      return
    }
    if console_signal_taken(SIGTSTP) != 0 {
      suspend(&inputs)
    } else if console_signal_taken(SIGCONT) != 0 {
      endwin()
      resume(&inputs)
    }
    if console_signal_taken(SIGWINCH) != 0 { resize(&inputs) }
  }

  private func takeBytes(typedSince: ContinuousClock.Instant, _ inputs: inout [TerminalInput]) {
    let count = read(input, &buffer, buffer.count)
    if count < 0, errno == EINTR || errno == EAGAIN { return }
    if count <= 0 {
      hangUp(&inputs)
      return
    }
    if decoder.isInPaste, count == 1, buffer[0] == 0x03 {
      // The end of a paste got lost, and the operator wants out.
      decoder.abandonPaste()
    }
    take(decoder.feed(buffer[..<count]), at: typedSince, &inputs)
    patienceEnds = decoder.patience.map { .now + $0 }
  }

  /// Ctrl-Z comes as a key, so that a paste cannot hold it.
  private func take(_ keys: [Key], at time: ContinuousClock.Instant, _ inputs: inout [TerminalInput]) {
    let sinceBegin = (time - begun).components
    let milliseconds = Int(sinceBegin.seconds * 1000 + sinceBegin.attoseconds / 1_000_000_000_000_000)
    for part in keys.split(separator: .control("z"), omittingEmptySubsequences: false).enumerated() {
      if part.offset > 0 { suspend(&inputs) }
      if !part.element.isEmpty { inputs.append(.keys(Array(part.element), at: milliseconds)) }
    }
  }

  private func hangUp(_ inputs: inout [TerminalInput]) {
    if isHungUp { return }
    isHungUp = true
    patienceEnds = nil
    inputs.append(.hangup)
  }

  private func suspend(_ inputs: inout [TerminalInput]) {
    giveUp()
    console_stop_group()
    resume(&inputs)
  }

  /// Leaves the terminal as it was found, for somebody else.
  func giveUp() {
    send(modesOff)
    leave()
  }

  /// Forgets the beginning of a key.
  func forgetKeys() {
    _ = decoder.flush()
    patienceEnds = nil
  }

  /// Takes the terminal again and shows what was there.
  func resume(_ inputs: inout [TerminalInput]) {
    reset_prog_mode()
    inputs.append(.resumed)
    resize(&inputs)
    showAgain()
  }

  /// Shows what was there, on a terminal that is ours.
  private func showAgain() {
    // ncurses does not send it by itself where keys are read by others.
    if let window = console_window() { keypad(window, true) }
    painter.handOver()
    console_repaint_all()
    // The mode first: a terminal may keep it with each line that is written.
    send(modesOn)
    doupdate()
    painter.complete(through: frames)
  }

  /// Takes back a terminal that nobody took.
  func keep() {
    reset_prog_mode()
    showAgain()
  }

  private func resize(_ inputs: inout [TerminalInput]) {
    let new = TerminalDriver.size(of: output)
    if new == size { return }
    adopt(new)
    inputs.append(.resized(new))
  }

  private func adopt(_ new: Size) {
    size = new
    resize_term(Int32(new.rows), Int32(new.columns))
    if let window = console_window() { werase(window) }
    console_repaint_all()
    painter.forget()
  }

  /// The window's size as the terminal has it, 80x24 if it has none.
  static func claimedSize(of output: Int32) -> Size {
    var columns: Int32 = 0
    var rows: Int32 = 0
    if console_window_size(output, &columns, &rows) != 0 || columns == 0 || rows == 0 {
      return Size(columns: 80, rows: 24)
    }
    return Size(columns: Int(columns), rows: Int(rows))
  }

  /// The part of the window that is painted.
  static func size(of output: Int32) -> Size {
    let claimed = claimedSize(of: output)
    return Size(columns: min(claimed.columns, largest.columns), rows: min(claimed.rows, largest.rows))
  }

  private func send(_ sequence: String) {
    var bytes = Array(sequence.utf8)
    while !bytes.isEmpty {
      let count = write(output, bytes, bytes.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return }
      bytes.removeFirst(count)
    }
  }
}
