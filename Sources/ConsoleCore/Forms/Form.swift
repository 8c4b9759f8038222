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
  private let original: [FormField]

  /// - Parameter fields: at least one.
  init(_ fields: [FormField]) {
    self.fields = fields
    original = fields
  }

  static let hints = [
    TextHint("↵", ascii: "Enter", "sends"), TextHint("⇥", ascii: "Tab", "next field"),
    TextHint("↑↓", ascii: "Up Down", "choose"), TextHint("^S", "send"), TextHint("^E", "editor"),
    TextHint("Esc", "leave"),
  ]
  static let leavingWords: SafeText = "What you filled in would be lost: Esc again drops it, any other key goes on."

  /// Whether anything was typed or chosen.
  var hasChanges: Bool { zip(fields, original).contains { !$0.holdsSame(as: $1) } }

  /// Takes a key in.
  /// - Parameter width: columns that the window has.
  mutating func take(_ key: Key, width: Int) -> Answer {
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
    case .enter where !fields[focus].keepsLines:
      if focus == fields.count - 1 { return .sends }
      go(by: 1, wraps: false)
    case .paste where fields[focus].text == nil:
      return .says("Pasted text is ignored: this field takes one of its choices.")
    default:
      if fields[focus].take(key, width: FormLayout(self, width: width).inputWidth) {
        return fields[focus].complaint.map(Answer.says) ?? .stays
      }
      switch key {
      case .up: go(by: -1, wraps: false)
      case .down: go(by: 1, wraps: false)
      case .character: return .says("This field takes one of its choices: arrows choose.")
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

  private mutating func go(by step: Int, wraps: Bool) {
    let next = focus + step
    if fields.indices.contains(next) {
      focus = next
    } else if wraps {
      focus = next < 0 ? fields.count - 1 : 0
    }
  }
}
