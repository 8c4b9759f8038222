import PartnerModel
import SafeText
import TerminalKit

/// The commands with their keys, scrolled and filtered.
struct HelpScreen: ConsoleScreen {
  static let name: ScreenName = "help"
  static let isAside = true
  static let commands = Set<Command>.moves.union([.show("help"), .quit, .filter])
  static let hints: [Command] = [.back, .filter, .move(.down), .quit]
  static let opener: CommandEntry? = CommandEntry(
    .show(name), "help", [.character("?"), .function(1)], "?", hint: "help", .program, "this list")

  private(set) var top = 0
  private(set) var filter = WordFilter.none

  static func screen(in state: SharedState) -> HelpScreen? { HelpScreen() }

  func crumbs(in state: SharedState, under tenant: TenantID?, isShort: Bool) -> [SafeText] { ["Keys"] }
  func hintWord(for command: Command) -> SafeText? { command == .quit ? "close" : nil }

  func notes(in state: SharedState) -> ScreenNotes? {
    if filter.isEmpty { return nil }
    let note: SafeText = "filter \(SafeText(filter.text).clipped(to: max(state.size.columns / 4, 10)))"
    return ScreenNotes(note, instead: [note], Theme.warning)
  }

  func obstacle(to command: Command, in state: SharedState) -> SafeText? {
    command == .open || command == .refresh ? "Esc closes the help first." : nil
  }

  mutating func follow(_ command: Command, _ layout: FrameLayout, in state: inout SharedState) -> Step? {
    switch command {
    case .move(let motion):
      // The top line moves as a cursor would, over the lines that the help can begin with.
      let viewport = Viewport(cursor: top, top: top)
      top = motion.applied(to: viewport, count: lastTop(layout, in: state) + 1, height: layout.bodyHeight).cursor
      return .done
    case .show(Self.name), .quit: return .close
    default: return nil
    }
  }

  mutating func settle(_ layout: FrameLayout, in state: inout SharedState) {
    if top > 0 { top = min(top, lastTop(layout, in: state)) }
  }

  func hasFilter(in state: SharedState) -> Bool { !filter.isEmpty }

  func prompt(in state: SharedState) -> FilterPrompt? {
    FilterPrompt(kept: filter.text, Viewport(cursor: top, top: top))
  }

  mutating func filter(by text: String, in state: inout SharedState) {
    filter = WordFilter(text)
    top = 0
  }

  mutating func restore(_ prompt: FilterPrompt, in state: inout SharedState) {
    filter = WordFilter(prompt.before)
    top = prompt.viewport.top
  }

  /// The last line that the help can begin with, so that it ends at the end of the window.
  func lastTop(_ layout: FrameLayout, in state: SharedState) -> Int {
    max(helpLines(state, width: layout.size.columns, filter).count - layout.bodyHeight, 0)
  }

  func lines(_ layout: FrameLayout, in state: SharedState, cache: inout RowCache) -> [Line] {
    Array(helpLines(state, width: layout.size.columns, filter).dropFirst(top).prefix(layout.bodyHeight))
  }
}
