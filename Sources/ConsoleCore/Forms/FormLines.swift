import SafeText
import TerminalKit

/// What a form would send.
enum FormSentence: Hashable, Sendable {
  /// Exactly what, and where.
  case sends(SafeText)
  /// Nothing yet, and why.
  case lacks(SafeText)
}

/// Where the parts of a form stand.
struct FormLayout: Hashable, Sendable {
  static let margin = 3
  private static let widestLabel = 24
  /// Columns in front of a choice or a text for the mark of what is chosen.
  private static let mark = 2

  private let labelWidth: Int
  /// Where a field begins, with the mark of what is chosen.
  let markColumn: Int
  /// Where what is typed begins.
  let inputColumn: Int
  /// Columns for what is typed.
  let inputWidth: Int

  init(_ form: Form, width: Int) {
    labelWidth = min(form.fields.map(\.label.columns).max() ?? 0, Self.widestLabel)
    markColumn = Self.margin + labelWidth + 2
    inputColumn = markColumn + Self.mark
    inputWidth = max(width - inputColumn - 1, 8)
  }

  /// Columns of a choice in a line with others.
  func columns(of choice: Choice) -> Int { Self.mark + choice.label.columns + 2 }

  func add(_ label: SafeText, _ isFocused: Bool, to pen: inout Pen) {
    pen.skip(Self.margin)
    pen.add(label.clipped(to: labelWidth), isFocused ? Theme.strong : .plain)
    pen.fill(to: markColumn)
  }
}

/// Draws a form: its fields, and below them, as the last lines, what is sent and where.
/// - Parameters:
///   - head: what it is about, above the fields.
///   - height: lines that there are.
/// - Returns: exactly `height` lines, and where the cursor stands in them.
func formLines(
  _ form: Form, head: [SafeText], sentence: FormSentence, width: Int, height: Int, isASCII: Bool
) -> (lines: [Line], cursor: Position?) {
  var drawing = FormDrawing(form: form, width: width, isASCII: isASCII)
  let foot = drawing.foot(sentence)
  drawing.addHead(head)
  for index in form.fields.indices { drawing.add(index) }
  let room = max(height - foot.count, 1)
  // The field that keys go to stays in view, and of a long one the line with the cursor.
  let focused = drawing.focused
  var top = focused.upperBound > room ? focused.upperBound - room : 0
  top = min(top, focused.lowerBound)
  if let cursor = drawing.cursor { top = min(max(top, cursor.row - room + 1), cursor.row) }
  var lines = Array(drawing.lines.dropFirst(top).prefix(room))
  lines += Array(repeating: .blank(width), count: max(room - lines.count, 0))
  let cursor = drawing.cursor.map { Position(column: $0.column, row: $0.row - top) }
  return (Array((lines + foot).prefix(height)), cursor)
}

/// The lines of a form, from its head on.
private struct FormDrawing {
  let form: Form
  let width: Int
  let isASCII: Bool
  private let layout: FormLayout
  var lines: [Line] = []
  var cursor: Position?
  /// The lines of the field that keys go to.
  var focused = 0..<0

  /// Choices of one field that are shown at a time.
  private static let choicesShown = 8

  init(form: Form, width: Int, isASCII: Bool) {
    self.form = form
    self.width = width
    self.isASCII = isASCII
    layout = FormLayout(form, width: width)
  }

  mutating func addHead(_ head: [SafeText]) {
    for (index, text) in head.enumerated() {
      for part in text.wrapped(to: max(width - FormLayout.margin - 1, 1)) {
        add { pen in
          pen.skip(FormLayout.margin)
          pen.add(part, index == 0 ? Theme.strong : Theme.quiet)
        }
      }
    }
    if !head.isEmpty { add { _ in } }
  }

  mutating func add(_ index: Int) {
    let first = lines.count
    let field = form.fields[index]
    let isFocused = index == form.focus
    switch field.input {
    case .choice(let input): add(field, input, isFocused)
    case .choiceOrText(let input): add(field, input, isFocused)
    case .text(let editor):
      let style: Style = isFocused ? .plain : Theme.quiet
      addText(field.label, mark: "", editor, isFocused: isFocused, hasCursor: isFocused, style: style)
    case .area(let area, let rows): add(field, area, rows, isFocused)
    }
    if let error = field.error {
      let column = layout.inputColumn
      for part in error.wrapped(to: max(width - column - 1, 8)) {
        add { pen in
          pen.skip(column)
          pen.add(part, Theme.failure)
        }
      }
    }
    if isFocused { focused = first..<lines.count }
    add { _ in }
  }

  /// The last lines.
  func foot(_ sentence: FormSentence) -> [Line] {
    let (title, text, style): (SafeText, SafeText, Style) =
      switch sentence {
      case .sends(let text): ("Sends", text, Theme.strong)
      case .lacks(let text): ("Sends nothing yet", text, Theme.warning)
      }
    let rule = drawnLine(width, isASCII: isASCII) { pen in
      pen.skip(1)
      pen.rule(title)
    }
    let parts = text.wrapped(to: max(width - FormLayout.margin - 1, 1))
    return [rule]
      + parts.map { part in
        drawnLine(width, isASCII: isASCII) { pen in
          pen.skip(FormLayout.margin)
          pen.add(part, style)
        }
      }
  }

