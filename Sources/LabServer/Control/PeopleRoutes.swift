import Synchronization

extension LabWorld {
  /// `POST /lab/people`: how the pages answer from now on.
  func answerPages(_ body: [UInt8]) throws {
    let fields = try ControlFields(body, known: ["signIn", "device", "consent", "consentTenant", "user"])
    let signIn: LabAnswerMode? = try fields.word("signIn")
    let device: LabAnswerMode? = try fields.word("device")
    let user = try fields.text("user")
    let consent: LabConsentAnswer? = try fields.word("consent")
    let tenant = try fields.text("consentTenant")
    if let tenant, room(tenant) == nil { throw ControlProblem(text: "'\(tenant)' is not a tenant here.") }
    if let user { try controlledUser(user) }
    people.withLock { people in
      if let consent { people.consent = consent }
      if let tenant { people.consentTenant = tenant }
      if let signIn { people.signIn = signIn }
      if let device { people.device = device }
      if let user { people.automatic = user }
    }
  }

  /// `POST /lab/device`: what a person would do on the page for codes.
  func decideDevice(_ body: [UInt8]) throws {
    enum Action: String, CaseIterable { case approve, decline }
    let fields = try ControlFields(body, known: ["action", "userCode", "user"])
    guard let action = try fields.word("action", Action.self) else {
      throw ControlProblem(text: "'action' must be approve or decline.")
    }
    let user = try fields.text("user")
    if let user { try controlledUser(user) }
    decide(device: try fields.text("userCode"), approve: action == .approve, as: user)
  }

  /// `POST /lab/users/{upn}`
  func changeUser(_ upn: String, _ body: [UInt8]) throws {
    try controlledUser(upn)
    let fields = try ControlFields(body, known: ["mfa", "disabled", "deleted", "groups"])
    let (mfa, disabled) = (try fields.flag("mfa"), try fields.flag("disabled"))
    let (deleted, groups) = (try fields.flag("deleted"), try fields.texts("groups"))
    change(upn) { account in
      if let mfa { account.user.needsMFA = mfa }
      if let disabled { account.isDisabled = disabled }
      if let deleted { account.isDeleted = deleted }
      if let groups { account.user.groups = groups }
    }
  }

  /// - Throws: `ControlProblem` for a name that no account has.
  func controlledUser(_ upn: String) throws {
    guard people.withLock({ $0.account(upn) }) != nil else {
      throw ControlProblem(text: "'\(upn)' is nobody here.")
    }
  }

  /// `POST /lab/tenants/{id}/access`: a state by its word, and then whatever is named beside it.
  func changeAccess(_ room: TenantRoom, _ body: [UInt8]) throws {
    let fields = try ControlFields(
      body,
      known: [
        "state", "relation", "endsInDays", "autoExtends", "roles", "assignment", "group", "guest", "policy",
        "consented",
        "scopes", "mfa", "deviceCode", "refusal",
      ])
    var access = room.state.withLock { $0.access }
    if let state: LabAccess = try fields.word("state") { access = self.access(state, to: room) }
    try changeRelation(of: &access, room, fields)
    if let isGuest = try fields.flag("guest") {
      access.guestRoles = isGuest ? try roles(fields) ?? [.securityReader, .securityOperator] : nil
    }
    if let policy: TenantAccess.Policy = try fields.word("policy") { access.policy = policy }
    if let isConsented = try fields.flag("consented") { access.scopes = isConsented ? nil : [] }
    if let scopes = try fields.texts("scopes") { access.scopes = scopes }
    if let needsMFA = try fields.flag("mfa") { access.needsMFA = needsMFA }
    if let code = try fields.refusal("deviceCode") { access.deviceCodeRefusal = code }
    if let code = try fields.refusal("refusal") { access.refusal = code }
    let changed = access
    room.state.withLock { $0.access = changed }
  }

  private func changeRelation(of access: inout TenantAccess, _ room: TenantRoom, _ fields: ControlFields) throws {
    let names = ["relation", "endsInDays", "autoExtends", "roles", "assignment", "group"]
    guard names.contains(where: { fields[$0] != nil }), fields["guest"] != .bool(true) else { return }
    if fields["relation"]?.text == "none" {
      access.relations = []
      return
    }
    var relation =
      access.relations.first ?? self.access(.ok, to: room).relations.first ?? relation(with: room, lasting: 400)
    if let status: TenantAccess.Relation.Status = try fields.word("relation") {
      relation.status = status
      // What is active again has not ended.
      if status == .active { relation.ends = max(relation.ends, limitNow() + 100 * Moment.day) }
    }
    if let days = try fields.number("endsInDays", most: 730) { relation.ends = limitNow() + Int64(days) * Moment.day }
    if let extends = try fields.flag("autoExtends") { relation.extends = extends }
    if let roles = try roles(fields) {
      relation.roles = roles
      for index in relation.assignments.indices { relation.assignments[index].roles = roles }
    }
    if let status: TenantAccess.Relation.AssignmentStatus = try fields.word("assignment") {
      for index in relation.assignments.indices { relation.assignments[index].status = status }
    }
    if let group = try fields.text("group") {
      let id = group == "operators" ? operatorsGroup : group == "others" ? otherGroup : group
      for index in relation.assignments.indices { relation.assignments[index].group = id }
    }
    access.relations = [relation]
  }

  private func roles(_ fields: ControlFields) throws -> [LabEntraRole]? {
    try fields.texts("roles")?.map { name in
      guard let role = LabEntraRole(rawValue: name) else {
        throw ControlProblem(
          text: "'roles' must be of \(LabEntraRole.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
      return role
    }
  }

  /// `POST /lab/tenants/{id}/claims`
  func challenge(_ room: TenantRoom, _ body: [UInt8]) throws {
    let fields = try ControlFields(body, known: ["claims", "byPerson"])
    guard let claims = fields["claims"], claims.members != nil else {
      throw ControlProblem(text: "'claims' must be an object as of the parameter claims: {\"access_token\": {…}}.")
    }
    var json = JsonWriter()
    claims.write(to: &json)
    let text = String(decoding: json.bytes, as: UTF8.self)
    guard let wanted = try? RequestedClaims(text), !wanted.accessToken.isEmpty else {
      throw ControlProblem(text: "'claims' asks for nothing in access_token.")
    }
    let byPerson = try fields.flag("byPerson") ?? false
    room.state.withLock {
      $0.challenge = ClaimsChallenge(claims: wanted, text: text, needsPerson: byPerson)
    }
  }
}
