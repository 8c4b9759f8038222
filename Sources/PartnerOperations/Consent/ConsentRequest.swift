import FoundationEssentials
import PartnerContext
package import PartnerModel
import PartnerStore

extension PartnerEngine {
  /// How long an admin may take on the page.
  private static let limit: Duration = .seconds(600)
  /// Seconds between two looks for a grant that the page reported, five minutes in all: it may lag. Each look costs the
  /// tenant one of the 15 tokens that five minutes have.
  private static let pauses: [TimeInterval] = [5, 10, 20, 30, 45, 60, 60, 60]
  /// Looks that find the same part of the permissions until no more is expected: a grant comes whole.
  private static let looksAtPart = 3

  /// Opens the page on which the tenant's admin consents, waits for it on this machine, and then believes nothing but a
  /// fresh token (rule T9).
  ///
  /// - Parameter tell: each step as it comes, the end too.
  package func requestConsent(
    in tenant: Tenant, tell: @escaping @Sendable (ConsentRequestProgress) -> Void
  ) async -> ConsentRequestEnd {
    await requestConsent(
      in: tenant, open: openBrowser, sleep: { try await Task.sleep(for: $0) }, tell: tell)
  }

  /// The same with what opens a page, and what waits, in other hands.
  package func requestConsent(
    in tenant: Tenant, open: @Sendable (String) async -> BrowserOpening,
    sleep: @Sendable (Duration) async throws -> Void, tell: @escaping @Sendable (ConsentRequestProgress) -> Void
  ) async -> ConsentRequestEnd {
    let end = await ended(tenant, open, sleep, tell)
    await putOnRecord(end, of: tenant)
    tell(.ended(end))
    return end
  }

  private func ended(
    _ tenant: Tenant, _ open: @Sendable (String) async -> BrowserOpening,
    _ sleep: @Sendable (Duration) async throws -> Void, _ tell: @Sendable (ConsentRequestProgress) -> Void
  ) async -> ConsentRequestEnd {
    guard !tenant.isExcluded else { return .failed(PartnerError(.excluded, tenant: tenant.id, at: now())) }
    let before = await overviews(of: [tenant]).first?.consent ?? .never
    let context = context(for: tenant)
    let answer: RedirectAnswer
    do throws(PartnerError) {
      let listener = try context.redirectListener()
      defer { listener.close() }
      let state = OneTimeText.make()
      let link = AdminConsentLink(app: context.app, tenant: tenant.id, redirect: listener.redirectURI, state: state)
      let opening = await open(link.url)
      tell(.link(url: link.url, openedBy: opening.openedBy, reason: opening.reason))
      answer = try await listener.answer(state: state, within: Self.limit)
    } catch {
      switch error.cause {
      case .cancelled: return .cancelled
      case .signInFailed(.unfinished): return .unanswered
      default: return .failed(error.of(tenant.id))
      }
    }
    let told = ConsentAnswer(answer.items.map { ($0.name, $0.value) }, tenant: tenant.id)
    answer.finish(RedirectPage(title: told.page.title, words: told.page.words))
    if case .ended(let end) = told { return end }
    tell(.answered)
    return await proof(in: tenant, before: before, sleep, tell)
  }

  /// Asks for fresh tokens until one holds what is required, or nothing more is to be expected.
  private func proof(
    in tenant: Tenant, before: ConsentRecord, _ sleep: @Sendable (Duration) async throws -> Void,
    _ tell: @Sendable (ConsentRequestProgress) -> Void
  ) async -> ConsentRequestEnd {
    var pauses = Self.pauses.makeIterator()
    var part: (granted: [AppRole], looks: Int) = ([], 0)
    while true {
      let asked = now()
      let probe = await probeConsent(in: tenant)
      if Task.isCancelled { return .cancelled }
      let consent = probe.row.consent
      let isFresh = probe.failure == nil && consent.checkedAt.map { $0 >= asked } ?? false
      if isFresh, consent.state == .granted { return .granted }
      if isFresh, consent.state == .partial, consent.granted != before.granted {
        part = (consent.granted, consent.granted == part.granted ? part.looks + 1 : 1)
        if part.looks >= Self.looksAtPart { return .partial(missing: consent.missing) }
      }
      if let failure = probe.failure, !failure.mayPass { return .failed(failure.of(tenant.id)) }
      let silence = probe.failure?.retryAt.map { $0.timeIntervalSince(now()) } ?? 0
      guard let pause = pauses.next(), silence <= Self.longestSilence else {
        if isFresh, consent.state == .partial { return .partial(missing: consent.missing) }
        if let failure = probe.failure, !failure.isOfConsent { return .failed(failure.of(tenant.id)) }
        return .notSeenYet
      }
      let wait = max(pause, silence)
      tell(.lagging(until: now().addingTimeInterval(wait)))
      do { try await sleep(.seconds(wait)) } catch { return .cancelled }
    }
  }

  /// Seconds that a service may ask for while somebody waits for a grant.
  private static let longestSilence: TimeInterval = 300

  private func putOnRecord(_ end: ConsentRequestEnd, of tenant: Tenant) async {
    var problem: Problem?
    if case .failed(let error) = end { problem = error.problem }
    do throws(StoreError) {
      try await journal.append(
        JournalEntry(
          .consentChecked, at: now(), tenant: tenant.id, operatorUPN: configuration.operatorUPN,
          requestID: problem?.requestID, problem: problem, detail: "consent was asked for: \(end.name)"))
    } catch {
      report(.warned("\(error)", tenant.id))
    }
  }
}

extension PartnerError {
  fileprivate func of(_ tenant: TenantID) -> PartnerError {
    var error = self
    error.tenant = error.tenant ?? tenant
    return error
  }

  /// What a new grant changes.
  fileprivate var isOfConsent: Bool {
    switch cause {
    case .consent(let state): ![.credentialProblem, .appProblem, .tenantNotFound].contains(state)
    case .access(.notConsented): true
    default: false
    }
  }

  /// Whether it is worth to ask again in a moment.
  fileprivate var mayPass: Bool {
    if isOfConsent { return true }
    return switch cause {
    case .throttled, .tokensSpent, .budgetSpent, .unreachable, .outage, .answerIncomplete, .deadlineExceeded,
      .breakerOpen:
      true
    default: false
    }
  }
}
