import PartnerModel

/// How somebody looked at a list that another screen may show meanwhile: order, filter, cursor, and its line.
struct ListView<Sort: Hashable & Sendable, Row: Hashable & Sendable>: Hashable, Sendable {
  var sort: Sort
  var filter: WordFilter
  var row: Row?
  var line: Int
}

extension IncidentList {
  typealias View = ListView<IncidentSort, IncidentKey>

  var view: View {
    let row = selectedKey ?? wanted.map { tables.key(slots[$0]) }
    return View(sort: sort, filter: filter, row: row, line: viewport.cursor - viewport.top)
  }

  /// Begins anew: all rows, the cursor on the first.
  mutating func showAll() {
    filter(by: .none)
    move(.first, height: 1)
    isPinned = false
  }

  /// Goes back to how it was looked at. Of a long list the rows may take a moment to be found again.
  mutating func show(_ view: View) {
    filter(by: .none)
    if let row = view.row, select(row) { restore(row, line: view.line) }
    sort(by: view.sort)
    filter(by: view.filter)
    restore(view.row, line: view.line)
  }
}

extension TenantsState {
  typealias View = ListView<TenantSort, TenantID>

  var view: View { View(sort: sort, filter: filter, row: selected, line: viewport.cursor - viewport.top) }

  mutating func showAll() {
    filter(by: .none)
    move(.first, height: 1)
  }

  mutating func show(_ view: View) {
    filter(by: view.filter)
    sort(by: view.sort)
    if let row = view.row { _ = select(row, line: view.line) }
  }
}
