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
      (place == .tenants || place == .queue) && !hasFilter && !layout.hasPreviewInFront
        ? "This is the top: q quits, Tab switches between Tenants and Queue." : nil
    case .switchHome:
      place == .tenants || place == .queue ? nil : "Tab switches between Tenants and Queue: Esc goes back first."
    case .open: obstacleToOpening
    case .sort:
      place == .incident || place == .help ? "There is no list here: Esc goes back to one." : nil
    case .filter: place == .help ? "There is no list here: Esc goes back to one." : nil
    case .nextSection, .previousSection:
      place == .incident ? nil : "An incident's page has sections: Enter opens it."
    case .findNext, .findPrevious:
      place != .incident
        ? "/ filters here; on an incident's page it finds, and n goes on."
        : page?.search.isEmpty ?? true ? "/ looks for something on this page first." : nil
    case .scrollPreview:
      layout.hasPreview || layout.hasPreviewInFront
        ? nil
        : place == .incident || place == .help
          ? "There is no preview here." : "There is no preview: p shows it."
    case .preview:
      size.columns < FrameLayout.previewColumns && (place == .incident || place == .help)
        ? "Enter shows more of what is under the cursor here." : nil
    case .refresh: place == .help ? "Esc closes the help first." : obstacleToRefresh
    case .nextNeed: needCount == 0 ? "Nothing needs you." : nil
    case .claim: obstacleToClaim
    case .portal: portalOffer.obstacle
    }
  }

  /// Whether a command stands among the hints. Whether a portal link may be opened is looked at when it is asked for: its
  /// refusal is worth hearing.
  func suggests(_ command: Command) -> Bool {
    if command == .portal { return hasPortalLink }
    return obstacle(to: command) == nil
  }

  private var hasPortalLink: Bool {
    switch place {
    case .tenants, .help: false
    case .queue: queue.hasSelectedLink
    case .tenantIncidents: tenantIncidents?.list.hasSelectedLink ?? false
    case .incident: page?.summary?.webURL?.isEmpty == false
    }
  }

  private var obstacleToOpening: SafeText? {
    switch place {
    case .tenants: tenants.selected == nil ? "There is no tenant to open here." : nil
    case .queue, .tenantIncidents: hasTarget ? nil : noIncidentHere("open")
    case .incident:
      page?.itemAtCursor == nil ? "Put the cursor on an alert or on evidence to see more of it." : nil
    case .help: "Esc closes the help first."
    }
  }

  /// Why no incident is under the cursor.
  private func noIncidentHere(_ verb: SafeText) -> SafeText {
    let list = place == .queue ? queue : tenantIncidents?.list
    if page != nil { return "It was not read yet: there is nothing to \(verb) that was seen." }
    if list?.wanted != nil { return "The filter is still looking for the row under the cursor." }
    return "There is no incident to \(verb) here."
  }

  private var obstacleToRefresh: SafeText? {
    let shown = page?.key.tenant ?? tenantIncidents?.tenant
    if let shown, tenants[shown]?.tenant.isExcluded ?? false {
      return "\(directory.name(of: shown)) is excluded in the configuration, so it is never read."
    }
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
      return place == .tenants ? "Claim an incident: Enter opens the tenant's." : noIncidentHere("claim")
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
    guard let row = tenants[incident.key.tenant] else { return nil }
    let consent = row.consent
    switch consent.state {
    case .granted, .partial:
      if consent.granted.contains(where: { $0.satisfies(.updateIncidents) }) { return nil }
      if !settings.configuration.requiredRoles(for: row.tenant).contains(.updateIncidents) {
        return "\(row.tenant.name) is only read: its permissions in the configuration allow no changes."
      }
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
        nil, place == .tenants ? "Open a tenant first: incidents have portal links." : noIncidentHere("open")
      )
    }
    guard let url = incident.webURL, !url.isEmpty else { return (nil, "The service gave no portal link for it.") }
    switch PortalLink.check(url, hosts: settings.portalHosts, tenant: incident.key.tenant) {
    case .notPlain: return (nil, "Portal link refused: it is not a plain web address.")
    case .notSecure(let origin): return (nil, "Portal link refused: \(origin.description) is not https.")
    case .foreign(let host): return (nil, "Portal link refused: \(host) is not a portal of this cloud.")
    case .foreignTenant: return (nil, "Portal link refused: it opens another tenant than the incident's.")
    case .allowed(let host, let path):
      return (PortalOffer(key: incident.key, url: url, host: host, path: path), nil)
    }
  }

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
