/// Turns the bytes of a terminal into keys.
///
/// A value without a clock: bytes go in, keys come out, and what is incomplete waits for more. How long is the
/// caller's business: after `patience` without a byte it calls `flush()`, which is how a lone ESC becomes `.escape`.
/// Answers of the terminal, mouse reports and unknown sequences are swallowed, invalid UTF-8 is dropped. ESC and what
/// follows it without a pause is one key; the rest of a sequence that comes too late is none.
package struct KeyDecoder: Sendable {
  /// Bytes of a paste that are kept; the rest is read and dropped.
  package static let pasteLimit = 65_536
  /// How long the rest of a sequence that begins with ESC is waited for, unless something else is asked for. A slow line
  /// takes up to 60 ms between two bytes of a key; a bare Esc has to act within 100.
  package static let usualEscapeDelay = Duration.milliseconds(80)
  /// Bytes of a control sequence after which it is no longer believed and only its end is looked for.
  private static let sequenceLimit = 64
  /// How long the end of a sequence that was given up is still told from keys.
  private static let lateness = Duration.seconds(3)

  private enum State: Hashable {
    case ground
    case character(missing: Int, value: UInt32, lowest: UInt32)
    case escape
    /// ESC came twice: two keys, or the sequence of a key with Alt.
    case secondEscape
    case singleShift
    case sequence
    /// A lone ESC was given as a key: what follows may be the rest of a sequence that it began.
    case afterEscape
    /// `[` or `O` came behind such an ESC.
    case rest([UInt8])
    /// A sequence was given up half-way, behind these bytes: its end may still come.
    case lateEnd([UInt8])
    /// So many characters of a mouse report are missing; a late one was given up, and is still told from keys.
    case mouse(missing: Int), lateMouse(missing: Int)
    case string, stringEscape
    case paste
    case afterPaste
  }

  private let table: KeyTable
  private let escapeDelay: Duration
  private var state = State.ground
  private var sequence: [UInt8] = []
  /// Whether the sequence that is being read began with a second ESC.
  private var isAlt = false
  private var pasted: [UInt8] = []
  /// How many bytes of the end mark of a paste have been seen in a row.
  private var endMarkLength = 0

  package init(_ table: KeyTable = KeyTable(), escapeDelay: Duration = usualEscapeDelay) {
    self.table = table
    self.escapeDelay = escapeDelay
  }

  /// How long to wait for more bytes before `flush()`; nil if nothing is waiting or only its own end can end it.
  package var patience: Duration? {
    switch state {
    case .ground, .paste, .afterEscape: nil
    case .escape, .secondEscape, .rest: escapeDelay
    case .character, .singleShift, .sequence, .mouse: max(.milliseconds(100), escapeDelay)
    case .lateEnd, .lateMouse: KeyDecoder.lateness
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
    let flushed = state
    let wasAlt = isAlt
    defer {
      sequence.removeAll(keepingCapacity: true)
      isAlt = false
    }
    switch flushed {
    case .paste, .ground, .afterEscape: return []
    case .escape:
      state = .afterEscape
      return [.escape]
    case .secondEscape:
      state = .afterEscape
      return [.escape, .escape]
    case .singleShift:
      state = .lateEnd([])
      return wasAlt ? [] : [.alt(.character("O"))]
    case .sequence:
      state = .lateEnd(sequence)
      return sequence.count == 2 && !wasAlt ? [.alt(.character("["))] : []
    case .rest(let bytes) where bytes.count == 1:
      state = .ground
      return [.character(Character(Unicode.Scalar(bytes[0])))]
    case .rest(let bytes):
      state = .lateEnd([0x1B] + bytes)
      return []
    case .mouse(let missing):
      state = .lateMouse(missing: missing)
      return []
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
    case .secondEscape: takeSecondEscape(byte, &keys)
    case .singleShift: takeSingleShift(byte, &keys)
    case .sequence: takeSequence(byte, &keys)
    case .afterEscape:
      state = .ground
      if byte == 0x5B || byte == 0x4F { state = .rest([byte]) } else { takeGround(byte, &keys) }
    case .rest(let bytes): takeRest(byte, after: bytes, &keys)
    case .lateEnd(let bytes): takeLateEnd(byte, after: bytes, &keys)
    case .mouse(let missing):
      let left = KeyDecoder.left(of: missing, after: byte)
      state = left > 0 ? .mouse(missing: left) : .ground
    case .lateMouse(let missing):
      let left = KeyDecoder.left(of: missing, after: byte)
      state = left > 0 ? .lateMouse(missing: left) : .ground
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
    let wasAlt = isAlt
    isAlt = false
    guard byte & 0xC0 == 0x80 else {
      takeGround(byte, &keys)
      return
    }
    let value = value << 6 | UInt32(byte & 0x3F)
    if missing > 1 {
      state = .character(missing: missing - 1, value: value, lowest: lowest)
      isAlt = wasAlt
    } else if value >= lowest, !(0x80..<0xA0).contains(value), let scalar = Unicode.Scalar(value) {
      let key = Key.character(Character(scalar))
      keys.append(wasAlt ? .alt(key) : key)
    }
  }

  private mutating func takeEscape(_ byte: UInt8, _ keys: inout [Key]) {
    switch byte {
    case 0x1B: state = .secondEscape
    case 0x5D, 0x50, 0x58, 0x5E, 0x5F: state = .string
    case 0x09:
      // Shift-Tab of the Linux console. Alt-Tab is the window manager's.
      state = .ground
      keys.append(.backtab)
    default: if !begins(byte) { takeAlt(byte, &keys) }
    }
  }

  private mutating func takeSecondEscape(_ byte: UInt8, _ keys: inout [Key]) {
    if byte == 0x1B {
      keys.append(.escape)
    } else if begins(byte) {
      isAlt = true
    } else {
      keys.append(.escape)
      takeEscape(byte, &keys)
    }
  }

  /// Whether a sequence of a key begins with ESC and this byte.
  private mutating func begins(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x5B:
      state = .sequence
      sequence = [0x1B, byte]
    case 0x4F: state = .singleShift
    default: return false
    }
    isAlt = false
    return true
  }

  /// ESC and a key without a pause between them is what terminals send for the key with Alt.
  private mutating func takeAlt(_ byte: UInt8, _ keys: inout [Key]) {
    state = .ground
    var typed: [Key] = []
    takeGround(byte, &typed)
    if case .character = state { isAlt = true }
    // Ctrl-C has to get through, whatever was pressed before.
    keys += typed.map { $0 == .control("c") ? $0 : .alt($0) }
  }

  private mutating func takeSingleShift(_ byte: UInt8, _ keys: inout [Key]) {
    switch byte {
    case 0x1B:
      state = .escape
      keys.append(isAlt ? .escape : .alt(.character("O")))
    case 0x30...0x3F:
      // Some terminals put modifiers between ESC O and the letter.
      return
    case 0x40...0x7E:
      state = .ground
      if let key = table.key(for: [0x1B, 0x4F, byte]) { keys.append(isAlt ? .alt(key) : key) }
    default:
      state = .ground
      takeGround(byte, &keys)
    }
    isAlt = false
  }

  /// Keys that were typed one by one do not come this fast: these are the rest of a sequence, cut by a slow line.
  private mutating func takeRest(_ byte: UInt8, after bytes: [UInt8], _ keys: inout [Key]) {
    let isShift = bytes[0] == 0x4F
    switch byte {
    case 0x24 where bytes.count > 1 && bytes.dropFirst().allSatisfy({ (0x30...0x39).contains($0) }):
      // As rxvt ends a key with the shift held.
      state = .ground
    case 0x20...0x3F where !isShift || byte >= 0x30:
      state = .rest(bytes.count < KeyDecoder.sequenceLimit ? bytes + [byte] : bytes)
    case 0x5B where bytes == [0x5B]: state = .rest([0x5B, 0x5B])
    case 0x41...0x45 where bytes == [0x5B, 0x5B]: state = .ground
    case 0x4D where bytes == [0x5B]: state = .lateMouse(missing: 3)
    case 0x7E where [0x1B] + bytes + [byte] == KeyTable.pasteBegins: beginPaste()
    case 0x40...0x7E where bytes != [0x5B, 0x5B]: state = .ground
    default:
      state = .ground
      keys += bytes.map { .character(Character(Unicode.Scalar($0))) }
      take(byte, &keys)
    }
  }

  /// Columns beyond 95 come as characters of two bytes from terminals that were told to.
  private static func left(of missing: Int, after byte: UInt8) -> Int {
    (0xC2...0xDF).contains(byte) ? missing : missing - 1
  }

  private mutating func beginPaste() {
    state = .paste
    pasted.removeAll()
    endMarkLength = 0
  }

  private mutating func takeLateEnd(_ byte: UInt8, after bytes: [UInt8], _ keys: inout [Key]) {
    switch byte {
    case 0x20...0x3F: state = .lateEnd(bytes.count < KeyDecoder.sequenceLimit ? bytes + [byte] : bytes)
    case 0x4D where bytes == [0x1B, 0x5B]: state = .lateMouse(missing: 3)
    case 0x7E where bytes + [byte] == KeyTable.pasteBegins: beginPaste()
    case 0x40...0x7E: state = .ground
    default:
      state = .ground
      takeGround(byte, &keys)
    }
  }

  private mutating func takeSequence(_ byte: UInt8, _ keys: inout [Key]) {
    switch byte {
    case 0x1B:
      sequence.removeAll(keepingCapacity: true)
      isAlt = false
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
      isAlt = false
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
    defer { isAlt = false }
    let key = sequence.count <= KeyDecoder.sequenceLimit ? table.key(for: sequence) : nil
    if isAlt, key == nil { keys.append(.escape) }
    if sequence == KeyTable.pasteBegins {
      beginPaste()
    } else if sequence == [0x1B, 0x5B, 0x4D] {
      state = .mouse(missing: 3)
    } else if let key {
      keys.append(isAlt ? .alt(key) : key)
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
