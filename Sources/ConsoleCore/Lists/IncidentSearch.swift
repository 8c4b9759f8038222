import PartnerModel

/// A filter at work on a list of incidents: every word has to stand in the name, the id, a tag, the owner or the tenant's
/// name.
struct IncidentSearch: Hashable, Sendable {
  let filter: WordFilter
  /// For each word what was found out about values that many incidents share.
  private var answers: [SharedAnswers]

  static let none = IncidentSearch(.none)

  init(_ filter: WordFilter) {
    self.filter = filter
    answers = filter.words.map { _ in SharedAnswers() }
  }

  /// - Parameter foldedName: the incident's name, unless it is ASCII.
  mutating func matches(
    _ incident: borrowing CompactIncident, foldedName: String?, _ tables: IncidentTables, _ directory: TenantDirectory
  ) -> Bool {
    for (index, word) in filter.words.enumerated() {
      let isFound =
        answers[index].tenants.answer(incident.tenant) {
          directory.name(of: tables.tenants[incident.tenant]).contains(folded: word)
        }
        || answers[index].owners.answer(incident.owner) { tables.owner(incident)?.contains(folded: word) ?? false }
        || answers[index].tags.answer(incident.tags) { tables.tags(incident).contains { $0.contains(folded: word) } }
        || foldedName?.containsBytes(of: word) ?? incident.name.containsASCII(folded: word)
        || incident.id.rawValue.contains(folded: word)
      if !isFound { return false }
    }
    return true
  }
}

private struct SharedAnswers: Hashable, Sendable {
  var tenants = AnswerTable()
  var owners = AnswerTable()
  var tags = AnswerTable()
}

/// Yes, no or not asked yet, by the number of a value.
private struct AnswerTable: Hashable, Sendable {
  private var answers: [Bool?] = []

  mutating func answer(_ number: UInt32, _ find: () -> Bool) -> Bool {
    let number = Int(number)
    if number >= answers.count { answers += Array(repeating: nil, count: number + 1 - answers.count) }
    if let answer = answers[number] { return answer }
    let answer = find()
    answers[number] = answer
    return answer
  }
}
