import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

extension ConsoleState {
  /// Why a command cannot be followed here and now; `nil` if it can.
  func obstacle(to command: Command) -> SafeText? {
    switch command {
    case .help, .quit, .redraw, .move: nil
    case .back:
      place == .tenants || place == .queue ? "This is the top: q quits, Tab switches between Tenants and Queue." : nil
    case .switchHome:
      place == .tenants || place == .queue ? nil : "Tab switches between Tenants and Queue: Esc goes back first."
    case .open: obstacleToOpening
    case .filter, .sort:
      place == .incident || place == .help ? "There is no list here: Esc goes back to one." : nil
    case .preview:
      size.columns < FrameLayout.previewColumns
        ? "The preview needs a window of \(FrameLayout.previewColumns) columns." : nil
    case .refresh: place == .help ? "Esc closes the help first." : obstacleToRefresh
    case .nextNeed: tenants.needing.isEmpty && writes.refused.isEmpty ? "Nothing needs you." : nil
    case .claim: obstacleToClaim
    case .portal: portalOffer.obstacle
    }
  }

  private var obstacleToOpening: SafeText? {
    switch place {
    case .tenants: tenants.selected == nil ? "There is no tenant to open here." : nil
    case .queue: queue.selected == nil ? "There is no incident to open here." : nil
    case .tenantIncidents: tenantIncidents?.list.selected == nil ? "There is no incident to open here." : nil
    case .incident:
      page?.itemAtCursor == nil ? "Put the cursor on an alert or on evidence to see more of it." : nil
    case .help: "Esc closes the help first."
    }
  }

  private var obstacleToRefresh: SafeText? {
    let hasAny =
      switch place {
      case .tenants: tenants.order.contains { !tenants.rows[$0].tenant.isExcluded }
      case .queue: tenants.rows.contains { !$0.tenant.isExcluded }
      case .tenantIncidents, .incident: true
      case .help: false
      }
    return hasAny ? nil : "Nothing is shown that could be read."
  }

  private var obstacleToClaim: SafeText? {
    guard let incident = target else {
      return place == .tenants ? "Claim an incident: Enter opens the tenant's." : "There is no incident to claim here."
    }
    if let reason = readOnlyReason { return "Nothing can be changed: \(reason)." }
    guard let upn = settings.operatorUPN else {
      return "Who are you? Set operator.upn in the configuration to claim incidents."
    }
    if let next = incident.redirectIncidentID { return "It was merged into #\(next.rawValue): claim that one." }
    if !incident.status.isOpen { return "It is \(Theme.words(incident.status)): only open incidents are claimed." }
    if writes.isPending(incident.key) { return "A write for it is under way: wait for its outcome." }
    if incident.status == .inProgress, incident.assignedTo?.lowercased() == upn.lowercased() {
      return "It is yours already."
    }
    guard let consent = tenants[incident.key.tenant]?.consent else { return nil }
    switch consent.state {
    case .granted, .partial:
      if consent.granted.contains(where: { $0.satisfies(.updateIncidents) }) { return nil }
      return
        "\(directory.name(of: incident.key.tenant)) did not grant \(AppRole.updateIncidents.rawValue): send the consent link."
    case .unknown: return nil
    default: return "\(directory.name(of: incident.key.tenant)): \(consent.state.summary)."
    }
  }

  /// The portal link of what is under the cursor, checked; or why it is not opened.
  var portalOffer: (offer: PortalOffer?, obstacle: SafeText?) {
    guard let incident = target else {
      return (
        nil, place == .tenants ? "Open a tenant first: incidents have portal links." : "There is no incident here."
      )
    }
    guard let url = incident.webURL, !url.isEmpty else { return (nil, "The service gave no portal link for it.") }
    guard let (origin, _) = Origin.split(withoutFragment(url)) else {
      return (nil, "Portal link refused: it is not a plain web address.")
    }
    guard origin.scheme == "https", origin.port == 443 else {
      return (nil, "Portal link refused: \(origin.description) is not https.")
    }
    guard settings.portalHosts.contains(origin.host) else {
      return (nil, "Portal link refused: \(origin.host) is not a portal of this cloud.")
    }
    return (PortalOffer(key: incident.key, url: url, host: origin.host), nil)
  }

  /// Links are opened as they came; for the check the part that never leaves the browser is set aside.
  private func withoutFragment(_ url: String) -> String {
    url.firstIndex(of: "#").map { String(url[..<$0]) } ?? url
  }

  /// What needs a person: writes that were refused, then tenants that only somebody can mend.
  var needs: [Need] { writes.refused.map(Need.incident) + tenants.needing.map(Need.tenant) }

  /// The tenants that the refresh key reads.
  var tenantsShown: [TenantID] {
    switch place {
    case .tenants: tenants.order.map { tenants.rows[$0] }.filter { !$0.tenant.isExcluded }.map(\.id)
    case .queue: tenants.rows.filter { !$0.tenant.isExcluded }.map(\.id)
    case .tenantIncidents: tenantIncidents.map { [$0.tenant] } ?? []
    case .incident: page.map { [$0.key.tenant] } ?? []
    case .help: []
    }
  }
}

/// Something that waits for a person.
enum Need: Hashable, Sendable {
  case incident(IncidentKey)
  case tenant(TenantID)
}
