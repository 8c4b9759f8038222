/// A seeded source of choices (SplitMix64): the same seed tells the same story everywhere.
struct Chance {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  /// A chance of its own for each path of numbers, so that one choice more here shifts nothing there.
  init(_ seed: UInt64, _ path: UInt64...) {
    state = seed
    for step in path {
      state ^= step &* 0x9E37_79B9_7F4A_7C15
      state = next()
    }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from zero up to, and without, `bound`.
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

  mutating func fraction() -> Double { Double(next() >> 11) / Double(1 << 53) }

  mutating func pick<Element>(_ values: [Element]) -> Element { values[below(values.count)] }

  mutating func hex(_ digits: Int) -> String {
    var text: [UInt8] = []
    while text.count < digits {
      let word = next()
      for shift in stride(from: 60, through: 0, by: -4) where text.count < digits {
        text.append(hexDigit(UInt8(word >> UInt64(shift) & 15)))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// A version-4 shaped GUID.
  mutating func guid() -> String {
    let words = [next(), next()]
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for index in 0..<32 {
      if index == 8 || index == 12 || index == 16 || index == 20 { text.append(UInt8(ascii: "-")) }
      let nibble = UInt8(words[index / 16] >> UInt64(60 - index % 16 * 4) & 15)
      text.append(index == 12 ? UInt8(ascii: "4") : index == 16 ? UInt8(ascii: "a") : hexDigit(nibble))
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// FNV-1a: a stable number for a text (`Hasher` differs from run to run).
func stableHash(_ text: String) -> UInt64 {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
  return hash
}
