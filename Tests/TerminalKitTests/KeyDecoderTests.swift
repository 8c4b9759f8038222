import Testing

@testable import TerminalKit

@Suite struct KeyDecoderTests {
  static let table: [(bytes: String, keys: [Key])] = [
    ("a", [.character("a")]), ("é", [.character("é")]), ("東🙂", [.character("東"), .character("🙂")]),
    ("\r", [.enter]), ("\n", [.enter]), ("\t", [.tab]), ("\u{7F}", [.backspace]), ("\u{8}", [.backspace]),
    ("\u{0}", [.control("@")]), ("\u{3}", [.control("c")]), ("\u{1A}", [.control("z")]), ("\u{1C}", [.control("\\")]),
    ("\u{1B}[A\u{1B}[B\u{1B}[C\u{1B}[D", [.up, .down, .right, .left]),
    ("\u{1B}OA\u{1B}OB\u{1B}OC\u{1B}OD", [.up, .down, .right, .left]),
    ("\u{1B}[H\u{1B}[F\u{1B}OH\u{1B}OF", [.home, .end, .home, .end]),
    ("\u{1B}[1~\u{1B}[4~\u{1B}[7~\u{1B}[8~", [.home, .end, .home, .end]),
    ("\u{1B}[2~\u{1B}[3~\u{1B}[5~\u{1B}[6~", [.insert, .delete, .pageUp, .pageDown]),
    ("\u{1B}[Z", [.backtab]), ("\u{1B}[1;2A\u{1B}[5;5~\u{1B}Oa\u{1B}[3^", [.up, .pageUp, .up, .delete]),
    ("\u{1B}OP\u{1B}OS\u{1B}[11~\u{1B}[15~\u{1B}[17~\u{1B}[24~", [1, 4, 1, 5, 6, 12].map(Key.function)),
    ("\u{1B}[[A\u{1B}[[E", [.function(1), .function(5)]), ("\u{1B}[1;5P", [.function(1)]),
    ("\u{1B}OM\u{1B}Ok", [.enter, .character("+")]),
    // B08: ESC and a key without a pause is the key with Alt; Ctrl-C gets through
    ("\u{1B}x", [.alt(.character("x"))]), ("\u{1B}é", [.alt(.character("é"))]), ("\u{1B}\r", [.alt(.enter)]),
    ("\u{1B}\u{1B}[A", [.alt(.up)]), ("\u{1B}\u{1B}OA", [.alt(.up)]),
    ("\u{1B}\u{1B}a", [.escape, .alt(.character("a"))]),
    ("\u{1B}\u{1B}\u{1B}[A", [.escape, .alt(.up)]), ("\u{1B}\u{1B}[0na", [.escape, .character("a")]),
    ("\u{1B}\u{3}", [.control("c")]), ("\u{1B}éa", [.alt(.character("é")), .character("a")]),
    // B26: kitty's form
    ("\u{1B}[27u\u{1B}[13u\u{1B}[9u\u{1B}[127u", [.escape, .enter, .tab, .backspace]),
    ("\u{1B}[99;5u\u{1B}[108;5u\u{1B}[99;69u", [.control("c"), .control("l"), .control("c")]),
    ("\u{1B}[13;2u\u{1B}[13;5u\u{1B}[9;2u", [.enter, .enter, .backtab]),
    ("\u{1B}[97u\u{1B}[97;2u\u{1B}[97:65;2u\u{1B}[97;65u", Array("aAAA").map(Key.character)),
    ("\u{1B}[49:33;2u\u{1B}[47;2u\u{1B}[246u\u{1B}[0;;228u", Array("!/ö").map(Key.character)),
    ("\u{1B}[97;1;229u\u{1B}[32;5u", [.character("å"), .control("@")]),
    ("\u{1B}[105;5u\u{1B}[109;5u\u{1B}[91;5u\u{1B}[104;5u", [.tab, .enter, .escape, .backspace]),
    (
      "\u{1B}[97;3u\u{1B}[113;9u\u{1B}[13;3u\u{1B}[99;7u",
      [.character("a"), .character("q"), .enter, .control("c")].map(Key.alt)
    ),
    ("\u{1B}[97;1:1u\u{1B}[97;1:2u\u{1B}[97;1:3u", [.character("a"), .character("a")]),
    ("\u{1B}[1;1:1B\u{1B}[1;1:3B\u{1B}[3;1:2~\u{1B}[3;1:3~\u{1B}[27;5:3u", [.down, .delete]),
    (
      "\u{1B}[57414u\u{1B}[57419u\u{1B}[57399u\u{1B}[57441;2u\u{1B}[57376u",
      [.enter, .up, .character("0"), .function(13)]
    ),
    ("\u{1B}[?1u\u{1B}[1;2;3;4ua", [.character("a")]), ("\u{1B}[99999999ua", [.character("a")]),
    // B26: modifyOtherKeys' form
    ("\u{1B}[27;5;99~\u{1B}[27;2;13~\u{1B}[27;5;27~", [.control("c"), .enter, .escape]),
    ("\u{1B}[27;2;65~\u{1B}[27;2;33~\u{1B}[27;5;108~", [.character("A"), .character("!"), .control("l")]),
    ("\u{1B}[27;3;97~\u{1B}[27;5;127~\u{1B}[27;2;9~", [.alt(.character("a")), .backspace, .backtab]),
    // H73: answers nobody asked for, mouse reports and unknown sequences
    ("\u{1B}[?62;22ca", [.character("a")]), ("\u{1B}[24;80Ra", [.character("a")]), ("\u{1B}[0na", [.character("a")]),
    ("\u{1B}[>41;389;0ca", [.character("a")]), ("\u{1B}[<0;10;20Ma", [.character("a")]),
    ("\u{1B}[M \u{81}aq", [.character("q")]), ("\u{1B}[M !!a", [.character("a")]),
    ("\u{1B}[?2026;2$ya", [.character("a")]), ("\u{1B}[Ia", [.character("a")]),
    ("\u{1B}]11;rgb:00/00/00\u{7}a", [.character("a")]), ("\u{1B}]11;x\u{1B}\\a", [.character("a")]),
    ("\u{1B}P>|term\u{1B}\\a", [.character("a")]), ("\u{1B}_Gi=1;OK\u{1B}\\a", [.character("a")]),
    ("\u{1B}[99~\u{1B}[12;34;56~a", [.character("a")]), ("\u{1B}[97;5na", [.character("a")]),
    ("\u{9B}31ma", [.character("3"), .character("1"), .character("m"), .character("a")]),
    ("\u{1B}[" + String(repeating: "1;", count: 500) + "Aa", [.character("a")]),
    // rxvt ends a key with the shift held by `$`
    ("\u{1B}[3$x\u{1B}[5$y", [.delete, .character("x"), .pageUp, .character("y")]),
    ("\u{1B}[12;1$ya", [.character("a")]),
    // A sequence that is cut short by another one
    ("\u{1B}[1\u{1B}[A", [.up]), ("\u{1B}[1\r", [.enter]), ("\u{1B}O\u{1B}[A", [.alt(.character("O")), .up]),
  ]

