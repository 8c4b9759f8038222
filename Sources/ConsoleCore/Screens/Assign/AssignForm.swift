import PartnerModel
import SafeText
import TerminalKit

/// Whom an incident is given to: me, one of those who are seen with incidents of its tenant, nobody, or who is typed.
struct AssignForm: Hashable, Sendable {
  /// Somebody who has incidents of the tenant, and how many.
  struct Owner: Hashable, Sendable {
    var name: String
    var count: Int
  }

  let key: IncidentKey
  private let tenantName: String
  private let operatorUPN: String?
  /// The incident as the operator sees it: what differs at the service is a conflict.
  private(set) var seen: IncidentSummary
  var form: Form
  /// The incident changed while the form was open, and that was told: the next Enter means it as it is now.
  private var isChangeTold = true

  init(_ incident: IncidentSummary, tenantName: String, operatorUPN: String?, owners: [Owner]) {
    key = incident.key
    seen = incident
    self.tenantName = tenantName
    self.operatorUPN = operatorUPN
    let isTaken = incident.assignedTo.map { !$0.isEmpty } ?? false
    func isNow(_ name: String) -> Bool { incident.assignedTo?.lowercased() == name.lowercased() }
    var choices: [Choice] = []
    if let operatorUPN, !isNow(operatorUPN) {
      choices.append(Choice(operatorUPN, label: "me", note: SafeText(operatorUPN)))
    }
    for owner in owners.sorted(by: { ($1.count, $0.name) < ($0.count, $1.name) })
    where Self.mistake(in: owner.name) == nil && !isNow(owner.name)
      && owner.name.lowercased() != operatorUPN?.lowercased()
    {
      choices.append(Choice(owner.name, note: "has \(owner.count) here"))
    }
    if isTaken { choices.append(Choice("", label: "nobody")) }
    form = Form([
      FormField(
        "Assign to",
        .choiceOrText(
          ChoiceOrTextInput(choices, textLabel: isTaken || !choices.isEmpty ? "somebody else:" : "UPN:")))
    ])
  }

  /// What stands above the fields.
  var head: [SafeText] {
    let owner: SafeText = currentOwner.map { "now \(SafeText($0))" } ?? "now nobody's"
    return [
      "#\(key.id.rawValue) \(SafeText(beginningOf: seen.displayName))",
      "\(tenantName)   \(Theme.words(seen.status))   \(owner)",
    ]
  }

  var sentence: FormSentence {
    switch outcome {
    case .success(let assignment): .sends(words(for: assignment))
    case .failure(let refusal): .lacks(refusal.words)
    }
  }

  /// What is to be sent.
  /// - Returns: `nil` where it cannot be sent; why is said at its field, and in what is said by `words` then.
  mutating func send() -> IncidentUpdate? {
    switch outcome {
    case .success(let assignment):
      guard isChangeTold else {
        isChangeTold = true
        return nil
      }
      return IncidentUpdate(assignment: assignment)
    case .failure(let refusal):
      form.refuse(0, refusal.words)
      return nil
    }
  }

  /// The incident was read anew.
  /// - Returns: what to say where somebody gave it to somebody else meanwhile.
  mutating func take(_ incident: IncidentSummary) -> SafeText? {
    guard incident.key == key else { return nil }
    let before = currentOwner
    seen = incident
    guard currentOwner != before else { return nil }
    isChangeTold = false
    return "Meanwhile it was given to \(currentOwner.map(ownerName) ?? "nobody"): look at what is sent now."
  }

  // MARK: What is filled in

  private struct Refusal: Error { var words: SafeText }

  private var currentOwner: String? { seen.assignedTo.flatMap { $0.isEmpty ? nil : $0 } }

  private var outcome: Result<IncidentUpdate.Assignment, Refusal> {
    guard case .choiceOrText(let input) = form.fields[0].input else { return .failure(Refusal(words: "")) }
    let name: String
    if let choice = input.choice {
      name = choice.value
    } else {
      name = input.text.trimmed
      if let mistake = Self.mistake(in: name) { return .failure(Refusal(words: mistake)) }
    }
    if name.lowercased() == (currentOwner ?? "").lowercased() {
      return .failure(Refusal(words: "It is \(currentOwner.map { "\(ownerName($0))'s" } ?? "nobody's") already."))
    }
    return .success(name.isEmpty ? .nobody : .to(name))
  }

  /// What keeps a text from being somebody's name; `nil` for one that the service can know.
  static func mistake(in name: String) -> SafeText? {
    if name.isEmpty { return "Write a UPN like ben@partner.example, or choose somebody." }
    let parts = name.split(separator: "@", omittingEmptySubsequences: false)
    // What a name in Entra ID is never made of.
    let isForeign = name.contains { $0.isWhitespace || "[]()<>,;:\"\\/|=?*\u{FFFD}".contains($0) }
    if parts.count != 2 || parts.contains(where: \.isEmpty) || isForeign || name.hasSuffix(".")
      || parts[1].hasPrefix(".")
    {
      return "“\(name)” is no UPN: write one like ben@partner.example."
    }
    // What is shown otherwise than it is would be sent unseen.
    if SafeText(name).text != name { return "“\(name)” holds what cannot be seen: type it anew." }
    return nil
  }

  private func words(for assignment: IncidentUpdate.Assignment) -> SafeText {
    let value: SafeText =
      switch assignment {
      case .to(let name): SafeText(name)
      case .nobody: "null (nobody)"
      }
    let isColleagues = currentOwner.map { $0.lowercased() != operatorUPN?.lowercased() } ?? false
    let loss: SafeText = isColleagues ? ", takes it over from \(SafeText(currentOwner ?? ""))" : ""
    return "PATCH incident #\(key.id.rawValue) in \(tenantName): assignedTo = " + value + loss
  }
}

extension String {
  /// Without blanks at its ends.
  fileprivate var trimmed: String {
    var rest = self[...]
    while rest.first?.isWhitespace ?? false { rest.removeFirst() }
    while rest.last?.isWhitespace ?? false { rest.removeLast() }
    return String(rest)
  }
}
