import CSimdjson
import PartnerModel

/// Builds values from the steps through one item after the other. What stands in many places is made once.
struct ItemWalk {
  private var steps = UnsafeBufferPointer<CSimdjsonStep>(start: nil, count: 0)
  private var index = 0
  private let tenant: TenantID
  private var words = ReadWords()

  /// Whether a `tenantId` in it names another tenant.
  private(set) var isForeign = false
  private(set) var hasBrokenText = false
  /// Whether its id or tenant stands twice.
  private(set) var isAmbiguous = false
  /// Of an incident: where its next alerts are, and how many it has in all.
  private(set) var alertsLink: String?
  private(set) var alertsCount: Int?

  /// - Parameter tenant: the one that was asked.
  init(tenant: TenantID) { self.tenant = tenant }

  /// Goes to an item's first step.
  mutating func begin(_ steps: CSimdjsonSteps) {
    self.steps = UnsafeBufferPointer(start: steps.steps, count: steps.count)
    index = 0
    (isForeign, hasBrokenText, isAmbiguous) = (false, false, false)
    (alertsLink, alertsCount) = (nil, nil)
  }

  /// The next step inside the object that the walk stands in; `nil` at its end.
  private mutating func next() -> CSimdjsonStep? {
    guard index < steps.count else { return nil }
    let step = steps[index]
    index += 1
    return step.kind == UInt8(CSimdjsonEnd.rawValue) ? nil : step
  }

  private mutating func text(_ step: CSimdjsonStep) -> String { words.text(step) }

  private func time(_ step: CSimdjsonStep) -> Timestamp? {
    Timestamp(dateOf: UnsafeBufferPointer(start: step.bytes, count: step.length))
  }

  private mutating func check(tenantOf step: CSimdjsonStep, isFirst: Bool) {
    if !isFirst { isAmbiguous = true }
    if !words.isOfTenant(step, tenant) { isForeign = true }
  }

  /// Only texts matter to most fields; a broken one spoils its item.
  private mutating func isText(_ step: CSimdjsonStep) -> Bool {
    if step.kind == UInt8(CSimdjsonBadString.rawValue) { hasBrokenText = true }
    return step.kind == UInt8(CSimdjsonString.rawValue)
  }

  /// Takes a list's texts, which come next. Only texts are among them; a broken one spoils its item.
  private mutating func texts(_ list: CSimdjsonStep, into texts: inout [String]) {
    let count = members(list)
    if count == 0 { return }
    let members = steps[index..<index + count]
    index += count
    if count == 1, texts.isEmpty, let only = members.first, isText(only) {
      texts = words.list(only)
      return
    }
    texts.reserveCapacity(texts.count + count)
    for member in members where isText(member) { texts.append(text(member)) }
  }

  private func isList(_ step: CSimdjsonStep) -> Bool { step.kind == UInt8(CSimdjsonList.rawValue) }
  /// How many members a list has; never more than there are steps left.
  private func members(_ list: CSimdjsonStep) -> Int { min(max(Int(list.number), 0), steps.count - index) }
  private func isBegin(_ step: CSimdjsonStep) -> Bool { step.kind == UInt8(CSimdjsonBegin.rawValue) }

  /// An item's id and last change, with nothing built; `nil` when anything about the item is not in order, or not of
  /// this tenant, so that only the whole walk can judge it.
  mutating func glance() -> (id: String, updatedAt: Timestamp)? {
    var (id, updated): (CSimdjsonStep?, CSimdjsonStep?)
    var hasTenant = false
    var depth = 0
    for step in steps {
      switch CSimdjsonKind(UInt32(step.kind)) {
      case CSimdjsonBegin: depth += 1
      case CSimdjsonEnd: depth -= 1
      case CSimdjsonBadString, CSimdjsonBadItem: return nil
      case CSimdjsonString where depth == 1:
        switch CSimdjsonField(UInt32(step.field)) {
        case CSimdjsonID:
          guard id == nil else { return nil }
          id = step
        case CSimdjsonTenantID:
          guard !hasTenant, words.isOfTenant(step, tenant) else { return nil }
          hasTenant = true
        case CSimdjsonUpdated: updated = step
        default: break
        }
      default: break
      }
    }
    guard let id, let updated, let updatedAt = time(updated) else { return nil }
    let text = text(id)
    return Self.isUsable(id: text) ? (text, updatedAt) : nil
  }

