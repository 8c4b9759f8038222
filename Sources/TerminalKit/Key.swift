/// A key as the operator pressed it.
package enum Key: Hashable, Sendable {
  /// A printable character; one scalar, never a control.
  case character(Character)
  case enter, escape, tab, backtab, backspace
  case up, down, left, right
  case pageUp, pageDown, home, end, insert, delete
  /// With the control key held: `a` to `z`, and one of `@ \ ] ^ _`.
  case control(Character)
  case function(Int)
  /// The text of one bracketed paste, cut at `KeyDecoder.pasteLimit` bytes. It never turns into keys.
  case paste(String)
}