  // MARK: Fields

  /// A few choices in one line, those that do not fit in further ones.
  private mutating func add(_ field: FormField, _ input: ChoiceInput, _ isFocused: Bool) {
    let layout = layout
    var rows: [[Int]] = [[]]
    var used = 0
    for (index, choice) in input.choices.enumerated() {
      let wide = layout.columns(of: choice)
      if used + wide > width - layout.markColumn, !rows[rows.count - 1].isEmpty {
        rows.append([])
        used = 0
      }
      rows[rows.count - 1].append(index)
      used += wide
    }
    for (number, row) in rows.enumerated() {
      if isFocused, row.contains(input.selected) { cursorHere(row, input) }
      add { pen in
        layout.add(number == 0 ? field.label : "", isFocused, to: &pen)
        for index in row {
          let isSelected = index == input.selected
          pen.add(isSelected ? "▸ " : "  ", isFocused ? Theme.accent : .plain)
          let chosen: Style = isFocused ? Style(.standard, .reverse) : .plain
          pen.add(input.choices[index].label, isSelected ? chosen : Theme.quiet)
          pen.skip(2)
        }
      }
    }
  }

  /// The cursor rests on what is chosen.
  private mutating func cursorHere(_ row: [Int], _ input: ChoiceInput) {
    let before = row.prefix { $0 < input.selected }.map { layout.columns(of: input.choices[$0]) }
    place(layout.inputColumn + before.reduce(0, +))
  }

  private mutating func add(_ field: FormField, _ input: ChoiceOrTextInput, _ isFocused: Bool) {
    let layout = layout
    let offered = input.offered
    let here = input.selected.flatMap(offered.firstIndex)
    let shown = min(Self.choicesShown, offered.count)
    let first = min(max((here ?? 0) - shown + 1, 0), offered.count - shown)
    var label = field.label
    let wide = offered.map { input.choices[$0].label.columns }.max() ?? 0
    for index in offered[first..<first + shown] {
      let choice = input.choices[index]
      let isSelected = index == input.selected
      if isFocused, isSelected { place(layout.inputColumn) }
      add { pen in
        layout.add(label, isFocused, to: &pen)
        pen.add(isSelected ? "▸ " : "  ", isFocused ? Theme.accent : .plain)
        let chosen: Style = isFocused ? Style(.standard, .reverse) : .plain
        let room = max(pen.remaining - choice.note.columns - 3, 12)
        pen.add(choice.label.clipped(to: room), isSelected ? chosen : .plain)
        guard !choice.note.isEmpty else { return }
        pen.fill(to: layout.inputColumn + min(wide, room) + 2)
        pen.add(choice.note, Theme.quiet)
      }
      label = ""
    }
    if shown < offered.count {
      add { pen in
        pen.skip(layout.inputColumn)
        pen.add("… \(shown) of \(offered.count): type to see those that fit", Theme.quiet)
      }
    }
    let isText = input.selected == nil
    addText(
      label, mark: isText ? "▸ " : "  ", input.editor, before: input.textLabel + " ", isFocused: isFocused,
      hasCursor: isFocused && isText, style: isText ? .plain : Theme.quiet)
  }

  /// - Parameter before: stands in front of what is typed.
  private mutating func addText(
    _ label: SafeText, mark: SafeText, _ editor: LineEditor, before: SafeText = "", isFocused: Bool, hasCursor: Bool,
    style: Style
  ) {
    let layout = layout
    let column = layout.inputColumn
    let room = max(width - column - before.columns - 1, 4)
    let shown = editor.shown(width: room)
    if hasCursor { place(column + before.columns + shown.column) }
    add { pen in
      layout.add(label, isFocused, to: &pen)
      pen.add(mark, isFocused ? Theme.accent : .plain)
      pen.fill(to: column)
      pen.add(before, Theme.quiet)
      // Where there is no text yet its place is seen.
      pen.add(shown.text.padded(to: room).clipped(to: room), style.adding(.underline))
    }
  }

  private mutating func add(_ field: FormField, _ area: TextArea, _ rows: Int, _ isFocused: Bool) {
    let layout = layout
    let column = layout.inputColumn
    let room = layout.inputWidth
    let window = area.window(width: room, height: rows)
    for row in 0..<max(rows, window.rows.count) {
      if isFocused, row == window.cursorRow { place(column + window.cursorColumn) }
      add { pen in
        layout.add(row == 0 ? field.label : "", isFocused, to: &pen)
        // What is above and below is told at the edges.
        let hidden: SafeText =
          row == 0 && window.above > 0 ? "↑ " : row == rows - 1 && window.below > 0 ? "↓ " : "│ "
        pen.add(hidden, isFocused ? Theme.accent : Theme.quiet)
        if window.rows.indices.contains(row) {
          pen.add(window.rows[row].clipped(to: room), isFocused ? .plain : Theme.quiet)
        }
      }
    }
  }

  // MARK: Parts

  private mutating func place(_ column: Int) {
    cursor = Position(column: min(column, width - 1), row: lines.count)
  }

  private mutating func add(_ draw: (inout Pen) -> Void) {
    lines.append(drawnLine(width, isASCII: isASCII, draw))
  }
}