  /// What real terminals send where they differ, in the mode that the console sets.
  static let terminals: [(terminal: String, what: String, bytes: String, keys: [Key])] = [
    ("xterm", "keypad Enter", "\u{1B}OM", [.enter]), ("rxvt", "keypad Enter", "\u{1B}OM", [.enter]),
    ("vte", "keypad Enter", "\u{1B}OM", [.enter]), ("kitty", "keypad Enter", "\r", [.enter]),
    ("alacritty", "keypad Enter", "\n", [.enter]),
    ("xterm", "Num Lock off, 7 9 1 3", "\u{1B}OH\u{1B}[5~\u{1B}OF\u{1B}[6~", [.home, .pageUp, .end, .pageDown]),
    ("rxvt", "Num Lock off, 7 9 1 3", "\u{1B}Ow\u{1B}Oy\u{1B}Oq\u{1B}Os", [.home, .pageUp, .end, .pageDown]),
    ("rxvt", "Num Lock off, 8 2 4 6", "\u{1B}Ox\u{1B}Or\u{1B}Ot\u{1B}Ov", [.up, .down, .left, .right]),
    ("rxvt", "Num Lock off, 0 5 .", "\u{1B}Op\u{1B}Ou\u{1B}On", [.insert, .delete]),
    ("mlterm", "Num Lock off, 7 8", "\u{1B}Ow\u{1B}Ox", [.home, .up]),
    ("st", "Num Lock off, 8 2 4 6", "\u{1B}Ox\u{1B}Or\u{1B}Ot\u{1B}Ov", [.up, .down, .left, .right]),
    ("all", "Num Lock on, 7 8 .", "78.", [.character("7"), .character("8"), .character(".")]),
    ("xterm", "Home End", "\u{1B}OH\u{1B}OF", [.home, .end]),
    ("rxvt", "Home End", "\u{1B}[7~\u{1B}[8~", [.home, .end]),
    ("linux", "Home End", "\u{1B}[1~\u{1B}[4~", [.home, .end]),
    ("st", "Delete", "\u{1B}[3~", [.delete]),
    ("rxvt", "Alt-Up", "\u{1B}\u{1B}[A", [.alt(.up)]), ("rxvt", "Shift-Up", "\u{1B}[a", [.up]),
    ("xterm", "Alt-Up", "\u{1B}[1;3A", [.up]),
    ("vte", "Alt-a", "\u{1B}a", [.alt(.character("a"))]), ("mlterm", "Alt-a", "á", [.character("á")]),
    ("foot", "Shift-Enter", "\u{1B}[27;2;13~", [.enter]), ("foot", "Ctrl-C", "\u{1B}[27;5;99~", [.control("c")]),
    ("kitty", "Ctrl-L", "\u{1B}[108;5u", [.control("l")]),
    ("xterm", "Shift-Tab", "\u{1B}[Z", [.backtab]), ("linux", "Shift-Tab", "\u{1B}\t", [.backtab]),
    ("linux", "F1", "\u{1B}[[A", [.function(1)]), ("rxvt", "F1", "\u{1B}[11~", [.function(1)]),
    ("kitty", "a paste", "\u{1B}[200~a\nb\u{1B}[201~", [.paste("a\nb")]),
    ("st", "a paste", "\u{1B}[200~a\rb\u{1B}[201~", [.paste("a\rb")]),
  ]

