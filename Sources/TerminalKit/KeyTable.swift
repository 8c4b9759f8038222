/// Which sequence of bytes is which key: the forms that xterm, the vt220, rxvt, screen and the Linux console send, those
/// of keyboard protocols that another program left on, and what terminfo knows about this terminal.
package struct KeyTable: Sendable {
  static let pasteBegins = Array("\u{1B}[200~".utf8)
  static let pasteEnds = Array("\u{1B}[201~".utf8)

  private var known: [[UInt8]: Key] = [:]

  /// - Parameter terminfo: sequences of this terminal; those that do not begin with ESC and `[` or `O` are left out,
  ///   since their first bytes are keys of their own.
  package init(terminfo: [(sequence: [UInt8], key: Key)] = []) {
    for entry in terminfo where entry.sequence.count > 2 && entry.sequence[0] == 0x1B {
      if entry.sequence[1] == 0x5B || entry.sequence[1] == 0x4F { known[entry.sequence] = entry.key }
    }
  }

  /// The key of a complete sequence, or nil if it is none.
  func key(for sequence: [UInt8]) -> Key? {
    if let key = known[sequence] { return key }
    guard sequence.count > 2 else { return nil }
    let body = sequence[2..<(sequence.count - 1)]
    let final = sequence[sequence.count - 1]
    if sequence[1] == 0x4F { return KeyTable.singleShift(final) }
    if body.first == 0x5B { return KeyTable.linuxFunction(final) }
    guard let parameters = KeyTable.parameters(body) else { return nil }
    // A key that is let go is told by kitty's protocol, and is no key.
    guard parameters.dropFirst().first?.dropFirst().first != 3 else { return nil }
    if final == 0x75 { return KeyTable.codePoint(parameters) }
    if final == 0x7E, parameters.count == 3, parameters[0] == [27] { return KeyTable.otherKey(parameters) }
    guard parameters.count <= 2 else { return nil }
    switch final {
    case 0x7E, 0x5E, 0x40, 0x24: return KeyTable.numbered(parameters.first?.first ?? 0)
    case 0x61...0x64: return parameters.isEmpty ? KeyTable.letter(final - 0x20) : nil
    default: return KeyTable.letter(final)
    }
  }

  /// Whether terminfo knows a longer sequence that begins like this one.
  func isBeginning(_ sequence: [UInt8]) -> Bool {
    known.keys.contains { $0.count > sequence.count && $0.starts(with: sequence) }
  }

  /// Parameters such as `1;5` or `97:65;2:1`, each with its parts; nil if they hold anything but digits, semicolons and
  /// colons. A part that is left out is 0.
  private static func parameters(_ body: ArraySlice<UInt8>) -> [[Int]]? {
    if body.isEmpty { return [] }
    var parameters = [[0]]
    for byte in body {
      var last = parameters[parameters.count - 1]
      switch byte {
      case 0x30...0x39: last[last.count - 1] = min(last[last.count - 1] * 10 + Int(byte - 0x30), 9_999_999)
      case 0x3A: last.append(0)
      case 0x3B:
        parameters.append([0])
        continue
      default: return nil
      }
      parameters[parameters.count - 1] = last
    }
    return parameters
  }

  /// CSI code : shifted : base ; modifiers : event ; text u
  private static func codePoint(_ parameters: [[Int]]) -> Key? {
    guard let code = parameters.first, code[0] > 0, parameters.count <= 3 else { return nil }
    let shifted = code.count > 1 && code[1] > 0 ? code[1] : nil
    return ModifiedKey(
      code: code[0], shiftedCode: shifted, text: parameters.count > 2 ? parameters[2][0] : nil,
      modifiers: .init(parameter: parameters.dropFirst().first?.first)
    ).key
  }

  /// CSI 27 ; modifiers ; code ~; the code is that of the shifted key already.
  private static func otherKey(_ parameters: [[Int]]) -> Key? {
    ModifiedKey(
      code: parameters[2][0], text: nil, modifiers: .init(parameter: parameters[1][0])
    ).key
  }

  /// ESC [ letter, with or without modifiers.
  private static func letter(_ final: UInt8) -> Key? {
    switch final {
    case 0x41: .up
    case 0x42: .down
    case 0x43: .right
    case 0x44: .left
    case 0x46: .end
    case 0x48: .home
    case 0x50: .function(1)
    case 0x51: .function(2)
    case 0x53: .function(4)
    case 0x5A: .backtab
    default: nil
    }
  }

  /// ESC O letter: application mode, the keypad, and rxvt's control with an arrow.
  private static func singleShift(_ final: UInt8) -> Key? {
    switch final {
    case 0x41, 0x61: .up
    case 0x42, 0x62: .down
    case 0x43, 0x63: .right
    case 0x44, 0x64: .left
    case 0x46: .end
    case 0x48: .home
    case 0x4D: .enter
    case 0x50: .function(1)
    case 0x51: .function(2)
    case 0x52: .function(3)
    case 0x53: .function(4)
    case 0x6A: .character("*")
    case 0x6B: .character("+")
    case 0x6D: .character("-")
    case 0x6F: .character("/")
    default: keypad(final)
    }
  }

  /// The digits of the keypad with Num Lock off, as rxvt and mlterm tell them: terminals that have a Num Lock send plain
  /// digits where it is on. The key in the middle is none.
  private static func keypad(_ final: UInt8) -> Key? {
    switch final {
    case 0x6E: .delete
    case 0x70: .insert
    case 0x71: .end
    case 0x72: .down
    case 0x73: .pageDown
    case 0x74: .left
    case 0x76: .right
    case 0x77: .home
    case 0x78: .up
    case 0x79: .pageUp
    default: nil
    }
  }

  /// ESC [ number ~, with rxvt's `^`, `@` and `$` for modifiers.
  private static func numbered(_ number: Int) -> Key? {
    switch number {
    case 1, 7: .home
    case 2: .insert
    case 3: .delete
    case 4, 8: .end
    case 5: .pageUp
    case 6: .pageDown
    case 11...15: .function(number - 10)
    case 17...21: .function(number - 11)
    case 23...26: .function(number - 12)
    case 28, 29: .function(number - 13)
    case 31...34: .function(number - 14)
    default: nil
    }
  }

  /// ESC [ [ letter: the first five function keys of the Linux console.
  private static func linuxFunction(_ final: UInt8) -> Key? {
    (0x41...0x45).contains(final) ? .function(Int(final) - 0x40) : nil
  }
}
