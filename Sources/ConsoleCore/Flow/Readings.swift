import FoundationEssentials
import SafeText
import TerminalKit

/// For a moment keys only move: they belong to a text that went before.
struct Calm: Hashable, Sendable {
  enum Cause: Hashable, Sendable { case typing, paste }

  var cause: Cause
  /// The last moment at which keys do not act, in milliseconds.
  var until: Int

  /// Milliseconds after the end of a text in which a key is still taken for a part of it: a word that is being typed has
  /// its letters closer together.
  static let length = 300

  init(after cause: Cause, at time: Int) {
    self.cause = cause
    until = time + Self.length
  }

  /// Whether a key does what it does at any time. Going on with a filter, and what no word is made of, does; nothing that
  /// acts on an incident does, nor what ends the console.
  func allows(_ key: Key) -> Bool {
    switch CommandTable.command(for: key) {
    case .filter, nil: true
    case .back: key == .escape || key == .left
    case .switchHome, .show: !key.isPrintable
    case let command?: command.onlyMoves
    }
  }
}

/// Takes in what one reading of the terminal gave.
///
/// Keys that were typed come one by one, or a few together; a terminal that does not put pasted text in brackets gives
/// many characters at once. Those only move and never act; in a filter they are its text.
func takeKeys(_ console: inout ConsoleState, _ keys: [Key], at time: Int) -> [Effect] {
  if let calm = console.shared.calm, time > calm.until { console.shared.calm = nil }
  if let came = console.shared.textCameAt {
    console.shared.textCameAt = nil
    let passed = console.shared.now.timeIntervalSince(came)
    if abs(passed) * 1_000 < Double(Calm.length) { console.shared.calm = Calm(after: .paste, at: time) }
  }
  let characters = keys.count(where: \.isPrintable)
  let goesOn = console.shared.calm?.cause == .paste && !console.takesText && characters > 0
  if characters >= pasteLength || goesOn { return takeText(&console, keys, at: time) }
  return pressEach(&console, keys[...], at: time)
}

/// So many printable characters in one reading are no keys that somebody typed.
private let pasteLength = 4

/// Between two keys that came together, everything is as between two that did not.
/// - Parameter isAlone: whether a single one came by itself.
private func pressEach(
  _ console: inout ConsoleState, _ keys: ArraySlice<Key>, at time: Int, isAlone: Bool? = nil
) -> [Effect] {
  var effects: [Effect] = []
  let isAlone = isAlone ?? (keys.count == 1)
  for (index, key) in keys.enumerated() {
    if index > 0 { effects += settle(&console) }
    effects += press(&console, key, at: time, isAlone: isAlone)
  }
  return effects
}

private func takeText(_ console: inout ConsoleState, _ keys: [Key], at time: Int) -> [Effect] {
  var keys = keys[...]
  var effects: [Effect] = []
  if !console.takesText, console.shared.calm?.cause != .paste, let first = keys.first,
    [.filter, .commandLine].contains(CommandTable.command(for: first))
  {
    // A filter, or a command, and its first letters, typed over a slow line: the text goes where it was meant to go.
    effects = press(&console, keys.removeFirst(), at: time)
  }
  if console.takesText, !FrameLayout.isTooSmall(console.shared.size) {
    return effects + fillIn(&console, keys, at: time)
  }
  return effects + moveOnly(&console, keys, at: time)
}

/// Text for what is being typed. A line end in it does not end that; Esc and Ctrl-C do.
private func fillIn(_ console: inout ConsoleState, _ keys: ArraySlice<Key>, at time: Int) -> [Effect] {
  var text = ""
  var effects: [Effect] = []
  for (index, key) in zip(keys.indices, keys) {
    switch key {
    case .character(let character): text.append(character)
    case .enter: text += "\n"
    case .tab, .backtab: text += " "
    default:
      insert(&console, text, at: time)
      text = ""
      effects += press(&console, key, at: time, isAlone: false)
      if !console.takesText {
        return effects + pressEach(&console, keys[(index + 1)...], at: time, isAlone: false)
      }
    }
  }
  insert(&console, text, at: time)
  return effects
}

private func moveOnly(_ console: inout ConsoleState, _ keys: ArraySlice<Key>, at time: Int) -> [Effect] {
  if keys.contains(.control("c")) { return [.interrupt] }
  if FrameLayout.isTooSmall(console.shared.size) || console.shared.isTypingNowhere {
    console.shared.calm = Calm(after: .paste, at: time)
    return []
  }
  _ = console.shared.forgetQuestions()
  var effects: [Effect] = []
  var isPaste = false
  for key in keys {
    guard CommandTable.command(for: key)?.onlyMoves ?? false else {
      isPaste = true
      continue
    }
    effects += press(&console, key, at: time) + settle(&console)
  }
  // A key that moves and is held down comes many times at once over a slow line.
  guard isPaste else { return effects }
  console.shared.message = Calm.Cause.paste.words(nil)
  console.shared.calm = Calm(after: .paste, at: time)
  return effects
}

/// A key that acts, and when it was read last.
struct HeldKey: Hashable, Sendable {
  var key: Key
  /// In milliseconds.
  var time: Int

  /// Milliseconds: a key that is held comes again after at most 660, and then every few dozens.
  static let gap = 700
}

extension SharedState {
  /// Whether a key that acts is only held down: it acts once, and answers no question that it has asked.
  /// - Parameter isText: whether keys are text now.
  mutating func isHeld(_ key: Key, at time: Int, isText: Bool) -> Bool {
    guard !isText, !isTypingNowhere,
      [.claim, .portal, .quit, .judge, .undo, .signIn].contains(CommandTable.command(for: key))
    else {
      held = nil
      return false
    }
    defer { held = HeldKey(key: key, time: time) }
    return held.map { $0.key == key && time - $0.time < HeldKey.gap } ?? false
  }
}

extension Calm.Cause {
  /// What is said of a key that did not act.
  func words(_ key: Key?) -> Message {
    switch self {
    case .paste: .information("Pasted text never acts: the console takes keys only.")
    case .typing:
      .information(
        "\(key.map(CommandTable.name) ?? "It") came right behind what was typed and did nothing: press it again.")
    }
  }
}
