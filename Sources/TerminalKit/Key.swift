/// A key as the operator pressed it.
package indirect enum Key: Hashable, Sendable {
  /// A printable character; one scalar, never a control.
  case character(Character)
  case enter, escape, tab, backtab, backspace
  case up, down, left, right
  case pageUp, pageDown, home, end, insert, delete
  /// With the control key held: `a` to `z`, and one of `@ \ ] ^ _`.
  case control(Character)
  case function(Int)
  /// With the Alt, Meta or Super key held: never the key itself.
  case alt(Key)
  /// The text of one bracketed paste, cut at `KeyDecoder.pasteLimit` bytes. It never turns into keys.
  case paste(String)

  /// Whether the key by itself is text.
  package var isPrintable: Bool {
    if case .character = self { true } else { false }
  }
}
