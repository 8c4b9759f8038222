import SafeText

// Finding on a page, by the prompt that filters lists.

func findPrompt(_ page: IncidentPageState) -> FilterPrompt {
  FilterPrompt(editor: LineEditor(page.search, isSelected: true), before: page.search, viewport: page.viewport)
}

/// What is looked for changed: from where the page was, the first line that holds it is shown.
func find(_ state: inout ConsoleState, _ text: String) {
  let start = state.prompt?.viewport.cursor ?? state.page?.viewport.cursor ?? 0
  let isFound = state.page?.find(text, from: start) ?? false
  forgetMiss(&state)
  // Half a word may have been found further down.
  if !isFound, let before = state.prompt?.viewport { state.page?.viewport = before }
  if !isFound, !text.allSatisfy(\.isWhitespace) { state.message = miss }
}

private let miss = Message.information("No line of this page holds it.")

/// What else was said meanwhile stays.
private func forgetMiss(_ state: inout ConsoleState) {
  if state.message == miss { state.message = nil }
}

/// The page is where it was before something was looked for.
func endFinding(_ state: inout ConsoleState, _ prompt: FilterPrompt) {
  forgetMiss(&state)
  state.page?.search = prompt.before
  state.page?.viewport = prompt.viewport
}

func findAgain(_ state: inout ConsoleState, isForward: Bool) {
  guard let text = state.page?.search, let found = state.page?.findAgain(isForward: isForward) else {
    state.message = miss
    return
  }
  let sought = SafeText(beginningOf: text).clipped(to: 30)
  state.message = .information("\(sought): \(found.number) of \(counted(found.of, "line")). n next, N previous.")
}

func goToSection(_ state: inout ConsoleState, isForward: Bool) {
  let height = state.layout.bodyHeight
  state.page?.goToSection(isForward: isForward, height: height)
}
