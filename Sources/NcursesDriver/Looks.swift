import CNcurses
import TerminalKit

/// How ncurses names the styles of cells.
struct Looks {
  private let palette: Palette?
  private let hasDefaultColors: Bool
  /// Whether a blank has the same ground in every colour of its letters.
  let sharesBlanks: Bool
  /// ncurses' pairs by the numbers of both colours.
  private var pairs: [UInt32: Int16] = [:]
  private var lastPair: Int16 = 0
  private let attributes: [UInt32]

  /// After `newterm`.
  /// - Parameter terminal: the description that is used, by its name in terminfo.
  init(terminal: String, monochrome: Bool) {
    let hasColors = !monochrome && has_colors() && start_color() == OK && console_colors() >= 8
    palette = hasColors ? Palette(terminal: terminal, colors: Int(console_colors())) : nil
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
    var set = style.attributes
    if palette?.quiet != nil { set.remove(.dim) }
    return (attributes[Int(set.rawValue & 15)], pair(for: style))
  }

  /// A pair for the style's colours; the terminal's own where it has no colours or no pair is left.
  private mutating func pair(for style: Style) -> Int16 {
    guard let palette else { return 0 }
    let quiet = style.attributes.contains(.dim) && style.foreground == .standard ? palette.quiet : nil
    let foreground = quiet ?? palette.number(of: style.foreground)
    let background = palette.number(of: style.background)
    if foreground == nil && background == nil { return 0 }
    let colors = UInt32(UInt16(bitPattern: foreground ?? -1)) << 16 | UInt32(UInt16(bitPattern: background ?? -1))
    if let known = pairs[colors] { return known }
    guard Int(lastPair) + 1 < min(Int(console_color_pairs()), 256) else { return 0 }
    let pair = lastPair + 1
    guard
      init_pair(pair, foreground ?? own(COLOR_WHITE), background ?? own(COLOR_BLACK)) == OK
    else { return 0 }
    lastPair = pair
    pairs[colors] = pair
    return pair
  }

  /// The terminal's own colour; where it cannot be asked for, what it likely is.
  private func own(_ otherwise: Int32) -> Int16 { hasDefaultColors ? -1 : Int16(otherwise) }
}
