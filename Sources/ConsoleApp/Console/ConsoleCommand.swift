import ArgumentParser
import CSignals
import ConsoleCore
import FoundationEssentials
import Glibc
import NcursesDriver
import PartnerModel
import PartnerOperations
import PartnerStore
import SafeText
import TerminalKit

struct ConsoleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ui",
    abstract: "Open the console (what `partner-console` alone does).",
    discussion: """
      EXAMPLE
        partner-console --demo --view queue
      """)

  @Option(help: "tenants, queue or activity.") var view: View = .tenants
  @Option(help: ArgumentHelp("Open this tenant's incidents.", valueName: "T")) var tenant: String?
  @Flag(help: "Change nothing.") var readOnly = false
  @Flag(
    help: """
      Draw with ASCII only: for terminals set up for Chinese, Japanese or Korean, where other signs are two columns wide.
      On the Linux console signs are drawn so by themselves, letters stay.
      """)
  var ascii = false
  @OptionGroup var common: CommonOptions

  enum View: String, ExpressibleByArgument, CaseIterable { case tenants, queue, activity }

  func run() throws {
    startGuardian()
    // Tasks hop between threads; an arena for each would keep the memory of all of them.
    console_share_memory_arenas()
    try CommandEnding.reported {
      let (ending, open) = try SessionPlace.use(common, ownsScreen: true, open)
      switch ending {
      case .quit: return
      case .interrupted: throw CommandError(.interrupted, open ?? "")
      case .terminated:
        if let open { StandardStreams.say("partner-console: \(open)") }
        throw ExitCode(128 + SIGTERM)
      case .hungUp: throw ExitCode(128 + SIGHUP)
      case .failed(let error): throw error
      }
    }
  }

  /// From here on another process gives the terminal back, whatever becomes of this one.
  private func startGuardian() {
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { return }
    let state =
      SessionPlace.environment("XDG_STATE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
      ?? SessionPlace.environment("HOME").map { $0 + "/.local/state" }
    Guardian.start(
      program: "partner-console", version: ProgramVersion.text,
      reportDirectory: state.map { $0 + "/partner-console/crash-reports" })
  }

  /// - Returns: how it ended, and what is said of changes that stay open.
  private func open(_ place: SessionPlace) throws -> (ConsoleLoop.Ending, open: String?) {
    // Before the terminal's variables are taken out of it.
    let environment = ProcessInfo.processInfo.environment
    try Blocking.releaseSignals()
    let opened = try tenant.map { try TenantSelection(tenants: place.configuration.tenants).one($0).id }
    let wake = try WakePipe()
    let mailbox = Mailbox<Event>(wake: wake)
    let session = try PartnerSession.open(place) { change in Event(change).map(mailbox.post) }
    // Where another process had to be waited for, they are held.
    try Blocking.releaseSignals()
    var settings = settings(session, opened)
    settings.templates = place.configurationPath.map(TemplateFolder.templates(beside:)) ?? .none
    let keeper = ConsoleKeeper(session: session, mailbox: mailbox, isReadOnly: readOnly)
    let (ending, changes) = try show(session, keeper, mailbox, wake, settings, environment)
    // A journal that another process holds is not waited for here.
    return (ending, OpenChange.words(keeper.gate.isOpen ? stillOpen(changes, session) : changes))
  }

  /// What came to its end while the console ended is not open any more.
  private func stillOpen(_ changes: [OpenChange], _ session: PartnerSession) -> [OpenChange] {
    guard !changes.isEmpty, let pending = try? session.engine.journal.writes(.pending) else { return changes }
    let open = Set(pending.map(\.key))
    return changes.filter { open.contains($0.key) }
  }

  /// Shows the console until it ends.
  private func show(
    _ session: PartnerSession, _ keeper: ConsoleKeeper, _ mailbox: Mailbox<Event>, _ wake: WakePipe,
    _ settings: ConsoleSettings, _ environment: [String: String]
  ) throws -> (ConsoleLoop.Ending, [OpenChange]) {
    defer { keeper.close() }
    let watching = WatchRelay()
    let access = AccessPerformer(engine: session.engine, mailbox: mailbox, gate: keeper.gate)
    defer { access.close() }
    let performer = EffectPerformer(
      engine: session.engine, mailbox: mailbox, keeper: keeper,
      opener: PortalOpener(hosts: settings.portalHosts, environment: SessionPlace.environment),
      access: access, watching: watching, showsQueueFirst: view == .queue && tenant == nil)
    if let aside = session.engine.cache.setAside {
      mailbox.post(.noticed(Notice(.warning, "The cache was damaged and is rebuilt; the old one is \(aside).")))
    }
    let hasNoColor = SessionPlace.environment("NO_COLOR").map { !$0.isEmpty } ?? false
    let options = TerminalOptions(
      monochrome: hasNoColor, signs: settings.signs,
      escapeDelay: KeyDecoder.escapeDelay(variable: SessionPlace.environment("ESCDELAY")))
    do {
      return try withTerminal(options, wake: wake) { driver in
        if let substitute = driver.substitute {
          mailbox.post(.noticed(Notice(.information, substitute.words.text)))
        }
        let failure = LateFailure(wake: wake)
        var loop = ConsoleLoop(
          driver: driver, mailbox: mailbox, performer: performer, failure: failure, settings: settings,
          environment: environment, now: { Date() })
        var tasks: [Task<Void, Never>] = []
        defer { for task in tasks { task.cancel() } }
        let ending = loop.run(whenShown: {
          tasks.append(
            Task.detached { do throws(CommandError) { try await keeper.run() } catch { failure.tell(error) } })
          tasks.append(Task.detached { await session.engine.followCredentials() })
          if session.configuration.tenants.contains(where: { $0.context == .user }) {
            tasks.append(
              Task.detached {
                await keeper.gate.passed()
                await access.tellSignIns()
              })
          }
          tasks.append(
            Task.detached {
              await watching.run(sleep: { try await Task.sleep(for: $0) }, watch: { await keeper.watch($0) })
            })
        })
        return (ending, loop.openChanges)
      }
    } catch let error as TerminalError {
      throw CommandError(.nothingDone, error.description)
    }
  }

  private func settings(_ session: PartnerSession, _ opened: TenantID?) -> ConsoleSettings {
    ConsoleSettings(
      configuration: session.configuration, mode: session.configuration.app.cloud.label,
      partnerName: session.configuration.operatorUPN?.split(separator: "@").last.map(String.init) ?? "",
      readOnlyReason: readOnly ? "started with --read-only" : nil,
      signs: ascii ? .ascii : TerminalType.signs(of: SessionPlace.environment("TERM")),
      view: view == .queue ? .queue : .tenants, opens: view == .activity ? "activity" : nil,
      tenant: opened, process: getpid())
  }
}

extension Event {
  /// What the engine tells, as the core hears it.
  init?(_ change: EngineEvent) {
    switch change {
    case .tenantChanged(let overview): self = .tenantsChanged([overview])
    case .incidentsChanged(let incidents): self = .incidentsChanged(incidents)
    case .writeChanged(let write): self = .writesChanged([write])
    case .syncing(let tenants): self = .syncing(tenants)
    case .syncProgressed(let done, let all): self = .syncProgressed(done: done, of: all)
    case .credentialsChanged(let credentials): self = .credentialsChanged(credentials)
    case .warned(let message, let tenant): self = .noticed(Notice(.warning, message, tenant: tenant))
    }
  }
}
