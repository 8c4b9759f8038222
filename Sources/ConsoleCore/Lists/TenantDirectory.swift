import PartnerModel

/// What rows of incidents need of their tenants: a name, a place in the order of names, the deadlines agreed.
struct TenantDirectory: Hashable, Sendable {
  struct Entry: Hashable, Sendable {
    var name: String
    var domain: String?
    /// Folded.
    var groups: [String]
    var rank: Int
    var policy: SLAPolicy
  }

  private var entries: [TenantID: Entry]
  /// The targets of the severities that are known here, by their order: every row of a frame asks for them.
  private var targets: [TenantID: [SLATarget?]]
  /// In the configuration's order; rows hold their tenants' numbers.
  let numbers: InternTable<TenantID>
  /// The same targets by those numbers.
  private var targetsByNumber: [[SLATarget?]] = []
  let hasDeadlines: Bool
  /// Of all tenants, folded.
  let groups: Set<String>
  /// Who `me` is, folded.
  let operatorUPN: String?

  init(_ configuration: Configuration) {
    let folded = configuration.tenants.map { ($0.name.foldedForSearch, $0) }
    let ordered = folded.sorted { ($0.0, $0.1.id) < ($1.0, $1.1.id) }
    entries = [:]
    targets = [:]
    let severities = Severity.members.map(\.value)
    for (rank, (_, tenant)) in ordered.enumerated() {
      entries[tenant.id] = Entry(
        name: tenant.name, domain: tenant.domain, groups: tenant.groups.map(\.foldedForSearch), rank: rank,
        policy: configuration.sla(for: tenant))
      var byOrder = [SLATarget?](repeating: nil, count: 6)
      for severity in severities { byOrder[severity.order] = entries[tenant.id]?.policy.targets[severity] }
      targets[tenant.id] = byOrder
    }
    var numbers = InternTable<TenantID>()
    for tenant in configuration.tenants {
      // A tenant that is there twice keeps its first number.
      guard Int(numbers.number(of: tenant.id)) == targetsByNumber.count else { continue }
      targetsByNumber.append(targets[tenant.id] ?? [])
    }
    self.numbers = numbers
    groups = Set(entries.values.flatMap(\.groups))
    operatorUPN = configuration.operatorUPN?.foldedForSearch
    hasDeadlines = entries.values.contains { !$0.policy.targets.isEmpty }
  }

  subscript(tenant: TenantID) -> Entry? { entries[tenant] }

  /// The tenant's name; its GUID where the configuration does not have it.
  func name(of tenant: TenantID) -> String { entries[tenant]?.name ?? tenant.rawValue }
  func target(of tenant: TenantID, _ severity: Severity) -> SLATarget? {
    if case .unrecognised = severity { return policy(of: tenant).targets[severity] }
    return targets[tenant]?[severity.order]
  }

  /// The same where the tenant's number in a list is known: it is the one here, but for a tenant that is not configured.
  func target(of tenant: TenantID, numbered number: UInt32, _ severity: Severity) -> SLATarget? {
    let index = Int(number)
    guard index < targetsByNumber.count, numbers[number] == tenant else { return target(of: tenant, severity) }
    if case .unrecognised = severity { return policy(of: tenant).targets[severity] }
    return targetsByNumber[index][severity.order]
  }

  func policy(of tenant: TenantID) -> SLAPolicy { entries[tenant]?.policy ?? SLAPolicy() }
}