  @Test("P4, P7, P8: what each terminal sends is the key that was pressed", arguments: terminals)
  func ofTerminal(terminal: String, what: String, bytes: String, keys: [Key]) {
    var decoder = KeyDecoder()
    #expect(decoder.feed(Array(bytes.utf8)) == keys, "\(what) in \(terminal)")
    #expect(decoder.patience == nil || decoder.patience == .milliseconds(50))
  }

  @Test("Bytes become keys", arguments: table)
  func bytes(bytes: String, keys: [Key]) {
    var decoder = KeyDecoder()
    #expect(decoder.feed(Array(bytes.utf8)) == keys)
  }

  @Test(
    "H24: invalid UTF-8 is dropped and costs no other key",
    arguments: [
      [0x80, 0x61], [0xC3, 0x61], [0xC0, 0x80, 0x61], [0xE0, 0x80, 0x80, 0x61], [0xED, 0xA0, 0x80, 0x61],
      [0xF5, 0x61], [0xF4, 0x90, 0x80, 0x80, 0x61], [0xFF, 0x61], [0xE2, 0x82, 0x61], [0xC2, 0x9B, 0x61],
    ] as [[UInt8]])
  func invalid(bytes: [UInt8]) {
    var decoder = KeyDecoder()
    #expect(decoder.feed(bytes) == [.character("a")])
  }

  @Test(
    "What waits is settled by flush",
    arguments: [
      ("\u{1B}", [.escape]), ("\u{1B}O", [.alt(.character("O"))]), ("\u{1B}[", [.alt(.character("["))]),
      ("\u{1B}\u{1B}", [.escape, .escape]), ("\u{1B}\u{1B}[", []), ("\u{1B}[1;", []), ("\u{1B}]0;x", []), ("", []),
      ("\u{1B}[200~abc", []),
    ] as [(String, [Key])])
  func flushing(bytes: String, keys: [Key]) {
    var decoder = KeyDecoder()
    #expect(decoder.feed(Array(bytes.utf8)) == [])
    #expect((decoder.patience != nil) == (bytes.first == "\u{1B}" && !decoder.isInPaste))
    #expect(decoder.flush() == keys)
    _ = decoder.flush()
    #expect(decoder.patience == nil)
    #expect(decoder.feed([0x6A]) == (decoder.isInPaste ? [] : [.character("j")]))
  }

