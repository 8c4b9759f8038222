import CSimdjson
import PartnerModel

/// Builds values from the steps through one item.
struct ItemWalk {
  private let steps: UnsafeBufferPointer<CSimdjsonStep>
  private var index = 0
  private let tenant: TenantID

  /// Whether a `tenantId` in it names another tenant.
  private(set) var isForeign = false
  private(set) var hasBrokenText = false
  /// Whether its id or tenant stands twice.
  private(set) var isAmbiguous = false
  /// Of an alert: the incident that it says it is of.
  private(set) var incidentID: String?
  /// Of an incident: where its next alerts are, and how many it has in all.
  private(set) var alertsLink: String?
  private(set) var alertsCount: Int?

  init(_ steps: CSimdjsonSteps, tenant: TenantID) {
    self.steps = UnsafeBufferPointer(start: steps.steps, count: steps.count)
    self.tenant = tenant
  }

  /// The next step inside the object that the walk stands in; `nil` at its end.
  private mutating func next() -> CSimdjsonStep? {
    guard index < steps.count else { return nil }
    let step = steps[index]
    index += 1
    return step.kind == UInt8(CSimdjsonEnd.rawValue) ? nil : step
  }

  private func text(_ step: CSimdjsonStep) -> String {
    String(decoding: UnsafeBufferPointer(start: step.bytes, count: step.length), as: UTF8.self)
  }

  private func time(_ step: CSimdjsonStep) -> Timestamp? {
    Timestamp(dateOf: UnsafeBufferPointer(start: step.bytes, count: step.length))
  }

  private mutating func check(tenantOf step: CSimdjsonStep, isFirst: Bool) {
    if !isFirst { isAmbiguous = true }
    let text = text(step)
    if !text.isEmpty, TenantID(text) != tenant { isForeign = true }
  }

  /// Only texts matter to most fields; a broken one spoils its item.
  private mutating func isText(_ step: CSimdjsonStep) -> Bool {
    if step.kind == UInt8(CSimdjsonBadString.rawValue) { hasBrokenText = true }
    return step.kind == UInt8(CSimdjsonString.rawValue)
  }

  private func isBegin(_ step: CSimdjsonStep) -> Bool { step.kind == UInt8(CSimdjsonBegin.rawValue) }

  mutating func incident() -> Incident {
    // A status that cannot be read is not guessed; it counts as open.
    var incident = Incident(tenant: tenant, id: IncidentID(""), status: .unknown)
    var tags: [String] = []
    var hasTenant = false
    guard next() != nil else { return incident }
    while let step = next() {
      let field = CSimdjsonField(UInt32(step.field))
      if isBegin(step) {
        switch field {
        case CSimdjsonAlert: addAlert(to: &incident)
        default: incident.comments.append(comment())
        }
        continue
      }
      if step.kind == UInt8(CSimdjsonBadItem.rawValue) {
        if field == CSimdjsonAlert { incident.alertGaps.unreadable += 1 }
        // It leads nowhere, but tells that there may be more.
        if field == CSimdjsonAlertsLink || field == CSimdjsonAlertsCount { alertsLink = alertsLink ?? "?" }
        continue
      }
      if field == CSimdjsonAlertsCount {
        alertsCount = Int(exactly: step.number)
        continue
      }
      if field == CSimdjsonPriorityScore {
        incident.priorityScore = Int(exactly: step.number)
        continue
      }
      if field == CSimdjsonAlerts {
        incident.alerts = []
        incident.alertGaps = .none
        continue
      }
      guard isText(step) else { continue }
      switch field {
      case CSimdjsonID:
        if !incident.id.rawValue.isEmpty { isAmbiguous = true }
        incident.id = IncidentID(text(step))
      case CSimdjsonTenantID:
        check(tenantOf: step, isFirst: !hasTenant)
        hasTenant = true
      case CSimdjsonDisplayName: incident.displayName = text(step)
      case CSimdjsonDescription: incident.details = text(step)
      case CSimdjsonSummary: incident.summary = text(step)
      case CSimdjsonSeverity: incident.severity = Severity(wire: text(step))
      case CSimdjsonStatus: incident.status = IncidentStatus(wire: text(step))
      case CSimdjsonClassification: incident.classification = Classification(wire: text(step))
      case CSimdjsonDetermination: incident.determination = Determination(wire: text(step))
      case CSimdjsonAssignedTo: incident.assignedTo = text(step)
      case CSimdjsonCustomTag: incident.customTags.append(text(step))
      case CSimdjsonTag: tags.append(text(step))
      case CSimdjsonSystemTag: incident.systemTags.append(text(step))
      case CSimdjsonResolvingComment: incident.resolvingComment = text(step)
      case CSimdjsonCreated: incident.createdAt = time(step)
      case CSimdjsonUpdated: incident.updatedAt = time(step)
      case CSimdjsonLastModifiedBy: incident.lastModifiedBy = text(step)
      case CSimdjsonRedirectID: incident.redirectIncidentID = IncidentID(text(step))
      case CSimdjsonWebURL: incident.webURL = text(step)
      case CSimdjsonAlertsLink: alertsLink = text(step)
      default: break
      }
    }
    if incident.customTags.isEmpty { incident.customTags = tags }
    return incident
  }

