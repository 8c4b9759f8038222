import SafeText

extension SafeText {
  /// The beginning of a text for a place that shows no more of it, so that a name of a megabyte costs no more than a name.
  ///
  /// - Parameter limit: Unicode scalars that are looked at.
  init(beginningOf text: String, limit: Int = 600) {
    self.init(beginning(of: text, limit: limit))
  }

  /// Text of several lines, wrapped; of a huge one only the beginning, so that it costs no more than a long one.
  static func shownParagraphs(_ text: String, width: Int) -> [SafeText] {
    paragraphs(beginning(of: text, limit: 20_000), width: width)
  }
}

private func beginning(of text: String, limit: Int) -> String {
  if text.utf8.count <= limit { return text }
  let scalars = text.unicodeScalars
  let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex) ?? scalars.endIndex
  return end == scalars.endIndex ? text : String(scalars[..<end]) + "…"
}
