package import TerminalKit

/// What a value of TERM tells.
package enum TerminalType {
  /// What the terminal can be trusted to show.
  package static func signs(of term: String?) -> Signs { isLinuxConsole(term) ? .letters : .all }

  static func isLinuxConsole(_ term: String?) -> Bool { term.map { isFamily($0, "linux") } ?? false }

  /// Entries of terminfo to try in turn: the name itself, then what its family understands where the entry is not installed.
  ///
  /// - Throws: `.typeMissing`; `.typeDumb`; `.typeUnusable` for names that could be a path or are no name at all.
  static func candidates(for term: String?) throws(TerminalError) -> [String] {
    guard let term, !term.isEmpty else { throw .typeMissing }
    guard term != "dumb", term != "unknown" else { throw .typeDumb(term) }
    guard term.utf8.count <= 64, term.utf8.allSatisfy(isNameByte) else {
      throw .typeUnusable(term, unfollowed: [])
    }
    if ["tmux", "screen"].contains(where: { isFamily(term, $0) }) {
      return [term, "screen-256color", "screen", "xterm-256color"]
    }
    let modern = [
      "xterm", "alacritty", "foot", "kitty", "wezterm", "ghostty", "konsole", "gnome", "vte", "st", "rio", "contour",
      "iterm2", "iTerm2.app", "rxvt", "mlterm", "putty", "mintty", "ms-terminal",
    ]
    if modern.contains(where: { isFamily(term, $0) }) { return [term, "xterm-256color", "xterm"] }
    return [term]
  }

  private static func isFamily(_ term: String, _ family: String) -> Bool {
    term == family || term.hasPrefix(family + "-") || term.hasPrefix(family + ".")
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }
}
