import SafeText

// Finding in a document, by the prompt that filters lists.
extension SharedState {
  private static var miss: Message { .information("No line of this page holds it.") }

  /// What is looked for changed: from where the page was, the first line that holds it is shown.
  mutating func find(_ text: String, in document: inout Document) {
    let before = prompt?.viewport
    let isFound = document.find(text, from: before?.cursor ?? document.viewport.cursor)
    forgetMiss()
    // Half a word may have been found further down.
    if !isFound, let before { document.viewport = before }
    if !isFound, !text.allSatisfy(\.isWhitespace) { message = Self.miss }
  }

  mutating func restore(_ prompt: FilterPrompt, in document: inout Document) {
    forgetMiss()
    document.search = prompt.before
    document.viewport = prompt.viewport
  }

  mutating func findAgain(in document: inout Document, isForward: Bool) {
    guard let found = document.findAgain(isForward: isForward) else {
      message = Self.miss
      return
    }
    let sought = SafeText(beginningOf: document.search).clipped(to: 30)
    message = .information("\(sought): \(found.number) of \(counted(found.of, "line")). n next, N previous.")
  }

  private mutating func forgetMiss() {
    if message == Self.miss { message = nil }
  }
}
