import PartnerModel
import SafeText
import TerminalKit

/// What the right end of the crumbs says of a screen, in its styles.
struct ScreenNotes: Hashable, Sendable {
  struct Part: Hashable, Sendable {
    var text: SafeText
    var style: Style
  }

  var long: [Part]
  /// Where there is no room for all of it.
  var short: [Part]
  /// Where there is no line for crumbs, from the most words to the fewest.
  var instead: [SafeText]
  var insteadStyle: Style
  /// Whether they give way to how far the reading is, where only one of both fits.
  var givesWay = false

  /// One note, whatever the room.
  init(_ note: SafeText, instead: [SafeText], _ style: Style) {
    long = [Part(text: note, style: Theme.quiet)]
    short = long
    self.instead = instead
    insteadStyle = style
  }

  /// How much a list shows, in which order, by which filter.
  init(list count: SafeText, sort: String, filter text: String, in state: borrowing SharedState) {
    let sort = SafeText(sort)
    let filter: SafeText? =
      WordFilter(text).isEmpty ? nil : "filter \(SafeText(text).clipped(to: max(state.size.columns / 4, 10)))"
    // A filter stands out: whoever forgets it misses rows.
    let shown = Part(text: filter ?? "filter –", style: filter == nil ? Theme.quiet : Theme.warning)
    long = [Part(text: "\(count)   sort \(sort) ▾   ", style: Theme.quiet), shown]
    short =
      [Part(text: "\(sort) ▾", style: Theme.quiet)]
      + (filter.map { [Part(text: "  " + $0, style: Theme.warning)] } ?? [])
    instead = filter.map { ["\($0)  \(sort) ▾", $0] } ?? ["\(count)  \(sort) ▾", "\(sort) ▾"]
    insteadStyle = filter == nil ? Theme.quiet : Theme.warning
    givesWay = filter == nil
  }

  /// The parts that fit a line of so many columns beside the crumbs.
  func parts(width: Int) -> [Part] { Self.columns(long) + 26 <= width ? long : short }

  static func columns(_ parts: [Part]) -> Int { parts.reduce(0) { $0 + $1.text.columns } }
}
