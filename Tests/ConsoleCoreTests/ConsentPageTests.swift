import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private let letter = Key.character
private let lacking = allStates[1]
private let link = ConsentRequestProgress.link(url: consentURL, openedBy: nil, reason: nil)

extension ConsoleState {
  fileprivate mutating func effects(of key: Key) -> [Effect] { update(&self, .key(key)).filter { !$0.isUpkeep } }
  fileprivate mutating func effects(of event: Event) -> [Effect] { update(&self, event).filter { !$0.isUpkeep } }
  fileprivate var words: String? { message?.text.text }
  /// As it reads, whatever the line breaks.
  fileprivate var text: String { screen.text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}

@Suite("A tenant's consent page")
struct ConsentPageTests {
  @Test(
    "c opens it from wherever a tenant is under the cursor, Esc goes back",
    arguments: [
      (.tenants, [], "Contoso Ltd"), (.queue, [], "Contoso Ltd"), (.queue, [letter("T")], "Contoso Ltd"),
      (.queue, [.enter], "Contoso Ltd"), (.tenants, [.enter], "Contoso Ltd"),
    ] as [(ConsoleSettings.StartView, [Key], String)])
  func opened(view: ConsoleSettings.StartView, way: [Key], name: String) {
    var state = ConsoleState.loaded { $0.view = view }
    for key in way { state.press(key) }
    let below = state.place
    let asked = state.effects(of: letter("c"))
    #expect(state.place == TenantAccessScreen.name && state.screens.top.tenant == .sample(1))
    let last = state.lastRequest
    #expect(
      asked == [.makeConsentLinks([.sample(1)], request: last - 1), .loadConsentHistory(.sample(1), request: last)])
    #expect(state.text.contains("\(name) › consent") || state.text.contains("› consent"))
    #expect(state.effects(of: letter("c")).isEmpty && state.words == "It is what is shown.")
    state.press(.escape)
    #expect(state.place == below)
  }

  @Test("It is opened by a tenant's name, too, and completes that")
  func typed() {
    var state = ConsoleState.loaded { $0.view = .queue }
    state.type(":cons")
    state.press(.tab)
    state.type(" fabri")
    state.press(.tab, .enter)
    #expect(state.place == TenantAccessScreen.name && state.screens.top.tenant == .sample(3))
  }

