import TerminalKit

/// How to paint.
package struct TerminalOptions: Hashable, Sendable {
  /// No colours, only bold, dim, reverse and underline: `NO_COLOR` or a theme without colours.
  package var monochrome: Bool
  /// ASCII only: `--ascii`. Also done, unasked, where no UTF-8 locale exists.
  package var ascii: Bool
  /// How long the rest of a key's sequence is waited for after its ESC: `ESCDELAY`.
  package var escapeDelay: Duration

  package init(
    monochrome: Bool = false, ascii: Bool = false, escapeDelay: Duration = KeyDecoder.usualEscapeDelay
  ) {
    self.monochrome = monochrome
    self.ascii = ascii
    self.escapeDelay = escapeDelay
  }
}
