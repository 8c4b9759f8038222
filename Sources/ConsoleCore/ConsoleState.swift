package import FoundationEssentials
package import TerminalKit

/// Everything the console shows, as values.
package struct ConsoleState: Hashable, Sendable {
  package let settings: ConsoleSettings
  package internal(set) var size: Size
  package internal(set) var now: Date

  package init(settings: ConsoleSettings, size: Size, now: Date) {
    self.settings = settings
    self.size = size
    self.now = now
  }
}

/// What to do first.
package func start(_ state: inout ConsoleState) -> [Effect] {
  [.loadTenants, .loadQueue]
}

/// Takes in what happened and says what to do about it.
package func update(_ state: inout ConsoleState, _ event: Event) -> [Effect] {
  switch event {
  case .resized(let size): state.size = size
  case .ticked(let now): state.now = now
  default: break
  }
  return []
}

/// What the window shows.
package func view(_ state: ConsoleState, cache: inout RowCache) -> Screen {
  Screen(size: state.size, lines: [])
}
