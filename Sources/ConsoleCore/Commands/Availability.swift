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
    case .assign, .setStatus, .judge, .comment, .tag, .severity, .rename, .describe, .merge, .moveAlert:
      if !shared.marks.on(screen).isEmpty, command != .merge {
        return command == .assign
          ? "It gives away one incident, not what is marked: U takes the marks away."
          : "It changes one incident, not what is marked: only a and :merge take that. U takes the marks away."
      }
      guard let subject = subject(of: command, on: screen, known) else { return noIncident(for: command, on: screen) }
      if command == .moveAlert, subject.alert == nil {
        return "Put the cursor on an alert of an incident's page: that one is moved."
      }
      return shared.obstacle(to: command, on: subject)
    case .undo: return obstacleToUndoing
    case .reopen:
      return (screen.notMade(in: shared) ?? shared.writes.reopenable(on: nil)) == nil
        ? "Nothing is there to open again: no change was refused." : nil
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

  /// What the form of a command would be about.
  func subject(of command: Command, on screen: any ConsoleScreen, _ known: SeenIncident? = nil) -> FormSubject? {
    guard let incident = (known?.incident ?? screen.incident(in: shared)) else { return nil }
    let seen = screen.pageItem(in: shared)
    return FormSubject(
      incident, alert: command == .moveAlert ? seen?.shownAlert : command.takesAlert ? seen?.alert : nil,
      whole: seen?.incident,
      tenantName: shared.directory.name(of: incident.key.tenant))
  }

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

  /// Why a form is of no use for what is under the cursor; `nil` if it is.
  func obstacle(to command: Command, on subject: FormSubject) -> SafeText? {
    let action: IncidentAction
    switch (command, subject.alert) {
    case (.comment, nil): action = .comment("")
    case (.comment, let alert?): action = .commentAlert(id: alert.id, "")
    case (.merge, _): action = .merge(others: [], comment: nil, reasons: [])
    case (.moveAlert, _): action = .moveAlerts(ids: [], to: subject.key.id, comment: nil, reasons: [])
    case (.assign, nil): action = .update(IncidentUpdate(assignment: .nobody))
    case (_, let alert?): action = .updateAlert(id: alert.id, AlertUpdate())
    default: action = .update(IncidentUpdate())
    }
    return obstacle(to: action, on: subject)
  }

  /// Why an action cannot be sent right now.
  func obstacle(to action: IncidentAction, on subject: FormSubject) -> SafeText? {
    if let words = obstacleToWriting(on: subject, action) { return words }
    if writes.blocks(action, on: subject.key) { return "A write for it is under way: wait for its outcome." }
    if action.kind == .comment || action.kind == .commentAlert, settings.operatorUPN == nil,
      tenants[subject.key.tenant]?.tenant.context ?? .application == .application
    {
      return "Who are you? Comments are signed: set operator.upn in the configuration."
    }
    return obstacle(toRolesOf: action, on: subject)
  }

  /// Why nothing can be changed on an incident.
  func obstacleToWriting(on subject: FormSubject, _ action: IncidentAction? = nil) -> SafeText? {
    let incident = subject.incident
    if let reason = readOnlyReason { return "Nothing can be changed: \(reason)." }
    let isAssignment = action?.update.map { $0.assignment != nil } ?? false
    if let next = incident.redirectIncidentID {
      let verb: SafeText = isAssignment ? "assign" : "change"
      return "It was merged into #\(next.rawValue): \(verb) that one."
    }
    if incident.status == .gone {
      return "It is gone: there is nothing left to \(isAssignment ? "assign" : "change")."
    }
    if let row = tenants[incident.key.tenant], row.tenant.isExcluded {
      return "\(row.tenant.name) is excluded in the configuration: nothing is sent there."
    }
    return nil
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
    let update = IncidentAction.update(IncidentUpdate(status: .inProgress, assignment: .to(upn)))
    return obstacle(to: update, on: FormSubject(incident, tenantName: directory.name(of: incident.key.tenant)))
  }

  /// Why the tenant's consent does not let an action through.
  private func obstacle(toRolesOf action: IncidentAction, on subject: FormSubject) -> SafeText? {
    guard let row = tenants[subject.key.tenant] else { return nil }
    let name = directory.name(of: row.id)
    let needed = action.neededRoles
    switch row.consent.state {
    case .granted, .partial:
      if row.consent.granted.contains(where: { role in needed.contains { role.satisfies($0) } }) { return nil }
      let names = needed.map { SafeText($0.rawValue) }.joined(separator: " or ")
      let instead: SafeText = subject.alert == nil ? "" : " For its incident, put the cursor above the alerts (g)."
      if !settings.configuration.requiredRoles(for: row.tenant).contains(where: needed.contains) {
        return action.kind == .update
          ? "Nothing is changed in \(row.tenant.name): its permissions in the configuration allow no changes."
          : "\(row.tenant.name)'s permissions in the configuration do not ask for \(names)." + instead
      }
      return "\(name) did not grant \(names): send the consent link." + instead
    case .unknown: return nil
    default: return "\(name): \(row.consent.state.summary)."
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
