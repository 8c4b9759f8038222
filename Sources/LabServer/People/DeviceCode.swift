import FoundationEssentials
import Synchronization

extension People {
  /// A sign-in that a device waits for, while the person signs in elsewhere (RFC 8628).
  struct Device: Sendable {
    enum State: Sendable { case pending, approved(SignIn), declined, redeemed }

    /// As a person types it, in capitals.
    var userCode: String
    var tenantName: String
    /// Nil for an alias: then it is the person's own.
    var room: Int?
    var scope: String
    var claims: RequestedClaims
    var ends: Moment
    /// Seconds between polls; a poll that comes too early adds to it.
    var interval: Int
    var lastPoll: Moment?
    var state = State.pending
  }
}

extension LabWorld {
  /// Seconds that a device code lives.
  static let deviceCodeLifetime: Int64 = 900

  /// `POST /{tenant}/oauth2/v2.0/devicecode`
  func deviceCode(_ request: LabRequest, _ tenantName: String) -> Delivery {
    let room = room(tenantName)
    let requestID = room?.nextRequestID() ?? anonymousRequestID()
    room?.state.withLock { $0.requests["devicecode", default: 0] += 1 }
    return faulted(room, route: "devicecode", requestID: requestID) {
      do {
        return try self.newDevice(request, tenantName)
      } catch let refusal as TokenRefusal {
        return refusal.answer(traceID: requestID, correlationID: requestID, at: self.wallMoment())
      } catch {
        return LabAnswer(status: 500)
      }
    }
  }

  private func newDevice(_ request: LabRequest, _ tenantName: String) throws -> LabAnswer {
    let form = try TokenForm(request)
    let room = ["common", "organizations"].contains(tenantName.lowercased()) ? nil : try tenant(named: tenantName)
    let client = try form.client()
    guard client.lowercased() == options.clientID.lowercased() else {
      throw TokenRefusal.appNotFound(client, in: room?.tenant.name ?? tenantName)
    }
    let scope = try form.required("scope")
    _ = try AskedScope(scope, in: room?.tenant.name ?? tenantName)
    let letters = Array("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    let userCode = String((0..<9).map { _ in letters[Int.random(in: letters.indices)] })
    let code = randomText("DAQABI", bytes: 48)
    let device = People.Device(
      userCode: userCode, tenantName: tenantName.lowercased(), room: room?.index, scope: scope,
      claims: try RequestedClaims(form["claims"]), ends: limitNow() + Self.deviceCodeLifetime * Moment.second,
      interval: options.devicePollInterval)
    let mode = people.withLock { people in
      people.devices[code] = device
      return (people.device, people.automatic ?? people.accounts.first?.user.upn)
    }
    switch mode {
    case (.auto, let upn?): _ = try? approve(code, upn, hasMFA: true)
    case (.decline, _): decline(code)
    case (.page, _), (.auto, nil): break
    }
    let address = "\(shared.withLock { $0.origin })/devicelogin"
    return .json(
      jsonObject { json in
        json.field("user_code", userCode)
        json.field("device_code", code)
        json.field("verification_uri", address)
        json.field("expires_in", Int(Self.deviceCodeLifetime))
        json.field("interval", device.interval)
        json.field(
          "message",
          "To sign in, use a web browser to open the page \(address) and enter the code \(userCode) to authenticate.")
      })
  }

  /// Lets the device in, in this person's name.
  ///
  /// - Throws: 90120 where that was decided already; 90119 for an unknown code.
  func approve(_ code: String, _ upn: String, hasMFA: Bool) throws {
    guard let account = account(upn) else { throw TokenRefusal.notSignedIn }
    let asked = people.withLock { $0.devices[code]?.room }
    // Nobody is asked for more than the tenant wants.
    let isWanted = (asked.map { rooms[$0] } ?? homeRoom(of: account)).map { needsMFA(account, in: $0) } ?? false
    try people.withLock { people in
      guard let device = people.devices[code] else { throw TokenRefusal.userCodeUnknown }
      guard case .pending = device.state else { throw TokenRefusal.userCodeUsed }
      people.devices[code]?.state = .approved(
        People.SignIn(
          upn: account.user.upn, hasMFA: hasMFA && isWanted, generation: account.revocations, scope: device.scope,
          claims: device.claims))
    }
  }

  func decline(_ code: String) {
    people.withLock { people in
      guard case .pending = people.devices[code]?.state else { return }
      people.devices[code]?.state = .declined
    }
  }

  /// A poll of the token endpoint.
  ///
  /// - Throws: that nothing was decided yet, and whatever ends the waiting.
  func redeem(
    deviceCode code: String, _ tenantName: String, requestID: String
  ) throws -> (People.SignIn, TenantRoom) {
    let now = limitNow()
    // A tolerance, since the interval is counted from where the client stands.
    let grace = Moment.second / 4
    let (device, isHasty) = try people.withLock { people in
      guard let device = people.devices[code], device.tenantName == tenantName.lowercased() else {
        throw TokenRefusal.deviceCodeUnknown
      }
      let due = device.lastPoll.map { $0 + Int64(device.interval) * Moment.second - grace }
      people.devices[code]?.lastPoll = now
      let isHasty = due.map { now < $0 } ?? false
      if isHasty { people.devices[code]?.interval += 5 }
      return (device, isHasty)
    }
    guard now < device.ends else { throw TokenRefusal.deviceCodeEnded }
    if isHasty {
      record(
        .polledTooFast, device.room.map { rooms[$0] } ?? homeRoom, "a device polled before its interval had passed",
        requestID: requestID)
      throw TokenRefusal.slowDown
    }
    switch device.state {
    case .pending: throw TokenRefusal.authorizationPending
    case .declined: throw TokenRefusal.authorizationDeclined
    case .redeemed: throw TokenRefusal.deviceCodeUnknown
    case .approved(let signIn):
      let room = try device.room.map { rooms[$0] } ?? userTenant(named: tenantName, of: signIn.upn)
      people.withLock { $0.devices[code]?.state = .redeemed }
      return (signIn, room)
    }
  }
}

/// What a device is told while it waits (RFC 8628, section 3.5).
extension TokenRefusal {
  static let authorizationPending = TokenRefusal(
    error: "authorization_pending", code: 70016,
    text: "OAuth 2.0 device flow error. Authorization is pending. Continue polling.")
  static let slowDown = TokenRefusal(
    error: "slow_down", code: 70016, text: "OAuth 2.0 device flow error. Polling too fast: wait five seconds longer.")
  static let authorizationDeclined = TokenRefusal(
    error: "authorization_declined", code: 70020, text: "The end user has denied the authorization request.",
    isDocumented: false)
  static let deviceCodeEnded = TokenRefusal(
    error: "expired_token", code: 70019, text: "Verification code expired. Have the user try signing-in again.")
  static let deviceCodeUnknown = TokenRefusal(
    error: "bad_verification_code", code: 70018, text: "Invalid verification code: this one was never issued.")
  static let userCodeUnknown = TokenRefusal(
    error: "invalid_request", code: 90119, text: "The user code is null or empty, or was never issued.")
  static let userCodeUsed = TokenRefusal(
    error: "invalid_request", code: 90120, text: "The request was already authorized or declined.")
}
