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
    labelWidth = min(form.fields.filter { !$0.isHidden }.map(\.label.columns).max() ?? 0, Self.widestLabel)
    markColumn = Self.margin + labelWidth + 2
    inputColumn = markColumn + Self.mark
    inputWidth = max(width - inputColumn - 1, 8)
  }

  /// Rows for an area of text where there is more room than it needs: beside it stand the head, a line of choices and
  /// what is sent.
  /// - Parameter height: lines that the form has.
  static func areaRows(_ height: Int) -> Int { min(height - 16, 40) }

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
  var drawing = FormDrawing(form: form, width: width, height: height, isASCII: isASCII)
  let foot = footLines(sentence, width: width, longest: max(height / 3, 2), isASCII: isASCII)
  drawing.addHead(head)
  for index in form.fields.indices where !form.fields[index].isHidden { drawing.add(index) }
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

/// What is sent, or why nothing is, below a rule.
/// - Parameter longest: lines that it takes at most: the fields need the rest.
func footLines(_ sentence: FormSentence, width: Int, longest: Int, isASCII: Bool) -> [Line] {
  let (title, text, style): (SafeText, SafeText, Style) =
    switch sentence {
    case .sends(let text): ("Sends", text, Theme.strong)
    case .lacks(let text): ("Sends nothing yet", text, Theme.warning)
    }
  let rule = drawnLine(width, isASCII: isASCII) { pen in
    pen.skip(1)
    pen.rule(title)
  }
  let room = max(width - FormLayout.margin - 1, 1)
  var parts = text.wrapped(to: room)
  if parts.count > longest {
    parts = parts.prefix(longest - 1) + [parts[(longest - 1)...].joined(separator: " ").clipped(to: room)]
  }
  return [rule]
    + parts.map { part in
      drawnLine(width, isASCII: isASCII) { pen in
        pen.skip(FormLayout.margin)
        pen.add(part, style)
      }
    }
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
  /// The same where a list is what the form is about.
  private let listShown: Int
  private let areaRows: Int

  init(form: Form, width: Int, height: Int, isASCII: Bool) {
    self.form = form
    self.width = width
    self.isASCII = isASCII
    listShown = min(max(height - 12, 3), 14)
    areaRows = FormLayout.areaRows(height)
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
    case .pick(let input): add(field, input, isFocused)
    case .tags(let input): add(field, input, isFocused)
    case .text(let editor):
      let style: Style = isFocused ? .plain : Theme.quiet
      addText(
        field.label, mark: "", editor, isFocused: isFocused, hasCursor: isFocused, style: style, note: field.note)
    case .area(let area, let rows): add(field, area, max(rows, areaRows), isFocused)
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

  /// A list of which one is picked, each with the digit that picks it; its groups are told where they begin.
  private mutating func add(_ field: FormField, _ input: PickInput, _ isFocused: Bool) {
    let layout = layout
    let offered = input.offered
    let shown = min(isFocused ? listShown : 1, offered.count)
    let first = min(max((input.place ?? 0) - shown + 1, 0), offered.count - shown)
    let groups = offered.map(\.group.columns).max() ?? 0
    // In a narrow window the group, and how often it was chosen, say more than the end of a long label.
    let labels = min(offered.map(\.label.columns).max() ?? 0, width < 100 && groups > 0 ? 24 : .max)
    if isFocused, input.place == nil { place(layout.inputColumn) }
    if !isFocused, input.value == nil { return addNothing(field) }
    for index in first..<first + shown {
      let choice = offered[index]
      let isSelected = choice.value == input.value
      if isFocused, isSelected { place(layout.inputColumn) }
      let isFirst = index == first || offered[index - 1].group != choice.group
      add { pen in
        layout.add(index == first ? field.label : "", isFocused, to: &pen)
        pen.add(isSelected ? "▸ " : "  ", isFocused ? Theme.accent : .plain)
        if isFocused { pen.add(choice.digit.map { "\($0) " } ?? "  ", Theme.quiet) }
        let style: Style = isSelected && isFocused ? Style(.standard, .reverse) : .plain
        pen.add(choice.label.clipped(to: labels), style)
        pen.fill(to: layout.inputColumn + 2 + labels + 2)
        if groups > 0 {
          let start = pen.column
          // What is known of a choice is worth more than its group, which the last line tells, too.
          let note = choice.note.isEmpty ? 0 : choice.note.columns + 2
          let room = max(min(groups, pen.remaining - note - 1), 0)
          if isFirst || note > 0 { pen.add(choice.group.clipped(to: room), Theme.quiet) }
          if room > 0 { pen.fill(to: start + room + 2) }
        }
        pen.add(choice.note, isSelected ? .plain : Theme.quiet)
      }
    }
    guard isFocused, shown < offered.count || !input.typed.isEmpty else { return }
    let typed: SafeText = input.typed.isEmpty ? "letters narrow them" : "“\(SafeText(input.typed))” narrows them"
    add { pen in
      pen.skip(layout.inputColumn)
      pen.add("\(first + 1)–\(first + shown) of \(offered.count), \(typed)", Theme.quiet)
    }
  }

  private mutating func addNothing(_ field: FormField) {
    let layout = layout
    add { pen in
      layout.add(field.label, false, to: &pen)
      pen.fill(to: layout.inputColumn)
      pen.add("none yet", Theme.quiet)
    }
  }

  /// Tags that are on, off, or offered, and the line of a new one.
  private mutating func add(_ field: FormField, _ input: TagsInput, _ isFocused: Bool) {
    let layout = layout
    let offered = input.offered
    let shown = min(listShown, offered.count)
    let here = input.selected.flatMap(offered.firstIndex)
    let first = min(max((here ?? 0) - shown + 1, 0), offered.count - shown)
    let notes = max(offered.map { input.rows[$0].note.columns }.max() ?? 0, 5)
    let room = max(width - layout.inputColumn - 4 - 2 - notes - 1, 8)
    let wide = min(offered.map { SafeText(input.rows[$0].tag).columns }.max() ?? 0, room)
    for (number, index) in offered[first..<first + shown].enumerated() {
      let row = input.rows[index]
      let isSelected = index == input.selected
      if isFocused, isSelected { place(layout.inputColumn) }
      add { pen in
        layout.add(number == 0 ? field.label : "", isFocused, to: &pen)
        pen.add(isSelected ? "▸ " : "  ", Theme.accent)
        pen.add(row.isOn ? "[x] " : "[ ] ", row.isOn ? .plain : Theme.quiet)
        let style: Style = isSelected && isFocused ? Style(.standard, .reverse) : row.isOn ? .plain : Theme.quiet
        pen.add(SafeText(row.tag).clipped(to: wide), style)
        pen.fill(to: layout.inputColumn + 4 + wide + 2)
        switch (row.wasOn, row.isOn) {
        case (false, true): pen.add("comes", Theme.good)
        case (true, false): pen.add("goes", Theme.warning)
        default: pen.add(row.note, Theme.quiet)
        }
      }
    }
    if shown < offered.count {
      add { pen in
        pen.skip(layout.inputColumn)
        pen.add("… \(shown) of \(offered.count): type to see those that fit", Theme.quiet)
      }
    }
    let isText = input.selected == nil
    addText(
      shown == 0 ? field.label : "", mark: isText ? "▸ " : "  ", input.editor, before: "new: ", isFocused: isFocused,
      hasCursor: isFocused && isText, style: isText ? .plain : Theme.quiet)
  }

  /// - Parameters:
  ///   - before: stands in front of what is typed.
  ///   - note: stands there as long as nothing is.
  private mutating func addText(
    _ label: SafeText, mark: SafeText, _ editor: LineEditor, before: SafeText = "", isFocused: Bool, hasCursor: Bool,
    style: Style, note: SafeText = .empty
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
      let isNote = shown.text.isEmpty && !note.isEmpty
      let text = isNote ? note.clipped(to: room) : shown.text
      pen.add(
        text.padded(to: room).clipped(to: room), (isNote ? Theme.quiet : style).adding(.underline))
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
