import FoundationEssentials
import PartnerModel
import PartnerOperations

// How an incident as it was at a moment is told.
extension IncidentOutput {
  static let csvColumnsOfPast: [CSV.Column] =
    csvColumnsOfOne + ["asOf.at", "asOf.knownSince", "asOf.gaps"]

  /// As one that was read, with what is known of that moment behind it.
  func json(_ past: PastIncident, at moment: Date) -> JSONNode {
    let node = json(past.incident, acknowledgedAt: past.acknowledgedAt, alertCount: past.incident.alertCount)
    let asOf = JSONNode.object([
      "at": .moment(moment), "knownSince": .moment(past.knownSince), "gaps": .strings(past.gaps),
    ])
    return JSONNode(.object((node.members ?? []) + [JSONNode.Member(key: "asOf", keyPosition: .start, value: asOf)]))
  }

  func text(_ past: PastIncident, at moment: Date, width: Int?) -> String {
    "As of \(Timestamp(moment).description), from what was read since \(Timestamp(past.knownSince).description):\n"
      + text(past.incident, width: width)
  }
}
