import ConsoleCore
import FoundationEssentials
import NcursesDriver
import PartnerContext
import PartnerModel
import PartnerOperations
import PartnerStore
import Synchronization

/// Asks for consents and sign-ins, waits for them, and ends the waiting, as the core asks for it.
final class AccessPerformer: Sendable {
  private let engine: PartnerEngine
  private let mailbox: Mailbox<Event>
  private let gate: OpeningGate
  /// What is waited for, by its request.
  private let waiting = Mutex<[Int: Task<Void, Never>]>([:])

  /// - Parameter gate: open once what is asked for can be put on record.
  init(engine: PartnerEngine, mailbox: Mailbox<Event>, gate: OpeningGate) {
    self.engine = engine
    self.mailbox = mailbox
    self.gate = gate
  }

  // MARK: Consent

  func checkConsent(in tenants: [TenantID], _ request: Int) {
    Task.detached { [engine, mailbox, gate] in
      await gate.passed()
      let known = tenants.compactMap(engine.tenant)
      let unknown = Set(tenants).subtracting(known.map(\.id))
      if !unknown.isEmpty { mailbox.post(.consentChecked(request: request, Array(unknown))) }
      _ = await engine.each(of: known) { tenant in
        let row = await engine.checkConsent(in: tenant)
        mailbox.post(.tenantsChanged([row]))
        mailbox.post(.consentChecked(request: request, [tenant.id]))
      }
    }
  }

  func requestConsent(of id: TenantID, _ request: Int) {
    wait(request) { [engine, mailbox] in
      guard let tenant = engine.tenant(id) else {
        return mailbox.post(
          .consentProgressed(request: request, .ended(.failed(PartnerError(.notFound, tenant: id)))))
      }
      _ = await engine.requestConsent(in: tenant) { mailbox.post(.consentProgressed(request: request, $0)) }
    }
  }

  func loadHistory(of id: TenantID, _ request: Int) {
    Task.detached { [engine, mailbox, gate] in
      await gate.passed()
      do throws(StoreError) {
        let changes = try await engine.consentHistory(of: engine.tenant(id).map { [$0] } ?? [])
        mailbox.post(.consentHistoryLoaded(request: request, id, changes))
      } catch {
        mailbox.post(.consentHistoryNotLoaded(request: request, id, error.description))
      }
    }
  }

  func noteSeen(_ tenants: [TenantID]) {
    Task.detached { [engine, gate] in
      await gate.passed()
      await engine.noteConsentSeen(of: tenants.compactMap(engine.tenant))
    }
  }

  /// The links for admins who sit somewhere else: each has a state of its own.
  func makeLinks(for tenants: [TenantID], _ request: Int) {
    var links: [TenantID: String] = [:]
    for tenant in tenants.compactMap(engine.tenant) {
      let app = engine.configuration.app(for: tenant)
      links[tenant.id] = AdminConsentLink(app: app, tenant: tenant.id, state: OneTimeText.make())?.url
    }
    mailbox.post(.consentLinksMade(request: request, links))
  }

  // MARK: Signing in

  func signIn(to id: TenantID?, byCode: Bool, _ request: Int) {
    wait(request) { [self] in
      let tenant = id.flatMap(engine.tenant)
      let end = await engine.signIn(
        to: tenant, app: tenant == nil ? engine.configuration.appOfPeople ?? nil : nil,
        by: byCode ? .deviceCode : .browser
      ) { [mailbox] in mailbox.post(.signInProgressed(request: request, $0)) }
      mailbox.post(.signInProgressed(request: request, end))
      guard case .signedIn = end else { return }
      await tellSignIns()
      await engine.readRelations()
    }
  }

  func signOut(_ request: Int) {
    Task.detached { [self] in
      await gate.passed()
      do throws(PartnerError) {
        let forgotten = try await engine.signOut()
        let words = forgotten.isEmpty ? "Nobody was signed in." : forgotten.joined(separator: " ")
        mailbox.post(.signedOut(request: request, words))
      } catch {
        mailbox.post(.signedOut(request: request, "Not all was forgotten: \(error.summary). \(error.nextAction)"))
      }
      await tellSignIns()
    }
  }

  /// Tells who is signed in.
  func tellSignIns() async {
    let found = await engine.signIns()
    mailbox.post(.signInsChanged(found.compactMap(\.standing)))
    for failure in found.compactMap(\.failure) {
      mailbox.post(
        .noticed(Notice(.warning, "Who is signed in is not known: \(failure.summary). \(failure.nextAction)")))
    }
  }

  // MARK: Waiting

  private func wait(_ request: Int, _ work: @escaping @Sendable () async -> Void) {
    waiting.withLock { waiting in
      waiting[request] = Task.detached { [self] in
        await gate.passed()
        if !Task.isCancelled { await work() }
        _ = self.waiting.withLock { $0.removeValue(forKey: request) }
      }
    }
  }

  func cancel(_ request: Int) { waiting.withLock { $0[request] }?.cancel() }

  /// The console ends: nobody waits any more.
  func close() {
    for task in waiting.withLock({ $0.values }) { task.cancel() }
  }
}
