/// The terminal's own colour, and those that we ask for; which shade of them is the terminal's business.
package enum Color: UInt8, Hashable, Sendable, CaseIterable {
  case standard, red, green, yellow, cyan
}

/// How a cell looks, in two bytes.
package struct Style: Hashable, Sendable {
  package struct Attributes: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let bold = Attributes(rawValue: 1)
    package static let dim = Attributes(rawValue: 2)
    package static let reverse = Attributes(rawValue: 4)
    package static let underline = Attributes(rawValue: 8)
  }

  /// All in one number, four bits for a colour and eight for the attributes: it is compared for each cell of a frame.
  @usableFromInline let bits: UInt16

  package init(_ foreground: Color = .standard, on background: Color = .standard, _ attributes: Attributes = []) {
    bits = UInt16(foreground.rawValue) << 12 | UInt16(background.rawValue) << 8 | UInt16(attributes.rawValue)
  }

  package var foreground: Color { Color(rawValue: UInt8(bits >> 12)) ?? .standard }
  package var background: Color { Color(rawValue: UInt8(bits >> 8 & 15)) ?? .standard }
  package var attributes: Attributes { Attributes(rawValue: UInt8(bits & 0xFF)) }

  @inlinable package static func == (left: Style, right: Style) -> Bool { left.bits == right.bits }

  package static let plain = Style()

  /// Whether a blank looks the same in both.
  package func looksAlikeOnBlanks(_ other: Style) -> Bool {
    background == other.background && attributes.isDisjoint(with: [.reverse, .underline])
      && other.attributes.isDisjoint(with: [.reverse, .underline])
  }

  /// The same colours with more attributes.
  package func adding(_ more: Attributes) -> Style {
    Style(foreground, on: background, attributes.union(more))
  }
}

extension Style: CustomStringConvertible {
  /// Words for golden files: `red on blue bold`.
  package var description: String {
    var words: [String] = []
    if foreground != .standard { words.append("\(foreground)") }
    if background != .standard { words.append("on \(background)") }
    if attributes.contains(.bold) { words.append("bold") }
    if attributes.contains(.dim) { words.append("dim") }
    if attributes.contains(.reverse) { words.append("reverse") }
    if attributes.contains(.underline) { words.append("underline") }
    return words.isEmpty ? "plain" : words.joined(separator: " ")
  }
}
