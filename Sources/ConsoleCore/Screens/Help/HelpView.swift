import PartnerModel
import SafeText
import TerminalKit

/// Keys, names and words of the commands as they work right now on the screen below; one that does not says why.
func helpLines(_ state: SharedState, width: Int, _ filter: WordFilter = .none) -> [Line] {
  var help = HelpPanel(width: width, state)
  for group in CommandEntry.Group.allCases {
    let entries = CommandTable.entries.filter { $0.group == group && filter.lets($0, through: state.obstaclesBelow) }
    help.section(SafeText(group.rawValue), entries.map { entry in { $0.add(entry) } })
  }
  let shown = marks.filter { filter.holds("\($0.0.text) \($0.1.text)") }
  help.section("Marks", shown.map { mark in { $0.add(mark.0, mark.1) } })
  if help.panel.lines.isEmpty { help.nothing() }
  return help.panel.lines
}

/// Lays the help out.
private struct HelpPanel {
  /// Columns of an explanation that an obstacle stands beside.
  private static let explanation = 53
  private static let obstacleColumn = 5

  let state: SharedState
  let width: Int
  var panel: Panel
  /// Columns of the keys and of the names: what the widest takes, so that explanations have the rest.
  private let keys: Int
  private let name: Int
  /// Where an explanation begins.
  private var indent: Int { 3 + keys + 1 + name + 1 }

  init(width: Int, _ state: SharedState) {
    self.state = state
    self.width = width
    panel = Panel(width: width, isASCII: state.isASCII)
    let entries = CommandTable.entries
    keys = entries.map { (state.spellsKeys ? $0.asciiLabel : $0.label).columns }.max() ?? 0
    name = entries.map { $0.usage.columns }.max() ?? 0
  }

  mutating func section(_ title: SafeText, _ rows: [(inout HelpPanel) -> Void]) {
    if rows.isEmpty { return }
    if !panel.lines.isEmpty { panel.blank() }
    panel.add { pen in
      pen.skip(3)
      pen.add(title, Theme.strong)
    }
    for row in rows { row(&self) }
  }

  mutating func add(_ entry: CommandEntry) {
    let obstacle = state.obstaclesBelow[entry.command]
    let isWide = width >= 150
    let style: Style = obstacle == nil ? .plain : Theme.quiet
    let words = entry.explanation.wrapped(to: max(width - indent - 1, 1))
    panel.add { pen in
      pen.skip(3)
      let accent = obstacle == nil ? Theme.accent : Theme.quiet
      pen.field(state.spellsKeys ? entry.asciiLabel : entry.label, keys, .leading, accent)
      pen.field(entry.usage, name, .leading, accent)
      guard isWide, let obstacle else { return pen.add(words.first ?? .empty, style) }
      pen.field(entry.explanation, Self.explanation, .leading, style)
      pen.add(obstacle, Theme.quiet)
    }
    if isWide { return }
    add(Array(words.dropFirst()), at: indent, style)
    // Below, over the whole width: beside the explanation it would take as many lines again.
    add(obstacle?.wrapped(to: max(width - Self.obstacleColumn - 1, 1)) ?? [], at: Self.obstacleColumn, style)
  }

  private mutating func add(_ parts: [SafeText], at column: Int, _ style: Style) {
    for part in parts {
      panel.add { pen in
        pen.skip(column)
        pen.add(part, style)
      }
    }
  }

  mutating func add(_ glyph: SafeText, _ words: SafeText) {
    let column = 9
    let parts = words.wrapped(to: max(width - 3 - column - 2, 1))
    panel.add { pen in
      pen.skip(3)
      pen.field(glyph, column, .leading, Theme.accent)
      pen.add(parts.first ?? .empty)
    }
    add(Array(parts.dropFirst()), at: 3 + column + 1, .plain)
  }

  mutating func nothing() {
    panel.blank()
    panel.add { pen in
      pen.skip(3)
      pen.add("No key, no command and no mark holds every word. / changes them; Esc drops them.", Theme.quiet)
    }
  }
}

extension WordFilter {
  fileprivate func lets(_ entry: CommandEntry, through obstacles: [Command: SafeText]) -> Bool {
    let obstacle = obstacles[entry.command]?.text ?? ""
    return holds("\(entry.label.text) \(entry.usage.text) \(entry.explanation.text) \(obstacle)")
  }

  fileprivate func holds(_ text: String) -> Bool {
    if words.isEmpty { return true }
    let folded = text.foldedForSearch
    return words.allSatisfy { folded.contains($0) }
  }
}

private let marks: [(SafeText, SafeText)] = [
  ("↑", "a write is under way"), ("‽", "its outcome is not known yet"),
  ("≠", "it was refused or not made; the incident says why"),
  ("▌", "marked: a claims all that is marked, r reads its tenants, c checks their consent"),
  ("•", "came since, and nobody looked at it yet: rest the cursor on it; a tenant: its consent changed, c shows it"),
  ("✓", "closed"),
  ("◌", "not read lately, or not allowed any more: its tenant, with the age, or itself (404)"),
  ("◐", "its tenant was read in part: there may be more"), ("dim", "old, closed or none: not to be relied on"),
  ("? – 0", "unknown, none, zero"), ("● ◐ ○", "consent: granted, granted in part, missing"),
  ("✖ ◌", "consent: refused, unknown"), ("⟳", "being read"),
  ("9+", "so many are known: not all was read, or not lately"),
  ("--ascii", "for terminals set up for Chinese, Japanese or Korean, which draw signs two columns wide"),
]
