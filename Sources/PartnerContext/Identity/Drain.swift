import Glibc

/// What comes out of one end of a pipe while a program runs.
struct Drain {
  let reading: Int32
  /// Of a longer text only this many bytes at its end are kept; `nil` for all.
  var keepingLast: Int?
  private(set) var bytes: [UInt8] = []
  private(set) var isOpen = true

  init(reading: Int32, keepingLast: Int? = nil) {
    self.reading = reading
    self.keepingLast = keepingLast
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
    var piece = [UInt8](repeating: 0, count: 4096)
    let count = read(reading, &piece, piece.count)
    if count < 0, errno == EINTR { return true }
    guard count > 0 else {
      isOpen = false
      return false
    }
    bytes += piece.prefix(count)
    if let keepingLast, bytes.count > keepingLast { bytes.removeFirst(bytes.count - keepingLast) }
    return true
  }

  /// The last line that says anything, short, as the end of a sentence; empty where nothing was said, or where it
  /// repeats what must not be seen.
  func lastLine(without secret: [UInt8]) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    let line = text.split { $0.isNewline }.last { !$0.allSatisfy(\.isWhitespace) }
    guard let line else { return "" }
    let words = String(String.UnicodeScalarView(line.unicodeScalars.map { $0.properties.isWhitespace ? " " : $0 }))
    let hidden = String(decoding: secret, as: UTF8.self).split(whereSeparator: \.isNewline)
      .map { $0.drop(while: \.isWhitespace) }.filter { !$0.isEmpty }
    if hidden.contains(where: { words.contains($0) }) { return "" }
    return ": “\(words.drop { $0 == " " }.prefix(160))”"
  }
}
