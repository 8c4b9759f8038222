import FoundationEssentials
package import PartnerModel
package import TerminalKit

/// What the console is started with; only why nothing may be changed can be found out later.
package struct ConsoleSettings: Hashable, Sendable {
  package enum StartView: Hashable, Sendable {
    case tenants, queue
  }

  package var configuration: Configuration
  /// What the top line says of where we act: `LAB`, `COMMERCIAL` …
  package var mode: String
  /// The partner's name; empty if it is not known.
  package var partnerName: String
  /// Why nothing may be changed; `nil` if it may.
  package var readOnlyReason: String?
  /// What the screen can show.
  package var signs: Signs
  package var view: StartView
  /// The command of a screen that is opened on top of it.
  package var opens: String?
  /// Open this tenant's incidents at the start.
  package var tenant: TenantID?
  /// Words that the first view is filtered by.
  package var filter: String
  /// Hosts that a portal link may open.
  package var portalHosts: Set<String>
  /// Texts for comments, and why some of them are missing.
  package var templates: CommentTemplates
  /// This process, which the ids of its writes name; `nil` where none is told apart.
  package var process: Int32?

  /// - Parameter portalHosts: `nil` takes those of the configuration's registrations.
  package init(
    configuration: Configuration, mode: String, partnerName: String = "", readOnlyReason: String? = nil,
    signs: Signs = .all, view: StartView = .tenants, opens: String? = nil, tenant: TenantID? = nil, filter: String = "",
    portalHosts: Set<String>? = nil, templates: CommentTemplates = .none, process: Int32? = nil
  ) {
    self.configuration = configuration
    self.mode = mode
    self.partnerName = partnerName
    self.readOnlyReason = readOnlyReason
    self.signs = signs
    self.view = view
    self.opens = opens
    self.tenant = tenant
    self.filter = filter
    self.templates = templates
    self.process = process
    let apps = [configuration.app] + configuration.apps.values
    self.portalHosts = portalHosts ?? Set(apps.flatMap(\.endpoints.portalHosts).map { $0.lowercased() })
  }

  /// Seconds after which what was read counts as stale.
  var staleAfter: TimeInterval { configuration.refresh.staleAfter }
  var operatorUPN: String? { configuration.operatorUPN }
}
