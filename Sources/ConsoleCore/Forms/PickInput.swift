import PartnerModel
import SafeText
import TerminalKit

/// A field whose value is one of many: what is typed narrows them, a digit picks one, always the same.
struct PickInput: Hashable, Sendable {
  private(set) var choices: [Choice]
  /// What narrows them, as typed.
  private(set) var typed = ""
  /// The value that is chosen; `nil` as long as none is.
  private(set) var value: String?

  /// - Parameters:
  ///   - choices: of different values.
  ///   - selected: the value of one of them.
  init(_ choices: [Choice], selected: String? = nil) {
    self.choices = choices
    value = choices.first { $0.value == selected }?.value
  }

  /// Those that fit what is typed: each of its words begins one of theirs.
  var offered: [Choice] { offered(by: typed) }

  private func offered(by typed: String) -> [Choice] {
    let words = typed.foldedForSearch.split(separator: " ")
    if words.isEmpty { return choices }
    return choices.filter { choice in
      let theirs = "\(choice.label.text) \(choice.group.text)".foldedForSearch.split {
        $0 == " " || $0 == "-" || $0 == ","
      }
      return words.allSatisfy { word in theirs.contains { $0.hasPrefix(word) } }
    }
  }

  /// The place of what is chosen among those that are offered.
  var place: Int? { value.flatMap { value in offered.firstIndex { $0.value == value } } }

  /// The same choices in the same order, with other notes.
  func noted(as others: [Choice]) -> PickInput {
    var copy = self
    for index in choices.indices {
      guard let other = others.first(where: { $0.value == choices[index].value }) else { continue }
      copy.choices[index].note = other.note
    }
    return copy
  }

  /// Takes a key in; `false` if it chooses nothing, or would leave the list at its top or bottom.
  mutating func take(_ key: Key) -> Bool {
    switch key {
    case .up: return move(-1)
    case .down: return move(1)
    case .pageUp, .home: return go(to: 0)
    case .pageDown, .end: return go(to: offered.count - 1)
    case .backspace:
      guard !typed.isEmpty else { return false }
      typed.removeLast()
    case .control("u"): typed = ""
    case .character(let character):
      if let digit = character.wholeNumberValue, character.isASCII {
        guard let meant = choices.first(where: { $0.digit == digit }) else { return false }
        // It means the same whatever was typed before.
        if !offered.contains(meant) { typed = "" }
        value = meant.value
        return true
      }
      let next = typed + String(character)
      guard let first = offered(by: next).first else { return false }
      typed = next
      // What does not fit any more is not what is meant.
      if place == nil { value = first.value }
    default: return false
    }
    return true
  }

  private mutating func go(to place: Int) -> Bool {
    let offered = offered
    guard offered.indices.contains(place) else { return false }
    value = offered[place].value
    return true
  }

  private mutating func move(_ step: Int) -> Bool {
    guard let place else { return go(to: step > 0 ? 0 : offered.count - 1) }
    return go(to: place + step)
  }
}
