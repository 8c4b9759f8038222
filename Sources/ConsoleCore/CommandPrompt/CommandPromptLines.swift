import SafeText
import TerminalKit

/// Draws the command line, and above it what fits it.
/// - Returns: two lines, and the column of the cursor in the second.
func commandPromptLines(
  _ prompt: CommandPrompt, _ fits: CommandPrompt.Fits, width: Int, isASCII: Bool
) -> (lines: [Line], cursor: Int) {
  let help: SafeText = "Tab completes  Enter runs  Esc leaves"
  let room = max(width - help.columns - 6, 10)
  let shown = prompt.editor.shown(width: room)
  var cursor = 0
  let line = drawnLine(width, isASCII: isASCII) { pen in
    pen.skip(1)
    pen.add(":", Theme.accent)
    cursor = pen.column + shown.column
    pen.add(shown.text.clipped(to: room))
    pen.addAtEnd(help, Theme.quiet)
  }
  return ([fitsLine(prompt, fits, width: width, isASCII: isASCII), line], cursor)
}

/// What fits, from the one that is chosen on, with the words of one at the end.
private func fitsLine(
  _ prompt: CommandPrompt, _ fits: CommandPrompt.Fits, width: Int, isASCII: Bool
) -> Line {
  drawnLine(width, isASCII: isASCII) { pen in
    pen.skip(1)
    guard !fits.candidates.isEmpty else {
      // Behind a name Enter may know more than what can be offered.
      let words: SafeText =
        prompt.text.contains(" ") ? "Nothing to complete: Enter tries it as it is." : "Nothing fits."
      return pen.add(prompt.text.isEmpty ? "" : words, Theme.quiet)
    }
    let told = fits.candidates.count == 1 ? 0 : fits.selected
    let note = told.map { fits.candidates[$0].note } ?? .empty
    let noteRoom = note.isEmpty ? 0 : min(note.columns + 3, width / 2)
    let texts = fits.candidates.map { SafeText($0.text) }
    let room = pen.remaining - noteRoom - 4
    // As many before the chosen one as fit with it.
    var first = fits.selected ?? 0
    var used = texts[first].columns
    while first > 0, used + texts[first - 1].columns + 2 <= room {
      first -= 1
      used += texts[first].columns + 2
    }
    var index = first
    while index < texts.count, pen.column + texts[index].columns <= room || index == first {
      let isSelected = index == fits.selected
      pen.add(
        texts[index].clipped(to: max(room - pen.column, 8)), isSelected ? Style(.standard, .reverse) : Theme.quiet)
      pen.skip(2)
      index += 1
    }
    if index < texts.count || fits.hasMore { pen.add("…", Theme.quiet) }
    guard !note.isEmpty else { return }
    pen.addAtEnd(note.clipped(to: noteRoom - 3), Theme.quiet)
  }
}
