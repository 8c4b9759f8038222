import Foundation
import PartnerModel
import TerminalKit
import Testing

@testable import ConsoleCore

/// What the golden files show, by the name of the file.
struct Scene: Sendable, CustomTestStringConvertible {
  var name: String
  var make: @Sendable (Size) -> ConsoleState
  var sizes = [
    Size(columns: 60, rows: 15), Size(columns: 80, rows: 24), Size(columns: 120, rows: 40),
    Size(columns: 200, rows: 50),
  ]
  var testDescription: String { name }
}

/// Text that tries to steer a terminal: it must change nothing outside its cell.
let hostileNames = [
  "\u{1B}]0;owned\u{07}Title", "\u{1B}[2J\u{1B}[Hcleared", "rtl \u{202E}txt.exe",
  "marks a" + String(repeating: "\u{301}", count: 200),
  "two\nlines\rand\ttabs", "\u{2066}isolate\u{2069} \u{200B}\u{FEFF}zero", "%s%n '; DROP TABLE --",
  "家族👩‍👩‍👧‍👦幅の広い文字がここにあります幅の広い文字がここにあります",
]

let hostileTenants = hostileNames.enumerated().map { index, name in
  TenantOverview.healthy(index + 1, name, high: 1, unassignedHigh: index % 2, oldest: hour)
}
let hostileIncidents = hostileNames.enumerated().map { index, name in
  IncidentSummary.sample(index + 1, index + 100, name, .high, age: Double(index + 1) * hour, owner: name)
}

private func write(_ state: WriteState, problem: Problem? = nil) -> IncidentWrite {
  IncidentWrite(
    id: WriteID("w1"), key: attack[0].key,
    update: IncidentUpdate(status: .inProgress, assignment: .to("anna@northwind.example")), state: state,
    operatorUPN: "anna@northwind.example", intendedAt: noon, problem: problem)
}

let refusal = Problem(
  cause: "appRoleMissing", error: "Forbidden", code: 403,
  nextAction: "Send the consent link to the tenant's admin again, then check consent.")

private func queue(_ size: Size, _ change: (inout ConsoleState) -> Void = { _ in }) -> ConsoleState {
  var state = ConsoleState.loaded(size: size) { $0.view = .queue }
  change(&state)
  return state
}

private func page(_ size: Size, _ readings: [IncidentReading]) -> ConsoleState {
  queue(size) { state in
    state.press(.enter)
    for reading in readings { state.take(.incidentRead(request: state.lastRequest, attack[0].key, reading)) }
  }
}

/// The opened list of the tenant at this place of the samples.
private func tenantList(_ size: Size, _ index: Int, _ incidents: [IncidentSummary]) -> ConsoleState {
  let tenant = allStates[index].id
  var state = ConsoleState.loaded(size: size) { $0.tenant = tenant }
  state.take(.tenantIncidentsLoaded(request: 1, tenant, incidents))
  return state
}

