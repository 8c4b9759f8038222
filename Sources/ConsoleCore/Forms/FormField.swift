import SafeText
import TerminalKit

/// A field of a form: its label, and what is typed or chosen in it.
struct FormField: Hashable, Sendable {
  enum Input: Hashable, Sendable {
    case choice(ChoiceInput)
    case choiceOrText(ChoiceOrTextInput)
    case text(LineEditor)
    /// With the rows that it takes.
    case area(TextArea, rows: Int)
  }

  let label: SafeText
  var input: Input
  /// What is wrong with it and what to do, until it is changed.
  var error: SafeText?

  init(_ label: SafeText, _ input: Input) {
    self.label = label
    self.input = input
  }

  /// The text that is typed in it, whether it counts or not.
  var text: String? {
    switch input {
    case .choice: nil
    case .choiceOrText(let input): input.text
    case .text(let editor): editor.text
    case .area(let area, _): area.text
    }
  }

  /// The text that a key would change now; `nil` where a choice is made.
  var editedText: String? {
    if case .choiceOrText(let input) = input, input.selected != nil { return nil }
    return text
  }

  /// Why the end of what was typed last is missing.
  var complaint: SafeText? {
    switch input {
    case .choice: nil
    case .choiceOrText(let input): input.editor.complaint
    case .text(let editor): editor.complaint
    case .area(let area, _): area.complaint
    }
  }

  /// Whether Enter is part of its text.
  var keepsLines: Bool { if case .area = input { true } else { false } }

  /// Whether it holds the same as another does.
  func holdsSame(as other: FormField) -> Bool {
    switch (input, other.input) {
    case (.choice(let one), .choice(let two)): one.selected == two.selected
    case (.choiceOrText(let one), .choiceOrText(let two)): one.selected == two.selected && one.text == two.text
    default: text == other.text
    }
  }

  /// Takes a key in; `false` if it is none for it, or one that leaves it.
  mutating func take(_ key: Key, width: Int) -> Bool {
    let isTaken: Bool
    switch input {
    case .choice(var choice):
      isTaken = choice.take(key)
      input = .choice(choice)
    case .choiceOrText(var choice):
      isTaken = choice.take(key)
      input = .choiceOrText(choice)
    case .text(var editor):
      isTaken = editor.take(key)
      input = .text(editor)
    case .area(var area, let rows):
      isTaken = area.take(key, width: width, height: rows)
      input = .area(area, rows: rows)
    }
    if isTaken { error = nil }
    return isTaken
  }

  /// Puts another text in the place of the one that is typed.
  mutating func replaceText(_ text: String) {
    switch input {
    case .choice: return
    case .choiceOrText(var choice):
      choice.replaceText(text)
      input = .choiceOrText(choice)
    case .text(let editor): input = .text(LineEditor(text, limit: editor.edited.limit))
    case .area(let area, let rows): input = .area(TextArea(text, limit: area.edited.limit), rows: rows)
    }
    error = nil
  }
}
