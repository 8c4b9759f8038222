import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

@Suite("What there is to know of a tenant")
struct AdviceTests {
  private func advice(
    _ row: TenantOverview, mayChange: Bool = true, at now: Date = noon
  ) -> (words: String, short: String?, bare: String?, next: String) {
    let advice = whatToKnow(row, now: now, staleAfter: 900, mayChange: mayChange)
    return (advice.words.text, advice.short?.text, advice.bare?.text, advice.next.text)
  }

  private func failing(_ cause: String, code: Int? = 403, _ next: String = "Wait.") -> TenantOverview {
    .healthy(1, "Contoso Ltd").with {
      $0.sync.error = Problem(cause: cause, code: code, at: noon.addingTimeInterval(-3 * minute), nextAction: next)
    }
  }

  @Test("What went wrong carries its age, also in a narrow row; a sentence about now does without")
  func aged() {
    #expect(advice(failing("refused")) == ("refused 403, 3 m ago", "refused 403, 3 m", "refused 403", "Wait"))
    let token = TenantOverview.healthy(1, "Contoso Ltd").with {
      $0.token.trouble = .refused
      $0.token.lastError = Problem(
        cause: "refused", code: 50_000, at: noon.addingTimeInterval(-hour), nextAction: "Ask again.")
    }
    #expect(advice(token) == ("token refused, 1 h ago", "token refused, 1 h", "token refused", "Ask again"))
    #expect(advice(failing("refused"), at: noon.addingTimeInterval(-hour)).words == "refused 403, ?")
  }

  @Test("B28: a tenant in which Defender is not set up says so, and needs a person")
  func notProvisioned() {
    let row = failing("notProvisioned", "Ask the customer.")
    #expect(advice(row).words == "Defender is not set up, 3 m ago" && advice(row).next == "Ask the customer")
    #expect(row.needsPerson && !failing("refused").needsPerson)
  }

  @Test("A tenant that is only read is told to nobody as one to be claimed")
  func onlyRead() {
    let row = TenantOverview.healthy(1, "Contoso Ltd", high: 2, unassignedHigh: 2)
    #expect(advice(row).next.contains("claim"))
    #expect(advice(row, mayChange: false).words == "2 unassigned high")
    #expect(!advice(row, mayChange: false).next.contains("claim"))
  }

  @Test(
    "B12: what was read ahead of the clock is stale, of an age that nobody knows, until the next read; the line adds up"
  )
  func clockSetBack() {
    let ahead = TenantOverview.healthy(1, "Contoso Ltd", read: -3 * 24 * hour)
    #expect(advice(ahead).words == "read ?: the clock was set back" && advice(ahead).next.contains("r"))
    #expect(ago(noon.addingTimeInterval(300), noon).text == "just now")
    #expect(ago(noon.addingTimeInterval(301), noon).text == "?")
    let rows = [ahead, .healthy(2, "Fabrikam", read: 8)]
    var state = ConsoleState.loaded(rows, [])
    #expect(state.tenants.coverage[.stale] == 1 && state.tenants.coverage[.ok] == 1)
    #expect(state.tenants.coverage.total == 2)
    let screen = state.screen.text
    #expect(screen.contains("oldest read ?") && screen.contains("stale 1"))
    state.take(.tenantsChanged([.healthy(1, "Contoso Ltd", read: 1)]))
    #expect(state.tenants.coverage[.ok] == 2 && state.screen.text.contains("oldest read just now"))
  }
}