  @Test("Enter asks for consent, the page is shown whole, and a fresh token alone ends it well")
  func granted() {
    var state = ConsoleState.consentPage(of: lacking)
    let request = state.lastRequest + 1
    #expect(state.effects(of: .enter) == [.requestConsent(lacking.id, request: request)])
    state.take(.consentProgressed(request: request, link))
    #expect(state.text.contains("Waiting for their admin's answer"))
    // Whoever holds the key down, or is quick, ends nothing.
    #expect(state.effects(of: .enter).isEmpty && state.shared.access.consent != nil)
    state.take(.consentProgressed(request: request, .answered))
    #expect(state.text.contains("a fresh token is asked for"))
    state.take(.consentProgressed(request: request, .lagging(until: noon.addingTimeInterval(30))))
    #expect(state.text.contains("asked for again at 10:42:50Z"))
    state.take(
      .tenantsChanged([
        lacking.with { $0.consent = .from(granted: everyRole, required: everyRole, tenant: $0.id, at: noon) }
      ]),
      .consentProgressed(request: request, .ended(.granted)))
    #expect(
      state.words == "\(lacking.tenant.name): consent is given: a fresh token holds every permission that is required.")
    #expect(state.shared.access.consent == nil)
  }

  @Test("X ends the waiting; what comes for it later is dropped, and so is what came for an older request")
  func cancelled() {
    var state = ConsoleState.consentPage(of: lacking)
    state.press(.enter)
    let first = state.lastRequest
    state.take(.consentProgressed(request: first, link))
    #expect(state.effects(of: letter("X")) == [.cancel(request: first)])
    state.take(.consentProgressed(request: first, .ended(.granted)))
    #expect(state.shared.access.ends[lacking.id]?.end == .cancelled)
    #expect(state.effects(of: letter("X")).isEmpty && state.words == "Nothing is waited for here.")
    let second = state.lastRequest + 1
    #expect(state.effects(of: letter("C")) == [.requestConsent(lacking.id, request: second)])
    state.take(.consentProgressed(request: first, .answered))
    #expect(state.shared.access.consent?.stage == .beginning, "the older answer changes nothing")
    state.take(.consentProgressed(request: second, .ended(.declined)))
    #expect(state.shared.access.ends[lacking.id]?.end == .declined)
  }

  @Test("One request is waited for at a time; whoever leaves goes on waiting and hears the outcome")
  func leaving() {
    var state = ConsoleState.consentPage(of: lacking, [allStates[7]])
    state.press(.enter)
    let request = state.lastRequest
    state.take(.consentProgressed(request: request, link))
    state.press(.escape)
    #expect(state.place == .tenants && state.shared.access.consent != nil)
    _ = perform(&state, "consent", "Coho")
    #expect(state.effects(of: letter("C")).isEmpty)
    #expect(state.words == "The consent of Adatum Türkiye A.Ş. is waited for: X cancels that first.")
    state.take(.consentProgressed(request: request, .ended(.unanswered)))
    #expect(state.words == "Adatum Türkiye A.Ş.: nobody answered: the page was closed, or left open.")
    _ = perform(&state, "consent", "Adatum") + settle(&state)
    #expect(state.text.contains("nobody answered: the page was closed, or left open."))
  }

  @Test(
    "Every way in which a request ends says what happened and what to do",
    arguments: [
      (.granted, ""), (.partial(missing: [.hunt]), "ThreatHunting.Read.All is missing"),
      (.declined, "the admin declined"),
      (.insufficientRights, "may not consent"), (.otherTenant("b0b"), "for another tenant (b0b)"),
      (.unanswered, "nobody answered"), (.notSeenYet, "no token shows it yet"),
      (.refused(error: "server_error", words: "busy"), "server_error: busy"),
      (.failed(PartnerError(.cancelled, tenant: nil)), ""), (.cancelled, ""),
    ] as [(ConsentRequestEnd, String)])
  func ends(end: ConsentRequestEnd, words: String) {
    #expect(!end.summary.isEmpty && (words.isEmpty || end.summary.contains(words)))
    var state = ConsoleState.consentPage(of: lacking, size: Size(columns: 60, rows: 15))
    state.press(.enter)
    state.take(.consentProgressed(request: state.lastRequest, .ended(end)))
    #expect(words.isEmpty || state.text.contains(words))
  }

  @Test("A link is whole, at every width, from edge to edge", arguments: [60, 61, 80, 139, 140, 200])
  func whole(columns: Int) {
    var state = ConsoleState.consentPage(of: lacking, size: Size(columns: columns, rows: 24))
    state.press(.enter)
    state.take(.consentProgressed(request: state.lastRequest, link))
    let lines = state.screen.lines.map(\.text)
    let first = lines.firstIndex { $0.hasPrefix("https://") } ?? 0
    let shown = lines[first...].prefix { !$0.hasPrefix(" ") && !$0.hasPrefix("▸") }
    #expect(shown.map { $0.split(separator: " ").joined() }.joined() == consentURL)
    #expect(shown.dropLast().allSatisfy { $0.count == columns && !$0.contains(" ") }, "no blank parts it")
  }

  @Test("What would help is the step; what a request does not help is checked again", arguments: ConsentState.allCases)
  func step(consent: ConsentState) {
    var row = TenantOverview.refused(1, "Contoso Ltd", consent, code: 1)
    if consent == .granted { row = .healthy(1, "Contoso Ltd") }
    if consent == .partial { row = allStates[2] }
    var state = ConsoleState.consentPage(of: row)
    let expected: [Effect] =
      switch consent {
      case .granted: []
      case .partial, .missing, .notGranted: [.requestConsent(row.id, request: state.lastRequest + 1)]
      default: [.checkConsent([row.id], request: state.lastRequest + 1)]
      }
    #expect(AccessGuide(row, in: state.shared).act == nil || state.effects(of: .enter) == expected)
    #expect(!AccessGuide(row, in: state.shared).happened.isEmpty)
  }

  @Test(
    "People's access has its step too",
    arguments: [
      (.signInNeeded, .signIn(nil)), (.noRelation, .check), (.relationExpired, .check), (.roleMissing, .check),
      (.notInGroup, .check), (.notConsented, .requestConsent), (.blockedByPolicy, .check), (.ending, .check),
      (.ok, nil), (.notNeeded, nil), (.unknown, nil),
    ] as [(AccessState, AccessGuide.Act?)])
  func access(access: AccessState, act: AccessGuide.Act?) {
    let row = delegated(1, "Contoso Ltd", AccessRecord(state: access, error: nil))
    #expect(AccessGuide(row, in: ConsoleState.loaded([row], []).shared).act == act)
    let advice = whatToKnow(row, now: noon, staleAfter: 900)
    #expect(access.whoActs == nil || !advice.words.isEmpty && !advice.next.isEmpty)
    #expect(row.needsPerson == (access.whoActs != nil))
    #expect(ConsoleState.loaded([row], []).needCount == (access.whoActs == nil ? 0 : 1))
  }

  @Test("Where nobody is signed in no consent is requested: nothing could show what came of it")
  func withoutSignIn() {
    var state = ConsoleState.consentPage(
      of: delegated(1, "Contoso Ltd", AccessRecord(state: .signInNeeded, error: nil)))
    #expect(state.effects(of: letter("C")).isEmpty)
    #expect(state.words == "Sign in first, by I: without that no token can show what the admin granted.")
  }

  @Test("r asks for a fresh token and tells what came of it; a tenant that tells nothing could not be asked")
  func checked() {
    var state = ConsoleState.consentPage(of: lacking)
    let request = state.lastRequest + 1
    #expect(state.effects(of: letter("r")) == [.checkConsent([lacking.id], request: request)])
    #expect(state.words == "Adatum Türkiye A.Ş.: asking for a fresh token.")
    #expect(state.effects(of: letter("r")).isEmpty && state.words == "A token is being asked for already.")
    state.take(.consentChecked(request: request + 7, [lacking.id]))
    #expect(state.shared.access.isChecking(lacking.id), "an answer to another question")
    state.take(.consentChecked(request: request, [lacking.id]))
    #expect(
      state.words?.hasPrefix("Adatum Türkiye A.Ş. could not be asked: no consent: the app is not in the tenant.")
        == true)
    state.press(letter("r"))
    state.take(
      .tenantsChanged([lacking.with { $0.consent.checkedAt = noon }]),
      .consentChecked(request: state.lastRequest, [lacking.id]))
    #expect(state.words == "Adatum Türkiye A.Ş.: no consent: the app is not in the tenant.")
  }

  @Test("Nothing is requested where nothing may be changed, nor of a tenant that is never asked")
  func obstacles() {
    var state = ConsoleState.consentPage(of: lacking) { $0.readOnlyReason = "started with --read-only" }
    #expect(state.effects(of: letter("C")).isEmpty && state.effects(of: .enter).isEmpty)
    #expect(state.words == "Nothing can be changed: started with --read-only.")
    var excluded = ConsoleState.consentPage(of: allStates[17])
    #expect(excluded.effects(of: letter("C")).isEmpty && excluded.effects(of: letter("r")).isEmpty)
    #expect(excluded.words?.contains("xcluded in the configuration") == true)
  }

  @Test("A tenant that went from the configuration leaves a page that says so")
  func gone() {
    var state = ConsoleState.consentPage(of: lacking, [allStates[0]])
    state.press(.enter)
    state.take(.tenantsLoaded([allStates[0]]))
    #expect(state.text.contains("not in the configuration any more"))
    #expect(state.effects(of: .enter).isEmpty)
    state.take(.consentProgressed(request: state.lastRequest, .ended(.granted)))
    #expect(state.shared.access.consent == nil)
  }

  @Test("A history that could not be read is asked for again by r; an older answer is dropped")
  func historyFails() {
    var state = ConsoleState.loaded([known], [])
    state.press(letter("c"))
    let request = state.lastRequest
    state.take(.consentHistoryNotLoaded(request: request, known.id, "disk full"))
    #expect(state.text.contains("could not be read: disk full"))
    #expect(state.effects(of: letter("r")).contains(.loadConsentHistory(known.id, request: request + 2)))
    state.take(.consentHistoryLoaded(request: request, known.id, history))
    #expect(!state.text.contains("changes on record"))
    state.take(.consentHistoryLoaded(request: request + 2, known.id, history))
    #expect(state.text.contains("3 changes on record, the newest first:") && state.text.contains("since 4 d"))
  }

  @Test("F37: a change of consent that nobody asked for is flagged until its page was looked at")
  func drift() {
    var state = ConsoleState.loaded(size: Size(columns: 140, rows: 36))
    let drifted = allStates[6].with {
      $0.consent = .from(granted: [.updateIncidents], required: everyRole, tenant: $0.id, at: noon)
      $0.drift.changedAt = noon
    }
    state.take(.tenantsChanged([drifted]))
    let words = "granted → partial, lost SecurityAlert.Read.All, ThreatHunting.Read.All"
    #expect(state.words == "東京データ株式会社: consent changed, \(words). c shows it.")
    func row(_ state: ConsoleState) -> String {
      state.screen.lines.map(\.text).first { $0.contains("東京データ株式会社") && $0.contains("-2 of 3") } ?? ""
    }
    #expect(row(state).contains("•"))
    // Read again as it is: it stays flagged, and is not told twice.
    state.message = nil
    state.take(.tenantsChanged([drifted.with { $0.sync.lastSuccess = noon }]))
    #expect(row(state).contains("•") && state.words == nil)
    let effects = perform(&state, "consent", "東京")
    #expect(effects.first == .noteConsentSeen([drifted.id]))
    let change = ConsentChange(of: drifted.id, from: allStates[6].consent, to: drifted.consent, at: noon)
    state.take(.consentHistoryLoaded(request: state.lastRequest, drifted.id, [change]))
    state.take(.tenantsChanged([drifted.with { $0.drift.seenAt = noon }]))
    #expect(state.text.contains("• Consent changed just now: \(words)."), "it stands as long as it is looked at")
    state.press(.escape)
    #expect(!row(state).contains("•"))
  }

  @Test("A change on the page that is looked at is seen at once, and its history is read anew")
  func driftOnPage() {
    var state = ConsoleState.consentPage(of: known, history: history)
    let changed = known.with {
      $0.consent.granted = [.updateIncidents]
      $0.drift.changedAt = noon
    }
    let effects = state.effects(of: .tenantsChanged([changed]))
    #expect(effects == [.noteConsentSeen([known.id]), .loadConsentHistory(known.id, request: state.lastRequest)])
    #expect(state.effects(of: .tenantsChanged([changed.with { $0.counts = nil }])).isEmpty)
  }

  @Test("What the tenant's directory says stands beside the token")
  func directory() {
    func text(_ granted: [AppRole], isEnabled: Bool = true) -> String {
      ConsoleState.consentPage(
        of: known.with { $0.directory = DirectoryConsent(checkedAt: noon, granted: granted, isEnabled: isEnabled) },
        size: Size(columns: 120, rows: 60)
      ).text
    }
    #expect(text(known.consent.granted).contains("Their directory confirms it, just now."))
    #expect(text([.hunt]).contains("withdrawn, gone with the next token: SecurityIncident.ReadWrite.All"))
    #expect(text(known.consent.granted + [AppRole("X.Read.All")]).contains("granted, and in no token yet: X.Read.All."))
    #expect(text([], isEnabled: false).contains("the app is disabled"))
  }

  @Test("Tab goes between the sections, / finds, n goes on")
  func reading() {
    var state = ConsoleState.consentPage(of: known, size: Size(columns: 80, rows: 24), history: history)
    func cursorLine(_ state: ConsoleState) -> String {
      state.screen.lines.map(\.text).first { $0.hasPrefix("▸") } ?? ""
    }
    state.press(.tab)
    #expect(cursorLine(state).contains("granted"))
    state.press(.tab)
    #expect(cursorLine(state).contains("state"))
    state.press(.tab)
    #expect(cursorLine(state).contains("context"))
    state.type("/hunting")
    #expect(cursorLine(state).contains("ThreatHunting.Read.All"))
    state.press(.enter)
    state.press(letter("n"))
    #expect(state.words?.hasPrefix("hunting: 2 of ") == true)
    state.type("/nothing like it")
    #expect(state.words == "No line of this page holds it.")
  }
}
