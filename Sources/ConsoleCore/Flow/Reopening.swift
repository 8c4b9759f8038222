import PartnerModel
import SafeText

/// Opens what was not made again: what stood against it beside what was meant, or its form as it was filled in.
func reopen(_ console: inout ConsoleState) -> [Effect] {
  let here = console.screens.top.target(in: console.shared)?.key
  // On a page of one incident, or of one tenant, nothing of another one opens.
  let elsewhere = console.screens.top.tenant == nil ? console.shared.writes.reopenable(on: nil) : nil
  let shown = console.screens.top.notMade(in: console.shared)
  guard let write = shown ?? here.flatMap({ console.shared.writes.reopenable(on: $0) }) ?? elsewhere else {
    console.shared.message = .information("No change of this one was refused; = in the queue opens the last that was.")
    return []
  }
  let subject = console.subject(of: write)
  guard let form = ScreenTable.form(again: write, for: subject, in: console.shared) else {
    let name = "\(subject.tenantName) \(subject.number)"
    console.shared.message = .information("\(name), \(write.words): it has no form, so its key does it again.")
    return []
  }
  return console.push(form)
}

extension ConsoleState {
  /// What a write was meant for, as far as it is known here.
  fileprivate func subject(of write: IncidentWrite) -> FormSubject {
    let known = (0..<screens.depth).reversed().lazy.compactMap { index -> (IncidentSummary, PageIncident?)? in
      let screen = screens[index]
      if let incident = screen.incident(in: shared), incident.key == write.key {
        return (incident, screen.pageItem(in: shared))
      }
      return screen.incident(write.key, in: shared).map { ($0, nil) }
    }
    let (summary, page) = known.first ?? (write.summary, nil)
    return FormSubject(
      summary, alert: write.alert(among: page?.incident.alerts), whole: page?.incident,
      tenantName: shared.directory.name(of: write.key.tenant), isKnown: !known.isEmpty || write.hasImage)
  }
}

extension IncidentWrite {
  /// Whether it was read for this write.
  fileprivate var hasImage: Bool { !(after ?? before ?? IncidentImage()).values.isEmpty }

  /// The incident as it was read last for this write.
  fileprivate var summary: IncidentSummary {
    let image = after ?? before ?? IncidentImage()
    var tags: [String] = []
    if case .list(let list) = image.values[.customTags] { tags = list }
    return IncidentSummary(
      key: key, displayName: image.text(.displayName) ?? "",
      severity: image.text(.severity).map { Severity(wire: $0) } ?? .unknown,
      status: image.status ?? .unknown, assignedTo: image.assignedTo,
      classification: image.text(.classification).map { Classification(wire: $0) },
      determination: image.text(.determination).map { Determination(wire: $0) }, tags: tags,
      updatedAt: image.updatedAt)
  }

  /// The alert that it was meant for.
  fileprivate func alert(among alerts: [Alert]?) -> Alert? {
    let id: String
    switch action {
    case .updateAlert(let alert, _), .commentAlert(let alert, _): id = alert
    case .moveAlerts(let ids, _, _, _): id = ids.first ?? ""
    case .update, .comment, .merge: return nil
    }
    if let alert = alerts?.first(where: { $0.id == id }) { return alert }
    let image = (after?.alerts ?? before?.alerts)?.first { $0.id == id }
    return Alert(
      id: id, status: image?.status ?? .unknown, classification: image?.classification,
      determination: image?.determination, assignedTo: image?.assignedTo)
  }
}
