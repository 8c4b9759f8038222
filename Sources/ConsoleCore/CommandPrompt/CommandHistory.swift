/// The command lines of this run, the last one at the end.
struct CommandHistory: Hashable, Sendable {
  /// So many are kept.
  static let limit = 100
  private(set) var lines: [String] = []

  /// Keeps a line; the same one twice in a row is kept once.
  mutating func add(_ line: String) {
    guard !line.isEmpty, line != lines.last else { return }
    lines.append(line)
    if lines.count > Self.limit { lines.removeFirst(lines.count - Self.limit) }
  }

  /// The place of the next older line than `place` that begins with what was typed; `nil` where there is none.
  func older(than place: Int?, beginning: String) -> Int? {
    lines[..<(place ?? lines.count)].lastIndex { $0.hasPrefix(beginning) }
  }

  func newer(than place: Int, beginning: String) -> Int? {
    lines[(place + 1)...].firstIndex { $0.hasPrefix(beginning) }
  }
}
