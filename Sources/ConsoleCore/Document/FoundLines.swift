import PartnerModel

/// The lines of a page that hold what is looked for, in their order.
struct FoundLines: Hashable, Sendable {
  var lines: [Int]

  /// The first from a line on, around the end.
  func first(from line: Int) -> Int? { lines.first { $0 >= line } ?? lines.first }

  /// The next one to a line, or the one before, around the ends; with which of how many it is.
  func next(to line: Int, isForward: Bool) -> (line: Int, number: Int, of: Int)? {
    let next =
      isForward ? lines.first { $0 > line } ?? lines.first : lines.last { $0 < line } ?? lines.last
    guard let next, let place = lines.firstIndex(of: next) else { return nil }
    return (next, place + 1, lines.count)
  }

  /// What is looked for, as it is compared; `nil` for nothing.
  static func sought(_ text: String) -> String? {
    let sought = text.split(whereSeparator: \.isWhitespace).joined(separator: " ").foldedForSearch
    return sought.isEmpty ? nil : sought
  }
}