  @Test("B07: what follows ESC is waited for, 60 ms at least, and a bare Esc acts within 100")
  func escapePatience() throws {
    var decoder = KeyDecoder()
    for bytes in ["\u{1B}", "\u{1B}\u{1B}"] {
      _ = decoder.feed(Array(bytes.utf8))
      let patience = try #require(decoder.patience)
      #expect((.milliseconds(60)...(.milliseconds(90))).contains(patience))
      _ = decoder.flush()
    }
    for bytes in ["\u{1B}[", "\u{1B}O", "\u{1B}[1;5"] {
      _ = decoder.feed(Array(bytes.utf8))
      #expect(try #require(decoder.patience) >= .milliseconds(60))
      decoder = KeyDecoder()
    }
    var slow = KeyDecoder(escapeDelay: .milliseconds(300))
    for bytes in ["\u{1B}", "["] {
      _ = slow.feed(Array(bytes.utf8))
      #expect(slow.patience == .milliseconds(300))
    }
    #expect(slow.feed(Array("B".utf8)) == [.down])
  }

  @Test(
    "B07: ESCDELAY is milliseconds within sane limits",
    arguments: [
      (nil, 80), ("", 80), ("300", 300), ("25", 25), ("0", 10), ("2000", 2_000), ("99999999999999999999", 2_000),
      ("-5", 80), ("1e3", 80), ("300 ", 80), ("٣٠", 80),
    ] as [(String?, Int)])
  func escapeDelay(variable: String?, milliseconds: Int) {
    #expect(KeyDecoder.escapeDelay(variable: variable) == .milliseconds(milliseconds))
  }

  @Test(
    "B07: the rest of a sequence that comes too late does nothing",
    arguments: [
      ["\u{1B}", "[B"], ["\u{1B}", "OA"], ["\u{1B}", "Oa"], ["\u{1B}", "[a"], ["\u{1B}", "[1;5A"], ["\u{1B}", "[5~"],
      ["\u{1B}", "[3$"], ["\u{1B}", "O5a"], ["\u{1B}", "[[A"], ["\u{1B}", "[97;5u"], ["\u{1B}", "[1;", "5A"],
      ["\u{1B}[", "a"], ["\u{1B}[", "1;5A"], ["\u{1B}[1;", "5a"], ["\u{1B}O", "a"], ["\u{1B}\u{1B}[", "a"],
      ["\u{1B}", "[M !a"], ["\u{1B}[M", " !a"], ["\u{1B}[", "M !a"], ["\u{1B}[M ", "!a"],
    ])
  func lateRest(pieces: [String]) {
    var decoder = KeyDecoder()
    var keys: [Key] = []
    for piece in pieces {
      keys += decoder.feed(Array(piece.utf8))
      keys += decoder.flush()
    }
    // An Esc that was given too early, or a key with Alt that is bound to nothing: no letter.
    #expect(keys.allSatisfy { !$0.isPrintable } && keys.count <= 1, "\(keys)")
    #expect(decoder.feed(Array("j".utf8)) == [.character("j")])
  }

  @Test(
    "B06, B07: a paste whose first mark is cut is a paste all the same",
    arguments: [["\u{1B}", "[200~"], ["\u{1B}[20", "0~"], ["\u{1B}[200", "~"], ["\u{1B}", "[20", "0~"]])
  func cutPaste(pieces: [String]) {
    var decoder = KeyDecoder()
    var keys: [Key] = []
    for piece in pieces {
      keys += decoder.feed(Array(piece.utf8))
      keys += decoder.flush()
    }
    #expect(decoder.isInPaste && keys.allSatisfy { $0 == .escape })
    #expect(decoder.feed(Array("a\r\u{1B}[201~".utf8)) == [.paste("a\r")])
  }

