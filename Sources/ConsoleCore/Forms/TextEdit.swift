/// What came of a text that was given to the operator's editor.
package enum TextEdit: Hashable, Sendable {
  /// It is this now; not yet made harmless, nor cut to what its field takes.
  case changed(String)
  /// It is as it was, for this reason.
  case kept(reason: String)
}
