import PartnerModel
import SafeText
import TerminalKit

/// What a line of a document is about: keys act on it, and the cursor stays on it.
enum DocumentItem: Hashable, Sendable {
  /// What to do next.
  case step
  case tenant(TenantID)
  case permission(AppRole)
  /// A change of consent, by its place in the history.
  case change(Int)
  case relation(String)
  /// A failure, by what it is a failure of.
  case problem(String)
}

/// A line of a document.
struct DocumentRow: Hashable, Sendable {
  struct Span: Hashable, Sendable {
    var text: SafeText
    var style: Style
    /// Columns of a field; `nil` for as many as the text has.
    var columns: Int?
  }

  enum Kind: Hashable, Sendable {
    case blank
    case rule(SafeText, count: Int?)
    case spans([Span])
    /// A part of an address, from edge to edge, so that it can be copied.
    case link(SafeText)
  }

  var kind: Kind
  var item: DocumentItem?
  /// Whether it stands over the whole window, also where something is told beside the others.
  var isWide = false

  /// Whether the cursor may rest on it.
  var isStop: Bool {
    switch kind {
    case .blank, .rule: false
    case .spans, .link: true
    }
  }

  var text: String {
    switch kind {
    case .blank: ""
    case .rule(let title, _): title.text
    case .spans(let spans): spans.map(\.text.text).joined(separator: " ")
    case .link(let part): part.text
    }
  }
}

/// Collects the lines of a document of a width.
struct DocumentRows {
  /// Columns in front of every line but links.
  static let indent = 2
  static let labelWidth = 11

  /// Columns for texts.
  let width: Int
  /// Columns of the window, for what stands over all of it.
  let windowWidth: Int
  private(set) var rows: [DocumentRow] = []

  init(width: Int, windowWidth: Int) {
    self.width = max(width - Self.indent - 1, 8)
    self.windowWidth = max(windowWidth, 1)
  }

  mutating func blank() {
    if let last = rows.last, last.kind != .blank { rows.append(DocumentRow(kind: .blank)) }
  }

  mutating func section(_ title: SafeText, count: Int? = nil) {
    blank()
    rows.append(DocumentRow(kind: .rule(title, count: count)))
  }

  mutating func spans(_ spans: [DocumentRow.Span], item: DocumentItem? = nil) {
    rows.append(DocumentRow(kind: .spans(spans), item: item))
  }

  /// Text, wrapped.
  mutating func text(_ text: SafeText, _ style: Style = .plain, item: DocumentItem? = nil, indent: Int = 0) {
    for (index, part) in text.wrapped(to: max(width - indent, 8)).prefix(40).enumerated() {
      let lead = indent > 0 ? [DocumentRow.Span(text: .blank(indent), style: .plain)] : []
      spans(lead + [.init(text: part, style: style)], item: index == 0 ? item : nil)
    }
  }

  /// The same over the whole window.
  mutating func wideText(_ text: SafeText, _ style: Style = .plain, item: DocumentItem? = nil) {
    for (index, part) in text.wrapped(to: max(windowWidth - Self.indent - 1, 8)).prefix(40).enumerated() {
      rows.append(
        DocumentRow(kind: .spans([.init(text: part, style: style)]), item: index == 0 ? item : nil, isWide: true))
    }
  }

  /// An address, whole, on lines of its own over the whole window.
  mutating func link(_ url: String) {
    for part in SafeText(url).wrapped(to: windowWidth) { rows.append(DocumentRow(kind: .link(part), isWide: true)) }
  }

  /// A label with its value, wrapped beside it; nothing for what is not there.
  mutating func fact(_ label: SafeText, _ value: SafeText?, _ style: Style = .plain, item: DocumentItem? = nil) {
    guard let value, !value.isEmpty else { return }
    for (index, part) in value.wrapped(to: max(width - Self.labelWidth - 1, 8)).prefix(20).enumerated() {
      let isFirst = index == 0
      spans(
        [
          .init(text: isFirst ? label : .empty, style: Theme.quiet, columns: Self.labelWidth),
          .init(text: part, style: style),
        ], item: isFirst ? item : nil)
    }
  }
}
