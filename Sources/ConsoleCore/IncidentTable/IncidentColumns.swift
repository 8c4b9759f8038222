/// Which columns a table of incidents has at a width.
///
/// As the window narrows the columns give way in this order: STATUS, which then has short words, OWNER, which then shares a
/// cell with STATUS, SLA, STATUS; then the tenant's name shrinks, and the incident's last.
struct IncidentColumns: Hashable, Sendable {
  static let lead = 3
  let severity = 3
  let age = 7
  private(set) var sla: Int?
  private(set) var tenant: Int?
  private(set) var id: Int?
  private(set) var status: Int?
  private(set) var owner: Int?
  /// Who has it and how it stands in one cell.
  private(set) var standing: Int?
  private(set) var name: Int
  /// Columns of a status in short words.
  static let shortStatus = 7

  init(width: Int, showsTenant: Bool, hasDeadlines: Bool) {
    var free = width - Self.lead - 4 - 8
    if showsTenant {
      let columns = min(max(width / 6, 14), 26)
      tenant = columns
      free -= columns + 1
    } else {
      id = 8
      free -= 9
    }
    func take(_ columns: Int, leaving: Int) -> Int? {
      guard free - columns - 1 >= leaving else { return nil }
      free -= columns + 1
      return columns
    }
    status = take(11, leaving: 24)
    if hasDeadlines { sla = take(8, leaving: 24) }
    owner = take(min(max(width / 10, 8), 18), leaving: 24)
    if owner == nil, let columns = status {
      free += columns + 1
      status = take(Self.shortStatus, leaving: 24)
      owner = status.flatMap { _ in take(8, leaving: 24) }
    }
    if owner == nil, let columns = status {
      status = nil
      free += columns + 1
      standing = 13
      free -= 14
    }
    name = max(free, 1)
  }
}