  mutating func incident() -> Incident {
    // A status that cannot be read is not guessed; it counts as open.
    var incident = Incident(tenant: tenant, id: IncidentID(""), status: .unknown)
    var tags: [String] = []
    // What is made in its place is not copied there.
    var alerts: [Alert] = []
    var hasAlerts = false
    var hasTenant = false
    guard next() != nil else { return incident }
    while let step = next() {
      let field = CSimdjsonField(UInt32(step.field))
      if isBegin(step) {
        switch field {
        case CSimdjsonAlert: addAlert(to: &alerts, &incident.alertGaps)
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
      if isList(step) {
        switch field {
        case CSimdjsonAlerts:
          alerts = []
          alerts.reserveCapacity(members(step))
          hasAlerts = true
          incident.alertGaps = .none
        case CSimdjsonCustomTag: texts(step, into: &incident.customTags)
        case CSimdjsonTag: texts(step, into: &tags)
        case CSimdjsonSystemTag: texts(step, into: &incident.systemTags)
        default: break
        }
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
      case CSimdjsonSeverity: incident.severity = words.severity(step)
      case CSimdjsonStatus: incident.status = words.incidentStatus(step)
      case CSimdjsonClassification: incident.classification = words.classification(step)
      case CSimdjsonDetermination: incident.determination = words.determination(step)
      case CSimdjsonAssignedTo: incident.assignedTo = text(step)
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
    if hasAlerts {
      // Where it stands tells whose it is.
      for index in alerts.indices where alerts[index].incidentID == nil { alerts[index].incidentID = incident.id }
      incident.alerts = alerts
    }
    return incident
  }

  /// Takes the next alert of an incident: one that is of another tenant, or that cannot be read, costs itself alone.
  private mutating func addAlert(to alerts: inout [Alert], _ gaps: inout AlertGaps) {
    let before = (isForeign, hasBrokenText, isAmbiguous)
    (isForeign, hasBrokenText, isAmbiguous) = (false, false, false)
    alerts.append(Alert(id: ""))
    alertBody(&alerts[alerts.count - 1])
    if isForeign {
      gaps.foreign += 1
      alerts.removeLast()
    } else if hasBrokenText || isAmbiguous {
      gaps.unreadable += 1
      alerts.removeLast()
    }
    (isForeign, hasBrokenText, isAmbiguous) = before
  }

  static func isUsable(id: String) -> Bool { !id.isEmpty && id.utf8.count <= 256 }

  /// An alert that is an item of its own.
  mutating func alert() -> Alert {
    var alert = Alert(id: "")
    if next() != nil { alertBody(&alert) }
    return alert
  }

  private mutating func alertBody(_ alert: inout Alert) {
    var hasTenant = false
    while let step = next() {
      let field = CSimdjsonField(UInt32(step.field))
      if isBegin(step) {
        guard field == CSimdjsonEvidence else {
          alert.comments.append(comment())
          continue
        }
        alert.evidence.append(Evidence(type: "", json: text(step)))
        if !readEvidence(&alert.evidence[alert.evidence.count - 1]) {
          alert.evidence.removeLast()
          alert.unreadableEvidence += 1
        }
        continue
      }
      if step.kind == UInt8(CSimdjsonBadItem.rawValue) {
        if field == CSimdjsonEvidence { alert.unreadableEvidence += 1 }
        continue
      }
      if isList(step) {
        switch field {
        case CSimdjsonSystemTag: texts(step, into: &alert.systemTags)
        case CSimdjsonTechnique: texts(step, into: &alert.mitreTechniques)
        case CSimdjsonEvidenceList: alert.evidence.reserveCapacity(alert.evidence.count + members(step))
        default: break
        }
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
      case CSimdjsonIncidentID: if step.length > 0 { alert.incidentID = IncidentID(text(step)) }
      case CSimdjsonTitle: alert.title = text(step)
      case CSimdjsonDescription: alert.details = text(step)
      case CSimdjsonRecommendedActions: alert.recommendedActions = text(step)
      case CSimdjsonCategory: alert.category = text(step)
      case CSimdjsonSeverity: alert.severity = words.severity(step)
      case CSimdjsonStatus: alert.status = words.alertStatus(step)
      case CSimdjsonClassification: alert.classification = words.classification(step)
      case CSimdjsonDetermination: alert.determination = words.determination(step)
      case CSimdjsonAssignedTo: alert.assignedTo = text(step)
      case CSimdjsonServiceSource: alert.serviceSource = text(step)
      case CSimdjsonDetectionSource: alert.detectionSource = text(step)
      case CSimdjsonCreated: alert.createdAt = time(step)
      case CSimdjsonUpdated: alert.updatedAt = time(step)
      case CSimdjsonFirstActivity: alert.firstActivityAt = time(step)
      case CSimdjsonLastActivity: alert.lastActivityAt = time(step)
      case CSimdjsonResolved: alert.resolvedAt = time(step)
      case CSimdjsonProductName: alert.productName = text(step)
      case CSimdjsonInvestigationState: alert.investigationState = text(step)
      case CSimdjsonActorName: alert.actorName = text(step)
      case CSimdjsonThreatName: alert.threatName = text(step)
      case CSimdjsonThreatFamily: alert.threatFamily = text(step)
      case CSimdjsonWebURL: alert.webURL = text(step)
      default: break
      }
    }
  }

  /// - Returns: `false` when one of its texts is broken: that costs this piece, not its alert.
  private mutating func readEvidence(_ evidence: inout Evidence) -> Bool {
    // What is broken in an alert is not broken by a piece of its evidence.
    let wasBroken = hasBrokenText
    hasBrokenText = false
    while let step = next() {
      let field = CSimdjsonField(UInt32(step.field))
      if isList(step) {
        switch field {
        case CSimdjsonRole: texts(step, into: &evidence.roles)
        case CSimdjsonDetailedRole: texts(step, into: &evidence.detailedRoles)
        case CSimdjsonTag: texts(step, into: &evidence.tags)
        default: break
        }
        continue
      }
      guard isText(step) else { continue }
      switch field {
      case CSimdjsonType: evidence.type = words.evidenceType(step)
      case CSimdjsonVerdict: evidence.verdict = words.verdict(step)
      case CSimdjsonRemediationStatus: evidence.remediationStatus = text(step)
      case CSimdjsonCreated: evidence.createdAt = time(step)
      default: break
      }
    }
    defer { hasBrokenText = wasBroken }
    return !hasBrokenText
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
