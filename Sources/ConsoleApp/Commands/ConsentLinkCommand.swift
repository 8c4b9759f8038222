import ArgumentParser
import PartnerContext
import PartnerModel

struct ConsentLinkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "link",
    abstract: "Print the page on which each tenant's admin consents.",
    discussion: """
      Each link carries a state of its own, which comes back to your consentRedirect byte for byte: compare it there with \
      the one that JSON and CSV name for the tenant. What comes back proves nothing; consent check does.

      EXAMPLE
        partner-console consent link contoso.onmicrosoft.com
        partner-console consent link @silver --output csv > links.csv
      """)

  @Argument(help: ArgumentHelp("Ids, domains, names or @groups.", valueName: "tenant"))
  var tenants: [String]
  @OptionGroup var output: OutputOptions
  @OptionGroup var common: CommonOptions

  private struct Link: Sendable {
    var tenant: Tenant
    var url: String
    var state: String

    var json: JSONNode {
      .object([
        "id": .string(tenant.id.rawValue), "name": .string(tenant.name), "url": .string(url), "state": .string(state),
      ])
    }
  }

  func run() throws {
    try CommandEnding.reported {
      let found = try PartnerSession.use(common, beginsWithStore: true) { session in
        let chosen = try session.selection.resolve(tenants)
        var links: [Link] = []
        var without: [Tenant] = []
        for tenant in chosen where !tenant.isExcluded {
          let state = OneTimeText.make()
          if let link = AdminConsentLink(app: session.configuration.app(for: tenant), tenant: tenant.id, state: state) {
            links.append(Link(tenant: tenant, url: link.url, state: state))
          } else {
            without.append(tenant)
          }
        }
        return (chosen, links, without)
      }
      let (chosen, links, without) = found.value
      switch output.output {
      case .text:
        for link in links {
          if links.count > 1 { try StandardStreams.write(head(link.tenant)) }
          try StandardStreams.write(link.url + "\n")
        }
      case .json: try output.write(.array(links.map(\.json)))
      case .csv: try output.write(links.map(\.json), columns: ["id", "name", "url", "state"])
      }
      try tell(chosen, without, hasLinks: !links.isEmpty)
    }
  }

  private func head(_ tenant: Tenant) -> String {
    var lines = FactLines(width: nil)
    lines.say("\(tenant.name):")
    return lines.text
  }

  /// Says for whom there is no link, and ends so.
  private func tell(_ chosen: [Tenant], _ without: [Tenant], hasLinks: Bool) throws {
    let excluded = chosen.filter(\.isExcluded)
    if !excluded.isEmpty {
      StandardStreams.say("Left out, as the configuration excludes them: \(names(excluded)).")
    }
    for (app, tenants) in Dictionary(grouping: without, by: \.app).sorted(by: { ($0.key ?? "") < ($1.key ?? "") }) {
      let place = app.map { "apps.\($0)" } ?? "app"
      StandardStreams.say(
        "No link for \(names(tenants)): \(place).consentRedirect is missing, and the consent page has to lead back somewhere. Add a registered https page, or use consent request, which waits on this machine."
      )
    }
    if !without.isEmpty { throw ExitCode((hasLinks ? ExitStatus.someTenantsFailed : .badConfiguration).rawValue) }
    if !hasLinks { throw ExitCode(ExitStatus.nothingDone.rawValue) }
  }

  private func names(_ tenants: [Tenant]) -> String {
    let names = tenants.prefix(10).map(\.name).joined(separator: ", ")
    return tenants.count > 10 ? "\(names) and \(tenants.count - 10) more" : names
  }
}
