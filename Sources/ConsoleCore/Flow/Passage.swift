import PartnerModel

// Opening screens and going back.
extension ConsoleState {
  /// Opens what shows a target, on what is on top; what shows it already stays.
  /// - Parameter known: the incident, as far as it was seen where it was opened from.
  mutating func open(_ target: Target, known: IncidentSummary? = nil) -> [Effect] {
    if screens.top.shows(target) { return [] }
    guard let screen = ScreenTable.screen(for: target, known: known, in: shared) else { return [] }
    return push(screen)
  }

  /// Opens a screen by its name, unless it is on top.
  mutating func open(_ name: ScreenName) -> [Effect] {
    if type(of: screens.top).name == name { return [] }
    guard let screen = ScreenTable.screen(named: name, in: shared) else { return [] }
    return push(screen)
  }

  /// Opens the screen that a command opens for some tenants, unless it is on top.
  mutating func openScreen(of command: Command, for tenants: [TenantID]) -> [Effect] {
    guard let screen = ScreenTable.screen(of: command, for: tenants, in: shared) else { return [] }
    if let only = tenants.first, tenants.count == 1, type(of: screen) == type(of: screens.top),
      screens.top.tenant == only
    {
      return []
    }
    return push(screen)
  }

  mutating func push(_ screen: any ConsoleScreen) -> [Effect] {
    guard screens.depth < ScreenStack.limit else {
      shared.message = .information("\(screens.depth) screens lie on each other: Esc goes back first.")
      return []
    }
    screens.push(screen)
    return screens.top.opened(in: &shared)
  }

  /// Takes the top away.
  mutating func close() -> [Effect] {
    guard screens.depth > 1 else { return [] }
    screens.top.closed(in: &shared)
    screens.pop()
    return screens.top.shownAgain(in: &shared)
  }

  /// One step back: a preview that stands before the rows, then a kept filter, then the screen.
  mutating func goBack(_ layout: FrameLayout) -> [Effect] {
    if layout.hasPreviewInFront {
      shared.isPreviewInFront = false
    } else if screens.top.hasFilter(in: shared) {
      screens.top.filter(by: "", in: &shared)
    } else {
      return close()
    }
    return []
  }

  /// Goes down to the bottom, and puts another home there.
  mutating func goHome(_ home: (any ConsoleScreen)?) -> [Effect] {
    var effects: [Effect] = []
    while screens.depth > 1 { effects = close() }
    if let home, type(of: home) != type(of: screens.top) { screens.replaceHome(with: home) }
    return effects
  }

  mutating func take(_ step: Step) -> [Effect] {
    switch step.passage {
    case nil: step.effects
    case .open(let target, let known): step.effects + open(target, known: known)
    case .screen(let command, let tenants): step.effects + openScreen(of: command, for: tenants)
    case .close: step.effects + close()
    }
  }
}
