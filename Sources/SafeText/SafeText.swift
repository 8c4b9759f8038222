/// Text that came from outside and can no longer do harm: the only thing a terminal cell is made of.
///
/// Every scalar that could steer a terminal, hide itself or reorder its neighbours (controls, bidi controls, zero-width
/// and tag characters, variation selectors, line separators, private-use and unassigned scalars) has become a visible
/// token such as `<202E>`. A character carries at most `maximumMarks` combining marks; the rest are counted: `<+195>`.
/// Marks with nothing to sit on get a dotted circle. What is left is letters, symbols and blanks whose width the
/// terminal and we agree on, so the text is as harmless in a file or a pipe as it is on a screen.
///
/// Emoji: a terminal that knows only `wcwidth` paints the parts of a joined emoji side by side, and a joiner or a
/// variation selector not at all. They are shown as tokens (`👩<200D>💻`, `⚠<FE0F>`), like everything of width zero that is
/// not a mark on a letter: what cannot be seen cannot be trusted.
package struct SafeText: Hashable, Sendable {
  /// The harmless text itself.
  package let text: String
  /// Terminal columns the text fills.
  package let columns: Int

  /// Combining marks that a character keeps; ncurses holds no more in a cell.
  package static let maximumMarks = 4
  package static let empty = SafeText(checked: "", columns: 0)

  /// Byte by byte. Swift calls texts equal that Unicode does: a name that only looks like another one is another one.
  package static func == (left: SafeText, right: SafeText) -> Bool {
    left.columns == right.columns && left.text == right.text
      && (left.text.utf8.count == left.columns || left.text.utf8.elementsEqual(right.text.utf8))
  }

  /// Makes text harmless. Printable ASCII passes as it is.
  package init(_ untrusted: String) {
    if isPrintableASCII(untrusted) {
      self.init(checked: untrusted, columns: untrusted.utf8.count)
    } else if let columns = harmlessColumns(untrusted) {
      self.init(checked: untrusted, columns: columns)
    } else {
      var filter = SafeTextFilter()
      for scalar in untrusted.unicodeScalars { filter.add(scalar) }
      self = filter.finish()
    }
  }

  /// Trusts its caller, which must have taken `text` from text that was already harmless, cut between characters.
  init(checked text: String, columns: Int) {
    self.text = text
    self.columns = columns
  }

  package var isEmpty: Bool { text.isEmpty }

  /// The same text again and again.
  package func repeated(_ count: Int) -> SafeText {
    let count = max(count, 0)
    return SafeText(checked: String(repeating: text, count: count), columns: columns * count)
  }

  /// As many blanks as there are columns.
  package static func blank(_ columns: Int) -> SafeText {
    let count = max(columns, 0)
    return SafeText(checked: String(repeating: " ", count: count), columns: count)
  }

  package static func + (left: SafeText, right: SafeText) -> SafeText {
    SafeText(checked: left.text + right.text, columns: left.columns + right.columns)
  }

  package static func += (left: inout SafeText, right: SafeText) { left = left + right }
}

extension SafeText: ExpressibleByStringInterpolation, CustomStringConvertible {
  /// Literals and what is interpolated into them take the same way as text from outside.
  package init(stringLiteral value: String) { self.init(value) }
  package var description: String { text }
}

extension Sequence<SafeText> {
  package func joined(separator: SafeText = .empty) -> SafeText {
    var text = ""
    var columns = 0
    var isFirst = true
    for part in self {
      if !isFirst {
        text += separator.text
        columns += separator.columns
      }
      isFirst = false
      text += part.text
      columns += part.columns
    }
    return SafeText(checked: text, columns: columns)
  }
}

/// The columns of text that is all letters, symbols and blanks, so that it passes as it is; `nil` for any other.
private func harmlessColumns(_ text: String) -> Int? {
  var columns = 0
  for scalar in text.unicodeScalars {
    let character = ScalarClass(scalar)
    if character.isMark || character.isHidden { return nil }
    columns += character.width
  }
  return columns
}

/// Whether every byte is one of 0x20 to 0x7E, looked at without decoding.
private func isPrintableASCII(_ text: String) -> Bool {
  func holds(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    for byte in bytes where byte &- 0x20 > 0x5E { return false }
    return true
  }
  if let answer = text.utf8.withContiguousStorageIfAvailable(holds) { return answer }
  return text.utf8.allSatisfy { $0 &- 0x20 <= 0x5E }
}