let scenes: [Scene] = [
  Scene(name: "tenants-none", make: { ConsoleState.loaded([], [], size: $0) }),
  Scene(
    name: "tenants-loading",
    make: { size in
      var state = ConsoleState.sample(size: size)
      _ = start(&state)
      state.take(.syncProgressed(done: 3, of: 18), .syncing([.sample(1), .sample(5)]))
      return state
    }),
  Scene(name: "tenants-all-states", make: { ConsoleState.loaded(size: $0) }),
  Scene(
    name: "tenants-syncing",
    make: { size in
      var state = ConsoleState.loaded(size: size)
      state.press(.down, .down)
      state.take(.syncProgressed(done: 5, of: 18), .syncing([.sample(1), .sample(5)]))
      return state
    }),
  Scene(
    name: "tenants-stale",
    make: { size in
      var state = ConsoleState.loaded(size: size)
      state.take(.ticked(noon.addingTimeInterval(3 * hour)))
      return state
    }),
  Scene(name: "tenants-hostile", make: { ConsoleState.loaded(hostileTenants, hostileIncidents, size: $0) }),
  Scene(
    name: "tenants-filter-typing",
    make: { size in
      var state = ConsoleState.loaded(size: size)
      state.type("/türkİye")
      return state
    }),
  Scene(
    name: "tenants-filter-nothing",
    make: { size in
      var state = ConsoleState.loaded(size: size)
      state.type("/nobody is called this")
      state.press(.enter)
      return state
    }),
  Scene(
    name: "tenants-read-only",
    make: { size in
      var state = ConsoleState.loaded(size: size)
      state.take(.ownership(.readOnly("process 4711 has the state folder")))
      return state
    }),
  Scene(name: "tenants-ascii", make: { ConsoleState.loaded(size: $0) { $0.signs = .ascii } }),
  Scene(name: "queue", make: { queue($0) }),
  Scene(
    name: "queue-marked",
    make: { size in
      var state = queue(size)
      for _ in 0..<4 { state.press(.character(" ")) }
      state.press(.character("a"))
      return state
    }),
  Scene(
    name: "queue-full",
    make: { size in
      let many = (0..<312).map { number in
        IncidentSummary.sample(
          number % 7 + 1, number, "\(attack[number % attack.count].displayName)", [.high, .medium, .low][number % 3],
          age: Double(number) * 700 + 90)
      }
      var state = ConsoleState.loaded(allStates, many, size: size) { $0.view = .queue }
      state.press(.pageDown, .down, .down)
      let news = [
        IncidentSummary.sample(1, 9001, "Just in", .high, age: 90),
        IncidentSummary.sample(3, 9002, "Just in too", .high, age: 24_600),
      ]
      state.take(.incidentsChanged(news))
      return state
    }),
  Scene(
    name: "queue-hostile",
    make: { ConsoleState.loaded(hostileTenants, hostileIncidents, size: $0) { $0.view = .queue } }),
  Scene(name: "queue-empty", make: { ConsoleState.loaded(allStates, [], size: $0) { $0.view = .queue } }),
  Scene(
    name: "queue-never-read",
    make: { size in
      let tenants = [TenantOverview(tenant: Tenant(id: .sample(1), name: "Contoso Ltd"))]
      return ConsoleState.loaded(tenants, [], size: size) { $0.view = .queue }
    }),
  Scene(
    name: "queue-filter-typing",
    make: { size in
      queue(size) { $0.type("/PHISH rep") }
    }),
  Scene(name: "queue-filter-nothing", make: { size in queue(size) { $0.type("/zzz") } }),
  Scene(name: "claim-pending", make: { size in queue(size) { $0.press(.character("a")) } }),
  Scene(
    name: "claim-unknown",
    make: { size in
      queue(size) { state in
        state.press(.character("a"))
        state.take(.writesChanged([write(.sent)]), .writesChanged([write(.unknown)]))
      }
    }),
  Scene(
    name: "claim-refused",
    make: { size in
      queue(size) { state in
        state.press(.character("a"))
        state.take(.writesChanged([write(.sent)]), .writesChanged([write(.failed, problem: refusal)]))
      }
    }),
  Scene(
    name: "claim-confirmed",
    make: { size in
      queue(size) { state in
        state.press(.character("a"))
        var claimed = attack[0]
        claimed.status = .inProgress
        claimed.assignedTo = "anna@northwind.example"
        state.take(.writesChanged([write(.confirmed)]), .incidentsChanged([claimed]))
      }
    }),
  Scene(
    name: "queue-closed-under-cursor",
    make: { size in
      queue(size) { state in
        state.press(.down)
        var closed = attack[1]
        closed.status = .resolved
        state.take(.incidentsChanged([closed]))
      }
    }),
  Scene(name: "portal-offered", make: { size in queue(size) { $0.press(.character("o")) } }),
  Scene(
    name: "portal-not-opened",
    make: { size in
      queue(size) { state in
        let url =
          "https://security.microsoft.com/incident2/2184/overview?tid=\(TenantID.sample(1))&source=incident_queue"
        state.take(.portalOpened(.shown(url: url, reason: "xdg-open: no method available for opening")))
      }
    }),
  Scene(
    name: "tenant-incidents",
    make: { size in
      var state = ConsoleState.loaded(size: size)
      state.press(.enter)
      let closed = IncidentSummary.sample(
        1, 2001, "Password spray, contained", .medium, age: 20 * day, status: .resolved)
      state.take(.tenantIncidentsLoaded(request: state.lastRequest, .sample(1), [closed, attack[1], attack[0]]))
      return state
    }),
  Scene(
    name: "tenant-incidents-no-consent",
    make: { size in
      var state = ConsoleState.loaded(size: size)
      state.press(.down, .enter)
      state.take(.tenantIncidentsLoaded(request: state.lastRequest, state.tenantIncidents?.tenant ?? .sample(2), []))
      return state
    }),
  Scene(
    name: "tenant-preview",
    make: { size in
      var state = ConsoleState.loaded(size: size)
      state.press(.down, .down)
      if size.columns < FrameLayout.previewColumns { state.press(.character("p")) }
      return state
    }),
  Scene(name: "tenant-incidents-failed", make: { tenantList($0, 16, [.sample(17, 5, "Mass download", .high)]) }),
  Scene(name: "tenant-incidents-failed-empty", make: { tenantList($0, 16, []) }),
  Scene(name: "tenant-incidents-partial", make: { tenantList($0, 15, []) }),
  Scene(
    name: "queue-cache-failed",
    make: { size in
      var state = ConsoleState.sample(size: size) { $0.view = .queue }
      _ = start(&state)
      state.take(
        .tenantsLoaded(allStates), .queueNotLoaded("cache.db is held by another process. Do it again in a moment."))
      return state
    }),
  Scene(
    name: "queue-filter-kept",
    make: { size in
      queue(size) { state in
        state.type("/litware")
        state.press(.enter)
      }
    }),
  Scene(
    name: "queue-filter-offered",
    make: { size in
      queue(size) { state in
        state.type("/litware")
        state.press(.enter, .character("/"))
      }
    }),
  Scene(
    name: "claim-takeover",
    make: { size in queue(size) { $0.press(.end, .character("a")) } }),
  Scene(
    name: "incident-not-known",
    make: { size in
      var state = ConsoleState.loaded(allStates, [], size: size) { $0.view = .queue }
      state.take(.writesChanged([write(.failed, problem: refusal)]))
      state.press(.character("!"))
      return state
    }),
  Scene(
    name: "incident", make: { page($0, [.fresh(story, readAt: noon.addingTimeInterval(-14))]) },
    sizes: [
      Size(columns: 60, rows: 15), Size(columns: 80, rows: 24), Size(columns: 120, rows: 40),
      Size(columns: 140, rows: 36),
      Size(columns: 200, rows: 50),
    ]),
  Scene(
    name: "incident-details",
    make: { size in
      var state = page(size, [.fresh(story, readAt: noon)])
      state.press(.down, .enter)
      return state
    }),
  Scene(
    name: "incident-evidence-whole",
    make: { size in
      var incident = story
      incident.alerts?[0].evidence = [
        Evidence(
          type: "fileEvidence", verdict: .malicious, roles: ["created"],
          json:
            #"{"fileDetails":{"fileName":"invoice-883-of-the-quarter-that-nobody-ordered-but-everybody-opened.pdf.exe","filePath":"/home/j.doe/Downloads/mail/attachments/2026/03/10/archive-of-invoices/unpacked","sha256":"a91f0b7c5de24c6ab8f0e3d1927a40566d0a3c1f7be24958c0d1e2f3a4b507c2"}}"#
        )
      ]
      var state = page(size, [.fresh(incident, readAt: noon)])
      state.type("/pdf.exe")
      state.press(.enter, .character("n"), .enter)
      return state
    }),
  Scene(
    name: "incident-finding",
    make: { size in
      var state = page(size, [.fresh(story, readAt: noon)])
      state.type("/lsass")
      return state
    }),
  Scene(
    name: "queue-old-empty",
    make: { size in
      let tenants: [TenantOverview] = [
        .healthy(1, "Contoso Ltd", read: 3 * day), .healthy(2, "Fabrikam Health", read: 3 * day),
        .healthy(3, "Litware", read: 2 * day).with { $0.consent.state = .missing },
      ]
      return ConsoleState.loaded(tenants, [], size: size) { $0.view = .queue }
    }),
  Scene(
    name: "queue-news",
    make: { size in
      queue(size) { state in
        state.take(
          .incidentsChanged([
            .sample(5, 9001, "Just in", .high, age: 90), .sample(6, 9002, "Just in too", .medium, age: 60),
          ]))
      }
    }),
  Scene(
    name: "tenant-preview-further",
    make: { size in
      var state = ConsoleState.loaded(size: size)
      state.press(.down, .down)
      if size.columns < FrameLayout.previewColumns { state.press(.character("p")) }
      state.press(.character("J"), .character("J"))
      return state
    }),
  Scene(name: "incident-reading", make: { page($0, [.absentFromStore]) }),
  Scene(
    name: "incident-cached-failed",
    make: { size in
      page(
        size,
        [
          .cached(story, readAt: noon.addingTimeInterval(-2 * hour)),
          .failed(
            PartnerError(
              .unreachable(.connectionRefused(host: "graph.microsoft.com")), tenant: .sample(1),
              at: noon.addingTimeInterval(-70))),
        ])
    }),
  Scene(
    name: "incident-not-found-once",
    make: { size in
      page(
        size,
        [
          .cached(story, readAt: noon.addingTimeInterval(-2 * hour)),
          .failed(PartnerError(.absentJustNow, tenant: .sample(1), code: 404, at: noon)),
        ])
    }),
  Scene(
    name: "incident-alerts-missing",
    make: { size in
      var part = story
      part.alertGaps = AlertGaps(
        missing: 54, foreign: 1, leftOut: [LeftOutProduct(name: "WDATP", status: 401)])
      return page(size, [.absentFromStore, .fresh(part, readAt: noon)])
    }),
  Scene(
    name: "tenant-incidents-product-missing",
    make: { size in
      let row = allStates[15].with {
        $0.sync.unreadable = 0
        $0.sync.leftOut = Problem(
          cause: "answerPartial", error: "WDATP", code: 401, requestID: "r-1", at: noon,
          nextAction: "Its incidents may be missing until it answers again: see the portal.")
      }
      var state = ConsoleState.loaded([row], [], size: size)
      state.press(.enter)
      state.take(.tenantIncidentsLoaded(request: 1, row.id, []))
      return state
    }),
  Scene(
    name: "incident-failed",
    make: { page($0, [.absentFromStore, .failed(PartnerError(.outage(status: 503), tenant: .sample(1)))]) }),
  Scene(
    name: "incident-ascii",
    make: { size in
      var state = ConsoleState.loaded(size: size) {
        $0.view = .queue
        $0.signs = .ascii
      }
      state.press(.enter)
      state.take(.incidentRead(request: state.lastRequest, attack[0].key, .fresh(story, readAt: noon)))
      return state
    }),
  Scene(
    name: "assign", make: { size in queue(size) { $0.press(.character("A")) } },
    sizes: [
      Size(columns: 60, rows: 15), Size(columns: 80, rows: 24), Size(columns: 140, rows: 36),
      Size(columns: 200, rows: 50),
    ]),
  Scene(
    name: "assign-takeover",
    make: { size in
      queue(size) { state in
        while state.target?.assignedTo != "ben@northwind.example" { state.press(.down) }
        state.press(.character("A"), .down)
      }
    }, sizes: [Size(columns: 80, rows: 24), Size(columns: 140, rows: 36)]),
  Scene(
    name: "assign-leaving",
    make: { size in
      queue(size) { state in
        state.press(.character("A"))
        state.type("ben")
        state.press(.enter, .escape)
      }
    }, sizes: [Size(columns: 80, rows: 24), Size(columns: 140, rows: 36)]),
  Scene(
    name: "command-line",
    make: { size in
      queue(size) { state in
        state.type(":re")
        state.press(.tab, .tab)
      }
    }, sizes: [Size(columns: 60, rows: 15), Size(columns: 80, rows: 24), Size(columns: 140, rows: 36)]),
  Scene(
    name: "command-wrong",
    make: { size in
      queue(size) { state in
        state.type(":clami")
        state.press(.enter)
      }
    }, sizes: [Size(columns: 80, rows: 24), Size(columns: 140, rows: 36)]),
  Scene(name: "help", make: { size in queue(size) { $0.press(.character("?")) } }),
  Scene(name: "key-unknown", make: { size in queue(size) { $0.press(.character("x")) } }),
  Scene(
    name: "too-small", make: { ConsoleState.loaded(size: $0) },
    sizes: [Size(columns: 59, rows: 15), Size(columns: 80, rows: 14), Size(columns: 20, rows: 1)]),
]

@Suite("Screens are as they were reviewed")
struct ScreenTests {
  @Test(arguments: scenes + credentialScenes + accessScenes + historyScenes + writeScenes)
  func looksAsReviewed(scene: Scene) throws {
    for size in scene.sizes { try compare(scene.make(size).screen, scene.name) }
  }
}
