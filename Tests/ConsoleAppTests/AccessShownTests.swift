import Foundation
import Synchronization
import Testing

@testable import LabServer

/// Why a person may not act in a tenant, as the lab brings it about, and how the program tells it.
@Suite("T8: each reason that keeps a person out of a tenant, on the screen and in JSON", .serialized)
struct AccessShownTests {
  struct Case: Sendable {
    var name: String
    var access: LabAccess
    var isOutbound = false
    var state: String
    var code: Int?
    var whoActs: String?
    /// In the row.
    var row: String
    /// In the sentence on what happened, and in the one on what to do.
    var summary: String
    var next: String
    /// What Enter does on the tenant's page.
    var step = "Enter checks again"
    /// Whether the relationship and its end are known.
    var hasRelation = true
    /// Whether its incidents can be read.
    var isRead = false
  }

  static let cases: [Case] = [
    Case(
      name: "Allowed", access: .ok, state: "ok", row: "", summary: "Consent is granted, and we may act here.", next: "",
      step: "", isRead: true),
    Case(
      name: "Stranger", access: .noRelation, state: "noRelation", code: 50020, whoActs: "customer",
      row: "no GDAP relationship", summary: "no GDAP relationship, and no guest's account",
      next: "Ask the customer for a GDAP relationship with a security role", hasRelation: false),
    Case(
      name: "Former", access: .relationExpired, state: "relationExpired", code: 50020, whoActs: "partner",
      row: "GDAP has ended", summary: "Former” ended on ", next: "Ask the customer for a new GDAP relationship."),
    Case(
      name: "Ending", access: .ending, state: "ending", whoActs: "partner", row: "GDAP ends in 11 d",
      summary: "and does not go on by itself", next: "before this one ends", isRead: true),
    Case(
      name: "Roleless", access: .roleMissing, state: "roleMissing", code: 403, whoActs: "partner",
      row: "no security role", summary: "our account has no security role in the tenant", next: "Security Reader"),
    Case(
      name: "Ungrouped", access: .notInGroup, state: "notInGroup", code: 50020, whoActs: "partner",
      row: "not in GDAP's group", summary: "our account is in no group that the GDAP relationship names",
      next: "Have the account put into "),
    Case(
      name: "Unasked", access: .notConsented, state: "notConsented", code: 90099, whoActs: "customer",
      row: "send consent link", summary: "the app is not approved in the tenant", next: "consent link",
      step: "Enter requests consent"),
    Case(
      name: "Inbound", access: .blockedByPolicy, state: "blockedByPolicy", code: 500_213, whoActs: "customer",
      row: "cross-tenant policy", summary: "the tenant does not let ours in", next: "inbound"),
    Case(
      name: "Outbound", access: .ok, isOutbound: true, state: "blockedByPolicy", code: 500_212, whoActs: "partner",
      row: "cross-tenant policy", summary: "our own tenant does not let us out", next: "outbound"),
    Case(
      name: "Guest", access: .guest, state: "ok", row: "", summary: "Consent is granted, and we may act here.",
      next: "", step: "", hasRelation: false, isRead: true),
  ]

  /// A workplace with a tenant for each case, where somebody has signed in.
  private func use(_ body: (Workplace) async throws -> Void) async throws {
    var options = LabOptions(tenants: LabTenant.generate(count: Self.cases.count, seed: 11), scenarios: .granted)
    for (index, told) in Self.cases.enumerated() {
      options.tenants[index].name = told.name
      options.tenants[index].access = told.access
    }
    options.incidentsPerTenant = 2
    try await Workplace.withPeople(options) { place in
      for (told, tenant) in zip(Self.cases, place.tenants) where told.isOutbound {
        place.lab.world.room(tenant.id)?.state.withLock { $0.access.policy = .outbound }
      }
      let signIn = try await place.run("token", "sign-in", environment: place.browser())
      try #require(signIn.status == 0, "\(signIn.words)")
      try await body(place)
    }
  }

  /// What a program reads of a tenant's access.
  private func check(_ row: [String: Any]?, _ told: Case, _ command: String) throws {
    let about = "\(command), \(told.name)"
    let access = try #require(row?["access"] as? [String: Any], "\(about)")
    #expect(access["context"] as? String == "user" && access["state"] as? String == told.state, "\(about): \(access)")
    let relations = try #require(access["relations"] as? [[String: Any]])
    #expect(relations.isEmpty != told.hasRelation, "\(about)")
    for relation in relations {
      let end = try #require(relation["endsAt"] as? String, "\(about)")
      let isPast = end < Date().ISO8601Format()
      #expect(isPast == (told.state == "relationExpired"), "\(about): \(end)")
      #expect(relation["autoExtends"] as? Bool == (told.state != "ending"), "\(about)")
    }
    #expect(access["checkedAt"] is String, "\(about)")
    guard told.state != "ok" else {
      #expect(access["error"] is NSNull, "\(about): \(access)")
      return
    }
    let error = try #require(access["error"] as? [String: Any], "\(about)")
    #expect(error["cause"] as? String == told.state, "\(about)")
    #expect(error["code"] as? Int == told.code, "\(about): \(error)")
    #expect(error["whoActs"] as? String == told.whoActs, "\(about): \(error)")
    #expect((error["summary"] as? String)?.contains(told.summary) == true, "\(about): \(error)")
    #expect((error["nextAction"] as? String)?.contains(told.next) == true, "\(about): \(error)")
    // The same refusal stands elsewhere too, and says nothing else there.
    for (part, name) in [("consent", "error"), ("token", "lastError"), ("sync", "error")] {
      guard let same = (row?[part] as? [String: Any])?[name] as? [String: Any] else { continue }
      for word in ["summary", "nextAction", "whoActs"] {
        #expect(same[word] as? String == error[word] as? String, "\(about), \(part): \(same)")
      }
    }
  }

