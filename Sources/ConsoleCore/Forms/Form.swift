import SafeText
import TerminalKit

/// Fields that are filled in before something is sent; what sends it knows what they mean.
///
/// What was typed stays until it is sent or thrown away, whatever goes wrong meanwhile.
struct Form: Hashable, Sendable {
  /// What a key led to.
  enum Answer: Hashable, Sendable {
    case stays
    /// With something to say.
    case says(SafeText)
    case sends
    /// What was typed, if anything, may go.
    case leaves
    /// The text of the field with the cursor goes to an editor of its own.
    case edits(String)
    /// The key means nothing in a form.
    case ignores
  }

  private(set) var fields: [FormField]
  /// The field that keys go to.
  private(set) var focus = 0
  /// Esc has asked before it throws away what was typed.
  private(set) var isLeaving = false
  private var original: [FormField]

  /// - Parameters:
  ///   - fields: at least one.
  ///   - focus: the one that keys go to first.
  init(_ fields: [FormField], focus: Int = 0) {
    self.fields = fields
    self.focus = focus
    original = fields
  }

  static let hints = [
    TextHint("↵", ascii: "Enter", "sends"), TextHint("⇥", ascii: "Tab", "next field"),
    TextHint("↑↓", ascii: "Up Down", "choose"), TextHint("^S", "send"), TextHint("^E", "editor"),
    TextHint("Esc", "leave"),
  ]
  /// The keys that help in the field that they go to.
  var hints: [TextHint] {
    switch fields[focus].input {
    case .pick:
      [
        TextHint("↵", ascii: "Enter", "next"), TextHint("1-9", "pick"), TextHint("letters", "narrow"),
        TextHint("↑↓", ascii: "Up Down", "choose"), TextHint("^S", "send"), TextHint("Esc", "leave"),
      ]
    case .tags:
      [
        TextHint("↵", ascii: "Enter", "adds, then sends"), TextHint("↑↓", ascii: "Up Down", "choose"),
        TextHint("Space", "on, off"), TextHint("^S", "send"), TextHint("Esc", "leave"),
      ]
    case .area:
      [
        TextHint("^S", "send"), TextHint("^E", "editor"), TextHint("⇥", ascii: "Tab", "next field"),
        TextHint("Esc", "leave"),
      ]
    default:
      focus == visible.last
        ? Self.hints : [TextHint("↵", ascii: "Enter", "next")] + Self.hints.dropFirst()
    }
  }
  static let leavingWords: SafeText = "What you filled in would be lost: Esc again drops it, any other key goes on."

  /// Whether anything was typed or chosen.
  var hasChanges: Bool { zip(fields, original).contains { !$0.holdsSame(as: $1) } }

  /// Takes a key in.
  /// - Parameters:
  ///   - width: columns that the window has.
  ///   - height: lines that the form has.
  mutating func take(_ key: Key, width: Int, height: Int) -> Answer {
    let wasLeaving = isLeaving
    isLeaving = false
    // It answers the question, and is no letter of the text.
    if wasLeaving, case .character = key { return .stays }
    switch key {
    case .escape, .control("c"), .control("g"):
      if !hasChanges || wasLeaving { return .leaves }
      isLeaving = true
      return .says(Self.leavingWords)
    case .control("s"): return .sends
    case .tab: go(by: 1, wraps: true)
    case .backtab: go(by: -1, wraps: true)
    case .control("e"):
      guard let text = fields[focus].editedText else { return .says("^E edits a text: there is none in this field.") }
      return .edits(text)
    case .enter where !fields[focus].takesEnter:
      if focus == visible.last { return .sends }
      go(by: 1, wraps: false)
    case .paste where fields[focus].text == nil:
      return .says("Pasted text is ignored: this field takes one of its choices.")
    default:
      let layout = FormLayout(self, width: width)
      if fields[focus].take(key, width: layout.inputWidth, height: FormLayout.areaRows(height)) {
        return fields[focus].complaint.map(Answer.says) ?? .stays
      }
      switch key {
      // With no other field to go to they choose: what looks chosen is what is sent.
      case .up where visible.count == 1: _ = fields[focus].take(.left, width: width, height: height)
      case .down where visible.count == 1: _ = fields[focus].take(.right, width: width, height: height)
      case .up: go(by: -1, wraps: false)
      case .down: go(by: 1, wraps: false)
      case .character: return .says(fields[focus].refusalOfLetter)
      default: return .ignores
      }
    }
    return .stays
  }

  /// Something is wrong with a field: the cursor goes there, and all that was typed stays.
  mutating func refuse(_ field: Int, _ reason: SafeText) {
    guard fields.indices.contains(field) else { return }
    fields[field].error = reason
    focus = field
    isLeaving = false
  }

  /// The text of a field comes back from an editor.
  /// - Returns: why its end is missing.
  mutating func replaceText(of field: Int, with text: String) -> SafeText? {
    guard fields.indices.contains(field) else { return nil }
    fields[field].replaceText(text)
    return fields[field].complaint
  }

  // MARK: What a form changes by itself

  /// Shows or hides a field; what is hidden is as it was when it is shown again.
  mutating func show(_ field: Int, if isShown: Bool) {
    guard fields.indices.contains(field) else { return }
    fields[field].isHidden = !isShown
    if !isShown, focus == field { go(by: -1, wraps: true) }
  }

  /// Puts another input in the place of one that nobody has touched, or that holds the same.
  mutating func replace(_ field: Int, _ input: FormField.Input) {
    guard fields.indices.contains(field) else { return }
    let isUntouched = fields[field].holdsSame(as: original[field])
    fields[field].input = input
    if isUntouched { original[field].input = input }
  }

  /// Makes the choice of this value, or writes it where it is none of the choices.
  mutating func choose(_ field: Int, _ value: String) {
    guard fields.indices.contains(field) else { return }
    fields[field].choose(value)
  }

  private var visible: [Int] { fields.indices.filter { !fields[$0].isHidden } }

  private mutating func go(by step: Int, wraps: Bool) {
    let visible = visible
    guard let first = visible.first, let last = visible.last else { return }
    if let next = step > 0 ? visible.first(where: { $0 > focus }) : visible.last(where: { $0 < focus }) {
      focus = next
    } else if wraps {
      focus = step > 0 ? first : last
    }
  }
}
