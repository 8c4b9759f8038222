import PartnerModel
import SafeText
import TerminalKit

/// The list of keys, scrolled.
struct HelpScreen: ConsoleScreen {
  static let name: ScreenName = "help"
  static let isAside = true
  static let commands = Set<Command>.moves.union([.show("help"), .quit])
  static let hints: [Command] = [.back, .move(.down), .quit]
  static let opener: KeyBinding? = KeyBinding(
    .show(name), [.character("?"), .function(1)], "?", hint: "help", .program, "this list")

  var top = 0

  static func screen(in state: SharedState) -> HelpScreen? { HelpScreen() }

  func crumbs(in state: SharedState, under tenant: TenantID?, isShort: Bool) -> [SafeText] { ["Keys"] }
  func hintWord(for command: Command) -> SafeText? { command == .quit ? "close" : nil }

  func obstacle(to command: Command, in state: SharedState) -> SafeText? {
    command == .open || command == .refresh ? "Esc closes the help first." : nil
  }

  mutating func follow(_ command: Command, _ layout: FrameLayout, in state: inout SharedState) -> Step? {
    switch command {
    case .move(let motion):
      // The top line moves as a cursor would, over the lines that the help can begin with.
      let viewport = Viewport(cursor: top, top: top)
      top = motion.applied(to: viewport, count: helpLastTop(state, layout) + 1, height: layout.bodyHeight).cursor
      return .done
    case .show(Self.name), .quit: return .close
    default: return nil
    }
  }

  mutating func settle(_ layout: FrameLayout, in state: inout SharedState) {
    if top > 0 { top = min(top, helpLastTop(state, layout)) }
  }

  func lines(_ layout: FrameLayout, in state: SharedState, cache: inout RowCache) -> [Line] {
    Array(helpLines(state, width: layout.size.columns).dropFirst(top).prefix(layout.bodyHeight))
  }
}
