import TerminalKit

/// Which colours a terminal is asked for.
///
/// Nobody is asked whether the ground is dark or light: each fixed colour can be read on black and on white, with a
/// contrast of 4.5 at least (WCAG 2.2, "Contrast (Minimum)").
enum Palette: Hashable {
  /// Of the 256 colours the upper 240 are the same everywhere: the steps of a cube, and greys.
  case fixed
  /// The eight colours are whatever the operator chose. Only red is meant to be read on his ground by every choice; yellow,
  /// green and cyan are made for a dark one.
  case themed
  /// The Linux console: its eight colours are on black.
  case onBlack

  /// - Parameters:
  ///   - terminal: the description that is used, by its name in terminfo.
  ///   - colors: how many colours it has, 8 at least.
  init(terminal: String, colors: Int) {
    if TerminalType.isLinuxConsole(terminal) {
      self = .onBlack
    } else {
      self = colors >= 256 ? .fixed : .themed
    }
  }

  /// The terminal's number of a colour; `nil` is its own foreground or background.
  func number(of color: Color) -> Int16? {
    switch self {
    case .fixed: Self.fixedNumber(of: color)
    case .themed: color == .red ? Self.themedNumber(of: color) : nil
    case .onBlack: Self.themedNumber(of: color)
    }
  }

  /// What stands for dim letters. Several terminals do not show them as such.
  var quiet: Int16? { self == .fixed ? 243 : nil }

  private static func fixedNumber(of color: Color) -> Int16? {
    switch color {
    case .standard: nil
    case .red: 163
    case .yellow: 131
    case .green: 29
    case .cyan: 63
    }
  }

  /// ECMA-48, "SGR".
  private static func themedNumber(of color: Color) -> Int16? {
    switch color {
    case .standard: nil
    case .red: 1
    case .green: 2
    case .yellow: 3
    case .cyan: 6
    }
  }
}
