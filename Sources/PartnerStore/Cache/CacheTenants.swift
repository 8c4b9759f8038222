package import FoundationEssentials
import GRDB
package import PartnerModel

// What is remembered of each tenant besides its incidents.

extension Cache {
  /// Keeps a consent, unless what is kept was told later, by a newer token.
  /// - Returns: whether it was kept.
  @discardableResult
  package func save(_ consent: ConsentRecord, of tenant: TenantID, at now: Date) throws(StoreError) -> Bool {
    try write { db in
      guard try TenantRows.mayReplace("consentCheckedAt", of: tenant, with: consent.checkedAt, at: now, db) else {
        return false
      }
      try TenantRows.update(
        tenant, ["consentState", "consentGranted", "consentMissing", "consentCheckedAt"],
        [
          consent.state.rawValue, TenantRows.joined(consent.granted), TenantRows.joined(consent.missing),
          consent.checkedAt?.microseconds,
        ], db)
      try TenantRows.save(consent.error, about: .consent, tenant, db)
      return true
    }
  }

  /// Keeps a token's state, unless what is kept was told later.
  /// - Returns: whether it was kept.
  @discardableResult
  package func save(_ token: TokenRecord, of tenant: TenantID, at now: Date) throws(StoreError) -> Bool {
    try write { db in
      guard try TenantRows.mayReplace("tokenToldAt", of: tenant, with: token.toldAt, at: now, db) else { return false }
      try TenantRows.update(
        tenant,
        [
          "tokenExpiresAt", "tokenTrouble", "tokenParkedUntil", "tokenToldAt", "tokenAudience", "tokenRoles",
          "tokenScopes", "tokenIssuedAt", "tokenCredential",
        ],
        [
          token.expiresAt?.microseconds, token.trouble?.rawValue, token.parkedUntil?.microseconds,
          token.toldAt?.microseconds, token.facts?.audience, TenantRows.joined(token.facts?.roles ?? []),
          TenantRows.joined(token.facts?.scopes ?? []), token.facts?.issuedAt?.microseconds, token.facts?.credential,
        ], db)
      try TenantRows.save(token.lastError, about: .token, tenant, db)
      return true
    }
  }

  /// - Parameter cursor: where the next read goes on, opaque; `nil` leaves the one that is kept.
  package func save(_ sync: SyncRecord, cursor: String? = nil, of tenant: TenantID) throws(StoreError) {
    try write { db in try TenantRows.save(sync, cursor: cursor, tenant, db) }
  }

  /// Where the next read of the tenant goes on, as it was saved.
  package func syncCursor(of tenant: TenantID) throws(StoreError) -> String? {
    try read { db in
      try Optional<String>.fetchOne(
        db, sql: "SELECT syncCursor FROM tenants WHERE tenantID = ?", arguments: [tenant.blob])
        ?? nil
    }
  }

  /// Everything that one row of the tenants' list shows, for each of `tenants`, in their order.
  package func overviews(for tenants: [Tenant]) throws(StoreError) -> [TenantOverview] {
    try read { db in try TenantRows.overviews(for: tenants, db) }
  }
}

enum TenantRows {
  enum Subject: String { case consent, token, sync, leftOut, unreadableItem, alerts, alertsLeftOut }

  static func ensure(_ tenant: TenantID, _ db: Database) throws {
    var statement = try BoundStatement("INSERT OR IGNORE INTO tenants (tenantID) VALUES (?)", db)
    statement.bind(tenant)
    try statement.run(db)
  }

  /// When the tenant's incidents were last read to their end.
  static func lastSuccess(of tenant: TenantID, _ db: Database) throws -> Date? {
    var statement = try BoundStatement("SELECT syncLastSuccess FROM tenants WHERE tenantID = ?", db)
    statement.bind(tenant)
    return try statement.first(db) { try $0.date(0) } ?? nil
  }

  static func update(
    _ tenant: TenantID, _ columns: [String], _ values: [(any DatabaseValueConvertible)?], _ db: Database
  ) throws {
    try ensure(tenant, db)
    let assignments = columns.map { "\($0) = ?" }.joined(separator: ", ")
    try db.cachedStatement(sql: "UPDATE tenants SET \(assignments) WHERE tenantID = ?")
      .execute(arguments: StatementArguments(values + [tenant.blob]))
  }

  /// Whether what was told at `moment` may take the place of what the column dates.
  static func mayReplace(
    _ column: String, of tenant: TenantID, with moment: Date?, at now: Date, _ db: Database
  ) throws -> Bool {
    guard let moment else { return true }
    let kept = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT \(column) FROM tenants WHERE tenantID = ?"), arguments: [tenant.blob])
    // Moments are kept as whole microseconds.
    return ClockStep.mayReplace(
      kept.map { Date(microseconds: $0) }, with: Date(microseconds: moment.microseconds), at: now)
  }

