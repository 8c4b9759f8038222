import SafeText

/// What a terminal can be trusted to show.
package enum Signs: Hashable, Sendable {
  case all
  /// Letters, but of other signs only those in ASCII: the Linux console, whose fonts have few of ours (not `◐ ○ ✖ ◌ ⟳ ‽ ▌`).
  case letters
  case ascii

  /// What is shown for a character, as often as it is wide; `nil` for the character itself.
  package func twin(of base: Unicode.Scalar, width: Int) -> Unicode.Scalar? {
    if self == .all || base.value < 0x80 { return nil }
    if self == .letters, width == 1, base.properties.isAlphabetic { return nil }
    return asciiTwin(of: base)
  }
}
