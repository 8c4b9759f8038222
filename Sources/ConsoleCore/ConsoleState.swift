package import FoundationEssentials
package import TerminalKit

/// Everything the console shows, as values: the screens that lie on each other, and what they share.
package struct ConsoleState: Hashable, Sendable {
  var shared: SharedState
  var screens: ScreenStack

  package init(settings: ConsoleSettings, size: Size, now: Date) {
    shared = SharedState(settings: settings, size: size, now: now)
    screens = ScreenStack(ScreenTable.home(settings.view))
  }
}
