/// A key as terminals tell it that name each key with its modifiers: kitty's `CSI code ; modifiers u` and the form of
/// xterm's modifyOtherKeys, `CSI 27 ; modifiers ; code ~`.
///
/// We never ask for these forms; a program that ended badly may have left them on.
/// Source: the kitty keyboard protocol, "Legacy functional keys" and "Functional key definitions"; xterm, ctlseqs.
struct ModifiedKey {
  /// What is held besides the key, as the protocols number it from one.
  struct Modifiers: OptionSet {
    let rawValue: Int
    static let shift = Modifiers(rawValue: 1)
    static let control = Modifiers(rawValue: 4)
    static let capsLock = Modifiers(rawValue: 64)
    /// Alt, Super, Hyper and Meta: none of them makes a key of ours.
    static let others = Modifiers(rawValue: 2 | 8 | 16 | 32)

    init(rawValue: Int) { self.rawValue = rawValue }
    /// - Parameter parameter: as it stands in a sequence; `nil` or 0 where there is none.
    init(parameter: Int?) { self.init(rawValue: max(parameter ?? 1, 1) - 1) }
  }

  /// The key's code point or, from 57344 on, its number in kitty's table.
  var code: Int
  /// The code point with the shift key held, where the terminal tells it.
  var shiftedCode: Int?
  /// The code point that the key types, where the terminal tells it.
  var text: Int?
  var modifiers: Modifiers

  /// `nil` for modifier keys by themselves, media keys and numbers that are none.
  var key: Key? {
    guard let plain = named ?? typed else { return nil }
    return modifiers.isDisjoint(with: .others) ? plain : .alt(plain)
  }

  private var named: Key? {
    switch code {
    case 27: .escape
    case 13, 57_414: .enter
    case 9: modifiers.contains(.shift) ? .backtab : .tab
    case 8, 127: .backspace
    case 57_399...57_408: .character(Character(Unicode.Scalar(UInt8(code - 57_399 + 0x30))))
    case 57_409: .character(".")
    case 57_410: .character("/")
    case 57_411: .character("*")
    case 57_412: .character("-")
    case 57_413: .character("+")
    case 57_415: .character("=")
    case 57_416: .character(",")
    case 57_417: .left
    case 57_418: .right
    case 57_419: .up
    case 57_420: .down
    case 57_421: .pageUp
    case 57_422: .pageDown
    case 57_423: .home
    case 57_424: .end
    case 57_425: .insert
    case 57_426: .delete
    case 57_376...57_398: .function(code - 57_376 + 13)
    default: nil
    }
  }

  private var typed: Key? {
    // The rest of the private use area are keys that type nothing.
    guard !(57_344...63_743).contains(code) else { return nil }
    if modifiers.contains(.control) { return controlled }
    guard let scalar = character(text) ?? character(shifted) ?? character(code) else { return nil }
    return .character(Character(scalar))
  }

  /// What the key is when a terminal sends a single byte for it.
  private var controlled: Key? {
    switch code {
    case 0x20, 0x32, 0x40: .control("@")
    case 0x48, 0x68: .backspace
    case 0x49, 0x69: .tab
    case 0x4A, 0x4D, 0x6A, 0x6D: .enter
    case 0x5B: .escape
    case 0x41...0x5A, 0x61...0x7A, 0x5C...0x5F:
      .control(Character(Unicode.Scalar(UInt8(code >= 0x41 && code <= 0x5A ? code + 0x20 : code))))
    default: nil
    }
  }

  private var shifted: Int? {
    let isLetter = (0x61...0x7A).contains(code)
    let isUpper = modifiers.contains(.shift) != (modifiers.contains(.capsLock) && isLetter)
    guard isUpper else { return nil }
    return shiftedCode ?? (isLetter ? code - 0x20 : nil)
  }

  private func character(_ code: Int?) -> Unicode.Scalar? {
    guard let code, code >= 0x20, !(0x7F..<0xA0).contains(code) else { return nil }
    return Unicode.Scalar(UInt32(code))
  }
}
