/// Turns the bytes of a terminal into keys.
///
/// A value without a clock: bytes go in, keys come out, and what is incomplete waits for more. How long is the
/// caller's business: after `patience` without a byte it calls `flush()`, which is how a lone ESC becomes `.escape`.
/// Answers of the terminal, mouse reports and unknown sequences are swallowed, invalid UTF-8 is dropped.
package struct KeyDecoder: Sendable {
  /// Bytes of a paste that are kept; the rest is read and dropped.
  package static let pasteLimit = 65_536
  /// Bytes of a control sequence after which it is no longer believed and only its end is looked for.
  private static let sequenceLimit = 64

  private enum State: Hashable {
    case ground
    case character(missing: Int, value: UInt32, lowest: UInt32)
    case escape
    case singleShift
    case sequence
    case mouse(missing: Int)
    case string, stringEscape
    case paste
    case afterPaste
  }

  private let table: KeyTable
  private var state = State.ground
  private var sequence: [UInt8] = []
  private var pasted: [UInt8] = []
  /// How many bytes of the end mark of a paste have been seen in a row.
  private var endMarkLength = 0

  package init(_ table: KeyTable = KeyTable()) { self.table = table }

  /// How long to wait for more bytes before `flush()`; nil if nothing is waiting or only its own end can end it.
  package var patience: Duration? {
    switch state {
    case .ground, .paste: nil
    case .escape: .milliseconds(25)
    case .character, .singleShift, .sequence, .mouse: .milliseconds(100)
    case .string, .stringEscape: .milliseconds(250)
    case .afterPaste: .milliseconds(50)
    }
  }

  /// Whether a bracketed paste has begun and not ended.
  package var isInPaste: Bool { state == .paste }

  /// Keys that are complete with these bytes.
  package mutating func feed(_ bytes: some Sequence<UInt8>) -> [Key] {
    var keys: [Key] = []
    for byte in bytes { take(byte, &keys) }
    return keys
  }

  /// Nothing came for `patience`: what was begun will not be completed.
  package mutating func flush() -> [Key] {
    defer { sequence.removeAll(keepingCapacity: true) }
    switch state {
    case .paste: return []
    case .escape:
      state = .ground
      return [.escape]
    case .singleShift:
      state = .ground
      return [.escape, .character("O")]
    case .sequence where sequence.count == 2:
      state = .ground
      return [.escape, .character("[")]
    default:
      state = .ground
      return []
    }
  }

  /// Gives up a paste whose end never came.
  package mutating func abandonPaste() {
    guard state == .paste else { return }
    pasted.removeAll()
    endMarkLength = 0
    state = .ground
  }

  private mutating func take(_ byte: UInt8, _ keys: inout [Key]) {
    switch state {
    case .ground: takeGround(byte, &keys)
    case .character(let missing, let value, let lowest):
      takeContinuation(byte, missing: missing, value: value, lowest: lowest, &keys)
    case .escape: takeEscape(byte, &keys)
    case .singleShift: takeSingleShift(byte, &keys)
    case .sequence: takeSequence(byte, &keys)
    case .mouse(let missing): state = missing > 1 ? .mouse(missing: missing - 1) : .ground
    case .string: takeString(byte)
    case .stringEscape:
      state = byte == 0x5C ? .ground : .string
      if state == .string { takeString(byte) }
    case .paste: takePaste(byte, &keys)
    case .afterPaste: takeAfterPaste(byte)
    }
  }

  private mutating func takeGround(_ byte: UInt8, _ keys: inout [Key]) {
    switch byte {
    case 0x1B: state = .escape
    case 0x0D, 0x0A: keys.append(.enter)
    case 0x09: keys.append(.tab)
    case 0x7F, 0x08: keys.append(.backspace)
    case 0x00..<0x20:
      let letter = Unicode.Scalar(byte + (byte >= 1 && byte <= 26 ? 0x60 : 0x40))
      keys.append(.control(Character(letter)))
    case 0x20..<0x7F: keys.append(.character(Character(Unicode.Scalar(byte))))
    case 0xC2...0xDF: state = .character(missing: 1, value: UInt32(byte & 0x1F), lowest: 0x80)
    case 0xE0...0xEF: state = .character(missing: 2, value: UInt32(byte & 0x0F), lowest: 0x800)
    case 0xF0...0xF4: state = .character(missing: 3, value: UInt32(byte & 0x07), lowest: 0x10000)
    default: break
    }
  }

  private mutating func takeContinuation(
    _ byte: UInt8, missing: Int, value: UInt32, lowest: UInt32, _ keys: inout [Key]
  ) {
    state = .ground
    guard byte & 0xC0 == 0x80 else {
      takeGround(byte, &keys)
      return
    }
    let value = value << 6 | UInt32(byte & 0x3F)
    if missing > 1 {
      state = .character(missing: missing - 1, value: value, lowest: lowest)
    } else if value >= lowest, !(0x80..<0xA0).contains(value), let scalar = Unicode.Scalar(value) {
      keys.append(.character(Character(scalar)))
    }
  }

  private mutating func takeEscape(_ byte: UInt8, _ keys: inout [Key]) {
    switch byte {
    case 0x1B: keys.append(.escape)
    case 0x5B:
      state = .sequence
      sequence = [0x1B, byte]
    case 0x4F: state = .singleShift
    case 0x5D, 0x50, 0x58, 0x5E, 0x5F: state = .string
    default:
      // ESC and then a key: over a slow line both arrive at once, and Esc must not be lost.
      state = .ground
      keys.append(.escape)
      takeGround(byte, &keys)
    }
  }

  private mutating func takeSingleShift(_ byte: UInt8, _ keys: inout [Key]) {
    state = .ground
    switch byte {
    case 0x1B:
      keys.append(contentsOf: [.escape, .character("O")])
      state = .escape
    case 0x30...0x3F:
      // Some terminals put modifiers between ESC O and the letter.
      state = .singleShift
    case 0x40...0x7E:
      if let key = table.key(for: [0x1B, 0x4F, byte]) { keys.append(key) }
    default: takeGround(byte, &keys)
    }
  }

  private mutating func takeSequence(_ byte: UInt8, _ keys: inout [Key]) {
    switch byte {
    case 0x1B:
      sequence.removeAll(keepingCapacity: true)
      state = .escape
    case 0x24 where endsKey(byte):
      sequence.append(byte)
      state = .ground
      endSequence(&keys)
      sequence.removeAll(keepingCapacity: true)
    case 0x20...0x3F:
      if sequence.count < KeyDecoder.sequenceLimit { sequence.append(byte) }
    case 0x5B where sequence.count == 2:
      // The Linux console sends ESC [ [ A for F1.
      sequence.append(byte)
    case 0x40...0x7E:
      sequence.append(byte)
      state = .ground
      endSequence(&keys)
      sequence.removeAll(keepingCapacity: true)
    default:
      sequence.removeAll(keepingCapacity: true)
      state = .ground
      takeGround(byte, &keys)
    }
  }

  /// rxvt ends a key with the shift held by `$`; answers of terminals have other marks before theirs.
  private func endsKey(_ dollar: UInt8) -> Bool {
    sequence.count > 2 && sequence[2...].allSatisfy { (0x30...0x39).contains($0) }
      && !table.isBeginning(sequence + [dollar])
  }

  private mutating func endSequence(_ keys: inout [Key]) {
    if sequence == KeyTable.pasteBegins {
      state = .paste
      pasted.removeAll()
      endMarkLength = 0
    } else if sequence == [0x1B, 0x5B, 0x4D] {
      state = .mouse(missing: 3)
    } else if sequence.count <= KeyDecoder.sequenceLimit, let key = table.key(for: sequence) {
      keys.append(key)
    }
  }

  private mutating func takeString(_ byte: UInt8) {
    switch byte {
    case 0x07, 0x18, 0x1A: state = .ground
    case 0x1B: state = .stringEscape
    default: state = .string
    }
  }

  private mutating func takePaste(_ byte: UInt8, _ keys: inout [Key]) {
    if pasted.count < KeyDecoder.pasteLimit + KeyTable.pasteEnds.count { pasted.append(byte) }
    if byte == KeyTable.pasteEnds[endMarkLength] {
      endMarkLength += 1
    } else {
      endMarkLength = byte == KeyTable.pasteEnds[0] ? 1 : 0
    }
    guard endMarkLength == KeyTable.pasteEnds.count else { return }
    endMarkLength = 0
    if pasted.suffix(KeyTable.pasteEnds.count).elementsEqual(KeyTable.pasteEnds) {
      pasted.removeLast(KeyTable.pasteEnds.count)
    }
    keys.append(.paste(String(decoding: pasted.prefix(KeyDecoder.pasteLimit), as: UTF8.self)))
    pasted = []
    state = .afterPaste
  }

  /// Bytes that follow a paste without a pause are part of it: its text held a false end mark.
  private mutating func takeAfterPaste(_ byte: UInt8) {
    let mark = KeyTable.pasteBegins
    if byte == mark[endMarkLength] {
      endMarkLength += 1
    } else {
      endMarkLength = byte == mark[0] ? 1 : 0
    }
    guard endMarkLength == mark.count else { return }
    endMarkLength = 0
    state = .paste
  }
}
