import SafeText
import TerminalKit

/// The keys as they work right now on the screen below; a key that does not says why.
func helpLines(_ state: SharedState, width: Int) -> [Line] {
  var panel = Panel(width: width, isASCII: state.isASCII)
  let isWide = width >= 110
  for group in KeyBinding.Group.allCases {
    if !panel.lines.isEmpty { panel.blank() }
    panel.add { pen in
      pen.skip(3)
      pen.add(SafeText(group.rawValue), Theme.strong)
    }
    let bindings = KeyMap.bindings.filter { $0.group == group }
    for binding in bindings {
      let obstacle = state.obstaclesBelow[binding.command]
      panel.add { pen in
        pen.skip(3)
        pen.field(
          state.isASCII ? binding.asciiLabel : binding.label, 15, .leading,
          obstacle == nil ? Theme.accent : Theme.quiet)
        let style: Style = obstacle == nil ? .plain : Theme.quiet
        guard isWide, let obstacle else { return pen.add(binding.explanation, style) }
        pen.field(binding.explanation, 48, .leading, style)
        pen.add(obstacle, Theme.quiet)
      }
      guard !isWide, let obstacle else { continue }
      for part in obstacle.wrapped(to: max(width - 22, 1)) {
        panel.add { pen in
          pen.skip(21)
          pen.add(part, Theme.quiet)
        }
      }
    }
  }
  panel.blank()
  panel.add { pen in
    pen.skip(3)
    pen.add("Marks", Theme.strong)
  }
  for (glyph, words) in marks {
    panel.add { pen in
      pen.skip(3)
      pen.field(glyph, 15, .leading, Theme.accent)
      pen.add(words)
    }
  }
  return panel.lines
}

private let marks: [(SafeText, SafeText)] = [
  ("↑", "a write is under way"), ("‽", "its outcome is not known yet"),
  ("≠", "it was refused or not made; the incident says why"),
  ("▌", "marked: a claims all that is marked, r reads its tenants"),
  ("•", "came since, and nobody looked at it yet: rest the cursor on it"), ("✓", "closed"),
  ("◌", "not read lately, or not allowed any more: its tenant, with the age, or itself (404)"),
  ("◐", "its tenant was read in part: there may be more"), ("dim", "old, closed or none: not to be relied on"),
  ("? – 0", "unknown, none, zero"), ("● ◐ ○", "consent: granted, granted in part, missing"),
  ("✖ ◌", "consent: refused, unknown"), ("⟳", "being read"),
  ("9+", "so many are known: not all was read, or not lately"),
  ("--ascii", "for terminals set up for Chinese, Japanese or Korean, which draw signs two columns wide"),
]

/// The last line that the help can begin with, so that it ends at the end of the window.
func helpLastTop(_ state: SharedState, _ layout: FrameLayout) -> Int {
  max(helpLines(state, width: layout.size.columns).count - layout.bodyHeight, 0)
}