  @Test(
    "B07, B08: what was typed behind a bare Esc are keys",
    arguments: [
      ("a", [.character("a")]), ("[", [.character("[")]), ("O", [.character("O")]), ("\u{1B}[B", [.down]),
      ("[\r", [.character("["), .enter]), ("\u{3}", [.control("c")]),
      ("[[[", [Key](repeating: .character("["), count: 3)),
    ] as [(String, [Key])])
  func typedBehindEscape(bytes: String, expected: [Key]) {
    var decoder = KeyDecoder()
    #expect(decoder.feed([0x1B]) + decoder.flush() == [.escape])
    let keys = decoder.feed(Array(bytes.utf8))
    #expect(keys + decoder.flush() == expected)
  }

  @Test("H71: a paste of 10 MB with newlines is one event, cut at the limit")
  func bigPaste() {
    var decoder = KeyDecoder()
    let line = Array("rm -rf /\r\n".utf8)
    var keys = decoder.feed(Array("\u{1B}[200~".utf8))
    for _ in 0..<(1 << 20) { keys += decoder.feed(line) }
    #expect(keys.isEmpty)
    keys = decoder.feed(Array("\u{1B}[201~".utf8))
    guard case .paste(let text)? = keys.first, keys.count == 1 else {
      Issue.record("\(keys.count) keys")
      return
    }
    #expect(text.utf8.count == KeyDecoder.pasteLimit)
  }

  @Test("H72: text after a false end of a paste never becomes keys; after a pause keys work again")
  func falseEnd() {
    var decoder = KeyDecoder()
    let keys = decoder.feed(Array("\u{1B}[200~safe\u{1B}[201~q\rrm\u{1B}[201~\u{3}".utf8))
    #expect(keys == [.paste("safe")])
    #expect(decoder.patience == .milliseconds(50))
    #expect(decoder.feed(Array("more".utf8)) == [])
    #expect(decoder.flush() == [])
    #expect(decoder.feed([0x71]) == [.character("q")])
  }

  @Test("A second paste right after the first is a paste as well")
  func twoPastes() {
    var decoder = KeyDecoder()
    let keys = decoder.feed(Array("\u{1B}[200~a\u{1B}[201~\u{1B}[200~b\u{1B}\u{1B}[201~".utf8))
    #expect(keys == [.paste("a"), .paste("b\u{1B}")])
  }

  @Test("A paste whose end never comes can be given up")
  func abandon() {
    var decoder = KeyDecoder()
    #expect(decoder.feed(Array("\u{1B}[200~abc".utf8)) == [])
    #expect(decoder.isInPaste)
    decoder.abandonPaste()
    #expect(decoder.feed([0x03]) == [.control("c")])
  }

  @Test("terminfo's own sequences come first; those that begin like plain keys are left out")
  func terminfo() {
    let table = KeyTable(terminfo: [
      (Array("\u{1B}[A".utf8), .pageUp), (Array("\u{1B}[5$z".utf8), .home), (Array("q".utf8), .up),
      (Array("\u{1B}q".utf8), .up),
    ])
    var decoder = KeyDecoder(table)
    #expect(decoder.feed(Array("\u{1B}[A\u{1B}[5$zq".utf8)) == [.pageUp, .home, .character("q")])
  }

  @Test("Any bytes give the same keys however they are split, and no key is a control", arguments: UInt64(0)..<400)
  func splits(seed: UInt64) {
    var chance = SplitMix(seed: seed)
    var bytes: [UInt8] = []
    let pieces =
      KeyDecoderTests.table.map { Array($0.bytes.utf8) } + [Array("\u{1B}[200~".utf8), Array("\u{1B}[201~".utf8)]
    for _ in 0..<30 {
      if Bool.random(using: &chance) {
        bytes += pieces.randomElement(using: &chance) ?? []
      } else {
        bytes.append(UInt8.random(in: 0...255, using: &chance))
      }
      if Int.random(in: 0...5, using: &chance) == 0, !bytes.isEmpty { bytes.removeLast() }
    }
    var whole = KeyDecoder()
    let expected = whole.feed(bytes)
    var split = KeyDecoder()
    var keys: [Key] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...min(4, rest.count), using: &chance)
      keys += split.feed(rest.prefix(count))
      rest = rest.dropFirst(count)
    }
    #expect(keys == expected)
    for case .character(let character) in keys {
      #expect(character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    }
  }
}

/// Reproducible chance: a failure names its seed.
private struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
