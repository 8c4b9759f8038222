import PartnerModel
import SafeText
import TerminalKit

/// One of the values that a field may have.
struct Choice: Hashable, Sendable {
  /// What it stands for, and what is compared with what is typed.
  var value: String
  /// What is shown of it.
  var label: SafeText
  /// What else there is to know of it.
  var note: SafeText = .empty
  /// What it belongs to, told where that differs from the choice before.
  var group: SafeText = .empty
  /// The digit that picks it in a list, wherever it stands there.
  var digit: Int?

  init(
    _ value: String, label: SafeText? = nil, note: SafeText = .empty, group: SafeText = .empty, digit: Int? = nil
  ) {
    self.value = value
    self.label = label ?? SafeText(value)
    self.note = note
    self.group = group
    self.digit = digit
  }
}

/// A field whose value is one of a few.
struct ChoiceInput: Hashable, Sendable {
  let choices: [Choice]
  private(set) var selected: Int

  /// - Parameter choices: at least one; only what is valid.
  init(_ choices: [Choice], selected: Int = 0) {
    self.choices = choices
    self.selected = min(max(selected, 0), max(choices.count - 1, 0))
  }

  var value: String { choices.indices.contains(selected) ? choices[selected].value : "" }

  /// Takes a key in; `false` if it chooses nothing.
  mutating func take(_ key: Key) -> Bool {
    switch key {
    case .left: selected = max(selected - 1, 0)
    case .right: selected = min(selected + 1, max(choices.count - 1, 0))
    case .home: selected = 0
    case .end: selected = max(choices.count - 1, 0)
    case .character(" "): selected = choices.isEmpty ? 0 : (selected + 1) % choices.count
    case .character(let letter):
      // The next one that begins with it.
      let folded = String(letter).foldedForSearch
      let order = choices.indices.map { (selected + 1 + $0) % choices.count }
      guard let found = order.first(where: { choices[$0].label.text.foldedForSearch.hasPrefix(folded) }) else {
        return false
      }
      selected = found
    default: return false
    }
    return true
  }
}

/// A field whose value is one of those that are offered, or what is typed.
///
/// What is typed also narrows what is offered.
struct ChoiceOrTextInput: Hashable, Sendable {
  let choices: [Choice]
  /// What stands in front of what is typed.
  let textLabel: SafeText
  private(set) var editor: LineEditor
  /// The one that is chosen; `nil` for what is typed.
  private(set) var selected: Int?

  init(_ choices: [Choice], textLabel: SafeText, limit: Int = LineEditor.limit, selected: Int? = 0) {
    self.choices = choices
    self.textLabel = textLabel
    editor = LineEditor(limit: limit)
    self.selected = selected.flatMap { choices.indices.contains($0) ? $0 : nil }
  }

  /// What is chosen; `nil` where text counts.
  var choice: Choice? { selected.map { choices[$0] } }
  var text: String { editor.text }

  /// Those that fit what is typed, by their place among all.
  var offered: [Int] {
    let typed = editor.text.foldedForSearch
    return typed.isEmpty
      ? Array(choices.indices)
      : choices.indices.filter { index in
        selected == index || choices[index].value.foldedForSearch.contains(typed)
          || choices[index].label.text.foldedForSearch.contains(typed)
      }
  }

  /// Takes a key in; `false` if it is none for this field, or one that would leave it at its top or bottom.
  mutating func take(_ key: Key) -> Bool {
    switch key {
    case .up: return move(-1)
    case .down: return move(1)
    case .character, .paste:
      // Whoever types means a text, whatever is chosen.
      selected = nil
      return editor.take(key)
    default:
      // What is chosen is not edited.
      return selected == nil && editor.take(key)
    }
  }

  /// Puts another text in the place of what was typed.
  mutating func replaceText(_ text: String) {
    editor = LineEditor(text, limit: editor.edited.limit)
    selected = nil
  }

  /// Among what is offered, and then the text.
  private mutating func move(_ step: Int) -> Bool {
    let offered = offered
    let here = selected.flatMap(offered.firstIndex) ?? offered.count
    let next = here + step
    guard (0...offered.count).contains(next) else { return false }
    selected = next == offered.count ? nil : offered[next]
    return true
  }
}
