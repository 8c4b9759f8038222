/// Reads base64 in either alphabet, with padding or without (RFC 4648, sections 4 and 5).
enum Base64Text {
  /// - Returns: `nil` for what is none.
  static func decode(_ text: String) -> [UInt8]? {
    var text = text
    return text.withUTF8 { decode($0) }
  }

  /// - Returns: `nil` for what is none.
  static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var isValid = true
    let values = Self.values
    let bytes = [UInt8](unsafeUninitializedCapacity: text.count * 3 / 4 + 1) { bytes, length in
      var (bits, count) = (UInt32(0), 0)
      for character in text {
        if character == UInt8(ascii: "=") { break }
        let value = values[Int(character)]
        guard value < 64 else {
          isValid = false
          return
        }
        bits = bits << 6 | UInt32(value)
        count += 6
        if count >= 8 {
          count -= 8
          bytes[length] = UInt8(truncatingIfNeeded: bits >> UInt32(count))
          length += 1
        }
      }
      // One character alone is no byte.
      if count >= 6 { isValid = false }
    }
    return isValid ? bytes : nil
  }

  /// What each character stands for; over 63 for one that stands for nothing.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xFF, count: 256)
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    for (value, character) in alphabet.utf8.enumerated() { values[Int(character)] = UInt8(value) }
    for character in "-+".utf8 { values[Int(character)] = 62 }
    for character in "_/".utf8 { values[Int(character)] = 63 }
    return values
  }()
}
