/// How to paint.
package struct TerminalOptions: Hashable, Sendable {
  /// No colours, only bold, dim, reverse and underline: `NO_COLOR` or a theme without colours.
  package var monochrome: Bool
  /// ASCII only: `--ascii`. Also done, unasked, where no UTF-8 locale exists.
  package var ascii: Bool

  package init(monochrome: Bool = false, ascii: Bool = false) {
    self.monochrome = monochrome
    self.ascii = ascii
  }
}
