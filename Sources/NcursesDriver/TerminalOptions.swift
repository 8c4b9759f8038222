package import TerminalKit

/// How to paint.
package struct TerminalOptions: Hashable, Sendable {
  /// No colours, only bold, dim, reverse and underline: `NO_COLOR` or a theme without colours.
  package var monochrome: Bool
  /// ASCII only with `--ascii`, and, unasked, where no UTF-8 locale exists.
  package var signs: Signs
  /// How long the rest of a key's sequence is waited for after its ESC: `ESCDELAY`.
  package var escapeDelay: Duration

  package init(
    monochrome: Bool = false, signs: Signs = .all, escapeDelay: Duration = KeyDecoder.usualEscapeDelay
  ) {
    self.monochrome = monochrome
    self.signs = signs
    self.escapeDelay = escapeDelay
  }
}
