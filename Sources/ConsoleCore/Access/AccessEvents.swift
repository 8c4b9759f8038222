import FoundationEssentials
import PartnerModel
import SafeText

// What came of it.
extension SharedState {
  /// - Returns: what to do about it.
  mutating func takeAccess(_ event: Event) -> [Effect] {
    switch event {
    case .consentChecked(let request, let tenants): take(checked: tenants, request)
    case .consentProgressed(let request, let progress): take(progress, request)
    case .signInProgressed(let request, let progress): return take(progress, request)
    case .signInsChanged(let standings): access.standings = standings
    case .signedOut(_, let words): message = Message.information(SafeText(words)).brief
    default: break
    }
    return []
  }

  /// Tells of consents that changed by themselves, before the rows are others.
  mutating func tellDrifts(to overviews: [TenantOverview]) {
    for after in overviews where after.drift.isUnseen {
      guard let before = tenants[after.id], before.drift.changedAt != after.drift.changedAt,
        before.consent.state != .unknown, after.consent.isOther(than: before.consent),
        access.consent?.tenant != after.id
      else { continue }
      let change = ConsentChange(of: after.id, from: before.consent, to: after.consent, at: now)
      let words: SafeText = "\(directory.name(of: after.id)): consent changed, \(change.words). c shows it."
      message = Message(level: change.isLoss ? .warning : .information, text: words, isBrief: true)
    }
  }

  private mutating func take(checked tenants: [TenantID], _ request: Int) {
    guard let index = access.checks.firstIndex(where: { $0.request == request }) else { return }
    access.checks[index].left.subtract(tenants)
    guard access.checks[index].left.isEmpty else { return }
    let checks = access.checks.remove(at: index)
    message = ConsentSummary(checks, in: self).message(in: self)
  }

  private mutating func take(_ progress: ConsentRequestProgress, _ request: Int) {
    guard var run = access.consent, run.request == request else { return }
    switch progress {
    case .link(let url, let openedBy, let reason):
      run.link = PageLink(url: url, openedBy: openedBy, reason: reason)
      run.stage = .waiting
    case .answered: run.stage = .asking
    case .lagging(let until): run.stage = .lagging(until: until)
    case .ended(let end):
      access.consent = nil
      access.ends[run.tenant] = ConsentEnded(end: end, at: now)
      if end == .cancelled { return }
      let words: SafeText = "\(directory.name(of: run.tenant)): \(SafeText(end.summary))."
      message = Message(level: end.level, text: words, isBrief: end.level == .information)
      return
    }
    access.consent = run
  }

  private mutating func take(_ progress: SignInProgress, _ request: Int) -> [Effect] {
    guard var run = access.signIn, run.request == request else { return [] }
    switch progress {
    case .link(let url, let openedBy, let reason):
      run.stage = .link(PageLink(url: url, openedBy: openedBy, reason: reason))
    case .code(let userCode, let page, let until): run.stage = .code(userCode: userCode, page: page, until: until)
    case .signedIn(let standing):
      access.signIn = nil
      if !access.standings.contains(standing) { access.standings.append(standing) }
      message = Message.information("Signed in as \(SafeText(standing.account)).").brief
      // Those that waited for it are read at once.
      let waiting = tenants.rows.filter { !$0.tenant.isExcluded && $0.signInNeed != nil }.map(\.id)
      return waiting.isEmpty ? [] : [.refresh(waiting)]
    case .failed(let error):
      access.signIn = nil
      access.signInFailure = SignInFailed(error: error, at: now)
      let words: SafeText = "Not signed in: \(SafeText(error.summary)). \(SafeText(error.nextAction))"
      message = .failure(words)
      return []
    }
    access.signIn = run
    return []
  }
}

extension ConsentChange {
  var isLoss: Bool { !lost.isEmpty || before == .granted && after != .granted }

  /// From which state to which, and which permissions came and went.
  var words: SafeText {
    var words: SafeText =
      before.map { $0 == after ? after.word : $0.word + " → " + after.word } ?? "first seen: " + after.word
    func add(_ lead: SafeText, _ roles: [AppRole]) {
      if !roles.isEmpty { words += ", " + lead + " " + SafeText(roles.map(\.rawValue).joined(separator: ", ")) }
    }
    add("lost", lost)
    add("gained", gained)
    return words
  }
}
