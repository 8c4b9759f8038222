import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private func unreachable(_ number: Int, _ name: String) -> TenantOverview {
  .healthy(number, name).with {
    $0.sync.error = Problem(cause: "unreachable", nextAction: "Check the network.")
    $0.sync.lastAttempt = noon.addingTimeInterval(1)
  }
}

@Suite("What a refresh came to")
struct RefreshOutcomeTests {
  private let two: [TenantOverview] = [.healthy(1, "Contoso Ltd", high: 2), .healthy(2, "Fabrikam")]
  /// The same after another read.
  private var again: [TenantOverview] {
    two.map {
      $0.with {
        $0.sync.lastAttempt = noon
        $0.sync.lastSuccess = noon
      }
    }
  }
  /// The same after an attempt that our own share of the request limit ended.
  private var unread: [TenantOverview] { two.map { $0.with { $0.sync.lastAttempt = noon } } }

  private func refreshed(_ after: [TenantOverview]) -> ConsoleState {
    var state = ConsoleState.loaded(two, [])
    state.press(.character("r"))
    state.take(.syncProgressed(done: 0, of: 2), .tenantsChanged([after[0]]), .syncProgressed(done: 1, of: 2))
    #expect(state.message?.text.text == "Reading 2 tenants.")
    state.take(.tenantsChanged([after[1]]), .syncProgressed(done: 2, of: 2))
    return state
  }

  @Test("What was asked for is told when it is done")
  func told() {
    #expect(refreshed(again).message == .information("Read 2 tenants.").brief)
    let half = refreshed([again[0], unreachable(2, "Fabrikam")])
    #expect(half.message == .warning("Read 1 of 2 tenants; 1 could not be read: their rows say why."))
  }

  @Test("One tenant is told with what it has, or why it could not be read")
  func one() {
    var state = ConsoleState.loaded(two, [])
    state.press(.enter, .character("r"))
    state.take(.tenantsChanged([again[0]]), .syncProgressed(done: 1, of: 1))
    #expect(state.message == .information("Read Contoso Ltd: 2 open.").brief)
    state.press(.character("r"))
    state.take(.tenantsChanged([unreachable(1, "Contoso Ltd")]), .syncProgressed(done: 1, of: 1))
    #expect(state.message == .warning("Contoso Ltd could not be read: unreachable. Check the network."))
  }

  @Test("R6: what our own share of the limit ended is not told as read")
  func budgetSpent() {
    let none = "Read 0 of 2 tenants; 2 wait for our share of the request limit."
    #expect(refreshed(unread).message == .warning(SafeText(none)))
    let one = "Read 1 of 2 tenants; 1 wait for our share of the request limit."
    #expect(refreshed([again[0], unread[1]]).message == .warning(SafeText(one)))
    var state = ConsoleState.loaded(two, [])
    state.press(.enter, .character("r"))
    state.take(.tenantsChanged([unread[0]]), .syncProgressed(done: 1, of: 1))
    #expect(
      state.message?.text.text
        == "Contoso Ltd was not read to its end: our share of its request limit is used up. It goes on by itself.")
  }

  @Test("F26: that nobody can be read is one message, told once, and so is the end of it")
  func blind() {
    let dark = [unreachable(1, "Contoso Ltd"), unreachable(2, "Fabrikam")]
    var state = ConsoleState.loaded(two, [])
    state.take(.tenantsChanged([dark[0]]), .syncProgressed(done: 1, of: 1))
    #expect(state.message == nil, "one tenant of two is its row's to tell")
    state.take(.tenantsChanged([dark[1]]), .syncProgressed(done: 1, of: 1))
    #expect(state.message == .failure("None of 2 tenants can be read, most: unreachable. Check the network.").brief)
    state.press(.down)
    state.take(.syncProgressed(done: 2, of: 2))
    #expect(state.message == nil, "told once")
    state.take(.tenantsChanged([two[0]]), .syncProgressed(done: 1, of: 1))
    #expect(state.message == .information("Tenants can be read again: 1 so far.").brief)
  }

  @Test("Beside another console r says who reads, and its end is told")
  func follower() {
    var state = ConsoleState.loaded(two, [])
    state.take(.ownership(.readOnly("the console of process 7 is open")))
    state.press(.character("r"))
    #expect(state.message == .information("The other console reads 2 tenants; what it stored is shown."))
    state.take(.ownership(.owner))
    #expect(
      state.message
        == .information("The other console ended: this one reads the tenants and can change incidents.").brief)
  }

  @Test("r is answered by a read that came after it, not by the end of another tenant's")
  func onlyItsOwnAnswer() {
    var state = ConsoleState.loaded(two, [])
    state.press(.enter, .character("r"))
    state.take(.syncProgressed(done: 1, of: 1))
    #expect(state.message?.text.text == "Reading Contoso Ltd.")
    state.take(.tenantsChanged([again[0]]), .syncProgressed(done: 1, of: 1))
    #expect(state.message?.text.text == "Read Contoso Ltd: 2 open.")
  }

  @Test("F19: r on a parked tenant says when it is asked again; on an excluded one why it never is")
  func parked() {
    let parked = two[0].with {
      $0.token.trouble = .throttled
      $0.token.parkedUntil = noon.addingTimeInterval(600)
    }
    var state = ConsoleState.loaded([parked], [])
    state.press(.enter, .character("r"))
    #expect(
      state.message?.text.text == "The service asked us to wait: Contoso Ltd is read again at 10:52Z.")
    var excluded = ConsoleState.loaded([two[0].with { $0.tenant.isExcluded = true }], [])
    excluded.press(.enter, .character("r"))
    #expect(
      excluded.message?.text.text == "Contoso Ltd is excluded in the configuration, so it is never read.")
  }
}
