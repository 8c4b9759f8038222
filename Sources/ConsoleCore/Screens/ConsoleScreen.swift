import PartnerModel
import SafeText
import TerminalKit

/// What is asked of a screen. Each screen is a folder with its state and its answers, and a line in the table of screens;
/// nothing else of the core knows it by name: frame, keys, help, hints and settling ask the one on top.
///
/// A protocol with existentials was chosen over an enum of the screens, whose switches would have to know all of them. A
/// screen's own state lies in its box on the stack and is edited there, in place; what several screens show (the tenants,
/// the queue's rows, the writes) is `SharedState` beside the stack, so that a screen may change it while it is changed
/// itself. Never hold a copy of a screen while it is mutated: its rows would be copied.
protocol ConsoleScreen: Hashable, Sendable {
  // MARK: What it is

  /// In a word, different from all others.
  static var name: ScreenName { get }
  static var preview: PreviewPlace { get }
  /// Whether it lies on another only for a look: what is below stays whole in the crumbs and is kept fresh.
  static var isAside: Bool { get }
  /// The commands that it follows itself.
  static var commands: Set<Command> { get }
  /// The commands that its bottom line names, the most useful first.
  static var hints: [Command] { get }
  /// How it is opened by its name; `nil` for one that needs something to show.
  static var opener: CommandEntry? { get }

  /// The screen as it is opened by its name.
  static func screen(in state: SharedState) -> Self?
  /// The screen that shows a target.
  /// - Parameter known: the incident, as far as it was seen where it was opened from.
  /// - Returns: `nil` for a target that belongs to another screen.
  static func screen(for target: Target, known: IncidentSummary?, in state: SharedState) -> Self?
  /// The form that a command opens for an incident, or for one of its alerts.
  /// - Returns: `nil` for a command that it is not the form of.
  static func form(of command: Command, for subject: FormSubject, in state: SharedState) -> Self?
  /// The form of a write that was not made, filled in as it was.
  /// - Returns: `nil` for an action that another form makes.
  static func form(again write: IncidentWrite, for subject: FormSubject, in state: SharedState) -> Self?
  /// The screen that a command opens for some tenants.
  /// - Returns: `nil` for a command that opens another one.
  static func screen(of command: Command, for tenants: [TenantID], in state: SharedState) -> Self?
  /// Whether it lists everything of a target's kind, so that the target is shown by bringing the cursor to it.
  static func lists(_ target: Target) -> Bool

  /// Brings the cursor to a target that it lists; a filter that hides it is dropped.
  /// - Returns: whether it is among its rows.
  mutating func reveal(_ target: Target, in state: inout SharedState) -> Bool
  /// Whether it shows this already.
  func shows(_ target: Target) -> Bool

  // MARK: Where the operator is

  /// The one tenant that all of it is about.
  var tenant: TenantID? { get }
  /// Its part of the crumbs.
  /// - Parameters:
  ///   - tenant: the one that the screen below is about.
  ///   - isShort: whether another was opened on it, so that its name is enough.
  func crumbs(in state: SharedState, under tenant: TenantID?, isShort: Bool) -> [SafeText]
  /// What follows the crumbs as long as it is on top.
  var scopeCrumbs: [SafeText] { get }
  /// The right end of the crumbs.
  func notes(in state: SharedState) -> ScreenNotes?
  /// The word of a hint where it is another than everywhere.
  func hintWord(for command: Command) -> SafeText?

  // MARK: What keys act on

  func target(in state: SharedState) -> Target?
  /// The incident that keys act on, as it was seen.
  func incident(in state: SharedState) -> IncidentSummary?
  /// The incident whole, as it was read, with the alert that the operator put the cursor on; `nil` where none is shown.
  func pageItem(in state: SharedState) -> PageIncident?
  /// Whether alerts of it are being read that nobody has seen yet.
  var awaitsAlerts: Bool { get }
  /// A write that was not made and that it shows: its form can be opened again, also where it is of an earlier run.
  func notMade(in state: SharedState) -> IncidentWrite?
  func hasPortalLink(in state: SharedState) -> Bool
  /// The need that the operator is at.
  func need(in state: SharedState) -> Need?
  /// What the cursor rests on, so that it is not new any more after a while; `nil` while the cursor was not put there.
  func restsOn(in state: SharedState) -> IncidentKey?
  /// New incidents that were not looked at yet, and how many of them are shown above the window.
  func news(in state: SharedState) -> (count: Int, above: Int)
  /// Why a command cannot be followed here and now; `nil` if it can, or if the screen has no words of its own for it.
  func obstacle(to command: Command, in state: SharedState) -> SafeText?

  // MARK: Marks

  /// Whether rows of it can be this, so that it can be marked here.
  func takesMark(of target: Target) -> Bool
  /// Whether the row of what was marked is among those that the filter lets through.
  func hasRow(of target: Target, in state: SharedState) -> Bool
  /// One of the incidents that it lists, as it was seen.
  func incident(_ key: IncidentKey, in state: SharedState) -> IncidentSummary?

  // MARK: What happens to it

