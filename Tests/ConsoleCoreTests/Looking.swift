import Foundation
import PartnerModel
import SafeText
import TerminalKit

@testable import ConsoleCore

/// What tests look at.
extension ConsoleState {
  var settings: ConsoleSettings { shared.settings }
  var directory: TenantDirectory { shared.directory }
  var size: Size { shared.size }
  var now: Date { shared.now }
  var tenants: TenantsState { shared.tenants }
  var queue: IncidentList {
    get { shared.queue }
    _modify { yield &shared.queue }
  }
  var message: Message? {
    get { shared.message }
    set { shared.message = newValue }
  }
  var calm: Calm? {
    get { shared.calm }
    set { shared.calm = newValue }
  }
  var writes: WritesState { shared.writes }
  var prompt: FilterPrompt? { shared.prompt }
  var portal: PortalOffer? { shared.portal }
  var takeover: Takeover? { shared.takeover }
  var tickAt: Date? { shared.tickAt }
  var watched: [TenantID] { shared.watched }
  var denied: [IncidentKey: Date] { shared.denied }
  var previewScroll: PreviewScroll { shared.previewScroll }
  var isPreviewInFront: Bool { shared.isPreviewInFront }
  var lastRequest: Int { shared.lastRequest }
  var needs: [Need] { shared.needs }
  var needCount: Int { shared.needCount }
  var news: (count: Int, above: Int) { screens.top.news(in: shared) }
  var target: IncidentSummary? { screens.top.incident(in: shared) }
  func trust(in tenant: TenantID) -> TenantTrust? { shared.trust(in: tenant) }

  /// The name of the screen on top.
  var place: ScreenName { Swift.type(of: screens.top).name }

  /// The tenant's incidents that were opened last, whatever lies on them.
  var tenantIncidents: TenantIncidentsScreen? {
    get { last() }
    set { replaceLast(newValue) }
  }

  private var pageScreen: IncidentScreen? {
    get { last() }
    set { replaceLast(newValue) }
  }

  /// The incident's page that was opened last, whatever lies on it.
  var page: IncidentPageState? {
    get { pageScreen?.page }
    set { if let newValue { pageScreen?.page = newValue } }
  }

  var help: HelpScreen? { last() }

  private func last<Kind: ConsoleScreen>() -> Kind? {
    (0..<screens.depth).reversed().lazy.compactMap { screens[$0] as? Kind }.first
  }

  private mutating func replaceLast<Kind: ConsoleScreen>(_ screen: Kind?) {
    guard let screen, let index = (0..<screens.depth).last(where: { screens[$0] is Kind }) else { return }
    screens[index] = screen
  }
}

extension ScreenName {
  static let tenants = TenantsScreen.name
  static let queue = QueueScreen.name
  static let tenantIncidents = TenantIncidentsScreen.name
  static let incident = IncidentScreen.name
  static let help = HelpScreen.name
}
