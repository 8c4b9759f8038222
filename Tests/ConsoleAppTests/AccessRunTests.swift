import Foundation
import LabServer
import PseudoTerminal
import Testing

@Suite("Consent and sign-in from the console, over a real terminal", .serialized)
struct AccessRunTests {
  private func options(_ scenarios: LabScenario...) -> LabOptions {
    var options = LabOptions(
      tenants: LabTenant.generate(count: scenarios.count, seed: 11), scenarios: .granted)
    for (index, scenario) in scenarios.enumerated() { options.tenants[index].scenario = scenario }
    return options
  }

  @Test("H57: consent is requested, opened, waited for and proved by a fresh token; then the tenant is read")
  func granted() async throws {
    try await Workplace.with(options(.missing)) { place in
      place.lab.answer(consent: .accept)
      try await onThread {
        let terminal = try place.console(environment: place.browser())
        try terminal.type("", until: "missing")
        try terminal.type("c", until: "Enter requests consent")
        try terminal.type("\r", until: "Consent is granted, and we may act here.")
        try terminal.type("T", until: "incidents   sort risk")
        try terminal.quit()
      }
    }
  }

  @Test("A request that is declined changes nothing and says what to do; one that nobody answers is ended by X")
  func declined() async throws {
    try await Workplace.with(options(.missing)) { place in
      place.lab.answer(consent: .decline)
      try await onThread {
        let terminal = try place.console(columns: 120, environment: place.browser())
        try terminal.type("", until: "missing")
        try terminal.type("c", until: "Enter requests consent")
        try terminal.type("\r", until: "the admin declined")
        place.lab.answer(consent: .page)
        try terminal.type("C", until: "Waiting for their admin's answer")
        try terminal.type("X", until: "cancelled; what the admin does on the page counts all the same")
        try terminal.quit()
      }
    }
  }

  @Test("I signs in without leaving the screen, and the tenants that people act in are read; :sign-out forgets it")
  func signsIn() async throws {
    let users = [LabUser(Workplace.upn, name: "Anna")]
    var options = options(.granted)
    options.users = users
    options.homeTenant = "d757e467-091b-4bbe-8042-1f1e2fbe5f33"
    try await Workplace.with(
      options,
      change: { root in
        root["signIn"] = ["store": "none"]
        root["tenants"] = (root["tenants"] as? [[String: Any]] ?? []).map { $0.merging(["context": "user"]) { $1 } }
      }
    ) { place in
      place.lab.answer(signIn: .auto)
      try await onThread {
        let terminal = try place.console(columns: 120, environment: place.browser())
        try terminal.type("", until: "Nobody is signed in, 1 tenant waits: I signs in.")
        try terminal.type("I", until: "● \(Workplace.upn)")
        try terminal.type("\u{1B}", until: "ok 1")
        _ = terminal.quiet(for: .milliseconds(400), within: .seconds(5))
        try terminal.type(":", until: "Tab completes")
        try terminal.write("sign-out")
        _ = terminal.quiet(for: .milliseconds(400), within: .seconds(5))
        try terminal.type("\r", until: "\(Workplace.upn) is signed out.")
        try terminal.quit()
      }
    }
  }
}