  /// It was put on top.
  /// - Returns: what to ask for.
  mutating func opened(in state: inout SharedState) -> [Effect]
  /// What lay on it was taken away.
  mutating func shownAgain(in state: inout SharedState) -> [Effect]
  /// It is about to be taken away.
  mutating func closed(in state: inout SharedState)
  /// Follows a command of its own.
  /// - Returns: `nil` where the command is none of its own.
  mutating func follow(_ command: Command, _ layout: FrameLayout, in state: inout SharedState) -> Step?
  /// Something happened, and the shared state knows of it already. Every screen of the stack hears of it, so that an answer
  /// to a question of one that lies deep is not lost.
  /// - Parameter isShown: whether nothing but a look lies on it: others catch up in `shownAgain`.
  mutating func hear(_ event: Event, isShown: Bool, in state: inout SharedState) -> [Effect]
  /// Brings its window to its size.
  mutating func settle(_ layout: FrameLayout, in state: inout SharedState)
  /// From now on the cursor keeps its row.
  mutating func pin(in state: inout SharedState)
  /// Whether it does.
  func isPinned(in state: SharedState) -> Bool
  /// Whether it has long work to go on with.
  var isWorking: Bool { get }

  // MARK: Order and filter

  /// The names of its orders.
  var orders: [String] { get }
  /// - Returns: whether there is an order of this name.
  mutating func order(by name: String, in state: inout SharedState) -> Bool

  func hasFilter(in state: SharedState) -> Bool
  /// What the filter is typed in, begun.
  func prompt(in state: SharedState) -> FilterPrompt?
  mutating func filter(by text: String, in state: inout SharedState)
  /// Everything is as it was before the filter was typed.
  mutating func restore(_ prompt: FilterPrompt, in state: inout SharedState)

  // MARK: Text

  /// Whether keys are text for it, and no commands.
  var takesText: Bool { get }
  /// Takes a key or a paste while it takes text.
  /// - Parameter maySend: whether the key can end what is typed; one that came together with a text cannot.
  mutating func type(_ key: Key, maySend: Bool, _ layout: FrameLayout, in state: inout SharedState) -> Step
  /// What its bottom line names while it takes text.
  var textHints: [TextHint] { get }
  /// Where text is typed among its lines; `nil` where none is.
  func cursor(_ layout: FrameLayout, in state: SharedState) -> Position?

  // MARK: What it keeps fresh

  /// The tenants that what is on screen is about, in the order of the screen, without those that are excluded.
  func watched(_ layout: FrameLayout, in state: SharedState) -> [TenantID]
  /// Whether there is anything that the refresh key reads.
  func canRefresh(in state: SharedState) -> Bool
  /// The tenants that the refresh key reads.
  func refreshScope(in state: SharedState) -> [TenantID]
  /// The tenants are being read because the operator asked.
  /// - Returns: what is asked for in all, with what the screen itself reads.
  mutating func refresh(asking effects: [Effect], in state: inout SharedState) -> [Effect]
  /// Adds when a time on it reads differently.
  func addTimes(to due: inout Due, _ layout: FrameLayout, in state: SharedState)

  // MARK: Its picture

  /// Lines above its rows.
  func headHeight(_ layout: FrameLayout, in state: SharedState) -> Int
  /// Its rows' window.
  func viewport(in state: SharedState) -> Viewport?
  func lines(_ layout: FrameLayout, in state: SharedState, cache: inout RowCache) -> [Line]
  /// More of what is under the cursor: all lines of it, made by a panel for previews.
  func side(_ layout: FrameLayout, in state: SharedState, kept: inout KeptLines) -> [Line]
}

/// A screen's name.
struct ScreenName: Hashable, Sendable, ExpressibleByStringLiteral {
  let word: String
  init(_ word: String) { self.word = word }
  init(stringLiteral word: String) { self.word = word }
}

/// A key of a text, and a word for what it does.
struct TextHint: Hashable, Sendable {
  var key: SafeText
  var asciiKey: SafeText
  var word: SafeText

  init(_ key: SafeText, ascii: SafeText? = nil, _ word: SafeText) {
    self.key = key
    asciiKey = ascii ?? key
    self.word = word
  }
}

/// Where a screen has its preview.
enum PreviewPlace: Hashable, Sendable {
  /// Beside the rows; in their place in a window that is too narrow for both.
  case besideOrInFront
  case beside
  /// It takes the whole window.
  case none
}

/// What keys act on, from the widest to the narrowest.
struct Target: Hashable, Sendable {
  var tenant: TenantID
  var incident: IncidentID?
  /// An alert or a piece of evidence.
  var item: PageItem?

  init(tenant: TenantID) { self.tenant = tenant }

  init(_ key: IncidentKey, item: PageItem? = nil) {
    (tenant, incident) = (key.tenant, key.id)
    self.item = item
  }

  var key: IncidentKey? { incident.map { IncidentKey(tenant: tenant, id: $0) } }
}

/// An incident as its page shows it.
struct PageIncident: Hashable, Sendable {
  var incident: Incident
  /// The one that the operator put the cursor on.
  var alert: Alert?
  /// The one that the cursor is on, be it only because it stood there from the beginning.
  var shownAlert: Alert?
}

/// What a followed command comes to besides what it changed.
struct Step: Hashable, Sendable {
  enum Passage: Hashable, Sendable {
    case open(Target, known: IncidentSummary?)
    /// The screen that a command opens for some tenants.
    case screen(of: Command, [TenantID])
    case close
  }

  var effects: [Effect] = []
  var passage: Passage?

  static let done = Step()
  static let close = Step(passage: .close)
  static func open(_ target: Target, known: IncidentSummary? = nil) -> Step {
    Step(passage: .open(target, known: known))
  }
}
