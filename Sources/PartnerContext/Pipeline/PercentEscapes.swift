/// Escapes everything but letters, digits, `-`, `.`, `_` and `~` (RFC 3986, unreserved).
func escaped(_ text: String) -> String {
  var output = ""
  for byte in text.utf8 {
    switch byte {
    case 48...57, 65...90, 97...122, 45, 46, 95, 126: output.unicodeScalars.append(Unicode.Scalar(byte))
    default:
      let digits = String(byte, radix: 16, uppercase: true)
      output += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
    }
  }
  return output
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
