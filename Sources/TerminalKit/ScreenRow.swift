/// One row of a screen: a line from the left edge on, and in a window of two columns another that follows it without a gap.
///
/// The two are kept apart, so that each can be compared, moved and painted by itself: what stands in one says nothing about
/// the other.
package struct ScreenRow: Hashable, Sendable {
  package let main: Line
  package let side: Line?

  package init(_ main: Line, beside side: Line? = nil) {
    self.main = main
    self.side = side
  }

  package var width: Int { main.width + (side?.width ?? 0) }

  /// Whether both are the very lines of another row, which needs no look at their cells.
  @inlinable package func holdsLines(of other: ScreenRow) -> Bool {
    main.storage == other.main.storage && side?.storage == other.side?.storage
  }

  /// Both as one.
  package var line: Line { side.map { Line(cells: main.cells + $0.cells, isContested: isContested) } ?? main }

  /// Whether either may hold a character on whose width terminals differ.
  package var isContested: Bool { main.isContested || side?.isContested ?? false }

  func fitted(to width: Int) -> ScreenRow { self.width == width ? self : ScreenRow(line.resized(to: width)) }
}
