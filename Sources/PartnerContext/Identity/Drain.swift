import Glibc

/// What comes out of one end of a pipe while a program runs: it may be a secret, and is wiped when it is released.
struct Drain {
  let reading: Int32
  /// Of a longer text only this many bytes at its end are kept; `nil` for all.
  var keepingLast: Int?
  let bytes: WipedBytes
  private(set) var isOpen = true

  init(reading: Int32, keepingLast: Int? = nil) {
    self.reading = reading
    self.keepingLast = keepingLast
    bytes = WipedBytes(capacity: 4096)
  }

  /// Takes what lies in either pipe, waiting for it at most `milliseconds`.
  /// - Returns: whether anything came.
  static func wait(_ first: inout Drain, _ second: inout Drain, milliseconds: Int32) -> Bool {
    var waiting = [first.waiting, second.waiting]
    guard poll(&waiting, 2, milliseconds) > 0 else { return false }
    let isFirst = waiting[0].revents != 0 && first.take()
    let isSecond = waiting[1].revents != 0 && second.take()
    return isFirst || isSecond
  }

  static func wait(_ drain: inout Drain, milliseconds: Int32) -> Bool {
    var waiting = drain.waiting
    return poll(&waiting, 1, milliseconds) > 0 && waiting.revents != 0 && drain.take()
  }

  /// A closed pipe is always ready, so it is no longer looked at.
  private var waiting: pollfd { pollfd(fd: isOpen ? reading : -1, events: Int16(POLLIN), revents: 0) }

  private mutating func take() -> Bool {
    let count = bytes.read(from: reading)
    if count < 0, errno == EINTR { return true }
    guard count > 0 else {
      isOpen = false
      return false
    }
    if let keepingLast { bytes.keepLast(keepingLast) }
    return true
  }

  /// The last line that says anything, short, as the end of a sentence; empty where nothing was said, or where it
  /// repeats what must not be seen.
  func lastLine(without secret: WipedBytes) -> String {
    bytes.withBytes { said in
      let isHidden = secret.withBytes { Self.repeats($0, in: said) }
      guard !isHidden else { return "" }
      let text = String(decoding: said, as: UTF8.self)
      let line = text.split { $0.isNewline }.last { !$0.allSatisfy(\.isWhitespace) }
      guard let line else { return "" }
      let words = String(String.UnicodeScalarView(line.unicodeScalars.map { $0.properties.isWhitespace ? " " : $0 }))
      return ": “\(words.drop { $0 == " " }.prefix(160))”"
    }
  }

  /// Whether any line of `secret`, but for blanks around it, stands in the last line that says anything.
  private static func repeats(_ secret: UnsafeRawBufferPointer, in said: UnsafeRawBufferPointer) -> Bool {
    func isEnd(_ byte: UInt8) -> Bool { (0x0A...0x0D).contains(byte) }
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    guard let last = said.split(whereSeparator: isEnd).last(where: { !$0.allSatisfy(isBlank) }) else { return false }
    return secret.split(whereSeparator: isEnd).contains { line in
      guard let start = line.firstIndex(where: { !isBlank($0) }), let end = line.lastIndex(where: { !isBlank($0) })
      else { return false }
      return last.firstRange(of: line[start...end]) != nil
    }
  }
}
