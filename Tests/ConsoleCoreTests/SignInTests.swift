import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private let letter = Key.character
private let waiting = [awaitingSignIn(1, "Contoso Ltd"), awaitingSignIn(2, "Fabrikam"), awaitingSignIn(3, "Litware")]
private let link = SignInProgress.link(url: signInURL, openedBy: "firefox", reason: nil)
/// One tenant that asks for a second factor.
private let asksForMore = delegated(4, "Proseware", AccessRecord(state: .signInNeeded)) {
  var problem = signInEnded
  problem.code = 50_076
  problem.summary = "a second factor is asked for"
  $0.access.error = problem
  $0.token = TokenRecord(trouble: .signInNeeded, lastError: problem)
}

extension ConsoleState {
  fileprivate mutating func effects(of key: Key) -> [Effect] { update(&self, .key(key)).filter { !$0.isUpkeep } }
  fileprivate mutating func effects(of event: Event) -> [Effect] { update(&self, event).filter { !$0.isUpkeep } }
  fileprivate mutating func enter(_ name: String, _ argument: String = "") -> [Effect] {
    (perform(&self, name, argument) + settle(&self)).filter { !$0.isUpkeep }
  }
  fileprivate var words: String? { message?.text.text }
}

@Suite("Signing in from the console")
struct SignInTests {
  @Test("F36: a sign-in that ended is said once for all tenants, and is one thing to do")
  func once() {
    var state = ConsoleState.loaded(waiting + [asksForMore, allStates[0]], [])
    let banner = state.screen.lines.map(\.text).filter { $0.contains("not accepted any more") }
    #expect(banner.count == 1 && banner[0].contains("3 tenants wait: I signs in again."))
    // One for the sign-in, one for the second factor; Contoso's unassigned high ones.
    #expect(state.tenants.needing == [waiting[0].id, asksForMore.id])
    state.press(letter("I"))
    #expect(!state.screen.text.contains("tenants wait: I"), "while it is waited for, nobody is told to")
  }

