import SafeText
import TerminalKit

/// The lines that tell which key helps next: an offer, a message, a filter being typed, or the hints. With the column of
/// the cursor in the last of them.
func bottomLines(_ state: ConsoleState, _ layout: FrameLayout) -> (lines: [Line], cursor: Int?) {
  if layout.bottomHeight == 0 { return ([], nil) }
  let width = state.size.columns
  if state.portal == nil, state.prompt == nil, let message = state.message {
    let lines = state.messageLines.map { text in
      drawnLine(width, isASCII: state.isASCII) { pen in
        pen.skip(1)
        pen.add(text, style(message.level))
      }
    }
    let link = state.linkLines.map { text in drawnLine(width, isASCII: state.isASCII) { $0.add(text) } }
    return (lines + link, nil)
  }
  var cursor: Int?
  let line = drawnLine(width, isASCII: state.isASCII) { pen in
    pen.skip(1)
    if let offer = state.portal {
      let help: SafeText = "o or Enter opens it"
      pen.add("Portal: ")
      pen.add(SafeText(offer.host), Theme.strong)
      let room = pen.remaining - help.columns - 3
      if room > 8 { pen.add(SafeText(beginningOf: offer.path).clipped(to: room)) }
      pen.add("  " + help, Theme.quiet)
    } else if let prompt = state.prompt {
      let help: SafeText = "Enter keeps  Esc drops"
      let room = max(width - help.columns - 6, 10)
      let shown = prompt.editor.shown(width: room)
      pen.add("/", Theme.accent)
      cursor = pen.column + shown.column
      pen.add(shown.text.clipped(to: room), prompt.editor.isSelected ? Style(.standard, .reverse) : .plain)
      pen.addAtEnd(help, Theme.quiet)
    } else {
      addHints(state, to: &pen)
    }
  }
  return ([line], cursor)
}

func style(_ level: Notice.Level) -> Style {
  switch level {
  case .information: .plain
  case .warning: Theme.warning
  case .failure: Theme.failure
  }
}

private func addHints(_ state: ConsoleState, to pen: inout Pen) {
  var isFirst = true
  let gap = state.size.columns < 100 ? 2 : 3
  for command in KeyMap.hints(in: state.place) {
    guard let binding = KeyMap.binding(of: command), state.suggests(command) else { continue }
    let key = state.isASCII ? binding.hint.asciiKey : binding.hint.key
    let word = hintWord(binding, state)
    let columns = key.columns + 1 + word.columns
    guard columns + (isFirst ? 1 : gap + 1) <= pen.remaining else { continue }
    if !isFirst { pen.skip(gap) }
    isFirst = false
    pen.add(key, Theme.strong)
    pen.skip(1)
    pen.add(word, Theme.quiet)
  }
}

private func hintWord(_ binding: KeyBinding, _ state: ConsoleState) -> SafeText {
  switch (binding.command, state.place) {
  case (.switchHome, .queue): "tenants"
  case (.open, .incident): "details"
  case (.filter, .incident): "find"
  case (.back, _) where state.layout.hasPreviewInFront: "rows"
  case (.back, _) where state.hasFilter: "all rows"
  case (.quit, .help): "close"
  default: binding.hint.word
  }
}
