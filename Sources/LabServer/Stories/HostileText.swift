/// Text as an attacker would write it, for names that reach an analyst's terminal.
enum HostileText {
  static let samples: [String] = [
    "\u{1B}]0;pwned\u{07}title taken",
    "\u{1B}]52;c;cm0gLXJmIC8=\u{07}clipboard taken",
    "\u{1B}[2J\u{1B}[1;1Hscreen cleared",
    "\u{9B}31mC1 control sequence",
    "invoice\u{202E}fdp.exe",
    "\u{2066}isolated\u{2067}text\u{2069}left open\u{2068}",
    "Zalgo e" + String(repeating: "\u{301}", count: 200),
    "zero\u{200B}width\u{200D}\u{FEFF}\u{2060}joined",
    "tagged\u{E0001}\u{E0068}\u{E0069}\u{E007F} text",
    "first line\nsecond line\r\nthird\ttab",
    "before\u{0}after",
    String(repeating: "verylongword", count: 400),
    "全角文字の非常に長い名前ファイル株式会社テスト",
    "family 👨‍👩‍👧‍👦 flag 🇹🇷 heart ❤️‍🔥",
    #"=cmd|'/c calc'!A1"#,
    "＋１+1 @SUM(A1)",
    "\u{2028}line\u{2029}paragraph\u{85}next",
    "שלום عربي mixed 123",
    "\u{8}\u{8}\u{8}\u{B}\u{C}\u{7F}control soup",
    "%s%n%x '; DROP TABLE incidents;--",
    "../../etc/passwd -rf",
    "\u{1B}P0;1|17/ab\u{1B}\\\u{1B}[6n\u{1B}[>c",
    "\u{1B}]8;;http://198.51.100.7\u{1B}\\link\u{1B}]8;;\u{1B}\\",
    "\u{FFFE}\u{FFFF}noncharacters\u{1FFFE}",
    "\u{200B}\u{200C}\u{200D}",
    "",
  ]

  static func sample(_ number: Int) -> String { samples[number % samples.count] }

  static func name(_ number: Int, _ honest: String) -> String {
    let sample = sample(number)
    return number % 2 == 0 ? sample : "\(sample) \(honest)"
  }
}