  @Test("I signs in at home, its link is whole, and the outcome is told wherever one is")
  func signedIn() {
    var state = ConsoleState.loaded(waiting, [])
    let request = state.lastRequest + 1
    #expect(state.effects(of: letter("I")) == [.signIn(nil, deviceCode: false, request: request)])
    state.take(.signInProgressed(request: request, link))
    let text = state.screen.lines.map { $0.text.trimmingCharacters(in: .whitespaces) }.joined()
    #expect(text.contains(signInURL))
    state.press(.escape)
    #expect(state.place == .tenants && state.shared.access.signIn != nil)
    let effects = state.effects(of: .signInProgressed(request: request, .signedIn(annaSignedIn)))
    #expect(effects == [.refresh(waiting.map(\.id))], "who waited is read at once")
    #expect(state.words == "Signed in as anna@northwind.example.")
    #expect(state.screen.lines[0].text.contains("anna@northwind.example"))
    #expect(
      state.effects(of: .signInProgressed(request: request, .failed(PartnerError(.cancelled, tenant: nil)))).isEmpty)
    #expect(state.shared.access.signInFailure == nil, "what comes later is dropped")
  }

  @Test("On the page of a tenant with a further registration one signs in with that, which takes the tenant")
  func furtherRegistration() {
    var row = waiting[0]
    row.tenant.app = "gov"
    for key in [Key.enter, letter("I")] {
      var state = ConsoleState.loaded([row], [])
      state.press(letter("c"))
      let request = state.lastRequest + 1
      #expect(state.effects(of: key) == [.signIn(row.id, deviceCode: false, request: request)])
    }
  }

  @Test("A second sign-in never ends the first unasked; X ends it, and then the other one begins")
  func second() {
    var state = ConsoleState.loaded(waiting, [])
    state.press(letter("I"))
    let first = state.lastRequest
    #expect(state.enter("sign-in").isEmpty)
    #expect(state.words == "A sign-in at the home tenant is waited for: X cancels it.")
    #expect(state.enter("sign-in", "Fabrikam").isEmpty)
    #expect(state.words == "A sign-in at the home tenant is waited for: X cancels it, then start the other one.")
    #expect(state.effects(of: letter("X")) == [.cancel(request: first)])
    #expect(
      state.effects(of: letter("I")) == [.signIn(waiting[1].id, deviceCode: false, request: state.lastRequest)])
    state.take(.signInProgressed(request: first, .signedIn(annaSignedIn)))
    #expect(state.shared.access.standings.isEmpty && state.shared.access.signIn != nil)
  }

  @Test("A code is shown with its page, what it is good for, and the warning")
  func code() {
    var state = ConsoleState.loaded(waiting, [], size: Size(columns: 60, rows: 15))
    #expect(state.enter("sign-in-code") == [.signIn(nil, deviceCode: true, request: state.lastRequest)])
    state.take(
      .signInProgressed(
        request: state.lastRequest,
        .code(userCode: "GJ7K-PLQX", page: "https://microsoft.com/devicelogin", until: noon.addingTimeInterval(900))))
    let text = state.screen.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for part in ["GJ7K-PLQX", "https://microsoft.com/devicelogin", "good for 15 m", "Only type a code"] {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test("The tenant that asks for more is signed in to; the others at home")
  func more() {
    var state = ConsoleState.loaded([asksForMore], [])
    #expect(!state.screen.text.contains("I signs in."), "it concerns no other tenant")
    state.press(letter("c"))
    #expect(state.screen.text.contains("asks for more than the sign-in gave: a second factor is asked for."))
    #expect(state.effects(of: .enter) == [.signIn(asksForMore.id, deviceCode: false, request: state.lastRequest)])
    #expect(state.place == SignInScreen.name)
    var home = ConsoleState.loaded(waiting, [])
    home.press(letter("c"))
    #expect(home.effects(of: letter("I")) == [.signIn(nil, deviceCode: false, request: home.lastRequest)])
  }

  @Test(
    "A failure is told in words, with what to do, and stands on the page",
    arguments: [
      (.declined, "the sign-in was declined"), (.unfinished(seconds: 600), "within 10 minutes"),
      (.otherAccount("eve@evil.example"), "eve@evil.example"),
      (.answered(error: "access_denied", words: "no"), "access_denied"),
    ] as [(SignInFailure, String)])
  func failed(failure: SignInFailure, words: String) {
    var state = ConsoleState.loaded(waiting, [])
    state.press(letter("I"))
    state.take(
      .signInProgressed(
        request: state.lastRequest, .failed(PartnerError(.signInFailed(failure), tenant: nil, at: noon))))
    #expect(state.words?.contains(words) == true && state.shared.access.signIn == nil)
    #expect(state.screen.text.contains("✖ Not signed in") && state.screen.text.contains("I tries it again."))
    #expect(state.effects(of: letter("I")).count == 1 && state.shared.access.signInFailure == nil)
  }

  @Test("Signing out is asked of the engine, where somebody is signed in")
  func signOut() {
    var state = ConsoleState.loaded(waiting, [])
    #expect(state.enter("sign-out").isEmpty && state.words == "Nobody is signed in.")
    state.take(.signInsChanged([annaSignedIn]))
    #expect(state.enter("sign-out") == [.signOut(request: state.lastRequest)])
    state.take(.signInsChanged([]), .signedOut(request: state.lastRequest, "Signed out anna@northwind.example."))
    #expect(state.words == "Signed out anna@northwind.example." && state.shared.access.standings.isEmpty)
  }

  @Test("Where every tenant is worked in as the app, nobody signs in")
  func notUsed() {
    var state = ConsoleState.loaded()
    #expect(state.effects(of: letter("I")).isEmpty && state.words?.hasPrefix("Nobody has to sign in") == true)
    #expect(state.enter("sign-in", "Contoso").isEmpty && state.place == .tenants)
  }
}
