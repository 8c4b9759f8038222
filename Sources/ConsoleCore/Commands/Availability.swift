import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

extension ConsoleState {
  var layout: FrameLayout { FrameLayout(shared, type(of: screens.top).preview) }

  /// Why a command cannot be followed here and now; `nil` if it can.
  func obstacle(to command: Command) -> SafeText? { obstacle(to: command, at: screens.depth - 1) }

  /// The same for a screen that others may lie on, as if it were on top.
  /// - Parameter known: the incident that keys act on there, for somebody who asks for many commands.
  func obstacle(to command: Command, at index: Int, on known: SeenIncident? = nil) -> SafeText? {
    let screen = screens[index]
    let preview = type(of: screen).preview
    switch command {
    case .quit, .interrupt, .redraw, .move, .commandLine, .openIncident: return nil
    case .back:
      if index > 0 || screen.hasFilter(in: shared) || FrameLayout(shared, preview).hasPreviewInFront { return nil }
      return "This is the top: q quits, Tab switches between Tenants and Queue."
    case .switchHome:
      return index == 0 ? nil : "Tab switches between Tenants and Queue: Esc goes back first."
    case .scrollPreview:
      let layout = FrameLayout(shared, preview)
      if layout.hasPreview || layout.hasPreviewInFront { return nil }
      return preview == .besideOrInFront ? "There is no preview: p shows it." : "There is no preview here."
    case .preview:
      return shared.size.columns < FrameLayout.previewColumns && preview != .besideOrInFront
        ? "Enter shows more of what is under the cursor here." : nil
    case .openTenant:
      guard let target = screen.target(in: shared) else { return "There is no tenant under the cursor." }
      return screen.shows(Target(tenant: target.tenant)) ? "Its tenant is what is shown." : nil
    case .consent: return screen.obstacle(to: command, in: shared) ?? obstacleToConsent(on: screen)
    case .signIn, .signInByCode: return screen.obstacle(to: command, in: shared) ?? shared.obstacleToSigningIn
    case .signOut:
      return shared.obstacleToSigningIn ?? (shared.access.standings.isEmpty ? "Nobody is signed in." : nil)
    case .nextNeed: return shared.needCount == 0 ? "Nothing needs you." : nil
    case .show: return nil
    case .refresh: return screen.obstacle(to: command, in: shared) ?? shared.obstacleToReading(screen)
    case .mark: return obstacleToMarking(on: screen)
    case .unmark: return shared.marks.on(screen).isEmpty ? "Nothing is marked here: Space marks a row." : nil
    case .claim:
      if let marked = MarkedClaim(on: screen, in: shared) { return marked.obstacle(in: shared) }
      guard let incident = (known ?? seen(at: index)).incident else { return noIncident(for: command, on: screen) }
      return shared.obstacleToClaiming(incident)
    case .assign:
      if !shared.marks.on(screen).isEmpty {
        return "It gives away one incident, not what is marked: U takes the marks away."
      }
      guard let incident = (known ?? seen(at: index)).incident else { return noIncident(for: command, on: screen) }
      return shared.obstacleToAssigning(incident)
    case .portal:
      guard let incident = (known ?? seen(at: index)).incident else { return noIncident(for: command, on: screen) }
      return shared.portalOffer(of: incident).obstacle
    case .undoThis:
      return screen.obstacle(to: command, in: shared)
        ?? (type(of: screen).commands.contains(command) ? nil : CommandTable.entry(of: command)?.elsewhere)
    case .open, .filter, .sort, .nextSection, .previousSection, .findNext, .findPrevious, .requestConsent, .cancel:
      if let words = screen.obstacle(to: command, in: shared) { return words }
      return type(of: screen).commands.contains(command) ? nil : CommandTable.entry(of: command)?.elsewhere
    }
  }

  private func obstacleToConsent(on screen: any ConsoleScreen) -> SafeText? {
    if !shared.marks.on(screen).isEmpty {
      return shared.readableMarks(on: screen).isEmpty
        ? "What is marked is excluded in the configuration, so it is never asked." : nil
    }
    return screen.target(in: shared) == nil && screen.tenant == nil ? "There is no tenant under the cursor." : nil
  }

  /// Whether a command stands among the hints. Whether a portal link may be opened is looked at when it is asked for: its
  /// refusal is worth hearing.
  func suggests(_ command: Command, on seen: SeenIncident? = nil) -> Bool {
    if command == .portal { return screens.top.hasPortalLink(in: shared) }
    return obstacle(to: command, at: screens.depth - 1, on: seen) == nil
  }

  /// What keys act on there.
  func seen(at index: Int) -> SeenIncident { SeenIncident(incident: screens[index].incident(in: shared)) }

  private func noIncident(for command: Command, on screen: any ConsoleScreen) -> SafeText? {
    screen.obstacle(to: command, in: shared) ?? CommandTable.entry(of: command)?.elsewhere
  }
}

/// The incident that keys act on, if there is one: it is put together from a list's tables whenever it is asked for.
struct SeenIncident {
  var incident: IncidentSummary?
}

extension SharedState {
  fileprivate func obstacleToReading(_ screen: any ConsoleScreen) -> SafeText? {
    if let tenant = screen.tenant, tenants[tenant]?.tenant.isExcluded ?? false {
      return "\(directory.name(of: tenant)) is excluded in the configuration, so it is never read."
    }
    if !marks.on(screen).isEmpty {
      return readableMarks(on: screen).isEmpty
        ? "What is marked is excluded in the configuration, so it is never read." : nil
    }
    return screen.canRefresh(in: self) ? nil : "Nothing is shown that could be read."
  }

  func obstacleToAssigning(_ incident: IncidentSummary) -> SafeText? {
    if let reason = readOnlyReason { return "Nothing can be changed: \(reason)." }
    if let next = incident.redirectIncidentID { return "It was merged into #\(next.rawValue): assign that one." }
    if incident.status == .gone { return "It is gone: there is nothing left to assign." }
    return obstacleToWriting(incident)
  }

  func obstacleToClaiming(_ incident: IncidentSummary) -> SafeText? {
    if let reason = readOnlyReason { return "Nothing can be changed: \(reason)." }
    guard let upn = settings.operatorUPN else {
      return "Who are you? Set operator.upn in the configuration to claim incidents."
    }
    if let next = incident.redirectIncidentID { return "It was merged into #\(next.rawValue): claim that one." }
    if !incident.status.isOpen { return "It is \(Theme.words(incident.status)): only open incidents are claimed." }
    let isMine = incident.status == .inProgress && incident.assignedTo?.lowercased() == upn.lowercased()
    if isMine, !writes.isPending(incident.key) { return "It is yours already." }
    return obstacleToWriting(incident)
  }

  /// Why an incident of this tenant cannot be changed right now.
  private func obstacleToWriting(_ incident: IncidentSummary) -> SafeText? {
    if writes.isPending(incident.key) { return "A write for it is under way: wait for its outcome." }
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

  /// The portal link of an incident, checked; or why it is not opened.
  func portalOffer(of incident: IncidentSummary) -> (offer: PortalOffer?, obstacle: SafeText?) {
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
}