  static func save(_ sync: SyncRecord, cursor: String?, _ tenant: TenantID, _ db: Database) throws {
    try update(
      tenant, ["syncLastAttempt", "syncLastSuccess", "syncUnreadable", "syncWatermark", "syncWatermarkDigits"],
      [
        sync.lastAttempt?.microseconds, sync.lastSuccess?.microseconds, sync.unreadable, sync.watermark?.ticks,
        sync.watermark?.digits,
      ], db)
    if let cursor { try update(tenant, ["syncCursor"], [cursor], db) }
    try save(sync.error, about: .sync, tenant, db)
    try save(sync.leftOut, about: .leftOut, tenant, db)
    try save(sync.unreadableItem, about: .unreadableItem, tenant, db)
  }

  static func save(_ problem: Problem?, about subject: Subject, _ tenant: TenantID, _ db: Database) throws {
    guard let problem else {
      try db.cachedStatement(sql: "DELETE FROM problems WHERE tenantID = ? AND about = ?")
        .execute(arguments: [tenant.blob, subject.rawValue])
      return
    }
    try db.cachedStatement(sql: replacementOfProblem).execute(
      arguments: [
        tenant.blob, subject.rawValue, problem.cause, problem.error, problem.code, problem.correlationID,
        problem.requestID, problem.at?.microseconds, problem.nextAction, problem.whoActs?.rawValue, problem.summary,
        problem.message, problem.retryAt?.microseconds,
      ])
  }

  private static let replacementOfProblem = """
    INSERT OR REPLACE INTO problems (tenantID, about, cause, error, code, correlationID, requestID, at, nextAction,
      whoActs, summary, message, retryAt)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """

  /// App roles hold no blank: in a token's `scp` they are divided by one.
  static func joined(_ roles: [AppRole]) -> String? {
    roles.isEmpty ? nil : roles.map(\.rawValue).joined(separator: " ")
  }

  /// Neither do delegated permissions.
  static func joined(_ scopes: [String]) -> String? { scopes.isEmpty ? nil : scopes.joined(separator: " ") }

  private static func roles(_ text: String?) -> [AppRole] {
    guard var text else { return [] }
    return text.withUTF8 { bytes in
      var roles: [AppRole] = []
      var start = 0
      while start < bytes.count {
        let end = bytes[start...].firstIndex(of: UInt8(ascii: " ")) ?? bytes.count
        let role = UnsafeBufferPointer(rebasing: bytes[start..<end])
        if !role.isEmpty { roles.append(AppRole(String(decoding: role, as: UTF8.self))) }
        start = end + 1
      }
      return roles
    }
  }

  /// Few tenants are looked up; many are cheaper in one walk through the table.
  private static let few = 16

  /// - Returns: the condition, and the tenants to be bound to it.
  private static func selected(_ tenants: [Tenant]) -> (condition: String, tenants: [TenantID]) {
    guard tenants.count <= few else { return ("", []) }
    let marks = Array(repeating: "?", count: tenants.count).joined(separator: ", ")
    return ("WHERE tenantID IN (\(marks))", tenants.map(\.id))
  }

  static func overviews(for tenants: [Tenant], _ db: Database) throws -> [TenantOverview] {
    if tenants.count == 1 { return [try kept(of: tenants[0], db).tenant.row] }
    var found: [TenantID: TenantOverview] = Dictionary(
      tenants.map { ($0.id, TenantOverview(tenant: $0)) }, uniquingKeysWith: { first, _ in first })
    let (condition, few) = selected(tenants)
    var statement = try BoundStatement("SELECT \(columns) FROM tenants \(condition)", db)
    for tenant in few { statement.bind(tenant) }
    try statement.forEach(db) { row in
      let id = try row.tenant(0)
      guard let tenant = found[id]?.tenant else { return }
      found[id] = try overview(of: tenant, row)
    }
    try addProblems(to: &found, condition, few, db)
    return tenants.map { tenant in
      var overview = found[tenant.id] ?? TenantOverview(tenant: tenant)
      overview.tenant = tenant
      return overview
    }
  }

  private static let columns = """
    tenantID, consentState, consentGranted, consentMissing, consentCheckedAt, tokenExpiresAt, tokenTrouble, \
    tokenParkedUntil, syncLastAttempt, syncLastSuccess, syncUnreadable, syncWatermark, syncWatermarkDigits, \
    tokenToldAt, tokenAudience, tokenRoles, tokenScopes, tokenIssuedAt, tokenCredential, accessCheckedAt, \
    accessRelations, directoryCheckedAt, directoryGranted, directoryEnabled, consentChangedAt, consentSeenAt, \
    alertsLastAttempt, alertsLastSuccess, alertsUnreadable, alertsCoverFrom, alertsCoverDigits, \
    \(IncidentCounts.columns)
    """

