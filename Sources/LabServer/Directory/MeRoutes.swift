extension LabWorld {
  /// Groups that one request may ask about.
  private static let mostGroups = 20

  /// What Graph tells a person of themselves; nil for a path that is none of it.
  func me(_ call: GraphCall, _ path: [String]) throws -> LabAnswer? {
    guard path.first == "me" else { return nil }
    guard let person = call.person else {
      throw GraphRefusal.badRequest("/me request is only valid with delegated authentication flow.")
    }
    switch (call.request.method, Array(path.dropFirst())) {
    case ("GET", []):
      try call.requireInDirectory("User.Read", "Directory.Read.All")
      let query = try DirectoryQuery(call, allowed: ["$select"])
      let names = person.account.user.name.split(separator: " ", maxSplits: 1).map(String.init)
      return call.entity(
        "users",
        [
          "id": .string(person.account.oid), "displayName": .string(person.account.user.name),
          "userPrincipalName": .string(person.account.user.upn), "mail": .string(person.account.user.upn),
          "givenName": names.first.map(JsonValue.string) ?? .null,
          "surname": names.count > 1 ? .string(names[1]) : .null,
        ], query.selection)
    case ("POST", ["checkMemberGroups"]):
      try call.requireInDirectory("User.Read", "GroupMember.Read.All", "Directory.Read.All")
      let body = call.request.contentType == "application/json" ? JsonValue.parse(call.request.body)?.members : nil
      guard let wanted = body?["groupIds"]?.texts, !wanted.isEmpty else {
        throw GraphRefusal.badRequest("Parameter 'groupIds' is missing or empty.", code: "Request_BadRequest")
      }
      guard wanted.count <= Self.mostGroups else {
        throw GraphRefusal.badRequest(
          "Too many groups are requested: \(wanted.count) of at most \(Self.mostGroups).", code: "Request_BadRequest")
      }
      // Groups are those of the directory that is asked.
      let own = homeRoom(of: person.account) === call.room ? groups(of: person.account) : []
      let found = wanted.filter { own.contains($0.lowercased()) }
      return LabAnswer(
        status: 200,
        body: jsonObject { json in
          json.field("@odata.context", "\(call.origin)/v1.0/$metadata#Collection(Edm.String)")
          json.field("value", found)
        })
    default: return nil
    }
  }
}
