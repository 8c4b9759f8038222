package import SafeText

/// The description of another terminal, used because the one that TERM names is not installed here.
package struct TerminalSubstitute: Hashable, Sendable {
  package var term: String
  package var used: String
  /// Variables that are set and would name other places to look in. A file that the environment names could hold any
  /// sequence, so only the system's own descriptions are read.
  package var unfollowed: [String]

  package var words: SafeText {
    "TERM=\(SafeText(term).clipped(to: 40)) is not known on this machine: \(SafeText(used)) is used instead."
      + SafeText(Self.words(unfollowed))
  }

  /// A sentence behind others; empty where nothing is left aside.
  static func words(_ unfollowed: [String]) -> String {
    unfollowed.isEmpty
      ? "" : " \(unfollowed.joined(separator: " and ")) \(unfollowed.count == 1 ? "is" : "are") not followed."
  }
}
