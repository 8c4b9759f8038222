import SafeText

/// How many columns a terminal gives to a character.
package enum TerminalWidths: String, Sendable, CaseIterable {
  /// As the C library has it, and with it most terminals.
  case library
  /// Vowel signs get none and symbols that are wide by custom get one, as kitty counted for years.
  case fewer
  /// Vowel signs that take a column take two.
  case more

  package func width(of scalar: Unicode.Scalar) -> Int {
    let character = ScalarClass(scalar)
    if self == .library || !character.isContested || character.width < 1 { return character.width }
    return self == .fewer || character.width == 2 ? character.width - 1 : 2
  }
}
