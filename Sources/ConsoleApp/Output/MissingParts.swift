import PartnerModel

extension SyncRecord {
  /// What is missing from what was read of a tenant, in sentences, for people.
  var missingParts: [String] {
    var words: [String] = []
    if let problem = leftOut {
      let happened = [LeftOutProduct](problem).summary ?? ""
      words.append("\(happened)\(request(problem)). \(problem.nextAction)")
    }
    if unreadable > 0 {
      let last = unreadableItem.map { " (the last: \($0.error ?? "an item")\(request($0)))" } ?? ""
      let (are, them) = unreadable == 1 ? ("it is", "it") : ("they are", "them")
      words.append(
        "\(unreadable) of its incidents could not be read, so \(are) not listed\(last). The portal has \(them).")
    }
    return words
  }
}

extension Incident {
  /// What is missing from it, a clause each, without full stops.
  var missingParts: [String] {
    guard let alerts else { return ["its alerts could not be read"] }
    let evidence = alerts.reduce(0) { $0 + $1.unreadableEvidence }
    return alertGaps.words(shown: alerts.count)
      + (evidence > 0 ? ["\(evidence) evidence item\(evidence == 1 ? "" : "s") could not be read"] : [])
  }
}

private func request(_ problem: Problem) -> String { problem.requestID.map { ", request \($0)" } ?? "" }
