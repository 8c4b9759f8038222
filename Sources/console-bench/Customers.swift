import FoundationEssentials
import PartnerModel
import PartnerStore

/// Made-up tenants and incidents in a store and a configuration, as a long-used console has them.
struct Customers {
  /// A word in every tenant's name, and one in every incident's: they tell when a row is on the screen.
  static let tenantWord = "Kestrel"
  static let incidentWord = "Lateral"

  let configurationPath: String
  /// What `XDG_STATE_HOME` is.
  let state: String
  private static let clientID = "11111111-2222-3333-4444-555555555555"
  private static let roles = ["SecurityIncident.ReadWrite.All", "SecurityAlert.Read.All", "ThreatHunting.Read.All"]

  /// Fills a new state folder and writes a configuration whose endpoints nobody listens at.
  static func fill(_ place: BenchPlace, tenants count: Int, incidents: Int, now: Date) throws -> Customers {
    let tenants = (0..<count).map { TenantID(high: 0x7E57_0000_0000_4000 | UInt64($0) << 16, low: UInt64($0) + 1) }
    let state = try place.folder("\(place.path)/state-\(incidents)")
    let customers = Customers(
      configurationPath: try configure(tenants, clientID: clientID, name: "customers-\(incidents)", in: place),
      state: state)
    let folder = try StateFolder.open(
      environment: ["XDG_STATE_HOME": state], cloud: .lab, clientID: clientID)
    let cache = try Cache.open(in: folder, now: now)
    defer { cache.close() }
    for (index, tenant) in tenants.enumerated() {
      let range = index * incidents / count..<(index + 1) * incidents / count
      let page = range.map { incident($0, of: tenant, now: now) }
      try cache.save(
        ConsentRecord(state: .granted, granted: roles.map { AppRole($0) }, checkedAt: now), of: tenant, at: now)
      try cache.save(TokenRecord(expiresAt: now.addingTimeInterval(3000)), of: tenant, at: now)
      _ = try cache.apply(page, in: tenant, at: now)
      try cache.save(
        SyncRecord(lastAttempt: now, lastSuccess: now, watermark: page.compactMap(\.updatedAt).max()), of: tenant)
    }
    return customers
  }

  /// Writes a configuration whose endpoints nobody listens at, for a store that is filled.
  /// - Parameter name: of its file.
  /// - Returns: where it is.
  static func configure(
    _ tenants: [TenantID], clientID: String, name: String, in place: BenchPlace
  ) throws -> String {
    let file = "\(place.path)/\(name).json"
    try place.write("unused\n", to: file + ".secret")
    let rows = tenants.enumerated().map { index, id in
      """
          { "id": "\(id)", "name": "\(Self.name(index))", "domain": "customer\(index).onmicrosoft.com" }
      """
    }
    // Nobody listens on the discard port; the long periods keep the console to itself after its first round.
    let text = """
      {
        "version": 1,
        "app": {
          "clientId": "\(clientID)",
          "homeTenant": "7e57ffff-0000-4000-8000-000000000000",
          "cloud": "lab",
          "api": "graph",
          "credentials": [ { "type": "secret", "file": "\(file).secret" } ],
          "permissions": [\(Self.roles.map { "\"\($0)\"" }.joined(separator: ", "))],
          "endpoints": { "authority": "http://127.0.0.1:9", "graph": "http://127.0.0.1:9" }
        },
        "operator": { "upn": "anna@partner.example" },
        "refresh": { "visible": "PT1H", "background": "PT24H", "staleAfter": "P7D", "history": "P30D" },
        "sla": { "high": { "acknowledge": "PT30M", "resolve": "PT4H" } },
        "tenants": [
      \(rows.joined(separator: ",\n"))
        ]
      }

      """
    try place.write(text, to: file)
    return file
  }

  private static func name(_ index: Int) -> String {
    let trades = ["Health", "Logistics", "Foods", "Energy", "Insurance", "Bank", "Schools", "Motors"]
    return "\(tenantWord) \(trades[index % trades.count]) \(index)"
  }

  /// Everything differs from one incident to the next, and nothing by chance.
  private static func incident(_ number: Int, of tenant: TenantID, now: Date) -> Incident {
    let severities: [Severity] = [.high, .medium, .medium, .low, .low, .low, .informational]
    let doings = [
      "movement to a file server", "movement with stolen tickets", "phishing between colleagues",
      "use of a remote tool", "logon from two countries",
    ]
    let minutes = number * 7919 % (30 * 24 * 60)
    let created = now.addingTimeInterval(-Double(minutes) * 60 - 60)
    let isTaken = number % 4 == 0
    return Incident(
      tenant: tenant, id: IncidentID("\(100_000 + number)"),
      displayName: "\(incidentWord) \(doings[number % doings.count]), host FIN-\(number * 31 % 9973)",
      severity: severities[number % severities.count], status: isTaken ? .inProgress : .active,
      assignedTo: isTaken ? "analyst\(number % 12)@partner.example" : nil,
      customTags: number % 9 == 0 ? ["vip"] : [], createdAt: Timestamp(created),
      updatedAt: Timestamp(created.addingTimeInterval(Double(number % 50))),
      webURL: "https://security.microsoft.com/incident2/\(100_000 + number)/overview?tid=\(tenant)",
      priorityScore: number % 101)
  }
}
