import PartnerModel
import SafeText
import TerminalKit

/// What the bottom line said, the newest first.
struct MessagesScreen: ConsoleScreen {
  static let name: ScreenName = "messages"
  static let isAside = true
  static let commands = Set<Command>.moves
  static let hints: [Command] = [.back, .move(.down), .show("help"), .quit]
  static let opener: CommandEntry? = CommandEntry(
    .show(name), "messages", [], "", .look, "what the bottom line said, the newest first")

  private var top = 0

  static func screen(in state: SharedState) -> MessagesScreen? { MessagesScreen() }

  func crumbs(in state: SharedState, under tenant: TenantID?, isShort: Bool) -> [SafeText] { ["Messages"] }

  mutating func follow(_ command: Command, _ layout: FrameLayout, in state: inout SharedState) -> Step? {
    guard case .move(let motion) = command else { return nil }
    let count = lastTop(layout, in: state) + 1
    top = motion.applied(to: Viewport(cursor: top, top: top), count: count, height: layout.bodyHeight).cursor
    return .done
  }

  mutating func settle(_ layout: FrameLayout, in state: inout SharedState) {
    if top > 0 { top = min(top, lastTop(layout, in: state)) }
  }

  private func lastTop(_ layout: FrameLayout, in state: SharedState) -> Int {
    max(allLines(layout, in: state).count - layout.bodyHeight, 0)
  }

  func lines(_ layout: FrameLayout, in state: SharedState, cache: inout RowCache) -> [Line] {
    Array(allLines(layout, in: state).dropFirst(top).prefix(layout.bodyHeight))
  }

  private func allLines(_ layout: FrameLayout, in state: SharedState) -> [Line] {
    var panel = Panel(width: layout.size.columns, isASCII: state.isASCII)
    for said in state.said.all.reversed() {
      let time = clock(said.at, on: state.now)
      let count: SafeText = said.count > 1 ? "  (\(said.count) times)" : ""
      let lines = (said.message.text + count).wrapped(to: max(layout.size.columns - 17, 1))
      for (index, text) in lines.enumerated() {
        panel.add { pen in
          pen.skip(3)
          pen.field(index == 0 ? time : .empty, 12, .leading, Theme.quiet)
          pen.add(text, style(said.message.level))
        }
      }
      for text in said.message.link?.wrapped(to: max(layout.size.columns, 1)) ?? [] { panel.add { $0.add(text) } }
    }
    if panel.lines.isEmpty { panel.text("   Nothing was said yet.", Theme.quiet) }
    return panel.lines
  }
}
