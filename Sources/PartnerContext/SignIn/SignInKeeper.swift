import FoundationEssentials
package import PartnerModel
import Synchronization

/// The operator's sign-in with one app registration, over runs and processes.
///
/// A refresh token is redeemed by one at a time, in all processes of this user (rule T4): whoever has the lock reads what
/// is kept, redeems it, and keeps the one that came back before anybody else reads it.
package final class SignInKeeper: Sendable {
  /// Where it rests, and why it rests in memory alone where that was not asked for.
  package struct Place: Sendable {
    package var store: any SignInStore
    package var reason: String?

    package init(_ store: any SignInStore, reason: String? = nil) {
      self.store = store
      self.reason = reason
    }
  }

  private struct State {
    var place: Place?
    /// A sign-in that could not be kept lasts for the run.
    var unkept: Unkept?
    /// A token that the service takes no more, and what it said: nobody else has to ask.
    var refused: (fingerprint: [UInt8], error: PartnerError)?
    /// What a service in a tenant asked for, until a sign-in there gives it.
    var challenges: [TenantID: String] = [:]
    /// Where a token with what was asked for did not do: until when nobody asks for another.
    var unmet: [TenantID: (error: PartnerError, until: Duration)] = [:]
  }

  /// A sign-in that could not be put in the place of what lay there.
  private struct Unkept {
    var signIn: KeptSignIn
    /// `nil` where that could not be read.
    var instead: Content?
  }

  /// What lies in a store.
  private struct Content: Hashable {
    /// `nil` for nothing.
    var fingerprint: [UInt8]?
  }

  private let choose: @Sendable () async -> Place
  private let others: @Sendable () async -> [any SignInStore]
  private let lock: SignInLock
  private let state = Mutex(State())

  /// How long the lock is waited for: others redeem meanwhile, one after the other.
  private static let patience: Duration = .seconds(60)

  /// - Parameters:
  ///   - choose: finds where a sign-in rests; asked once.
  ///   - others: further places where one may have been left under another configuration, for signing out.
  package init(
    lock: SignInLock, choose: @escaping @Sendable () async -> Place,
    others: @escaping @Sendable () async -> [any SignInStore] = { [] }
  ) {
    self.lock = lock
    self.choose = choose
    self.others = others
  }

  private func place() async -> Place {
    if let known = state.withLock({ $0.place }) { return known }
    let chosen = await choose()
    return state.withLock { state in
      let place = state.place ?? chosen
      state.place = place
      return place
    }
  }

  /// From here on nothing is kept beyond this run.
  private func fallBack(_ reason: String) -> Place {
    let memory = Place(SignInMemory(), reason: reason)
    state.withLock { $0.place = memory }
    return memory
  }

  /// What is kept now.
  /// - Throws: `.signInFailed(.store)` where that cannot be known.
  private func read() async throws(PartnerError) -> KeptSignIn? {
    let place = await place()
    if let unkept = state.withLock({ $0.unkept }) {
      guard let instead = unkept.instead, let content = await content(of: place), content != instead else {
        return unkept.signIn
      }
      // Somebody signed in or out by another process since: that counts.
      state.withLock { if $0.unkept?.signIn.token === unkept.signIn.token { $0.unkept = nil } }
    }
    do throws(SignInStoreError) {
      return try await place.store.read().map { text throws(SignInStoreError) in
        try KeptSignIn(text, from: place.store.words)
      }
    } catch {
      if case .cancelled = error { throw PartnerError(.cancelled, tenant: nil) }
      // A keyring that is not there, or stays closed, leaves this run's memory (F64).
      if error.meansMemoryOnly {
        _ = fallBack("\(error)")
        return nil
      }
      throw PartnerError(.signInFailed(.store("\(error)")), tenant: nil)
    }
  }

  /// - Returns: `nil` where it cannot be read.
  private func content(of place: Place) async -> Content? {
    do {
      return Content(fingerprint: try await place.store.read()?.fingerprint)
    } catch {
      return nil
    }
  }

  /// Keeps a sign-in; one that cannot be kept lasts for the run, and its standing says so.
  private func write(_ signIn: KeptSignIn) async {
    let place = await place()
    do throws(SignInStoreError) {
      try await place.store.write(signIn.text)
      state.withLock { $0.unkept = nil }
    } catch {
      if error.meansMemoryOnly {
        try? await fallBack("\(error)").store.write(signIn.text)
      } else {
        let instead = await content(of: place)
        state.withLock {
          $0.unkept = Unkept(signIn: signIn, instead: instead)
          $0.place?.reason = "\(error)"
        }
      }
    }
  }

  private func locked<Value: Sendable>(
    isUrgent: Bool = true, _ body: () async throws(PartnerError) -> Value
  ) async throws(PartnerError) -> Value {
    try await lock.hold(
      patience: Self.patience, isUrgent: isUrgent,
      refuse: { error in
        if case .cancelled = error { return PartnerError(.cancelled, tenant: nil) }
        // Others are slow, which says nothing of the sign-in.
        if case .busy = error {
          return PartnerError(.deadlineExceeded(seconds: Int(Self.patience.components.seconds)), tenant: nil)
        }
        return PartnerError(.signInFailed(.store("\(error)")), tenant: nil)
      }, body)
  }

  // MARK: Redeeming

  /// A token for one tenant, by what an earlier sign-in left behind.
  /// - Throws: `.signInNeeded`; `.signInFailed(.store)`; what the token endpoint says.
  func redeem(
    for tenant: TenantID, priority: RequestPriority, through endpoint: TokenEndpoint, attempts: FailedAttempts
  ) async throws(PartnerError) -> TokenAnswer {
    let now = endpoint.dependencies.now
    return try await locked(isUrgent: priority == .foreground) { () async throws(PartnerError) in
      guard var kept = try await read() else {
        throw PartnerError(.signInNeeded(.nobody), tenant: tenant, at: now())
      }
      if var known = refusal(of: kept.token) {
        known.tenant = tenant
        throw known
      }
      let uptime = endpoint.dependencies.uptime()
      let (challenge, unmet) = state.withLock { ($0.challenges[tenant], $0.unmet[tenant]) }
      if let unmet, uptime < unmet.until { throw unmet.error }
      do throws(PartnerError) {
        var answer = try await endpoint.ask(
          .refresh(kept.token, claims: challenge), for: tenant, priority: priority, attempts: attempts)
        answer.account = kept.account
        answer.challenge = challenge
        if let next = answer.refreshToken {
          kept.token = next
          // Whoever loses patience now breaks nothing off: the token before may be worth nothing any more.
          await Task { [kept] in await write(kept) }.value
        }
        return answer
      } catch {
        note(error, of: kept)
        throw error
      }
    }
  }

  private func refusal(of token: Secret) -> PartnerError? {
    guard let refused = state.withLock({ $0.refused }), refused.fingerprint == token.fingerprint else { return nil }
    return refused.error
  }

  /// A token that has ended is taken nowhere; neither is one that is refused without a reason where the person signed in.
  private func note(_ error: PartnerError, of kept: KeptSignIn) {
    guard case .signInNeeded(let need) = error.cause, let fingerprint = kept.token.fingerprint else { return }
    let isUnexplained =
      error.error == "invalid_grant" && error.suberror == nil
      && error.code.flatMap { RefusalTable.meaning(of: $0) } == nil
    guard need == .ended || error.tenant == kept.tenant && isUnexplained else { return }
    state.withLock { $0.refused = (fingerprint, error) }
  }

  /// Remembers what a service in the tenant asks for (rule T10).
  func note(challenge claims: String, in tenant: TenantID) { state.withLock { $0.challenges[tenant] = claims } }

  /// Notes that a token with what was asked for did not do.
  /// - Parameter until: as of the clock that nobody can set.
  func noteUnmet(_ error: PartnerError, in tenant: TenantID, until: Duration) {
    state.withLock { $0.unmet[tenant] = (error, until) }
  }

  func challenge(in tenant: TenantID) -> String? { state.withLock { $0.challenges[tenant] } }

  // MARK: Signing in and out

  /// Keeps a new sign-in instead of what there was.
  func keep(_ signIn: KeptSignIn) async throws(PartnerError) -> SignInStanding {
    try await locked { () async throws(PartnerError) in
      await write(signIn)
      state.withLock { state in
        (state.refused, state.unmet) = (nil, [:])
        state.challenges[signIn.tenant] = nil
      }
    }
    return await standing(of: signIn)
  }

  /// Forgets what is kept, wherever it may lie.
  /// - Returns: who was signed in.
  /// - Throws: `.signInFailed(.store)` where something may be left.
  func signOut() async throws(PartnerError) -> SignedOut {
    let places = [await place().store] + (await others())
    return try await locked { () async throws(PartnerError) in
      let before: SignedOut
      do throws(PartnerError) {
        before = if let kept = try await read() { .account(await standing(of: kept)) } else { .nobody }
      } catch {
        if error.cause == .cancelled { throw error }
        before = .unreadable
      }
      state.withLock { state in
        (state.unkept, state.refused, state.challenges, state.unmet) = (nil, nil, [:], [:])
      }
      var failure: SignInStoreError?
      for store in places {
        do throws(SignInStoreError) {
          try await store.erase()
        } catch {
          // What is not there holds nothing; what is locked may.
          if case .absent = error { continue }
          failure = error
        }
      }
      if let failure { throw PartnerError(.signInFailed(.store("\(failure)")), tenant: nil) }
      return before
    }
  }

  /// Who is signed in; `nil` where nobody is.
  /// - Throws: `.signInFailed(.store)` where that cannot be known.
  package func standing() async throws(PartnerError) -> SignInStanding? {
    guard let kept = try await read() else { return nil }
    return await standing(of: kept)
  }

  private func standing(of kept: KeptSignIn) async -> SignInStanding {
    let place = await place()
    let isKept = state.withLock { $0.unkept == nil } && !(place.store is SignInMemory)
    return SignInStanding(
      account: kept.account, tenant: kept.tenant, signedInAt: kept.signedInAt,
      restsIn: isKept ? place.store.words : nil, reason: isKept ? nil : place.reason)
  }
}
