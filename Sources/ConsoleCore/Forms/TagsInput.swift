import PartnerModel
import SafeText
import TerminalKit

/// Tags that are there and stay or go, tags that are offered, and a line for new ones.
struct TagsInput: Hashable, Sendable {
  struct Row: Hashable, Sendable {
    var tag: String
    /// Whether it is there already.
    var wasOn: Bool
    var isOn: Bool
    var note: SafeText = .empty
  }

  /// Unicode scalars of a tag at most.
  static let limit = 100

  private(set) var rows: [Row]
  private(set) var editor = LineEditor(limit: TagsInput.limit)
  /// The row that keys go to; `nil` for the line of a new tag.
  private(set) var selected: Int?

  init(_ rows: [Row]) { self.rows = rows }

  var text: String { editor.text }
  var takesEnter: Bool { selected == nil && !text.trimmed.isEmpty }

  /// What is there once it is sent, without what is still being typed.
  var tags: [String] { rows.filter(\.isOn).map(\.tag) }
  var added: [String] { rows.filter { $0.isOn && !$0.wasOn }.map(\.tag) }
  var removed: [String] { rows.filter { !$0.isOn && $0.wasOn }.map(\.tag) }

  /// The new ones that are typed: a comma ends one, as in a list that is pasted. The service would take it as a part of a
  /// tag, which nobody could tell from two.
  var typed: [String] { text.split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty } }

  /// Rows that fit what is typed: those that are on always do.
  var offered: [Int] {
    let typed = (self.typed.last ?? "").foldedForSearch
    return rows.indices.filter { index in
      typed.isEmpty || rows[index].isOn || rows[index].wasOn || selected == index
        || rows[index].tag.foldedForSearch.contains(typed)
    }
  }

  /// Takes a key in; `false` if it is none for it, or one that would leave it at its top or bottom.
  mutating func take(_ key: Key) -> Bool {
    switch (key, selected) {
    case (.up, _): return move(-1)
    case (.down, _): return move(1)
    case (.character(" "), let row?): rows[row].isOn.toggle()
    case (.delete, let row?): rows[row].isOn = false
    case (.enter, nil):
      guard takesEnter, Self.mistake(in: text.trimmed) == nil else { return false }
      typed.forEach { add($0) }
      editor = LineEditor(limit: Self.limit)
    case (.character, _), (.paste, _):
      selected = nil
      return editor.take(key)
    case (_, nil): return editor.take(key)
    default: return false
    }
    return true
  }

  /// A tag is there from now on; one that differs by case alone is taken for the same.
  mutating func add(_ tag: String) {
    if let row = rows.firstIndex(where: { $0.tag == tag })
      ?? rows.firstIndex(where: { $0.tag.lowercased() == tag.lowercased() })
    {
      rows[row].isOn = true
      return
    }
    let place = rows.lastIndex { $0.isOn || $0.wasOn }.map { $0 + 1 } ?? 0
    rows.insert(Row(tag: tag, wasOn: false, isOn: true), at: place)
  }

  /// A tag is to go.
  mutating func remove(_ tag: String) {
    for row in rows.indices where rows[row].tag == tag { rows[row].isOn = false }
  }

  mutating func replaceText(_ text: String) {
    editor = LineEditor(text, limit: Self.limit)
    selected = nil
  }

  /// What is there was read anew: what was chosen here stays chosen.
  mutating func take(_ current: [String]) {
    for row in rows.indices {
      let isThere = current.contains(rows[row].tag)
      let isChosen = rows[row].isOn != rows[row].wasOn
      rows[row].wasOn = isThere
      if !isChosen { rows[row].isOn = isThere }
    }
    for tag in current where !rows.contains(where: { $0.tag == tag }) {
      add(tag)
      for row in rows.indices where rows[row].tag == tag { rows[row].wasOn = true }
    }
  }

  /// What keeps a text from being a tag; `nil` for one that can be sent.
  static func mistake(in tag: String) -> SafeText? {
    // What is shown otherwise than it is would be sent unseen.
    SafeText(tag).text == tag ? nil : "“\(tag)” holds what cannot be seen: type it anew."
  }

  private mutating func move(_ step: Int) -> Bool {
    let offered = offered
    let here = selected.flatMap(offered.firstIndex) ?? offered.count
    let next = here + step
    guard (0...offered.count).contains(next) else { return false }
    selected = next == offered.count ? nil : offered[next]
    return true
  }
}
