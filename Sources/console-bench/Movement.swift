/// A way through a list that a console and its peer go alike.
enum Movement: String, CaseIterable {
  /// The selection moves down and up, and the list stays where it is.
  case inside
  /// The selection is at the edge, and each key moves the list by a line.
  case scrolling
  case paging

  private static let home = "\u{1B}OH"
  private static let down = "j"
  private static let up = "k"
  private static let pageDown = "\u{1B}[6~"

  /// Keys that bring the selection to where the movement begins; they are not measured.
  func approach(rows: Int) -> [String] {
    switch self {
    case .inside, .paging: [Self.home]
    case .scrolling: [Self.home] + Array(repeating: Self.down, count: rows + 5)
    }
  }

  func keys(_ count: Int, rows: Int) -> [String] {
    switch self {
    case .inside:
      // A quarter of the window: no list is so short that this leaves it.
      let way = max(1, rows / 4)
      return (0..<count).map { $0 / way % 2 == 0 ? Self.down : Self.up }
    case .scrolling: return Array(repeating: Self.down, count: count)
    case .paging: return Array(repeating: Self.pageDown, count: count)
    }
  }
}
