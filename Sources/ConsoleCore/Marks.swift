import PartnerModel
import SafeText

/// Rows that the operator marked, by what they are and not by where they stand: a refresh, another order or a filter keeps
/// them.
struct Marks: Hashable, Sendable {
  private var targets: Set<Target> = []

  var isEmpty: Bool { targets.isEmpty }
  func contains(_ target: Target) -> Bool { targets.contains(target) }

  mutating func toggle(_ target: Target) {
    if targets.remove(target) == nil { targets.insert(target) }
  }

  mutating func remove(_ others: some Sequence<Target>) { targets.subtract(others) }

  /// Those that can be rows of a screen: a tenant's screen has no part in what was marked for other tenants.
  func on(_ screen: any ConsoleScreen) -> Set<Target> {
    targets.isEmpty ? [] : targets.filter { screen.takesMark(of: $0) }
  }
}

extension SharedState {
  func isMarked(_ key: IncidentKey) -> Bool { !marks.isEmpty && marks.contains(Target(key)) }
  func isMarked(_ tenant: TenantID) -> Bool { !marks.isEmpty && marks.contains(Target(tenant: tenant)) }

  /// How many rows of a screen are marked, and how many of those it does not show just now.
  func marked(on screen: any ConsoleScreen) -> (count: Int, hidden: Int) {
    let marked = marks.on(screen)
    return (marked.count, marked.count { !screen.hasRow(of: $0, in: self) })
  }
}

extension ConsoleState {
  func obstacleToMarking(on screen: any ConsoleScreen) -> SafeText? {
    guard let target = screen.target(in: shared), screen.takesMark(of: target) else {
      return "There is no row to mark here."
    }
    return nil
  }

  /// Marks the row under the cursor, or takes its mark away, and goes on to the next.
  mutating func mark(_ layout: FrameLayout) -> [Effect] {
    guard let target = screens.top.target(in: shared) else { return [] }
    shared.marks.toggle(target)
    return screens.top.follow(.move(.down), layout, in: &shared).map { take($0) } ?? []
  }
}
