import PartnerModel

/// The text of a comment, whichever way a service writes it down: trimmed, with other line ends, as markup, or with the
/// signs of markup taken away or written out.
struct SameComment {
  /// Without white space, each way that it may stand there.
  private let forms: Set<String>

  init(_ text: String) {
    let bare = Self.withoutMarkup(text)
    forms = Set([text, bare, Self.decoded(text), Self.decoded(bare)].map { $0.filter { !$0.isWhitespace } })
  }

  func says(_ other: SameComment) -> Bool { !forms.isDisjoint(with: other.forms) }

  /// Without what stands between angle brackets as a tag does.
  private static func withoutMarkup(_ text: String) -> String {
    var bare = ""
    var rest = text[...]
    while let start = rest.firstIndex(of: "<") {
      let behind = rest.index(after: start)
      guard behind < rest.endIndex, rest[behind] == "/" || rest[behind].isLetter,
        let end = rest[behind...].firstIndex(of: ">")
      else {
        bare += rest[...start]
        rest = rest[behind...]
        continue
      }
      bare += rest[..<start]
      rest = rest[rest.index(after: end)...]
    }
    return bare + rest
  }

  private static let named = [
    "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "mdash": "—", "ndash": "–",
  ]

  /// With characters in the place of their references.
  private static func decoded(_ text: String) -> String {
    var plain = ""
    var rest = text[...]
    while let start = rest.firstIndex(of: "&") {
      plain += rest[..<start]
      let behind = rest.index(after: start)
      if let end = rest[behind...].prefix(10).firstIndex(of: ";"), let character = character(rest[behind..<end]) {
        plain += character
        rest = rest[rest.index(after: end)...]
      } else {
        plain += "&"
        rest = rest[behind...]
      }
    }
    return plain + rest
  }

  private static func character(_ name: Substring) -> String? {
    guard name.first == "#" else { return named[String(name)] }
    let number = name.dropFirst()
    let isHexadecimal = number.first == "x" || number.first == "X"
    let code = isHexadecimal ? UInt32(number.dropFirst(), radix: 16) : UInt32(number)
    return code.flatMap { Unicode.Scalar($0) }.map { String(Character($0)) }
  }
}

extension [IncidentComment] {
  /// How many say `text`, whichever way the service wrote it down.
  func count(saying text: String) -> Int {
    let wanted = SameComment(text)
    return count { SameComment($0.text).says(wanted) }
  }
}

extension IncidentAction {
  /// Whether both put the same text on the same thing of an incident.
  func comments(likewise other: IncidentAction) -> Bool {
    switch (self, other) {
    case (.comment(let text), .comment(let same)): SameComment(text).says(SameComment(same))
    case (.commentAlert(let id, let text), .commentAlert(let other, let same)):
      id == other && SameComment(text).says(SameComment(same))
    default: false
    }
  }
}
