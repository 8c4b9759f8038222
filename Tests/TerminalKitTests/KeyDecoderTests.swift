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
    ("\u{1B}OM\u{1B}Op\u{1B}Oy\u{1B}Ok", [.enter, .character("0"), .character("9"), .character("+")]),
    ("\u{1B}x", [.escape, .character("x")]), ("\u{1B}\u{1B}[A", [.escape, .up]),
    // H73: answers nobody asked for, mouse reports and unknown sequences
    ("\u{1B}[?62;22ca", [.character("a")]), ("\u{1B}[24;80Ra", [.character("a")]), ("\u{1B}[0na", [.character("a")]),
    ("\u{1B}[>41;389;0ca", [.character("a")]), ("\u{1B}[<0;10;20Ma", [.character("a")]),
    ("\u{1B}[M !!a", [.character("a")]), ("\u{1B}[?2026;2$ya", [.character("a")]), ("\u{1B}[Ia", [.character("a")]),
    ("\u{1B}]11;rgb:00/00/00\u{7}a", [.character("a")]), ("\u{1B}]11;x\u{1B}\\a", [.character("a")]),
    ("\u{1B}P>|term\u{1B}\\a", [.character("a")]), ("\u{1B}_Gi=1;OK\u{1B}\\a", [.character("a")]),
    ("\u{1B}[99~\u{1B}[12;34;56~a", [.character("a")]), ("\u{1B}[97;5ua", [.character("a")]),
    ("\u{9B}31ma", [.character("3"), .character("1"), .character("m"), .character("a")]),
    ("\u{1B}[" + String(repeating: "1;", count: 500) + "Aa", [.character("a")]),
    // rxvt ends a key with the shift held by `$`
    ("\u{1B}[3$x\u{1B}[5$y", [.delete, .character("x"), .pageUp, .character("y")]),
    ("\u{1B}[12;1$ya", [.character("a")]),
    // A sequence that is cut short by another one
    ("\u{1B}[1\u{1B}[A", [.up]), ("\u{1B}[1\r", [.enter]), ("\u{1B}O\u{1B}[A", [.escape, .character("O"), .up]),
  ]

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
      ("\u{1B}", [.escape]), ("\u{1B}O", [.escape, .character("O")]), ("\u{1B}[", [.escape, .character("[")]),
      ("\u{1B}[1;", []), ("\u{1B}]0;x", []), ("", []), ("\u{1B}[200~abc", []),
    ] as [(String, [Key])])
  func flushing(bytes: String, keys: [Key]) {
    var decoder = KeyDecoder()
    #expect(decoder.feed(Array(bytes.utf8)) == [])
    #expect((decoder.patience != nil) == (bytes.first == "\u{1B}" && !decoder.isInPaste))
    #expect(decoder.flush() == keys)
    #expect(decoder.patience == nil)
  }

  @Test("A lone ESC waits 25 ms")
  func escapePatience() {
    var decoder = KeyDecoder()
    _ = decoder.feed([0x1B])
    #expect(decoder.patience == .milliseconds(25))
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
