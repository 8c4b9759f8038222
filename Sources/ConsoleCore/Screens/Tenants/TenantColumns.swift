/// Which columns the table of tenants has at a width.
///
/// As the window narrows the columns give way in this order: SLA, OLDEST, L, TOKEN, SYNCED, M, H, CONSENT; then WHAT TO
/// KNOW shrinks, and the name last.
struct TenantColumns: Hashable, Sendable {
  enum Column: Hashable, Sendable { case consent, token, high, medium, low, oldest, sla, synced }

  static let lead = 3
  private(set) var name = 16
  private(set) var know = 16
  private(set) var columns: Set<Column> = []

  init(width: Int, hasDeadlines: Bool) {
    if width >= 90 { name = 22 }
    // In the order of worth, with the room that has to be left for what to know.
    let wanted: [(Column, leaving: Int)] = [
      (.consent, 12), (.high, 14), (.medium, 14), (.synced, 20), (.token, 20), (.low, 20), (.oldest, 20), (.sla, 24),
    ]
    var free = width - Self.lead - name - 1
    for (column, leaving) in wanted where column != .sla || hasDeadlines {
      let columns = Self.width(column) + 1
      if free - columns >= leaving {
        free -= columns
        self.columns.insert(column)
      }
    }
    // The name grows to 32 and what to know to 44 columns, in turn.
    know = max(free, 0)
    while know > 20, name < 24 { grow() }
    while know > 30, name < 32 { grow() }
  }

  private mutating func grow() {
    name += 1
    know -= 1
  }

  subscript(column: Column) -> Int? { columns.contains(column) ? Self.width(column) : nil }

  private static func width(_ column: Column) -> Int {
    switch column {
    case .consent: 13
    case .token: 9
    case .high, .medium: 3
    case .low: 4
    case .oldest: 7
    case .sla: 8
    case .synced: 7
    }
  }
}
