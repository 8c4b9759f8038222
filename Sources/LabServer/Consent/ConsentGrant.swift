import Synchronization

/// A consent that was given and that tokens do not show yet.
struct ComingConsent: Sendable {
  /// What apps by themselves are given; nil: as before.
  var consent: TenantRoom.Consent?
  /// Delegated permissions; nil: those that the app has been granted.
  var scopes: [String]?
  var at: Moment
}

extension TenantRoom.State {
  /// Lets in force what has had its time.
  mutating func settleConsent(at now: Moment) {
    guard let coming = comingConsent, coming.at <= now else { return }
    comingConsent = nil
    if let given = coming.consent { consent = given }
    access.scopes = coming.scopes
  }
}

extension LabWorld {
  /// What the tenant's administrator has allowed, as tokens show it now.
  func consent(of room: TenantRoom) -> TenantRoom.Consent {
    let now = limitNow()
    return room.state.withLock { state in
      state.settleConsent(at: now)
      return state.consent
    }
  }

  /// Gives the app this consent, at once or when the tenant's lag has passed. Until then the app is there without any
  /// permission, if it was not there before.
  ///
  /// - Parameter lag: seconds; nil: the tenant's own.
  func give(_ consent: TenantRoom.Consent?, scopes: [String]? = nil, in room: TenantRoom, lag: Int? = nil) {
    let (now, written) = (limitNow(), dataNow())
    room.state.withLock { state in
      let wait = Int64(lag ?? state.consentLag)
      state.comingConsent = ComingConsent(consent: consent, scopes: scopes, at: now + wait * Moment.second)
      if state.consent == .noServicePrincipal { state.consent = .granted(roles: []) }
      state.consentedAt = written
      state.settleConsent(at: now)
    }
  }
}
