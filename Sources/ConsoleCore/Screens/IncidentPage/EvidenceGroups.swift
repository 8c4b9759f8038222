import PartnerModel

/// One thing that alerts have as evidence, once however many alerts name it.
struct EvidenceItem: Hashable, Sendable {
  var evidence: Evidence
  var overview: EvidenceOverview
  /// How many alerts name it.
  var alerts: Int
  /// Whether it is the first of its kind in the list.
  var isFirstOfKind: Bool

  var subject: String { overview.subject }
  var facts: [EvidenceFact] { overview.facts }
  var item: PageItem { .evidence(type: evidence.type, identity: overview.identity) }
}

extension Incident {
  /// How much of an alert's own evidence is listed with it.
  static let evidenceListedWithAlert = 50

  /// The evidence of all alerts: people and devices first, within a kind the worst verdict first, each thing once. With
  /// it, for each alert, the beginning of its own.
  var evidenceOverview: (items: [EvidenceItem], ofAlerts: [[EvidenceItem]]) {
    var items: [EvidenceItem] = []
    var places: [PageItem: Int] = [:]
    var ofAlerts: [[EvidenceItem]] = []
    for alert in alerts ?? [] {
      var inThisAlert: Set<PageItem> = []
      var listed: [EvidenceItem] = []
      for evidence in alert.evidence {
        let item = EvidenceItem(evidence: evidence, overview: evidence.overview, alerts: 1, isFirstOfKind: false)
        let name = item.item
        if listed.count < Self.evidenceListedWithAlert { listed.append(item) }
        let isNewHere = inThisAlert.insert(name).inserted
        if let place = places[name] {
          if isNewHere { items[place].alerts += 1 }
          if evidence.verdict.danger > items[place].evidence.verdict.danger {
            items[place].evidence = evidence
            items[place].overview = item.overview
          }
        } else {
          places[name] = items.count
          items.append(item)
        }
      }
      ofAlerts.append(listed)
    }
    items.sort { left, right in
      let ranks = (left.kindRank, right.kindRank)
      if ranks.0 != ranks.1 { return ranks.0 < ranks.1 }
      if left.evidence.type != right.evidence.type { return left.evidence.type < right.evidence.type }
      let dangers = (left.evidence.verdict.danger, right.evidence.verdict.danger)
      return dangers.0 == dangers.1 ? left.subject < right.subject : dangers.0 > dangers.1
    }
    for index in items.indices {
      items[index].isFirstOfKind = index == 0 || items[index - 1].evidence.type != items[index].evidence.type
    }
    return (items, ofAlerts)
  }
}

extension EvidenceItem {
  private static let order = [
    "userEvidence", "deviceEvidence", "mailboxEvidence", "processEvidence", "fileEvidence", "ipEvidence", "urlEvidence",
  ]
  fileprivate var kindRank: Int { Self.order.firstIndex(of: evidence.type) ?? Self.order.count }
}

extension EvidenceVerdict {
  fileprivate var danger: Int {
    switch self {
    case .malicious: 3
    case .suspicious: 2
    case .unknown, .unrecognised: 1
    case .noThreatsFound: 0
    }
  }
}
