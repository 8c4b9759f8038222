import ConsoleCore
import FoundationEssentials
import PartnerModel
import SafeText

// Who may act in a tenant, and what exactly its admin has granted.

extension TenantOverview {
  /// Whether there is something about a person's access that nobody expects.
  var hasAccessToTell: Bool { ![.notNeeded, .ok].contains(access.state) && !tenant.isExcluded }
}

extension TenantOutput {
  static let accessColumns: [CSV.Column] =
    ["access.context", "access.state", "access.checkedAt"] + problemColumns("access.error")

  func accessJSON(_ overview: TenantOverview) -> JSONNode {
    let access = overview.access
    return .object([
      "context": .string(overview.tenant.context.rawValue),
      "state": .string(access.state.rawValue),
      "relations": .array(
        access.relations.map { relation in
          .object([
            "id": .string(relation.id),
            "displayName": .string(relation.displayName),
            "status": .string(relation.status),
            "endsAt": .moment(relation.endsAt),
            "autoExtends": .bool(relation.autoExtends),
            "roles": .strings(relation.roles),
          ])
        }),
      "checkedAt": .moment(access.checkedAt),
      "error": .problem(access.error),
    ])
  }

  /// Each permission that is required or granted: whether it is there, and what does not work without it.
  func permissionsJSON(_ overview: TenantOverview) -> JSONNode {
    let isKnown = overview.consent.state != .unknown
    return .array(
      needs(overview).map { need in
        .object([
          "permission": .string(need.role.rawValue),
          "required": .bool(need.isRequired),
          "granted": isKnown ? .bool(need.isGranted) : .null,
          "breaks": .string(need.breaks),
        ])
      })
  }

  func directoryJSON(_ overview: TenantOverview) -> JSONNode {
    guard let directory = overview.directory else { return .null }
    return .object([
      "checkedAt": .moment(directory.checkedAt),
      "enabled": .bool(directory.isEnabled),
      "granted": .strings(directory.granted.map(\.rawValue)),
      "lagging": .strings(directory.lagging(behind: overview.consent).map(\.rawValue)),
      "withdrawn": .strings(directory.withdrawn(from: overview.consent).map(\.rawValue)),
    ])
  }

  private func needs(_ overview: TenantOverview) -> [PermissionNeed] {
    PermissionNeed.compared(required: required(overview.tenant), granted: overview.consent.granted)
  }

  /// Below the table: of each tenant what does not work, what was granted beyond it, and what the directory says against
  /// the token. A tenant without any consent needs no list.
  func differences(_ overviews: [TenantOverview]) -> String {
    overviews.map { overview in
      var lines = FactLines(width: width)
      guard !overview.tenant.isExcluded else { return "" }
      let needs = needs(overview)
      if overview.consent.state == .partial {
        for need in needs where need.isRequired && !need.isGranted {
          lines.say("  without \(need.role): \(need.breaks ?? "nothing of the console's own needs it")")
        }
      }
      say("  granted and not required", needs.filter { !$0.isRequired }.map(\.role), &lines)
      if let directory = overview.directory {
        say(
          "  granted in the tenant's directory, and in no token yet", directory.lagging(behind: overview.consent),
          &lines)
        say(
          "  withdrawn in the tenant's directory, and gone with the next token",
          directory.withdrawn(from: overview.consent), &lines)
      }
      guard !lines.text.isEmpty else { return "" }
      var head = FactLines(width: width)
      head.say("\(overview.tenant.name):")
      return "\n" + head.text + lines.text
    }.joined()
  }

  private func say(_ words: String, _ roles: [AppRole], _ lines: inout FactLines) {
    guard !roles.isEmpty else { return }
    lines.say("\(words): \(roles.map(\.rawValue).joined(separator: ", "))")
  }

  func access(_ overview: TenantOverview) -> TextTable.Cell {
    overview.hasAccessToTell ? .init(spelledOut(overview.access.state.rawValue)) : "–"
  }

  /// A line for each fact of a tenant's access.
  func add(_ access: AccessRecord, of tenant: Tenant, to lines: inout FactLines) {
    lines.add("context", tenant.context.rawValue)
    if tenant.context == .user { lines.add("access", spelledOut(access.state.rawValue).text) }
    if let error = access.error {
      lines.add("  what", error.summary)
      lines.add("  who acts", error.whoActs?.words)
      lines.add("  next", error.nextAction)
    }
    for relation in access.relations {
      let end = relation.endsAt.map { ", until \(Timestamp($0).description.prefix(10))" } ?? ""
      lines.add(
        "GDAP", "\(relation.displayName), \(relation.status)\(end)\(relation.autoExtends ? ", goes on by itself" : "")")
      lines.add("  roles", relation.roles.map(EntraRole.name).joined(separator: ", "))
    }
    lines.add("  read", access.checkedAt.map { Timestamp($0).description })
  }
}