  @Test("Each has its state, number, whose turn it is and next step in JSON, and says the same in words")
  func json() async throws {
    try await use { place in
      let read = try await place.run("tenants", "--refresh", "--output", "json")
      let checked = try await place.run("consent", "check", "--output", "json")
      for (command, run) in [("tenants", read), ("consent check", checked)] {
        #expect(run.objects.count == Self.cases.count, "\(command): \(run.words)")
        for (row, told) in zip(run.objects, Self.cases) { try check(row, told, command) }
      }
      for (row, told) in zip(read.objects, Self.cases) {
        #expect((row["readAt"] is String) == told.isRead, "\(told.name)")
      }
      for command in [["tenants"], ["consent", "check"]] {
        let text = try await place.run(bare: command + ["--config", place.configuration])
        let lines = text.output.split(separator: "\n")
        for told in Self.cases where told.state != "ok" {
          let row = lines.first { $0.hasPrefix("\(told.name) ") } ?? ""
          #expect(row.contains(told.next), "\(command): \(row)")
          guard told.code != nil else { continue }
          #expect(lines.contains { $0.hasPrefix("\(told.name): ") && $0.contains(told.summary) }, "\(command)")
        }
      }
    }
  }

  @Test("Each stands in its row and on its tenant's page, with the next step and what Enter does for it")
  func screen() async throws {
    try await use { place in
      _ = try await place.run("tenants", "--refresh")
      let json = try await place.run("consent", "check", "--output", "json").objects
      // What happened and what to do, as programs are told it.
      let said: [(String, String)?] = json.map { row in
        let error = (row["access"] as? [String: Any])?["error"] as? [String: Any]
        guard let summary = error?["summary"] as? String, let next = error?["nextAction"] as? String else { return nil }
        return (summary, next)
      }
      try #require(said.count == Self.cases.count)
      try await onThread {
        let screen = try TerminalScreen(
          place, "\(Workplace.program) --config \(place.configuration)", columns: 100, rows: 30)
        try screen.until("failed ")
        for told in Self.cases {
          try screen.until("\(told.name)'s row with “\(told.row)”") { lines in
            lines.contains { $0.dropFirst(3).hasPrefix("\(told.name) ") && (told.row.isEmpty || $0.contains(told.row)) }
          }
        }
        try screen.resize(columns: 200, rows: 50)
        for (index, told) in Self.cases.enumerated() {
          let tenant = place.tenants[index]
          // A key right behind another's end is taken for a slip.
          poll(nil, 0, 400)
          try screen.press(":")
          try screen.until("Tab completes")
          try screen.type("consent \(tenant.domain)")
          try screen.until("consent \(tenant.domain)")
          poll(nil, 0, 350)
          try screen.press("Enter")
          let lines = try screen.until("the page of \(told.name)") { lines in
            // Its last line is painted last.
            lines.contains { $0.hasPrefix(" Tenants › \(told.name) › consent") }
              && lines.last { !$0.isEmpty }?.contains("Esc back") == true
              && lines.allSatisfy { !$0.contains("is being read") }
          }
          check(lines, told, said[index])
          try screen.press("Escape")
          try screen.until("TENANT ")
        }
        poll(nil, 0, 400)
        try screen.press("q")
        try screen.until("ended 0")
      }
    }
  }

  private func check(_ lines: [String], _ told: Case, _ said: (summary: String, next: String)?) {
    let text = lines.map { $0.prefix { $0 != "│" } }.joined(separator: " ").split(separator: " ")
      .joined(separator: " ")
    #expect(text.contains(told.summary) && (told.step.isEmpty || text.contains(told.step)), "\(told.name): \(text)")
    #expect(text.contains("GDAP no relationship with the tenant") != told.hasRelation, "\(told.name): \(text)")
    guard let said else { return }
    #expect(text.contains(said.summary.dropFirst()), "\(told.name): \(text)")
    // The page itself does what the command is for.
    if told.state != "notConsented" { #expect(text.contains(said.next), "\(told.name): \(text)") }
  }
}
