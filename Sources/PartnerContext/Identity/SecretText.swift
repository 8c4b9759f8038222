import PartnerModel

/// The secret in what a file, a variable or a program gave.
enum SecretText {
  /// Editors and shells put a mark in front and blanks behind: no secret begins or ends with them.
  /// - Parameter place: what gave the bytes, for the refusal.
  /// - Throws: `.credentialUnreadable` with the reason, never with a part of the content.
  static func secret(in bytes: [UInt8], from place: String) throws(PartnerError) -> Secret {
    if let plain = plain(bytes) { return plain }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) || bytes.prefix(64).contains(0) {
      throw unreadable("\(place) is UTF-16 or binary, not UTF-8: save it as UTF-8")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw unreadable("\(place) is not UTF-8 text: save it as UTF-8")
    }
    var scalars = Substring(text).unicodeScalars
    if scalars.first == mark { scalars.removeFirst() }
    while let last = scalars.last, last.properties.isWhitespace || last == mark { scalars.removeLast() }
    guard !scalars.isEmpty else { throw unreadable("\(place) is empty") }
    guard !scalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
      throw unreadable("\(place) holds more than one line of text")
    }
    return Secret(String(scalars))
  }

  /// Nearly every secret is a line of ASCII; `nil` for what has to be looked at more closely.
  private static func plain(_ bytes: [UInt8]) -> Secret? {
    let end = bytes.lastIndex { $0 != 0x20 && !(0x09...0x0D).contains($0) }
    guard let end, bytes[...end].allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return nil }
    return Secret(String(decoding: bytes[...end], as: UTF8.self))
  }

  /// The byte order mark.
  private static let mark: Unicode.Scalar = "\u{FEFF}"
}
