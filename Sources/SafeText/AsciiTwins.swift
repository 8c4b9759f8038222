extension SafeText {
  /// The text in ASCII, for `--ascii` and terminals without UTF-8: our glyphs have twins (`●` is `*`), Latin letters
  /// lose their marks, everything else is `?`. As wide as before, column by column.
  package var asciiOnly: SafeText {
    if text.utf8.count == columns { return self }
    var ascii = ""
    for scalar in text.unicodeScalars {
      let width = displayWidth(of: scalar)
      if width > 0 {
        ascii.unicodeScalars.append(contentsOf: repeatElement(asciiTwin(of: scalar), count: width))
      }
    }
    return SafeText(checked: ascii, columns: columns)
  }
}

/// The printable ASCII character that stands for a scalar where only ASCII can be shown.
package func asciiTwin(of scalar: Unicode.Scalar) -> Unicode.Scalar {
  switch scalar.value {
  case 0x20...0x7E: return scalar
  case 0xC0...0x17F: return Unicode.Scalar(latinTwins[latinTwins.startIndex + Int(scalar.value - 0xC0)])
  default: return glyphTwins[scalar] ?? "?"
  }
}

/// U+00C0 to U+017F without their marks.
private let latinTwins = Array(
  ("AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty"
    + "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlL"
    + "lLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs").utf8)

private let glyphTwins: [Unicode.Scalar: Unicode.Scalar] = [
  "●": "*", "◐": "~", "○": "o", "✖": "x", "◌": ".", "⟳": "%", "▌": "|", "↑": "^", "↓": "v", "←": "<",
  "→": ">", "‽": "?", "≠": "!", "…": "~", "–": "-", "—": "-", "─": "-", "━": "-", "│": "|", "┃": "|",
  "┬": "+", "┴": "+", "├": "+", "┤": "+", "┼": "+", "┌": "+", "┐": "+", "└": "+", "┘": "+", "▾": "v",
  "▸": ">", "▴": "^", "▲": "^", "▼": "v", "›": ">", "‹": "<", "·": ".", "•": "*", "×": "x", "✓": "+",
  "↵": "<", "⇥": ">", "≤": "<", "≥": ">", "‘": "'", "’": "'", "“": "\"", "”": "\"", "█": "#", "░": ".",
  "▒": ":", "▓": "#", "\u{A0}": " ",
]
