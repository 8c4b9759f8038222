import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// What several screens show, and what belongs to the window as a whole. A screen's own state lies on the stack.
struct SharedState: Hashable, Sendable {
  var settings: ConsoleSettings
  let directory: TenantDirectory
  var size: Size
  var now: Date

  /// Fed while no screen shows them, too; their cursor, filter and order are those of the screen that does.
  var tenants: TenantsState
  var queue: IncidentList

  var writes = WritesState()
  var prompt: FilterPrompt?
  /// The command line while it is open.
  var commandLine: OpenCommandLine?
  var history = CommandHistory()
  /// The id that the store is searched for because somebody wants to go there.
  var sought: SoughtIncident?
  /// An alert is to be moved as soon as its page has it.
  var awaitedMove: AwaitedMove?
  /// In which order verdicts were offered for a title.
  var offeredVerdicts = OfferedVerdicts()
  var portal: PortalOffer?
  /// A colleague's incident that the next claim takes over.
  var takeover: Takeover?
  /// A claim of all that is marked, told and not yet confirmed.
  var markedClaim: MarkedClaim?
  /// A write that the next undo takes back.
  var askedUndo: WriteID?
  var marks = Marks()
  var message: Message? {
    didSet { if let message { said.take(message, at: now) } }
  }
  /// What the bottom line said.
  private(set) var said = Messages()
  /// A filter was begun where there is no list: the word that is typed for it must not act.
  var isTypingNowhere = false
  /// Keys that come now belong to what was typed or pasted before.
  var calm: Calm?
  /// When a text came back from the operator's editor: a key right behind it may have been meant for the editor.
  var textCameAt: Date?
  /// The key that acted last, while no other came.
  var held: HeldKey?
  /// The operator closed the preview of a wide window.
  var isPreviewHidden = false
  /// On a narrow window the preview stands in the place of the rows.
  var isPreviewInFront = false
  var previewScroll = PreviewScroll()
  /// The row that the cursor rests on.
  var resting: Resting?
  /// What the key for it led to last.
  var lastNeed: Need?
  /// The operator wants to leave although writes are not settled.
  var isLeaving = false
  var ownership: Ownership = .owner
  var syncing: Set<TenantID> = []
  /// Consents and sign-ins that are under way, and what came of them.
  var access = AccessWork()
  /// What is known of each registration's credentials.
  var credentials: [AppCredentials] = []
  var progress = SyncProgress()
  /// Incidents for which the service answered 404 when they were opened, and when: once proves nothing.
  var denied: [IncidentKey: Date] = [:]
  var refreshOutcome = RefreshOutcome()
  /// While a screen lies on another for a look: why commands cannot be followed on the one below.
  var obstaclesBelow: [Command: SafeText] = [:]

  /// The number of the last request that was sent out.
  var lastRequest = 0
  var watched: [TenantID] = []
  var tickAt: Date?
  /// Whether `.workContinued` is on its way.
  var isWorkAsked = false
  /// The last incident of the queue that the store gave, until what is behind it is asked for.
  var queueReadTo: IncidentSummary?

  init(settings: ConsoleSettings, size: Size, now: Date) {
    self.settings = settings
    self.size = size
    self.now = now
    directory = TenantDirectory(settings.configuration)
    tenants = TenantsState(settings.configuration)
    queue = IncidentList(directory: directory, includesClosed: false, now: now)
    writes.process = settings.process
  }

  /// What is amiss with our credentials, the most pressing first.
  var credentialWarnings: [CredentialWarning] {
    let all = credentials.flatMap { $0.warnings(at: now) }
    return all.filter(\.isFailure) + all.filter { !$0.isFailure }
  }

  /// Columns of a list or a document.
  var mainWidth: Int { FrameLayout.mainWidth(size, isPreviewHidden: isPreviewHidden) }
  var isASCII: Bool { settings.signs == .ascii }
  /// Whether keys have words instead of signs.
  var spellsKeys: Bool { settings.signs != .all }

