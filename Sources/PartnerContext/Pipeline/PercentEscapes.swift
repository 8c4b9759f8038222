/// Escapes everything but letters, digits, `-`, `.`, `_` and `~` (RFC 3986, unreserved).
func escaped(_ text: String) -> String {
  let digits: StaticString = "0123456789ABCDEF"
  var output: [UInt8] = []
  output.reserveCapacity(text.utf8.count * 2)
  for byte in text.utf8 {
    switch byte {
    case 48...57, 65...90, 97...122, 45, 46, 95, 126: output.append(byte)
    default:
      output.append(UInt8(ascii: "%"))
      output.append(digits.utf8Start[Int(byte >> 4)])
      output.append(digits.utf8Start[Int(byte & 15)])
    }
  }
  return String(decoding: output, as: UTF8.self)
}

/// The text that `text` stands for; `nil` for a broken escape or bytes that are no text.
func unescaped(_ text: some StringProtocol) -> String? {
  let bytes = Array(text.utf8)
  var output: [UInt8] = []
  var index = 0
  while index < bytes.count {
    if bytes[index] == UInt8(ascii: "%") {
      guard index + 2 < bytes.count,
        let byte = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
      else { return nil }
      output.append(byte)
      index += 3
    } else {
      output.append(bytes[index])
      index += 1
    }
  }
  return String(validating: output, as: UTF8.self)
}
