import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private func leftAlone(_ number: Int, _ name: String, host: String? = nil) -> TenantOverview {
  .healthy(number, name).with {
    let error = PartnerError(
      .breakerOpen(until: noon.addingTimeInterval(120)), tenant: $0.id, code: 503, at: noon,
      message: "the service is failing (HTTP 503)", host: host)
    $0.sync.error = error.problem
    $0.sync.lastAttempt = noon.addingTimeInterval(1)
  }
}

@Suite("Who is left alone for a while, on the screen")
struct LeftAloneTests {
  @Test("F25: the row of a tenant that keeps failing says when it is asked again, and r that it tries at once")
  func oneTenant() {
    var state = ConsoleState.loaded([leftAlone(1, "Contoso Ltd"), .healthy(2, "Fabrikam")], [])
    let row = state.screen.lines.map(\.text).first { $0.contains("Contoso Ltd") } ?? ""
    #expect(row.contains("next try 10:45Z"), "\(row)")
    #expect(!state.shared.hasBanner, "one tenant is its row's to tell")
    let advice = whatToKnow(state.tenants.rows[0], now: state.now, staleAfter: 900)
    #expect(advice.words == "keeps failing, next try 10:45Z")
    #expect(advice.next == "r tries at once; else it is asked again by itself")
    state.press(.enter, .character("r"))
    #expect(state.message?.text.text == "Reading Contoso Ltd.", "it is no silence that the service asked for")
  }

  @Test("F26: a host that fails for all is one banner with the next try, and goes when that is over")
  func host() {
    let rows = (1...4).map { leftAlone($0, "Tenant \($0)", host: "graph.example") }
    var state = ConsoleState.loaded(rows, [])
    let words = "graph.example fails for many tenants, so it is left alone until 10:45Z"
    let banners = state.screen.lines.map(\.text).filter { $0.contains("graph.example") }
    #expect(banners.count == 1 && banners[0].contains(words))
    #expect(state.shared.banners.first?.text.text.hasSuffix("; 4 tenants wait, r tries at once.") == true)
    for row in state.tenants.rows {
      let advice = whatToKnow(row, now: state.now, staleAfter: 900)
      #expect(advice.words == "waits, next try 10:45Z" && advice.style == Theme.quiet)
    }
    state.take(.tenantsChanged((1...4).map { .healthy($0, "Tenant \($0)") }))
    #expect(!state.shared.hasBanner)
  }

  @Test("F23: a silence for the whole app is one banner, and says how the operator's work goes on")
  func app() {
    let rows = (1...3).map { number in
      TenantOverview.healthy(number, "Tenant \(number)").with {
        $0.sync.error =
          PartnerError(
            .throttled(until: noon.addingTimeInterval(120)), tenant: $0.id, at: noon, host: "graph.example"
          ).problem
      }
    }
    let state = ConsoleState.loaded(rows, [])
    #expect(state.shared.banners.count == 1)
    let text = state.shared.banners.first?.text.text ?? ""
    #expect(text.contains("until 10:45Z; 3 tenants wait, what you ask for goes once a second."), "\(text)")
  }
}
