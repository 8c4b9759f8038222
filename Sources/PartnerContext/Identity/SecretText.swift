import PartnerModel

/// The secret in what a file, a variable or a program gave. It is looked at where it lies: a text made of it would be
/// wiped by nobody.
enum SecretText {
  /// Editors and shells put a mark in front and blanks behind: no secret begins or ends with them.
  /// - Parameter place: what gave the bytes, for the refusal.
  /// - Throws: `.credentialUnreadable` with the reason, never with a part of the content.
  static func secret(
    in bytes: UnsafeRawBufferPointer, from place: String, into memory: LockedMemory?
  ) throws(PartnerError) -> Secret {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) || bytes.prefix(64).contains(0) {
      throw unreadable("\(place) is UTF-16 or binary, not UTF-8: save it as UTF-8")
    }
    guard let range = Self.range(of: bytes) else {
      throw unreadable("\(place) is not UTF-8 text: save it as UTF-8")
    }
    guard !range.isEmpty else { throw unreadable("\(place) is empty") }
    guard !bytes[range].contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      throw unreadable("\(place) holds more than one line of text")
    }
    return Secret(copying: UnsafeRawBufferPointer(rebasing: bytes[range]), into: memory)
  }

  /// Where the text stands between a mark and blanks; `nil` for what is not UTF-8.
  private static func range(of bytes: UnsafeRawBufferPointer) -> Range<Int>? {
    var parser = Unicode.UTF8.ForwardParser()
    var rest = bytes.makeIterator()
    var place = 0
    var (start, end) = (0, 0)
    while true {
      switch parser.parseScalar(from: &rest) {
      case .valid(let encoded):
        let scalar = Unicode.UTF8.decode(encoded)
        if place == 0, scalar == mark { start = encoded.count }
        place += encoded.count
        if scalar != mark, !isBlank(scalar) { end = place }
      case .emptyInput: return start..<max(start, end)
      case .error: return nil
      }
    }
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII ? scalar.value == 0x20 || (0x09...0x0D).contains(scalar.value) : scalar.properties.isWhitespace
  }

  /// The byte order mark.
  private static let mark: Unicode.Scalar = "\u{FEFF}"
}