  /// Takes the next alert of an incident: one that is of another tenant, or that cannot be read, costs itself alone.
  private mutating func addAlert(to incident: inout Incident) {
    let before = self
    (isForeign, hasBrokenText, isAmbiguous) = (false, false, false)
    let alert = alertBody()
    if isForeign {
      incident.alertGaps.foreign += 1
    } else if hasBrokenText || isAmbiguous {
      incident.alertGaps.unreadable += 1
    } else {
      incident.alerts?.append(alert)
    }
    (isForeign, hasBrokenText, isAmbiguous) = (before.isForeign, before.hasBrokenText, before.isAmbiguous)
    incidentID = before.incidentID
  }

  static func isUsable(id: String) -> Bool { !id.isEmpty && id.utf8.count <= 256 }

  /// An alert that is an item of its own.
  mutating func alert() -> Alert {
    guard next() != nil else { return Alert(id: "") }
    return alertBody()
  }

  private mutating func alertBody() -> Alert {
    var alert = Alert(id: "")
    var hasTenant = false
    while let step = next() {
      let field = CSimdjsonField(UInt32(step.field))
      if isBegin(step) {
        if let evidence = evidence(step) {
          alert.evidence.append(evidence)
        } else {
          alert.unreadableEvidence += 1
        }
        continue
      }
      if step.kind == UInt8(CSimdjsonBadItem.rawValue) {
        alert.unreadableEvidence += 1
        continue
      }
      guard isText(step) else { continue }
      switch field {
      case CSimdjsonID:
        if !alert.id.isEmpty { isAmbiguous = true }
        alert.id = text(step)
      case CSimdjsonTenantID:
        check(tenantOf: step, isFirst: !hasTenant)
        hasTenant = true
      case CSimdjsonIncidentID: incidentID = text(step)
      case CSimdjsonTitle: alert.title = text(step)
      case CSimdjsonDescription: alert.details = text(step)
      case CSimdjsonRecommendedActions: alert.recommendedActions = text(step)
      case CSimdjsonCategory: alert.category = text(step)
      case CSimdjsonSeverity: alert.severity = Severity(wire: text(step))
      case CSimdjsonStatus: alert.status = AlertStatus(wire: text(step))
      case CSimdjsonClassification: alert.classification = Classification(wire: text(step))
      case CSimdjsonDetermination: alert.determination = Determination(wire: text(step))
      case CSimdjsonAssignedTo: alert.assignedTo = text(step)
      case CSimdjsonServiceSource: alert.serviceSource = text(step)
      case CSimdjsonDetectionSource: alert.detectionSource = text(step)
      case CSimdjsonTechnique: alert.mitreTechniques.append(text(step))
      case CSimdjsonCreated: alert.createdAt = time(step)
      case CSimdjsonUpdated: alert.updatedAt = time(step)
      case CSimdjsonFirstActivity: alert.firstActivityAt = time(step)
      case CSimdjsonLastActivity: alert.lastActivityAt = time(step)
      case CSimdjsonWebURL: alert.webURL = text(step)
      default: break
      }
    }
    return alert
  }

  /// `nil` when one of its texts is broken: that costs this piece, not its alert.
  private mutating func evidence(_ begin: CSimdjsonStep) -> Evidence? {
    var evidence = Evidence(type: "", json: text(begin))
    var isBroken = false
    while let step = next() {
      guard step.kind == UInt8(CSimdjsonString.rawValue) else {
        if step.kind == UInt8(CSimdjsonBadString.rawValue) { isBroken = true }
        continue
      }
      switch CSimdjsonField(UInt32(step.field)) {
      case CSimdjsonType:
        let prefix = "#microsoft.graph.security."
        let bytes = UnsafeBufferPointer(start: step.bytes, count: step.length)
        let name = bytes.starts(with: prefix.utf8) ? UnsafeBufferPointer(rebasing: bytes[prefix.utf8.count...]) : bytes
        evidence.type = String(decoding: name, as: UTF8.self)
      case CSimdjsonVerdict: evidence.verdict = EvidenceVerdict(wire: text(step))
      case CSimdjsonRemediationStatus: evidence.remediationStatus = text(step)
      case CSimdjsonCreated: evidence.createdAt = time(step)
      case CSimdjsonRole: evidence.roles.append(text(step))
      case CSimdjsonDetailedRole: evidence.detailedRoles.append(text(step))
      case CSimdjsonTag: evidence.tags.append(text(step))
      default: break
      }
    }
    return isBroken ? nil : evidence
  }

  private mutating func comment() -> IncidentComment {
    var comment = IncidentComment(text: "")
    while let step = next() {
      guard isText(step) else { continue }
      switch CSimdjsonField(UInt32(step.field)) {
      case CSimdjsonText: comment.text = text(step)
      case CSimdjsonAuthor: comment.createdBy = text(step)
      case CSimdjsonCreated: comment.createdAt = time(step)
      default: break
      }
    }
    return comment
  }
}
