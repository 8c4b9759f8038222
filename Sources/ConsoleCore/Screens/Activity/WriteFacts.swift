import PartnerModel
import SafeText

extension IncidentWrite {
  /// Where it stands, in a word or two.
  var outcomeWords: SafeText {
    switch state {
    case .draft, .queued: "not sent yet"
    case .sent: "sent"
    case .confirmed: "confirmed"
    case .unknown: "outcome unknown"
    case .failed: conflict == nil ? failureWord : "somebody was faster"
    }
  }

  /// Whether it never got to the service, or could not be made there for a reason other than its refusal.
  var isNotMade: Bool { state == .failed && failureWord == "not made" }

  /// Nobody refused what never got there.
  private var failureWord: SafeText { WritesState().failureWord(self) }

  /// What it did, or was to do, each part with what was there before; of a text each line, also an empty one.
  var factLines: [(label: SafeText, value: SafeText)] {
    switch action {
    case .update(let update):
      let fields = update.values.map { field, value in
        let before = before?.values[field].map { field.words(of: $0) + " → " } ?? .empty
        return (field.words, before + field.words(of: value))
      }
      let tags =
        update.addedTags.map { "+" + SafeText(beginningOf: $0) }
        + update.removedTags.map { "-" + SafeText(beginningOf: $0) }
      return tags.isEmpty ? fields : fields + [("tags", tags.joined(separator: " "))]
    case .comment(let text): return Self.lines(of: text)
    case .updateAlert(let id, let change):
      let before = before?.alerts?.first { $0.id == id }
      var lines: [(SafeText, SafeText)] = [("alert", SafeText(beginningOf: id))]
      func add(_ label: SafeText, _ was: String?, _ now: String?) {
        guard let now else { return }
        lines.append((label, (before == nil ? .empty : spelledOut(was ?? "–") + " → ") + spelledOut(now)))
      }
      add("status", before?.status.wire, change.status?.wire)
      switch change.assignment {
      case nil: break
      case .nobody: lines.append(("owner", "–"))
      case .to(let upn): lines.append(("owner", SafeText(beginningOf: upn)))
      }
      add("classification", before?.classification?.wire, change.classification?.wire)
      add("determination", before?.determination?.wire, change.determination?.wire)
      return lines
    case .commentAlert(let id, let text):
      return [("alert", SafeText(beginningOf: id))] + Self.lines(of: text)
    case .merge(let others, let comment, let reasons):
      return [("with", others.map { "#\(SafeText($0.rawValue))" }.joined(separator: ", "))]
        + because(comment, reasons)
    case .moveAlerts(let ids, let target, let comment, let reasons):
      return [("to", "#\(SafeText(target.rawValue))"), ("alerts", SafeText(beginningOf: ids.joined(separator: ", ")))]
        + because(comment, reasons)
    }
  }

  private func because(_ comment: String?, _ reasons: [CorrelationReason]) -> [(SafeText, SafeText)] {
    var lines: [(SafeText, SafeText)] = []
    if !reasons.isEmpty { lines.append(("because", reasons.map { spelledOut($0.rawValue) }.joined(separator: ", "))) }
    if let comment { lines += Self.lines(of: comment) }
    return lines
  }

  /// A text with its line ends, so that it can be written anew as it was: its label stands at the first line.
  private static func lines(of text: String) -> [(label: SafeText, value: SafeText)] {
    text.split(maxSplits: 4_000, omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
      .map { ($0 == 0 ? "comment" : .empty, SafeText(beginningOf: String($1), limit: 20_000)) }
  }

  /// What became of it, with the ids that the service and the journal know it by.
  func resultLines(_ moment: (Timestamp) -> SafeText) -> [(label: SafeText, value: SafeText)] {
    let detail: SafeText = state == .confirmed ? detail.map { ", \(SafeText($0))" } ?? .empty : .empty
    var lines: [(SafeText, SafeText)] = [("result", outcomeWords + detail)]
    if let problem, state != .confirmed {
      lines.append(("why", reason(problem)))
      if let message = problem.message { lines.append(("it said", SafeText(beginningOf: message))) }
      lines.append(("next", SafeText(beginningOf: problem.nextAction)))
    }
    for field in conflict?.fields ?? [] {
      let words = (
        field.field.words(of: field.was), field.field.words(of: field.theirs), field.field.words(of: field.ours)
      )
      lines.append((field.field.words, "was \(words.0), theirs \(words.1), ours \(words.2)"))
    }
    if let undoes { lines.append(("takes back", SafeText(undoes.rawValue))) }
    lines.append(("by", operatorUPN.map { SafeText(beginningOf: $0) } ?? "?"))
    if let stateSince { lines.append(("since", moment(Timestamp(stateSince)))) }
    lines.append(("request", requestID.map { SafeText($0) } ?? "–"))
    lines.append(("write", SafeText(id.rawValue)))
    return lines
  }
}
