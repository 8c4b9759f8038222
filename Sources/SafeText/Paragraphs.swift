extension SafeText {
  /// Wraps text of several lines (descriptions, comments) to lines of at most `width` columns.
  ///
  /// LF and CRLF end a line, a tab is a blank up to the next multiple of four, everything else is made harmless as
  /// ever. Lines break at blanks; a word that is wider than a line is cut into pieces. Blanks at the end of a line go.
  /// With `width` 1, a wide character becomes `?`. No lines for an empty text or a width below 1.
  package static func paragraphs(_ untrusted: String, width: Int) -> [SafeText] {
    guard width > 0, !untrusted.isEmpty else { return [] }
    var lines: [SafeText] = []
    var line = String.UnicodeScalarView()
    var column = 0
    var iterator = untrusted.unicodeScalars.makeIterator()
    var scalar = iterator.next()
    while let current = scalar {
      scalar = iterator.next()
      if current == "\n" || (current == "\r" && scalar == "\n") {
        if current == "\r" { scalar = iterator.next() }
        wrap(SafeText(String(line)), width: width, into: &lines)
        line = .init()
        column = 0
      } else if current == "\t" {
        let blanks = 4 - column % 4
        line.append(contentsOf: repeatElement(" ", count: blanks))
        column += blanks
      } else {
        line.append(current)
        column += max(displayWidth(of: current), 0)
      }
    }
    wrap(SafeText(String(line)), width: width, into: &lines)
    return lines
  }

  /// Wraps one line to lines of at most `width` columns, at least one.
  package func wrapped(to width: Int) -> [SafeText] {
    guard width > 0 else { return [] }
    var lines: [SafeText] = []
    SafeText.wrap(self, width: width, into: &lines)
    return lines
  }

  private static func wrap(_ text: SafeText, width: Int, into lines: inout [SafeText]) {
    if text.columns <= width {
      lines.append(text.withoutTrailingBlanks)
      return
    }
    var line = SafeText.empty
    for (piece, isBlank) in text.blanksAndWords {
      if line.columns + piece.columns <= width {
        line += piece
        continue
      }
      if isBlank {
        // Blanks at a break vanish with it; the next word starts a line.
        lines.append(line.withoutTrailingBlanks)
        line = .empty
        continue
      }
      if !line.withoutTrailingBlanks.isEmpty { lines.append(line.withoutTrailingBlanks) }
      line = .empty
      var rest = piece
      while rest.columns > width {
        var part = rest.prefix(columns: width)
        if part.isEmpty {
          // Only a wide character in a line of one column does not fit at all.
          part = rest.prefix(columns: 2)
          lines.append(SafeText(checked: "?", columns: 1))
        } else {
          lines.append(part)
        }
        rest = rest.dropping(part)
      }
      line = rest
    }
    if !line.withoutTrailingBlanks.isEmpty || lines.isEmpty { lines.append(line.withoutTrailingBlanks) }
  }

  private var withoutTrailingBlanks: SafeText {
    let bytes = text.utf8
    var end = bytes.endIndex
    var dropped = 0
    while end > bytes.startIndex, bytes[bytes.index(before: end)] == 0x20 {
      end = bytes.index(before: end)
      dropped += 1
    }
    return dropped == 0 ? self : SafeText(checked: String(text[..<end]), columns: columns - dropped)
  }

  /// The text as runs of blanks and runs of everything else, in turn. A blank that carries a mark is not a blank.
  private var blanksAndWords: [(piece: SafeText, isBlank: Bool)] {
    var pieces: [(piece: SafeText, isBlank: Bool)] = []
    let scalars = text.unicodeScalars
    var start = scalars.startIndex
    var index = start
    var columns = 0
    var wasBlank: Bool?
    while index < scalars.endIndex {
      let next = scalars.index(after: index)
      let width = displayWidth(of: scalars[index])
      let isBlank = scalars[index] == " " && !(next < scalars.endIndex && displayWidth(of: scalars[next]) == 0)
      if width > 0, let was = wasBlank, was != isBlank {
        pieces.append((SafeText(checked: String(scalars[start..<index]), columns: columns), was))
        start = index
        columns = 0
      }
      if width > 0 { wasBlank = isBlank }
      columns += width
      index = next
    }
    if let wasBlank {
      pieces.append((SafeText(checked: String(scalars[start..<index]), columns: columns), wasBlank))
    }
    return pieces
  }
}
