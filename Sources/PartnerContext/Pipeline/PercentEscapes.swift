/// Escapes everything but letters, digits, `-`, `.`, `_` and `~` (RFC 3986, unreserved).
func escaped(_ text: String) -> String {
  let digits: StaticString = "0123456789ABCDEF"
  return String(unsafeUninitializedCapacity: text.utf8.count * 3) { output in
    var place = 0
    func add(_ byte: UInt8) {
      output[place] = byte
      place += 1
    }
    for byte in text.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, 45, 46, 95, 126: add(byte)
      default:
        add(UInt8(ascii: "%"))
        add(digits.utf8Start[Int(byte >> 4)])
        add(digits.utf8Start[Int(byte & 15)])
      }
    }
    return place
  }
}

/// The same for bytes that must not be seen.
func appendEscaped(_ bytes: UnsafeRawBufferPointer, to text: WipedBytes) {
  let digits: StaticString = "0123456789ABCDEF"
  text.append(atMost: bytes.count * 3) { room in
    var place = 0
    for byte in bytes {
      switch byte {
      case 48...57, 65...90, 97...122, 45, 46, 95, 126:
        room[place] = byte
        place += 1
      default:
        room[place] = UInt8(ascii: "%")
        room[place + 1] = digits.utf8Start[Int(byte >> 4)]
        room[place + 2] = digits.utf8Start[Int(byte & 15)]
        place += 3
      }
    }
    return place
  }
}

/// The text that `text` stands for; `nil` for a broken escape or bytes that are no text.
func unescaped(_ text: some StringProtocol) -> String? {
  guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
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
