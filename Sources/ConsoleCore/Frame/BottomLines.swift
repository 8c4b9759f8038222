import SafeText
import TerminalKit

/// The lines that tell which key helps next: an offer, a message, a filter being typed, or the hints. With the column of
/// the cursor in the last of them.
func bottomLines(
  _ console: ConsoleState, _ layout: FrameLayout, _ kept: inout KeptLines
) -> (lines: [Line], cursor: Int?) {
  if layout.bottomHeight == 0 { return ([], nil) }
  if let line = console.shared.commandLine {
    let fits = line.prompt.fits(ConsoleVocabulary(console))
    return commandPromptLines(line.prompt, fits, width: layout.size.columns, isASCII: console.shared.isASCII)
  }
  if console.shared.portal == nil, console.shared.prompt == nil, console.shared.message == nil {
    let hints = written(layout.size.columns, isASCII: console.shared.isASCII) { pen in
      pen.skip(1)
      addHints(console, layout, to: &pen)
    }
    return ([kept.line(.hints, hints)], nil)
  }
  return askedLines(console.shared, layout)
}

private func askedLines(_ state: SharedState, _ layout: FrameLayout) -> (lines: [Line], cursor: Int?) {
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

private func addHints(_ console: ConsoleState, _ layout: FrameLayout, to pen: inout Pen) {
  var isFirst = true
  let gap = layout.size.columns < 100 ? 2 : 3
  for hint in console.screens.top.textHints {
    let key = console.shared.spellsKeys ? hint.asciiKey : hint.key
    guard key.columns + 1 + hint.word.columns + (isFirst ? 1 : gap + 1) <= pen.remaining else { continue }
    if !isFirst { pen.skip(gap) }
    isFirst = false
    pen.add(key, Theme.strong)
    pen.skip(1)
    pen.add(hint.word, Theme.quiet)
  }
  let seen = console.seen(at: console.screens.depth - 1)
  for command in type(of: console.screens.top).hints {
    guard let hint = CommandTable.hint(of: command), console.suggests(command, on: seen) else { continue }
    let key = console.shared.spellsKeys ? hint.asciiKey : hint.key
    let word = hintWord(of: command, hint, console, layout)
    let columns = key.columns + 1 + word.columns
    guard columns + (isFirst ? 1 : gap + 1) <= pen.remaining else { continue }
    if !isFirst { pen.skip(gap) }
    isFirst = false
    pen.add(key, Theme.strong)
    pen.skip(1)
    pen.add(word, Theme.quiet)
  }
}

private func hintWord(
  of command: Command, _ hint: CommandEntry.Hint, _ console: ConsoleState, _ layout: FrameLayout
) -> SafeText {
  if command == .back, layout.hasPreviewInFront { return "rows" }
  if command == .back, console.screens.top.hasFilter(in: console.shared) { return "all rows" }
  return console.screens.top.hintWord(for: command) ?? hint.word
}
