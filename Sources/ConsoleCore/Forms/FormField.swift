import SafeText
import TerminalKit

/// A field of a form: its label, and what is typed or chosen in it.
struct FormField: Hashable, Sendable {
  enum Input: Hashable, Sendable {
    case choice(ChoiceInput)
    case choiceOrText(ChoiceOrTextInput)
    /// One of many, below each other.
    case pick(PickInput)
    case tags(TagsInput)
    case text(LineEditor)
    /// With the rows that it takes at least: what the window has more of is its own.
    case area(TextArea, rows: Int)
  }

  let label: SafeText
  var input: Input
  /// What else there is to know of it, as long as nothing is typed.
  let note: SafeText
  /// What is wrong with it and what to do, until it is changed.
  var error: SafeText?
  /// It has no meaning just now, and no key gets there.
  var isHidden = false

  init(_ label: SafeText, _ input: Input, note: SafeText = .empty) {
    self.label = label
    self.input = input
    self.note = note
  }

  /// The value of what is chosen among a few; `nil` for other fields.
  var choice: String? { if case .choice(let input) = input { input.value } else { nil } }

  /// The text that is typed in it, whether it counts or not.
  var text: String? {
    switch input {
    case .choice, .pick: nil
    case .choiceOrText(let input): input.text
    case .tags(let input): input.text
    case .text(let editor): editor.text
    case .area(let area, _): area.text
    }
  }

  /// The text that a key would change now; `nil` where a choice is made.
  var editedText: String? {
    if case .choiceOrText(let input) = input, input.selected != nil { return nil }
    if case .tags(let input) = input, input.selected != nil { return nil }
    return text
  }

  /// Why the end of what was typed last is missing.
  var complaint: SafeText? {
    switch input {
    case .choice, .pick: nil
    case .choiceOrText(let input): input.editor.complaint
    case .tags(let input): input.editor.complaint
    case .text(let editor): editor.complaint
    case .area(let area, _): area.complaint
    }
  }

  /// Whether Enter belongs to it, and does not lead on.
  var takesEnter: Bool {
    switch input {
    case .area: true
    case .tags(let input): input.takesEnter
    default: false
    }
  }

  /// What is said of a letter that means nothing in it.
  var refusalOfLetter: SafeText {
    if case .pick = input { return "No choice fits that: Backspace takes a letter back, the arrows choose." }
    return "This field takes one of its choices: arrows choose."
  }

  /// Whether it holds the same as another does.
  func holdsSame(as other: FormField) -> Bool {
    switch (input, other.input) {
    case (.choice(let one), .choice(let two)): one.selected == two.selected
    case (.choiceOrText(let one), .choiceOrText(let two)): one.selected == two.selected && one.text == two.text
    case (.pick(let one), .pick(let two)): one.value == two.value
    case (.tags(let one), .tags(let two)): one.tags == two.tags && one.text == two.text
    default: text == other.text
    }
  }

  /// Takes a key in; `false` if it is none for it, or one that leaves it.
  /// - Parameters:
  ///   - width: columns of its text.
  ///   - height: rows of an area of text.
  mutating func take(_ key: Key, width: Int, height: Int) -> Bool {
    let isTaken: Bool
    switch input {
    case .choice(var choice):
      isTaken = choice.take(key)
      input = .choice(choice)
    case .choiceOrText(var choice):
      isTaken = choice.take(key)
      input = .choiceOrText(choice)
    case .pick(var list):
      isTaken = list.take(key)
      input = .pick(list)
    case .tags(var list):
      isTaken = list.take(key)
      input = .tags(list)
    case .text(var editor):
      isTaken = editor.take(key)
      input = .text(editor)
    case .area(var area, let rows):
      isTaken = area.take(key, width: width, height: max(rows, height))
      input = .area(area, rows: rows)
    }
    if isTaken { error = nil }
    return isTaken
  }

  /// Puts another text in the place of the one that is typed.
  mutating func replaceText(_ text: String) {
    switch input {
    case .choice, .pick: return
    case .tags(var list):
      list.replaceText(text)
      input = .tags(list)
    case .choiceOrText(var choice):
      choice.replaceText(text)
      input = .choiceOrText(choice)
    case .text(let editor): input = .text(LineEditor(text, limit: editor.edited.limit))
    case .area(let area, let rows): input = .area(TextArea(text, limit: area.edited.limit), rows: rows)
    }
    error = nil
  }

  /// Makes the choice of this value, or writes it where it is none of the choices.
  mutating func choose(_ value: String) {
    switch input {
    case .choice(let choice):
      guard let place = choice.choices.firstIndex(where: { $0.value == value }) else { return }
      input = .choice(ChoiceInput(choice.choices, selected: place))
    case .choiceOrText(let choice):
      let place = choice.choices.firstIndex { $0.value.lowercased() == value.lowercased() }
      var chosen = ChoiceOrTextInput(
        choice.choices, textLabel: choice.textLabel, limit: choice.editor.edited.limit, selected: place)
      if place == nil { chosen.replaceText(value) }
      input = .choiceOrText(chosen)
    case .pick(let list): input = .pick(PickInput(list.choices, selected: value))
    case .tags, .text, .area: replaceText(value)
    }
  }
}
