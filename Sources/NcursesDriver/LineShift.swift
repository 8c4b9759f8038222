import TerminalKit

/// By how many rows a part of a screen moved, where that spares writing lines that are there already.
struct LineShift: Equatable {
  /// The rows between which lines moved.
  let rows: ClosedRange<Int>
  /// How far below its new row a line stood; negative where it stood above.
  let shift: Int

  /// Fewer lines are sooner written than moved.
  private static let fewest = 4

  /// `nil` where no shift spares enough lines. Lines are told apart by their storage alone, so that lines that merely
  /// look alike, such as blank ones, are never moved. What stands beside them moves too, and is looked at anew.
  init?(from old: [ScreenRow], to new: [ScreenRow]) {
    guard old.count == new.count else { return nil }
    // Most frames change a line or two, and have nothing to look for.
    var changed = 0
    for row in new.indices where old[row].main.storage != new[row].main.storage { changed += 1 }
    guard changed >= Self.fewest else { return nil }
    let (before, after) = (old.map(\.main.storage), new.map(\.main.storage))
    var rowBefore: [UnsafeRawPointer?: Int] = [:]
    for (row, storage) in before.enumerated() where storage != after[row] { rowBefore[storage] = row }
    var moves: [Int: (count: Int, low: Int, high: Int)] = [:]
    for (row, storage) in after.enumerated() where storage != before[row] {
      guard let from = rowBefore[storage] else { continue }
      let move = moves[from - row] ?? (0, row, row)
      moves[from - row] = (move.count + 1, min(move.low, row, from), max(move.high, row, from))
    }
    guard let (shift, move) = moves.max(by: { ($0.value.count, $0.key) < ($1.value.count, $1.key) }) else { return nil }
    let rows = move.low...move.high
    let unmoved = rows.count { before[$0] == after[$0] }
    guard move.count >= unmoved + Self.fewest else { return nil }
    (self.rows, self.shift) = (rows, shift)
  }
}
