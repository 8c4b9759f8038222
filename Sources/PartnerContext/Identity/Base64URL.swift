/// Writes base64url without padding (RFC 4648, section 5).
enum Base64URL {
  private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

  static func append(_ bytes: UnsafeRawBufferPointer, to text: WipedBytes) {
    var (bits, count) = (UInt32(0), 0)
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        text.append(alphabet.utf8Start[Int(bits >> UInt32(count) & 63)])
      }
      bits &= 0xFF
    }
    if count > 0 { text.append(alphabet.utf8Start[Int(bits << UInt32(6 - count) & 63)]) }
  }
}
