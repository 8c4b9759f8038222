import FoundationEssentials
import PartnerModel
import SafeText

// What a table of incidents answers for the screen that shows it.
extension IncidentList {
  static let commands = Set<Command>.moves.union([.open, .sort, .filter])

  func hasRow(of target: Target) -> Bool { target.key.flatMap(slot).flatMap(shownIndex) != nil }

  var target: Target? { selectedKey.map { Target($0) } }
  /// Whether it is being filled for the first time.
  var isFilling: Bool { !isLoaded && loadFailure == nil }

  /// Why an incident cannot be opened or acted on; `nil` if one is under the cursor, or for other commands.
  func obstacle(to command: Command) -> SafeText? {
    let verb: SafeText
    switch command {
    case .open, .portal: verb = "open"
    case .claim: verb = "claim"
    case .assign: verb = "assign"
    case _ where command.opensForm: verb = "change"
    default: return nil
    }
    if selected != nil { return nil }
    if wanted != nil { return "The filter is still looking for the row under the cursor." }
    return "There is no incident to \(verb) here."
  }

  /// - Returns: `nil` for a command that is none of a table's.
  mutating func follow(_ command: Command, height: Int) -> Step? {
    switch command {
    case .move(let motion): move(motion, height: height)
    case .open: return selectedSummary.map { .open(Target($0.key), known: $0) } ?? .done
    case .sort: sort(by: sort.next)
    default: return nil
    }
    return .done
  }

  static let orders = IncidentSort.allCases.map(\.rawValue)

  /// - Returns: whether there is an order of this name.
  mutating func order(by name: String) -> Bool {
    guard let order = IncidentSort.allCases.first(where: { $0.rawValue.lowercased() == name }) else { return false }
    sort(by: order)
    return true
  }

  var prompt: FilterPrompt { FilterPrompt(kept: filter.text, viewport, target) }

  mutating func restore(_ prompt: FilterPrompt) {
    filter(by: WordFilter(prompt.before))
    restore(prompt.target?.key, line: prompt.line)
  }

  /// The tenants of the rows on screen, in their order.
  func tenantsOnScreen(height: Int) -> [TenantID] {
    // By their numbers, of which there are as many as tenants.
    var seen = [Bool](repeating: false, count: tables.tenants.count)
    var ids: [TenantID] = []
    for index in viewport.visible(count: count, height: height) {
      let number = slots.lend(slot(at: index)) { $0.pointee.tenant }
      if seen[Int(number)] { continue }
      seen[Int(number)] = true
      ids.append(tables.tenants[number])
    }
    return ids
  }

  /// Adds when the ages and deadlines of the rows on screen read differently.
  func addTimes(to due: inout Due, height: Int, in state: SharedState) {
    let keys = keys
    for index in viewport.visible(count: count, height: height) {
      slots.lend(slot(at: index)) { incident in
        due.age(incident.pointee.createdAt?.date)
        let number = incident.pointee.tenant
        let trust = state.trust(in: tables.tenants[number], numbered: number)
        if let trust, trust.isOld { due.age(trust.readAt) }
        if directory.hasDeadlines, let deadline = keys.deadline(of: incident.pointee, tables: tables) {
          due.left(Timestamp(ticks: deadline).date)
        }
      }
    }
  }

  /// How much is shown, in which order, by which filter.
  /// - Parameter tenant: the one whose incidents they are; `nil` for all.
  func notes(of tenant: TenantID?, in state: SharedState) -> ScreenNotes {
    let note: SafeText
    switch job {
    case .sorting: note = "sorting… "
    case .filtering: note = "filtering… "
    case nil, .refiltering: note = isLoaded ? "" : loadFailure == nil ? "loading… " : "cache not read  "
    }
    return ScreenNotes(list: note + counted(of: tenant, in: state), sort: sort.rawValue, filter: filter.text, in: state)
  }

  /// How many incidents it has, as far as that is known: `?` before anything was read, `9+` while a part is missing or not
  /// fresh, so that there may be more.
  private func counted(of tenant: TenantID?, in state: SharedState) -> SafeText {
    let wasRead: Bool
    let isWhole: Bool
    if let tenant {
      wasRead = state.tenants[tenant]?.sync.lastSuccess != nil
      isWhole = state.trust(in: tenant)?.isWhole ?? false
    } else {
      wasRead = state.tenants.everRead > 0
      isWhole = state.tenants.areAllWhole
    }
    if total == 0, !wasRead || !isLoaded { return "? incidents" }
    let all: SafeText = isWhole && loadFailure == nil ? "\(total)" : "\(total)+"
    if !filter.isEmpty { return "\(count) of \(all) incidents" }
    return count == 1 && isWhole ? "1 incident" : "\(all) incidents"
  }
}
