import PartnerModel
import SafeText
import TerminalKit

// What a small screen need not say.
extension ConsoleScreen {
  static var preview: PreviewPlace { .none }
  static var isAside: Bool { false }
  static var opener: CommandEntry? { nil }
  static func screen(in state: SharedState) -> Self? { nil }
  static func screen(for target: Target, known: IncidentSummary?, in state: SharedState) -> Self? { nil }
  static func form(of command: Command, for subject: FormSubject, in state: SharedState) -> Self? { nil }
  static func form(again write: IncidentWrite, for subject: FormSubject, in state: SharedState) -> Self? { nil }
  static func screen(of command: Command, for tenants: [TenantID], in state: SharedState) -> Self? { nil }
  static func lists(_ target: Target) -> Bool { false }

  mutating func reveal(_ target: Target, in state: inout SharedState) -> Bool { false }
  func shows(_ target: Target) -> Bool { false }
  var tenant: TenantID? { nil }
  var scopeCrumbs: [SafeText] { [] }
  func notes(in state: SharedState) -> ScreenNotes? { nil }
  func hintWord(for command: Command) -> SafeText? { nil }

  func target(in state: SharedState) -> Target? { nil }
  func incident(in state: SharedState) -> IncidentSummary? { nil }
  func pageItem(in state: SharedState) -> PageIncident? { nil }
  var awaitsAlerts: Bool { false }
  func notMade(in state: SharedState) -> IncidentWrite? { nil }
  func hasPortalLink(in state: SharedState) -> Bool { false }
  func need(in state: SharedState) -> Need? { nil }
  func restsOn(in state: SharedState) -> IncidentKey? { nil }
  func news(in state: SharedState) -> (count: Int, above: Int) { (state.queue.unseen.count, 0) }
  func obstacle(to command: Command, in state: SharedState) -> SafeText? { nil }

  func takesMark(of target: Target) -> Bool { false }
  func hasRow(of target: Target, in state: SharedState) -> Bool { true }
  func incident(_ key: IncidentKey, in state: SharedState) -> IncidentSummary? {
    state.queue.slot(of: key).map(state.queue.summary)
  }

  mutating func opened(in state: inout SharedState) -> [Effect] { [] }
  mutating func shownAgain(in state: inout SharedState) -> [Effect] { [] }
  mutating func closed(in state: inout SharedState) {}
  mutating func hear(_ event: Event, isShown: Bool, in state: inout SharedState) -> [Effect] { [] }
  mutating func settle(_ layout: FrameLayout, in state: inout SharedState) {}
  mutating func pin(in state: inout SharedState) {}
  func isPinned(in state: SharedState) -> Bool { true }
  var isWorking: Bool { false }

  var orders: [String] { [] }
  mutating func order(by name: String, in state: inout SharedState) -> Bool { false }
  func hasFilter(in state: SharedState) -> Bool { false }
  func prompt(in state: SharedState) -> FilterPrompt? { nil }
  mutating func filter(by text: String, in state: inout SharedState) {}
  mutating func restore(_ prompt: FilterPrompt, in state: inout SharedState) {}

  mutating func follow(_ command: Command, _ layout: FrameLayout, in state: inout SharedState) -> Step? { nil }
  var takesText: Bool { false }
  mutating func type(_ key: Key, maySend: Bool, _ layout: FrameLayout, in state: inout SharedState) -> Step { .done }
  var textHints: [TextHint] { [] }
  func cursor(_ layout: FrameLayout, in state: SharedState) -> Position? { nil }

  func watched(_ layout: FrameLayout, in state: SharedState) -> [TenantID] { [] }
  func canRefresh(in state: SharedState) -> Bool { false }
  func refreshScope(in state: SharedState) -> [TenantID] { [] }
  mutating func refresh(asking effects: [Effect], in state: inout SharedState) -> [Effect] { effects }
  func addTimes(to due: inout Due, _ layout: FrameLayout, in state: SharedState) {}

  func headHeight(_ layout: FrameLayout, in state: SharedState) -> Int { 0 }
  func viewport(in state: SharedState) -> Viewport? { nil }
  func side(_ layout: FrameLayout, in state: SharedState, kept: inout KeptLines) -> [Line] { [] }
}

extension Set<Command> {
  /// All that moves a cursor over rows.
  static let moves = Set(Motion.allCases.map(Command.move))
}
