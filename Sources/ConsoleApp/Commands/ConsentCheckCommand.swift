import ArgumentParser
import ConsoleCore
import FoundationEssentials
import PartnerModel
import PartnerOperations

struct ConsentCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Ask for a fresh token in each tenant and compare its permissions with those required.",
    discussion: """
      Where Application.Read.All is granted, the tenant's directory confirms it; what it grants and no token holds yet is \
      asked for again, up to a minute. Where people act, it also reads the GDAP relationships in your own tenant. \
      Ends with 1 as well when a tenant's consent is not what it was at the last check. With --expect granted it ends \
      with 0 only when all named tenants are granted, and else with 2; --wait asks again until they are.

      EXAMPLE
        partner-console consent check contoso.onmicrosoft.com @silver
        partner-console consent check contoso.onmicrosoft.com --expect granted --wait 10m
      """)

  enum Expectation: String, ExpressibleByArgument, CaseIterable { case granted }

  @Argument(help: ArgumentHelp("Ids, domains, names or @groups; none means all.", valueName: "tenant"))
  var tenants: [String] = []
  @Option(help: "granted: 0 only when every named tenant is, else 2.") var expect: Expectation?
  @Option(
    help: ArgumentHelp("Ask again for so long, for example 10m, 90s or PT10M; with --expect.", valueName: "DURATION"))
  var wait: WaitDuration?
  @OptionGroup var waiting: WaitingOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if wait != nil, expect == nil { throw ValidationError("--wait needs --expect granted: what to wait for.") }
  }

  func run() throws {
    try CommandEnding.reported {
      let checked = try PartnerSession.use(common) { session in
        let chosen = try session.selection.resolve(tenants)
        let before = await session.engine.overviews(of: chosen)
        var probes = Probes(before)
        await probes.ask(chosen.filter { !$0.isExcluded }, session.engine, waiting.patience)
        if expect != nil, let wait {
          await probes.askAgain(for: wait.seconds, session.engine, waiting.patience)
        }
        await probes.readRelations(session.engine)
        return probes
      }
      let probes = checked.value
      try checked.with(probes.rows).print(output, text: \.consentText)
      CredentialNotice.tell(probes.rows)
      if let problem = probes.relationProblem {
        StandardStreams.say(
          "GDAP relationships could not be read in our own tenant: \(problem.summary ?? problem.cause). \(problem.nextAction)"
        )
      }
      ListCoverage.tellIfNothingAsked(probes.rows)
      let hasDrifted = tellDrift(probes)
      var answers: [Bool?] = []
      var unsigned: [TenantOverview] = []
      for row in probes.rows where !row.tenant.isExcluded {
        // Why a person is not let in is an answer: it is told in the row.
        let isChecked =
          row.consent.checkedAt.map { $0 >= checked.startedAt } ?? false || probes.isKeptOut(row.id)
        answers.append(isChecked)
        if row.credentialProblem != nil { continue }
        guard !isChecked else {
          if let failure = probes.failures[row.id], failure.retryAt != nil, row.consent.state != .granted {
            StandardStreams.say(
              "\(row.tenant.name): not asked again\(why(row, probes, checked.configuration)). What is printed was told before."
            )
          }
          continue
        }
        if case .signInNeeded(.nobody) = probes.failures[row.id]?.cause {
          unsigned.append(row)
          continue
        }
        let known = row.consent.checkedAt == nil ? "Its consent is not known." : "What is printed was known before."
        StandardStreams.say("\(row.tenant.name): not checked now\(why(row, probes, checked.configuration)). \(known)")
      }
      if let first = unsigned.first {
        // One sign-in is missing, however many tenants wait for it.
        let who = unsigned.count == 1 ? first.tenant.name : "\(unsigned.count) tenants"
        StandardStreams.say(
          "\(who): not checked now\(why(first, probes, checked.configuration)). What is printed was known before.")
      }
      guard expect == .granted else { return try Answers(answers).end(hasDrifted: hasDrifted) }
      let asked = probes.rows.filter { !$0.tenant.isExcluded }
      let isGranted = !asked.isEmpty && !answers.contains(false) && asked.allSatisfy { $0.consent.state == .granted }
      if !isGranted { throw ExitCode(ExitStatus.nothingDone.rawValue) }
    }
  }

  private func tellDrift(_ probes: Probes) -> Bool {
    var hasDrifted = false
    for (row, before) in zip(probes.rows, probes.before) where before.consent.state != .unknown {
      let (after, before) = (row.consent, before.consent)
      guard after.isOther(than: before) else { continue }
      hasDrifted = true
      if row.credentialProblem != nil { continue }
      StandardStreams.say(
        "\(row.tenant.name): consent was \(spelledOut(before.state.rawValue)), is \(spelledOut(after.state.rawValue)).")
    }
    return hasDrifted
  }

  private func why(_ row: TenantOverview, _ probes: Probes, _ configuration: Configuration) -> String {
    guard let failure = probes.failures[row.id] else { return "" }
    let apart = row.access.error.flatMap {
      $0.correlationID != nil && $0.correlationID == failure.correlationID ? $0 : nil
    }
    let next = apart?.nextAction ?? configuration.nextAction(after: failure, in: row.tenant)
    return ": \(apart?.summary ?? failure.summary). \(next.hasSuffix(".") ? String(next.dropLast()) : next)"
  }

  /// What was known before, and what came of asking.
  private struct Probes: Sendable {
    let before: [TenantOverview]
    private(set) var rows: [TenantOverview]
    private(set) var failures: [TenantID: PartnerError] = [:]
    /// Why the relationships could not be read, where that matters to one of the rows.
    private(set) var relationProblem: Problem?

    init(_ before: [TenantOverview]) {
      self.before = before
      rows = before
    }

    /// Whether the tenant answered that who signed in may not act there.
    func isKeptOut(_ tenant: TenantID) -> Bool {
      if case .access = failures[tenant]?.cause { true } else { false }
    }

    /// Seconds between two rounds; the last goes on.
    private static let pauses: [Double] = [5, 10, 20, 40, 60]

    mutating func ask(_ tenants: [Tenant], _ engine: PartnerEngine, _ patience: Patience) async {
      let probes = await engine.each(of: tenants) { await engine.probeConsent(in: $0, patience: patience) }
      let found = Dictionary(probes.map { ($0.row.id, $0) }, uniquingKeysWith: { $1 })
      rows = rows.map { found[$0.id]?.row ?? $0 }
      for probe in probes { failures[probe.row.id] = probe.failure }
    }

    /// Reads the relationships where a person acts in one of the tenants: they tell refusals apart.
    mutating func readRelations(_ engine: PartnerEngine) async {
      let people = rows.filter { $0.tenant.context == .user && !$0.tenant.isExcluded }
      guard engine.concernsRelations else { return }
      await engine.readRelations(ifDue: people.isEmpty)
      if !people.isEmpty { relationProblem = await engine.relationProblem() }
      let now = await engine.overviews(of: rows.map(\.tenant))
      for (index, row) in now.enumerated() { rows[index].access = row.access }
    }

    /// Asks for those that are not granted again and again, until they are or the time is over.
    mutating func askAgain(for seconds: TimeInterval, _ engine: PartnerEngine, _ patience: Patience) async {
      let start = ContinuousClock.now
      let end = start + .seconds(seconds)
      var round = 0
      while !Task.isCancelled {
        let missing = rows.filter { !$0.tenant.isExcluded && ($0.consent.state != .granted || failures[$0.id] != nil) }
        let now = ContinuousClock.now
        if missing.isEmpty || now >= end { return }
        // The last look is at the very end.
        var pause = min(.seconds(Self.pauses[min(round, Self.pauses.count - 1)]), end - now)
        let silences = missing.compactMap { failures[$0.id]?.retryAt?.timeIntervalSinceNow }
        if silences.count == missing.count, let silence = silences.min() {
          // Nobody may be asked before: what keeps each of them is told at the end.
          if .seconds(silence) > end - now { return }
          pause = max(pause, .seconds(silence))
        }
        round += 1
        let names = missing.prefix(3).map { "\($0.tenant.name) (\(spelledOut($0.consent.state.rawValue)))" }
        let others = missing.count > names.count ? " and \(missing.count - names.count) more" : ""
        StandardStreams.say(
          "Not granted yet: \(names.joined(separator: ", "))\(others). Asked again in \(pause.components.seconds) s.")
        do { try await Task.sleep(for: pause) } catch { return }
        await ask(missing.map(\.tenant), engine, patience)
      }
    }
  }
}

/// A span as people and programs write it: `90s`, `10m`, `2h`, `1h30m`, `PT10M`.
struct WaitDuration: ExpressibleByArgument, Hashable {
  var seconds: TimeInterval

  /// A day: nobody waits longer in front of a command.
  private static let longest: TimeInterval = 86_400

  init?(argument: String) {
    let text = argument.uppercased()
    guard let seconds = ISODuration.seconds(text.hasPrefix("P") ? text : "PT\(text)"), seconds > 0,
      seconds <= Self.longest
    else { return nil }
    self.seconds = seconds
  }
}