  /// Lines that an offer, a message or a filter being typed needs at the bottom.
  var bottomLinesTaken: Int {
    if portal != nil || prompt != nil { return 1 }
    if commandLine != nil { return 2 }
    if message != nil { return max(messageLines.count + linkLines.count, 1) }
    return 0
  }

  /// What there is to say, in as many lines as it takes, up to three.
  var messageLines: [SafeText] {
    guard let message else { return [] }
    let width = max(size.columns - 2, 1)
    if message.isBrief {
      guard message.text.columns > width else { return [message.text] }
      // Its end may be what counts: where to read it is told in its place.
      let whole: SafeText = " :messages"
      return [message.text.clipped(to: max(width - whole.columns, 1)) + whole]
    }
    let lines = message.text.wrapped(to: width)
    guard lines.count > 3 else { return lines }
    return Array(lines.prefix(2)) + [lines.dropFirst(2).joined(separator: " ").clipped(to: width)]
  }

  /// The address below the message, from edge to edge, so that it can be copied as one.
  var linkLines: [SafeText] {
    guard let link = message?.link else { return [] }
    let lines = link.wrapped(to: max(size.columns, 1))
    // The top line, the crumbs, the status line and the message stay.
    guard lines.count <= size.rows - 3 - messageLines.count else {
      let instead: SafeText = "It is longer than this window: `incidents show T ID --output json` prints it."
      return instead.wrapped(to: max(size.columns, 1))
    }
    return lines
  }

  /// Why nothing may be changed; `nil` if it may.
  var readOnlyReason: String? {
    if let reason = settings.readOnlyReason { return reason }
    if case .readOnly(let reason) = ownership { return reason }
    return nil
  }

  /// Takes back what was said or asked before a key.
  /// - Returns: what was asked, for the key that answers it.
  mutating func forgetQuestions() -> Questions {
    let asked = Questions(
      isLeaving: isLeaving, portal: portal, takeover: takeover, markedClaim: markedClaim, undo: askedUndo)
    // What came while a filter was typed was not seen yet.
    if prompt == nil, commandLine == nil { message = nil }
    isLeaving = false
    portal = nil
    takeover = nil
    markedClaim = nil
    askedUndo = nil
    return asked
  }

  /// How far a tenant's incidents can be trusted, and when they were last read.
  func trust(in tenant: TenantID) -> TenantTrust? { tenants.trust(in: tenant) }
  func trust(in tenant: TenantID, numbered number: UInt32) -> TenantTrust? {
    tenants.trust(in: tenant, numbered: number)
  }

  mutating func nextRequest() -> Int {
    lastRequest += 1
    return lastRequest
  }
}

/// How far the refresh under way is.
struct SyncProgress: Hashable, Sendable {
  var done = 0
  var total = 0
  var isUnderWay: Bool { done < total }
}

/// A filter that is being typed, with what to go back to.
struct FilterPrompt: Hashable, Sendable {
  var editor: LineEditor
  var before: String
  var viewport: Viewport
  /// The row under the cursor.
  var target: Target?

  /// What was kept is offered.
  init(kept text: String, _ viewport: Viewport, _ target: Target? = nil) {
    editor = LineEditor(text, isSelected: true)
    before = text
    self.viewport = viewport
    self.target = target
  }

  /// The cursor's line of the screen.
  var line: Int { viewport.cursor - viewport.top }
}

/// What was asked before a key came.
struct Questions: Hashable, Sendable {
  var isLeaving = false
  var portal: PortalOffer?
  var takeover: Takeover?
  var markedClaim: MarkedClaim?
  var undo: WriteID?
}

/// A claim of what somebody else has, told and not yet confirmed.
struct Takeover: Hashable, Sendable {
  var key: IncidentKey
  var owner: String
}

/// A portal link whose host is shown before it is opened.
struct PortalOffer: Hashable, Sendable {
  var key: IncidentKey
  var url: String
  var host: String
  /// What follows the host.
  var path: String
}
