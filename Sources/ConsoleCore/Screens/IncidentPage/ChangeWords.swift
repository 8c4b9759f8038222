import PartnerModel
import SafeText

extension IncidentField {
  /// As people call it.
  var words: SafeText {
    switch self {
    case .status: "status"
    case .assignedTo: "owner"
    case .classification: "classification"
    case .determination: "determination"
    case .severity: "severity"
    case .customTags: "tags"
    case .displayName: "name"
    case .description: "description"
    case .resolvingComment: "resolving comment"
    }
  }

  /// Whether it holds a text of any length, whose change is told by its name alone where there is one line.
  fileprivate var isFreeText: Bool { [.displayName, .description, .resolvingComment].contains(self) }

  fileprivate var isWord: Bool { [.status, .severity, .classification, .determination].contains(self) }

  func words(of value: FieldValue) -> SafeText {
    switch value {
    case .text(let text):
      guard let text, !text.isEmpty else { return "–" }
      return isWord ? spelledOut(text) : SafeText(beginningOf: text)
    case .list(let list): return list.isEmpty ? "–" : SafeText(beginningOf: list.joined(separator: ", "))
    }
  }
}

extension FieldChange {
  /// In one line: the field, what it was and what it is.
  var words: SafeText {
    if case .list(let before) = before, case .list(let after) = after {
      let added = after.filter { !before.contains($0) }.map { "+" + SafeText(beginningOf: $0) }
      let removed = before.filter { !after.contains($0) }.map { "-" + SafeText(beginningOf: $0) }
      return "tags " + (added + removed).joined(separator: " ")
    }
    if field.isFreeText { return "another " + field.words }
    if field == .assignedTo { return "owner \(owner(before)) → \(owner(after))" }
    return "\(field.words) \(field.words(of: before)) → \(field.words(of: after))"
  }

  private func owner(_ value: FieldValue) -> SafeText {
    if case .text(let upn) = value { ownerName(upn) } else { "–" }
  }
}
