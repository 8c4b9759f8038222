/// The screens that lie on each other: what is opened lies on what it was opened from.
struct ScreenStack: Hashable, Sendable {
  /// So many lie on each other at most: more than anybody goes back through, and few enough for the memory.
  static let limit = 100

  private var boxes: [ScreenBox]

  init(_ home: any ConsoleScreen) { boxes = [ScreenBox(screen: home)] }

  /// At least one.
  var depth: Int { boxes.count }

  /// From the bottom up. A screen is edited where it lies.
  subscript(index: Int) -> any ConsoleScreen {
    get { boxes[index].screen }
    _modify { yield &boxes[index].screen }
  }

  var top: any ConsoleScreen {
    get { boxes[boxes.count - 1].screen }
    _modify { yield &boxes[boxes.count - 1].screen }
  }

  /// The one that `index` lies on, without those that lie there only for a look.
  func base(of index: Int) -> Int {
    var index = index
    while index > 0, type(of: boxes[index].screen).isAside { index -= 1 }
    return index
  }

  mutating func push(_ screen: any ConsoleScreen) { boxes.append(ScreenBox(screen: screen)) }

  /// Takes the top away; the bottom stays.
  mutating func pop() {
    if boxes.count > 1 { boxes.removeLast() }
  }

  mutating func replaceHome(with screen: any ConsoleScreen) { boxes[0].screen = screen }
}

/// A screen, comparable with any other.
private struct ScreenBox: Hashable, Sendable {
  var screen: any ConsoleScreen

  static func == (left: ScreenBox, right: ScreenBox) -> Bool { left.screen.isEqual(to: right.screen) }
  func hash(into hasher: inout Hasher) { screen.hash(into: &hasher) }
}

extension ConsoleScreen {
  fileprivate func isEqual(to other: any ConsoleScreen) -> Bool { (other as? Self) == self }
}
