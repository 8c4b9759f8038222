import SafeText

/// One column of a window: a character with at most four combining marks, or the right half of a wide one.
///
/// Only `LineBuilder` makes cells, and only from `SafeText`; nothing else can put a scalar on a screen.
package struct Cell: Hashable, Sendable {
  @usableFromInline let character: UInt32
  /// Combining marks in their order; zero where there is none.
  @usableFromInline var first: UInt32 = 0
  @usableFromInline var second: UInt32 = 0
  @usableFromInline var third: UInt32 = 0
  @usableFromInline var fourth: UInt32 = 0
  package var style: Style
  /// 1 or 2 columns, 0 for the right half of the wide character before it.
  package let width: UInt8
  /// Whether terminals differ in how many columns they give it.
  package private(set) var isContested: Bool

  init(_ scalar: Unicode.Scalar, width: UInt8, style: Style, isContested: Bool = false) {
    character = scalar.value
    self.width = width
    self.style = style
    self.isContested = isContested
  }

  @inlinable @inline(__always) package static func == (left: Cell, right: Cell) -> Bool {
    left.character == right.character && left.style == right.style && left.width == right.width
      && left.first == right.first && left.second == right.second && left.third == right.third
      && left.fourth == right.fourth
  }

  static func blank(_ style: Style) -> Cell { Cell(" ", width: 1, style: style) }
  static func continuation(_ style: Style) -> Cell { Cell(" ", width: 0, style: style) }

  /// Adds a combining mark. `SafeText` sees to it that there are never more than fit; one more would be dropped.
  mutating func add(mark: Unicode.Scalar, isContested: Bool = false) {
    if isContested { self.isContested = true }
    if first == 0 {
      first = mark.value
    } else if second == 0 {
      second = mark.value
    } else if third == 0 {
      third = mark.value
    } else if fourth == 0 {
      fourth = mark.value
    }
  }

  @inlinable package var isBlank: Bool { character == 0x20 && first == 0 && width == 1 }

  /// The character without its marks.
  @inlinable package var base: Unicode.Scalar { Unicode.Scalar(character) ?? "?" }

  /// The character, then its marks; zero where there is none.
  @inlinable package var scalars: (UInt32, UInt32, UInt32, UInt32, UInt32) { (character, first, second, third, fourth) }

  /// The character with its marks; empty for the right half of a wide one.
  package var text: String {
    if width == 0 { return "" }
    var view = String.UnicodeScalarView()
    for value in [character, first, second, third, fourth] where value != 0 {
      if let scalar = Unicode.Scalar(value) { view.append(scalar) }
    }
    return String(view)
  }
}
