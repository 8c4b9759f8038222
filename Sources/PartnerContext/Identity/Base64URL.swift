/// Writes base64url without padding (RFC 4648, section 5).
enum Base64URL {
  private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

  static func append(_ bytes: UnsafeRawBufferPointer, to text: WipedBytes) {
    text.append(atMost: (bytes.count * 4 + 2) / 3) { room in
      var (place, bits, count) = (0, UInt32(0), 0)
      func write(_ value: UInt32) {
        room[place] = alphabet.utf8Start[Int(value & 63)]
        place += 1
      }
      for byte in bytes {
        bits = bits << 8 | UInt32(byte)
        count += 8
        while count >= 6 {
          count -= 6
          write(bits >> UInt32(count))
        }
      }
      if count > 0 { write(bits << UInt32(6 - count)) }
      return place
    }
  }
}
