extension EvidenceWriter {
  /// Evidence of where programs come from, and of agents; false when the plan is of another kind.
  func code(_ plan: EvidencePlan, _ index: Int, to json: inout JsonWriter) -> Bool {
    let owner = cast.customer.code.lowercased()
    switch plan {
    case .repository(let name):
      base("gitHubRepoEvidence", index, ["contextual"], to: &json)
      json.field("repoId", String(10_000_000 + cast.number(name, below: 900_000_000)))
      json.field("login", name)
      json.field("owner", owner)
      json.field("ownerType", "Organization")
      json.field("baseUrl", "https://github.example/\(owner)/\(name)")
    case .organization:
      base("gitHubOrganizationEvidence", index, ["contextual"], to: &json)
      json.field("orgId", String(1_000_000 + cast.number("organization", below: 90_000_000)))
      json.field("login", owner)
      json.field("displayName", cast.customer.tenant.name)
      json.field("company", cast.customer.tenant.name)
      json.field("email", "code@\(cast.customer.mailDomain)")
      json.field("webUrl", "https://github.example/\(owner)")
    case .gitHubUser(let number):
      let user = cast.user(number)
      base("gitHubUserEvidence", index, ["compromised"], to: &json)
      json.field("userId", String(2_000_000 + cast.number("coder\(number)", below: 90_000_000)))
      json.field("login", user.account.replacing(".", with: "-"))
      json.field("name", user.displayName)
      json.field("email", user.upn)
      json.field("webUrl", "https://github.example/\(user.account.replacing(".", with: "-"))")
    case .aiAgent(let name):
      base("aiAgentEvidence", index, ["contextual"], to: &json)
      json.field("agentId", cast.guid("agent\(name)"))
      json.field("agentName", name)
      json.field("hostingPlatformType", "copilotStudio")
      json.field("instructions", "Answer questions about backups of \(cast.customer.tenant.name). Never delete one.")
    default: return false
    }
    return true
  }
}
