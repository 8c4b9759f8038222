@testable import SafeText

/// Reproducible chance: a failure names its seed.
struct SplitMix: RandomNumberGenerator {
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

/// Text with all that hurts: controls, marks, wide characters, emoji, bidi controls, and any scalar at all.
func anyText(using chance: inout SplitMix) -> String {
  let pieces: [String] = [
    "a", "word", " ", "  ", "\n", "\t", "\r\n", "\u{1B}[31m", "\u{301}", "東京", "🙂", "👩\u{200D}💻", "\u{202E}", "é", "Ş",
    "العربية", "\u{FE0F}", "\u{1112}\u{1161}\u{11AB}", "…",
  ]
  var text = ""
  for _ in 0..<Int.random(in: 0...24, using: &chance) {
    if Int.random(in: 0...4, using: &chance) == 0 {
      let value = UInt32.random(in: 0...0x10FFFF, using: &chance)
      if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
    } else {
      text += pieces.randomElement(using: &chance) ?? ""
    }
  }
  return text
}

/// Columns by the rule a terminal follows, scalar by scalar; nil if one of them must never be shown.
func terminalColumns(_ text: String) -> Int? {
  var columns = 0
  for scalar in text.unicodeScalars {
    let character = ScalarClass(scalar)
    if character.isHidden { return nil }
    columns += character.width
  }
  return columns
}

/// The longest run of combining marks, and whether one of them stands at the start.
func marks(in text: String) -> (longest: Int, atStart: Bool) {
  var longest = 0
  var run = 0
  for scalar in text.unicodeScalars {
    run = ScalarClass(scalar).isMark ? run + 1 : 0
    longest = max(longest, run)
  }
  return (longest, text.unicodeScalars.first.map { ScalarClass($0).isMark } ?? false)
}
