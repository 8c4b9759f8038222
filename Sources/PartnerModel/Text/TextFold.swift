extension String {
  /// This text as searches compare it: without case and diacritics, and with the Turkish dotted and dotless i alike.
  ///
  /// The same word in composed and in decomposed form folds to the same text.
  public var foldedForSearch: String {
    if let ascii = foldedASCII { return ascii }
    var folded = ""
    folded.reserveCapacity(utf8.count)
    for scalar in unicodeScalars {
      if let base = foldTable[scalar] {
        folded += base
      } else if (0x0300...0x036F).contains(scalar.value) {
        continue
      } else if (0xAC00...0xD7A3).contains(scalar.value) {
        folded.append(decomposing: scalar)
      } else if (0xFF01...0xFF5E).contains(scalar.value), let narrow = Unicode.Scalar(scalar.value - 0xFEE0) {
        folded += narrow.properties.lowercaseMapping
      } else {
        folded += scalar.properties.lowercaseMapping
      }
    }
    return folded
  }

  /// The common case, byte by byte.
  private var foldedASCII: String? {
    var text = self
    return text.withUTF8 { bytes -> String? in
      guard bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
      return String(unsafeUninitializedCapacity: bytes.count) { buffer in
        for (index, byte) in bytes.enumerated() { buffer[index] = byte >= 65 && byte <= 90 ? byte + 32 : byte }
        return bytes.count
      }
    }
  }

  /// Takes a Hangul syllable apart into its letters, by the arithmetic of the Unicode Standard, section 3.12.
  private mutating func append(decomposing syllable: Unicode.Scalar) {
    let offset = syllable.value - 0xAC00
    let letters = [0x1100 + offset / 588, 0x1161 + offset % 588 / 28, 0x11A7 + offset % 28]
    for letter in letters where letter != 0x11A7 {
      if let scalar = Unicode.Scalar(letter) { unicodeScalars.append(scalar) }
    }
  }
}

private let foldTable: [Unicode.Scalar: String] = {
  var table: [Unicode.Scalar: String] = [:]
  for (base, letters) in foldedLetters {
    for letter in letters.unicodeScalars { table[letter] = base }
  }
  for entry in composedLetters.split(whereSeparator: \.isWhitespace) {
    let sides = entry.split(separator: "=").map { side in
      side.split(separator: "+").compactMap { UInt32($0, radix: 16).flatMap(Unicode.Scalar.init) }
    }
    guard sides.count == 2, let letter = sides[0].first else { continue }
    var base = ""
    base.unicodeScalars.append(contentsOf: sides[1])
    table[letter] = base
  }
  return table
}()
