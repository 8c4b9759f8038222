import SafeText

extension SafeText {
  /// The beginning of a text for a place that shows no more of it, so that a name of a megabyte costs no more than a name.
  ///
  /// - Parameter limit: Unicode scalars that are looked at.
  init(beginningOf text: String, limit: Int = 600) {
    if text.utf8.count <= limit {
      self.init(text)
      return
    }
    let scalars = text.unicodeScalars
    let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex) ?? scalars.endIndex
    self.init(end == scalars.endIndex ? text : String(scalars[..<end]) + "…")
  }
}
