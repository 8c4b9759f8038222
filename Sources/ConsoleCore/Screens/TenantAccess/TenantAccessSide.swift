import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// More of what is under the cursor, beside a wide window's document; of nothing in particular, the tenant.
func tenantAccessSide(
  _ row: TenantOverview, _ item: DocumentItem?, _ history: ConsentHistory, _ state: SharedState, width: Int
) -> [Line] {
  var panel = Panel(width: width, isASCII: state.isASCII)
  switch item {
  case .permission(let role):
    let need = PermissionNeed.compared(
      required: state.settings.configuration.requiredRoles(for: row.tenant), granted: row.consent.granted
    ).first { $0.role == role }
    panel.title(SafeText(role.rawValue))
    panel.blank()
    panel.fact("required", need?.isRequired ?? false ? "yes" : "no: more than the work needs")
    panel.fact("granted", need?.isGranted ?? false ? "yes" : "no", need?.isGranted ?? false ? .plain : Theme.warning)
    panel.fact("without it", role.breaks.map { SafeText($0) } ?? "nothing here needs it")
    let wider = row.consent.granted.filter { $0 != role && $0.satisfies(role) }
    panel.fact("by", wider.isEmpty ? nil : SafeText(wider.map(\.rawValue).joined(separator: ", ")))
  case .change(let index) where history.changes.indices.contains(index):
    let change = history.changes[index]
    panel.title(ConsentChange(tenant: change.tenant, at: change.at, before: change.before, after: change.after).words)
    panel.blank()
    panel.fact("seen", "\(ago(change.at, state.now)), \(moment(Timestamp(change.at)))")
    panel.fact("gained", change.gained.isEmpty ? nil : SafeText(change.gained.map(\.rawValue).joined(separator: ", ")))
    panel.fact(
      "lost", change.lost.isEmpty ? nil : SafeText(change.lost.map(\.rawValue).joined(separator: ", ")), Theme.warning)
    panel.fact("at console", change.operatorUPN.map { SafeText($0) })
    if let problem = change.problem { add(problem, to: &panel) }
  case .relation(let id):
    guard let relation = row.access.relations.first(where: { $0.id == id }) else { break }
    panel.title(SafeText(beginningOf: relation.displayName, limit: 120))
    panel.blank()
    panel.fact("status", SafeText(beginningOf: relation.status, limit: 40))
    panel.fact("may give", rolesWords(relation.roles))
    for line in relationDetails(relation, state.now) { panel.text(line, .plain) }
  case .problem(let kind):
    let problem: Problem? =
      switch kind {
      case "token": row.token.lastError
      case "consent": row.consent.error
      case "access": row.access.error
      default: row.sync.problem
      }
    guard let problem else { break }
    panel.title(SafeText(beginningOf: problem.summary ?? problem.cause))
    panel.blank()
    add(problem, to: &panel)
  case .step, .tenant, .change, nil:
    let tenant = row.tenant
    panel.title(SafeText(tenant.name))
    panel.blank()
    panel.fact("contact", tenant.contact.map { SafeText($0) } ?? "–")
    panel.fact("runbook", tenant.runbook.map { SafeText($0) } ?? "–")
    panel.fact("notes", tenant.notes.map { SafeText($0) } ?? "–")
    panel.fact("domain", tenant.domain.map { SafeText($0) })
    panel.fact("groups", tenant.groups.isEmpty ? nil : SafeText(tenant.groups.joined(separator: ", ")))
    panel.whole("tenant id", SafeText(tenant.id.rawValue))
  }
  return panel.lines
}

private func add(_ problem: Problem, to panel: inout Panel) {
  panel.text(SafeText(problem.nextAction), .plain)
  panel.blank()
  for (label, value) in problemDetails(problem) { panel.whole(label, value) }
}
