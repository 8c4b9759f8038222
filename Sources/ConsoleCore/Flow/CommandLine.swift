import PartnerModel
import SafeText
import TerminalKit

/// The command line while it is open, and what was asked before: a command that is typed may be the answer.
struct OpenCommandLine: Hashable, Sendable {
  var prompt = CommandPrompt()
  var asked: Questions
}

/// A key while a command is being typed.
/// - Parameter isAlone: whether nothing else came with it; an Enter inside a text runs nothing.
func typeCommand(_ console: inout ConsoleState, _ key: Key, at time: Int, isAlone: Bool) -> [Effect] {
  guard let line = console.shared.commandLine else { return [] }
  switch key {
  case .enter:
    guard isAlone, console.shared.calm?.cause != .paste else {
      console.shared.message = .information("Enter came together with a text and ran nothing: press it again.")
      return []
    }
    console.closeCommandLine(at: time)
    return run(&console, line.prompt.text, after: line.asked)
  case .escape, .control("c"), .control("g"): console.closeCommandLine(at: time)
  case .paste(let text): insert(&console, text, at: time)
  default: console.takeIntoCommandLine(key)
  }
  return []
}

extension ConsoleState {
  mutating func takeIntoCommandLine(_ key: Key) {
    guard var line = shared.commandLine else { return }
    // What was said is of the line as it was.
    shared.message = nil
    _ = line.prompt.take(key, ConsoleVocabulary(self), shared.history)
    shared.message = line.prompt.editor.complaint.map { .information($0) }
    shared.commandLine = line
  }

  fileprivate mutating func closeCommandLine(at time: Int) {
    shared.commandLine = nil
    shared.message = nil
    shared.calm = Calm(after: .typing, at: time)
  }
}

/// Runs a line that was typed.
private func run(_ console: inout ConsoleState, _ text: String, after asked: Questions) -> [Effect] {
  let line = CommandPrompt(text)
  guard !line.name.isEmpty else { return [] }
  console.shared.history.add(text)
  return perform(&console, line.name, line.argument ?? "", after: asked)
}
