import Synchronization

/// Who sent a Graph request, as far as its token tells.
struct Caller {
  var room: TenantRoom?
  /// Application permissions, of an app that acts by itself.
  var roles: [String] = []
  /// In whose name the app acts, if in anybody's.
  var person: Person?
  var refusal: GraphRefusal?
  var includesUnknownMembers: Bool

  struct Person {
    var account: People.Account
    /// Delegated permissions.
    var scopes: [String]
    /// The roles that the person has in the tenant now.
    var roles: [LabEntraRole]
  }
}

extension LabWorld {
  /// Checks the bearer token: ours, for Graph, for our app, and of this hour.
  func caller(_ request: LabRequest) -> Caller {
    var caller = Caller(includesUnknownMembers: prefersUnknownMembers(request))
    guard let token = request.bearer(), !token.isEmpty else {
      caller.refusal = .token("Access token is empty.")
      return caller
    }
    guard let claims = claims(of: token) else {
      caller.refusal = .token("IDX14100: JWT is not well formed, or its signature is not valid.")
      return caller
    }
    guard claims.aud == Self.graphAudience, claims.appid?.lowercased() == options.clientID.lowercased(),
      let room = room(claims.tid)
    else {
      caller.refusal = .token("Access token validation failure. Invalid audience.")
      return caller
    }
    caller.room = room
    caller.roles = claims.roles ?? []
    let now = Int(limitNow().ticks / Moment.second)
    if now >= claims.exp {
      caller.refusal = .token("Lifetime validation failed, the token is expired.")
    } else if now + 300 < claims.nbf {
      caller.refusal = .token("Lifetime validation failed, the token is not yet valid.")
    }
    if let upn = claims.upn, let account = account(upn) {
      caller.person = Caller.Person(
        account: account, scopes: (claims.scp ?? "").split(separator: " ").map(String.init),
        roles: (try? standing(of: account, in: room))?.roles ?? [])
    }
    if caller.refusal == nil, let challenge = room.state.withLock({ $0.challenge }),
      !challenge.satisfied.contains(claims.uti ?? "")
    {
      caller.refusal = .claims(challenge.text, at: shared.withLock { $0.origin })
    }
    return caller
  }

  func prefersUnknownMembers(_ request: LabRequest) -> Bool {
    request.list("Prefer").contains { $0.lowercased() == "include-unknown-enum-members" }
  }
}
