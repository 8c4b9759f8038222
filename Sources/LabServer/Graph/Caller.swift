/// Who sent a Graph request, as far as its token tells.
struct Caller {
  var room: TenantRoom?
  var roles: [String] = []
  var refusal: GraphRefusal?
  var includesUnknownMembers: Bool
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
    return caller
  }

  func prefersUnknownMembers(_ request: LabRequest) -> Bool {
    request.list("Prefer").contains { $0.lowercased() == "include-unknown-enum-members" }
  }
}
