/// Where text stands in a field that is wider than it.
package enum Alignment: Hashable, Sendable { case leading, trailing }

extension SafeText {
  /// The text, cut with `…` at the end if it is wider than `limit`. Never wider than `limit`; a wide character that
  /// does not fit whole is left out, so the result can be a column short.
  package func clipped(to limit: Int) -> SafeText {
    if columns <= limit { return self }
    if limit <= 0 { return .empty }
    let kept = prefix(columns: limit - 1)
    return SafeText(checked: kept.text + "…", columns: kept.columns + 1)
  }

  /// The text with blanks after (leading) or before it (trailing), as wide as `width`; wider text stays as it is.
  package func padded(to width: Int, alignment: Alignment = .leading) -> SafeText {
    let missing = width - columns
    if missing <= 0 { return self }
    switch alignment {
    case .leading: return self + .blank(missing)
    case .trailing: return .blank(missing) + self
    }
  }

  /// Exactly `width` columns: clipped, then padded.
  package func fitted(to width: Int, alignment: Alignment = .leading) -> SafeText {
    clipped(to: width).padded(to: width, alignment: alignment)
  }

  /// The longest beginning that fills at most `limit` columns, without a mark of the cut.
  func prefix(columns limit: Int) -> SafeText {
    if columns <= limit { return self }
    if columns == text.utf8.count {
      return SafeText(checked: String(text.utf8.prefix(max(limit, 0))) ?? "", columns: max(limit, 0))
    }
    let scalars = text.unicodeScalars
    var end = scalars.startIndex
    var used = 0
    while end < scalars.endIndex {
      let width = displayWidth(of: scalars[end])
      if used + width > limit { break }
      used += width
      end = scalars.index(after: end)
    }
    return SafeText(checked: String(scalars[..<end]), columns: used)
  }

  /// What follows the beginning that `prefix(columns:)` gives.
  func dropping(_ beginning: SafeText) -> SafeText {
    let start = text.utf8.index(text.utf8.startIndex, offsetBy: beginning.text.utf8.count)
    return SafeText(checked: String(text[start...]), columns: columns - beginning.columns)
  }
}
