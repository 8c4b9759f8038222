import PartnerModel

/// An incident as a list keeps it: numbers for what repeats, ticks for times. Its name stands in the list's texts.
struct CompactIncident: Hashable, Sendable {
  /// Stands for a time that is not known.
  static let noTime = Int64.min

  var id: IncidentID
  var tenant: UInt32
  var severity: UInt32
  var status: UInt32
  var owner: UInt32
  var judgement: UInt32
  var tags: UInt32
  var link: UInt32
  var redirect: UInt32
  var created: Int64
  var updated: Int64
  var acknowledged: Int64
  /// -1 for not known.
  var alerts: Int32

  var createdAt: Timestamp? { Self.timestamp(created) }
  var updatedAt: Timestamp? { Self.timestamp(updated) }
  var acknowledgedAt: Timestamp? { Self.timestamp(acknowledged) }

  private static func timestamp(_ ticks: Int64) -> Timestamp? { ticks == noTime ? nil : Timestamp(ticks: ticks) }
}

/// The values that many incidents share.
struct IncidentTables: Hashable, Sendable {
  struct Judgement: Hashable, Sendable {
    var classification: Classification?
    var determination: Determination?
  }
  /// A portal link with the incident's id taken out, which makes it the same for a whole tenant.
  struct LinkShape: Hashable, Sendable {
    var beforeID: String
    var afterID: String?

    static let none = LinkShape(beforeID: "", afterID: nil)
  }

  private(set) var tenants: InternTable<TenantID>
  private(set) var severities = InternTable<Severity>()
  private(set) var statuses = InternTable<IncidentStatus>()
  private(set) var owners = InternTable<String?>()
  private var judgements = InternTable<Judgement>()
  private(set) var tagLists = InternTable<[String]>()
  private var links = InternTable<LinkShape?>()
  private var redirects = InternTable<IncidentID?>()

  /// - Parameter tenants: that have their numbers already.
  init(tenants: InternTable<TenantID> = InternTable()) { self.tenants = tenants }

  func severity(_ incident: borrowing CompactIncident) -> Severity { severities[incident.severity] }
  func status(_ incident: borrowing CompactIncident) -> IncidentStatus { statuses[incident.status] }
  func isOpen(_ incident: borrowing CompactIncident) -> Bool { statuses[incident.status].isOpen }
  func hasOwner(_ incident: borrowing CompactIncident) -> Bool { owners[incident.owner].map { !$0.isEmpty } ?? false }
  /// Whether nobody has it and nothing else is done about it; a status that is not known here counts as active.
  func waitsForSomebody(_ incident: borrowing CompactIncident) -> Bool {
    statuses[incident.status].waitsForSomebody && !hasOwner(incident)
  }
  /// Whether it is open, of high severity, and nobody has it.
  func isUrgent(_ incident: borrowing CompactIncident) -> Bool {
    severities[incident.severity] == .high && statuses[incident.status].isOpen && !hasOwner(incident)
  }
  func hasLink(_ incident: borrowing CompactIncident) -> Bool { links[incident.link].map { $0 != .none } ?? false }
  func key(_ incident: CompactIncident) -> IncidentKey {
    IncidentKey(tenant: tenants[incident.tenant], id: incident.id)
  }

  mutating func compact(_ summary: IncidentSummary) -> CompactIncident {
    CompactIncident(
      id: summary.key.id, tenant: tenants.number(of: summary.key.tenant),
      severity: severities.number(of: summary.severity), status: statuses.number(of: summary.status),
      owner: owners.number(of: summary.assignedTo),
      judgement: judgements.number(
        of: Judgement(classification: summary.classification, determination: summary.determination)),
      tags: tagLists.number(of: summary.tags),
      link: links.number(of: summary.webURL.map { shape(of: $0, id: summary.key.id.rawValue) }),
      redirect: redirects.number(of: summary.redirectIncidentID),
      created: summary.createdAt?.ticks ?? CompactIncident.noTime,
      updated: summary.updatedAt?.ticks ?? CompactIncident.noTime,
      acknowledged: summary.acknowledgedAt?.ticks ?? CompactIncident.noTime,
      alerts: summary.alertCount.map { Int32(clamping: $0) } ?? -1)
  }

  /// - Parameters:
  ///   - name: which is kept elsewhere.
  ///   - withLink: `false` for a row on screen, which does not show it.
  func summary(_ incident: CompactIncident, name: String, withLink: Bool = true) -> IncidentSummary {
    let judgement = judgements[incident.judgement]
    let shape = withLink ? links[incident.link] : nil
    let link = shape.map { shape in
      shape.afterID.map { shape.beforeID + incident.id.rawValue + $0 } ?? shape.beforeID
    }
    return IncidentSummary(
      key: key(incident), displayName: name, severity: severities[incident.severity],
      status: statuses[incident.status], assignedTo: owners[incident.owner],
      classification: judgement.classification, determination: judgement.determination, tags: tagLists[incident.tags],
      createdAt: incident.createdAt, updatedAt: incident.updatedAt, acknowledgedAt: incident.acknowledgedAt,
      alertCount: incident.alerts < 0 ? nil : Int(incident.alerts),
      webURL: link, redirectIncidentID: redirects[incident.redirect])
  }

  private func shape(of link: String, id: String) -> LinkShape {
    guard !id.isEmpty, let place = link.firstRange(of: id) else { return LinkShape(beforeID: link, afterID: nil) }
    return LinkShape(beforeID: String(link[..<place.lowerBound]), afterID: String(link[place.upperBound...]))
  }
}