  /// Reads a row that was selected with ``columns``; its problems stand elsewhere.
  private static func overview(of tenant: Tenant, _ row: BoundRow) throws -> TenantOverview {
    let consent = ConsentRecord(
      state: try row.text(1).flatMap { ConsentState(rawValue: $0) } ?? .unknown, granted: roles(try row.text(2)),
      missing: roles(try row.text(3)), checkedAt: try row.date(4))
    let token = TokenRecord(
      expiresAt: try row.date(5), trouble: try row.text(6).flatMap { TokenRecord.Trouble(rawValue: $0) },
      parkedUntil: try row.date(7), toldAt: try row.date(13), facts: try facts(row))
    let sync = SyncRecord(
      lastAttempt: try row.date(8), lastSuccess: try row.date(9), unreadable: try row.int(10),
      watermark: try row.timestamp(11), alerts: try alerts(row))
    // Before a read came to its end, no incident does not mean none.
    let counts = sync.lastSuccess == nil ? nil : try IncidentCounts(row, at: 31)
    let access = AccessRecord(relations: RelationText.read(try row.text(20)), checkedAt: try row.date(19))
    let drift = ConsentDrift(changedAt: try row.date(24), seenAt: try row.date(25))
    return TenantOverview(
      tenant: tenant, consent: consent, token: token, access: access, directory: try directory(row), drift: drift,
      sync: sync, counts: counts)
  }

  private static func alerts(_ row: BoundRow) throws -> AlertSync? {
    guard let lastAttempt = try row.date(26) else { return nil }
    return AlertSync(
      lastAttempt: lastAttempt, lastSuccess: try row.date(27), unreadable: try row.optionalInt(28) ?? 0,
      coversFrom: try row.timestamp(29))
  }

  private static func directory(_ row: BoundRow) throws -> DirectoryConsent? {
    guard let checkedAt = try row.date(21) else { return nil }
    return DirectoryConsent(
      checkedAt: checkedAt, granted: roles(try row.text(22)), isEnabled: try row.optionalInt(23) != 0)
  }

  private static func facts(_ row: BoundRow) throws -> TokenFacts? {
    let facts = TokenFacts(
      audience: try row.text(14), roles: roles(try row.text(15)),
      scopes: try row.text(16).map { $0.split(separator: " ").map(String.init) } ?? [],
      issuedAt: try row.date(17), credential: try row.text(18))
    return facts == TokenFacts() ? nil : facts
  }

  private static let keptTenant = """
    SELECT \(columns), syncCursor, alertCursor, EXISTS (SELECT 1 FROM problems WHERE problems.tenantID = tenants.tenantID),
      EXISTS (SELECT 1 FROM absences WHERE absences.tenantID = tenants.tenantID),
      EXISTS (SELECT 1 FROM unreadableItems WHERE unreadableItems.tenantID = tenants.tenantID)
    FROM tenants WHERE tenantID = ?
    """

  /// What is kept of one tenant; mostly one statement.
  static func kept(
    of tenant: Tenant, _ db: Database
  ) throws -> (tenant: KeptTenant, isThere: Bool, hasUnreadable: Bool) {
    var kept = KeptTenant(row: TenantOverview(tenant: tenant), cursor: nil, absences: [])
    var (hasProblems, hasAbsences, hasUnreadable) = (false, false, false)
    var statement = try BoundStatement(keptTenant, db)
    statement.bind(tenant.id)
    let isThere: Void? = try statement.first(db) { row in
      kept.row = try overview(of: tenant, row)
      kept.cursor = try row.text(39)
      kept.alertCursor = try row.text(40)
      (hasProblems, hasAbsences, hasUnreadable) = (try row.bool(41), try row.bool(42), try row.bool(43))
    }
    guard isThere != nil else { return (kept, false, false) }
    if hasProblems {
      var found = [tenant.id: kept.row]
      try addProblems(to: &found, "WHERE tenantID = ?", [tenant.id], db)
      kept.row = found[tenant.id] ?? kept.row
    }
    if hasAbsences { kept.absences = try AbsenceRows.all(of: tenant.id, db) }
    return (kept, true, hasUnreadable)
  }

