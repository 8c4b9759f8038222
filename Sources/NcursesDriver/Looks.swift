import CNcurses
import TerminalKit

/// How ncurses names the styles of cells.
struct Looks {
  private static let colors = Color.allCases.count

  private let hasColors: Bool
  private let hasDefaultColors: Bool
  /// Whether a blank has the same ground in every colour of its letters.
  let sharesBlanks: Bool
  /// ncurses' pairs by foreground and background; 0 until they are needed.
  private var pairs = [Int16](repeating: 0, count: Looks.colors * Looks.colors)
  private var lastPair: Int16 = 0
  private let attributes: [UInt32]

  /// After `newterm`.
  init(monochrome: Bool) {
    hasColors = !monochrome && has_colors() && start_color() == OK && console_colors() >= 8
    hasDefaultColors = hasColors && use_default_colors() == OK
    sharesBlanks = hasDefaultColors || !hasColors
    attributes = (0..<16).map { bits in
      let set = Style.Attributes(rawValue: UInt8(bits))
      return console_attributes(
        set.contains(.bold) ? 1 : 0, set.contains(.dim) ? 1 : 0, set.contains(.reverse) ? 1 : 0,
        set.contains(.underline) ? 1 : 0)
    }
  }

  mutating func look(of style: Style) -> (attributes: UInt32, pair: Int16) {
    (attributes[Int(style.attributes.rawValue & 15)], pair(for: style))
  }

  /// A pair for the style's colours; the terminal's own where it has no colours or no pair is left.
  private mutating func pair(for style: Style) -> Int16 {
    if !hasColors || (style.foreground == .standard && style.background == .standard) { return 0 }
    let index = Int(style.foreground.rawValue) * Looks.colors + Int(style.background.rawValue)
    if pairs[index] > 0 { return pairs[index] }
    guard Int(lastPair) + 1 < min(Int(console_color_pairs()), 256) else { return 0 }
    let foreground = number(of: style.foreground, otherwise: COLOR_WHITE)
    let background = number(of: style.background, otherwise: COLOR_BLACK)
    guard init_pair(lastPair + 1, foreground, background) == OK else { return 0 }
    lastPair += 1
    pairs[index] = lastPair
    return lastPair
  }

  private func number(of color: Color, otherwise: Int32) -> Int16 {
    switch color {
    case .standard: hasDefaultColors ? -1 : Int16(otherwise)
    case .black: Int16(COLOR_BLACK)
    case .red: Int16(COLOR_RED)
    case .green: Int16(COLOR_GREEN)
    case .yellow: Int16(COLOR_YELLOW)
    case .blue: Int16(COLOR_BLUE)
    case .magenta: Int16(COLOR_MAGENTA)
    case .cyan: Int16(COLOR_CYAN)
    case .white: Int16(COLOR_WHITE)
    }
  }
}
