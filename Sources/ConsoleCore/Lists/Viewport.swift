/// Which rows of a list are on screen, and where the cursor is; both count from zero.
struct Viewport: Hashable, Sendable {
  var cursor = 0
  var top = 0

  /// Rows on screen in a list of `count` rows.
  func visible(count: Int, height: Int) -> Range<Int> {
    let first = min(max(top, 0), count)
    return first..<min(count, first + max(height, 0))
  }

  /// Brings the cursor into the list and the window to the cursor, moving as little as it takes.
  mutating func settle(count: Int, height: Int) {
    cursor = min(max(cursor, 0), max(count - 1, 0))
    let height = max(height, 1)
    if cursor < top { top = cursor }
    if cursor >= top + height { top = cursor - height + 1 }
    top = min(max(top, 0), max(count - height, 0))
  }
}

/// A step of the cursor.
enum Motion: Hashable, Sendable, CaseIterable {
  case up, down, pageUp, pageDown, halfPageUp, halfPageDown, first, last

  var isPage: Bool {
    switch self {
    case .pageUp, .pageDown, .halfPageUp, .halfPageDown: true
    case .up, .down, .first, .last: false
    }
  }

  /// Where the cursor and the window stand after the step; a page moves both, so that the cursor keeps its line.
  func applied(to viewport: Viewport, count: Int, height: Int) -> Viewport {
    var moved = viewport
    func page(_ rows: Int) {
      moved.cursor += rows
      moved.top += rows
    }
    switch self {
    case .up: moved.cursor -= 1
    case .down: moved.cursor += 1
    case .pageUp: page(-max(height - 1, 1))
    case .pageDown: page(max(height - 1, 1))
    case .halfPageUp: page(-max(height / 2, 1))
    case .halfPageDown: page(max(height / 2, 1))
    case .first: moved.cursor = 0
    case .last: moved.cursor = count - 1
    }
    moved.settle(count: count, height: height)
    return moved
  }
}