  /// Writes what differs, and leaves a token's state or a consent as it is that was told later.
  /// - Parameter after: becomes what is kept: moments are kept as whole microseconds.
  static func replace(
    _ before: TenantOverview, with after: inout TenantOverview, cursor: String?, alertCursor: String?, isNew: Bool,
    at now: Date, _ db: Database
  ) throws {
    func isOlder(_ told: Date?, than kept: Date?) -> Bool {
      told.map { !ClockStep.mayReplace(kept, with: $0.rounded, at: now) } ?? false
    }
    if isOlder(after.token.toldAt, than: before.token.toldAt) { after.token = before.token }
    if isOlder(after.consent.checkedAt, than: before.consent.checkedAt) { after.consent = before.consent }
    after.roundMoments()
    let id = after.id
    if isNew { try ensure(id, db) }
    let (consent, token, sync) = (after.consent, after.token, after.sync)
    if sync.isOtherThan(before.sync) || token.isOtherThan(before.token) || consent.isOtherThan(before.consent) {
      var statement = try BoundStatement(replacement, db)
      statement.bind(consent.state.rawValue)
      statement.bind(joined(consent.granted))
      statement.bind(joined(consent.missing))
      statement.bind(consent.checkedAt)
      statement.bind(token.expiresAt)
      statement.bind(token.trouble?.rawValue)
      statement.bind(token.parkedUntil)
      statement.bind(token.toldAt)
      statement.bind(token.facts?.audience)
      statement.bind(joined(token.facts?.roles ?? []))
      statement.bind(joined(token.facts?.scopes ?? []))
      statement.bind(token.facts?.issuedAt)
      statement.bind(token.facts?.credential)
      statement.bind(sync.lastAttempt)
      statement.bind(sync.lastSuccess)
      statement.bind(sync.unreadable)
      statement.bind(sync.watermark)
      statement.bind(sync.alerts?.lastAttempt)
      statement.bind(sync.alerts?.lastSuccess)
      statement.bind(sync.alerts?.unreadable)
      statement.bind(sync.alerts?.coversFrom)
      statement.bind(id)
      try statement.run(db)
    }
    if let cursor { try update(id, ["syncCursor"], [cursor], db) }
    if let alertCursor { try update(id, ["alertCursor"], [alertCursor], db) }
    func save(_ problem: Problem?, about subject: Subject, unlessKept kept: Problem?) throws {
      if problem != kept { try Self.save(problem, about: subject, id, db) }
    }
    try save(token.lastError, about: .token, unlessKept: before.token.lastError)
    try save(sync.error, about: .sync, unlessKept: before.sync.error)
    try save(sync.leftOut, about: .leftOut, unlessKept: before.sync.leftOut)
    try save(sync.unreadableItem, about: .unreadableItem, unlessKept: before.sync.unreadableItem)
    try save(sync.alerts?.error, about: .alerts, unlessKept: before.sync.alerts?.error)
    try save(sync.alerts?.leftOut, about: .alertsLeftOut, unlessKept: before.sync.alerts?.leftOut)
    try save(consent.error, about: .consent, unlessKept: before.consent.error)
    if after.counts == nil, sync.lastSuccess != nil { after.counts = try IncidentCounts.load(id, db) }
  }

  private static let replacement = """
    UPDATE tenants SET consentState = ?, consentGranted = ?, consentMissing = ?, consentCheckedAt = ?,
      tokenExpiresAt = ?, tokenTrouble = ?, tokenParkedUntil = ?, tokenToldAt = ?, tokenAudience = ?, tokenRoles = ?,
      tokenScopes = ?, tokenIssuedAt = ?, tokenCredential = ?, syncLastAttempt = ?, syncLastSuccess = ?,
      syncUnreadable = ?, syncWatermark = ?, syncWatermarkDigits = ?, alertsLastAttempt = ?, alertsLastSuccess = ?,
      alertsUnreadable = ?, alertsCoverFrom = ?, alertsCoverDigits = ?
    WHERE tenantID = ?
    """

  private static func addProblems(
    to found: inout [TenantID: TenantOverview], _ condition: String, _ tenants: [TenantID], _ db: Database
  ) throws {
    var statement = try BoundStatement(
      """
      SELECT tenantID, about, cause, error, code, correlationID, requestID, at, nextAction, whoActs, summary, message,
        retryAt
      FROM problems \(condition)
      """, db)
    for tenant in tenants { statement.bind(tenant) }
    try statement.forEach(db) { row in
      let id = try row.tenant(0)
      guard found[id] != nil else { return }
      let problem = Problem(
        cause: try row.neededText(2), error: try row.text(3), code: try row.optionalInt(4),
        correlationID: try row.text(5), requestID: try row.text(6), at: try row.date(7),
        nextAction: try row.neededText(8), whoActs: try row.text(9).flatMap { WhoActs(rawValue: $0) },
        summary: try row.text(10), message: try row.text(11), retryAt: try row.date(12))
      switch try row.text(1).flatMap({ Subject(rawValue: $0) }) {
      case .consent: found[id]?.consent.error = problem
      case .token: found[id]?.token.lastError = problem
      case .sync: found[id]?.sync.error = problem
      case .leftOut: found[id]?.sync.leftOut = problem
      case .unreadableItem: found[id]?.sync.unreadableItem = problem
      case .alerts: found[id]?.sync.alerts?.error = problem
      case .alertsLeftOut: found[id]?.sync.alerts?.leftOut = problem
      case nil: break
      }
    }
  }
}
