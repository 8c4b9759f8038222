import SafeText
import TerminalKit

/// The keys as they work right now; a key that does not says why.
func helpLines(_ state: ConsoleState, width: Int) -> [Line] {
  var below = state
  below.help = nil
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
      let obstacle = below.obstacle(to: binding.command)
      panel.add { pen in
        pen.skip(3)
        pen.field(
          state.isASCII ? binding.asciiLabel : binding.label, 15, .leading,
          obstacle == nil ? Theme.accent : Theme.quiet)
        let room = isWide ? 48 : max(pen.remaining, 1)
        if let obstacle {
          if isWide {
            pen.field(binding.explanation, room, .leading, Theme.quiet)
            pen.add(obstacle, Theme.quiet)
          } else {
            pen.add(obstacle, Theme.quiet)
          }
        } else {
          pen.add(binding.explanation)
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
  ("↑", "a write is under way"), ("‽", "its outcome is not known yet"), ("≠", "it was refused; the incident says why"),
  ("✓", "closed"), ("? – 0", "unknown, none, zero"),
]

func helpBody(_ state: ConsoleState, _ layout: FrameLayout) -> [Line] {
  let lines = helpLines(state, width: layout.size.columns)
  return Array(lines.dropFirst(state.help?.top ?? 0).prefix(layout.bodyHeight))
}
