import Foundation
import LabServer
import Testing

@Suite struct StoryTests {
  @Test("Incidents, alerts and evidence tell stories that fit together")
  func stories() async throws {
    var options = options(.granted)
    options.incidentsPerTenant = 100
    try await withLabServer(options) { lab in
      let tenant = options.tenants[0]
      let token = try await lab.token(tenant.id)
      var types: Set<String> = []
      var names: Set<String> = []
      var statuses: Set<String> = []
      for skip in [0, 50] {
        let page = try await lab.get("\(security)/incidents?$expand=alerts&$skip=\(skip)", token)
        for incident in try page.items() {
          names.insert(incident["displayName"] as? String ?? "")
          statuses.insert(incident["status"] as? String ?? "")
          let alerts = try #require(incident["alerts"] as? [[String: Any]])
          #expect(alerts.isEmpty == (incident["status"] as? String == "redirected"), "a merge takes the alerts along")
          let times = alerts.compactMap { ($0["createdDateTime"] as? String).flatMap(date) }
          #expect(times.count == alerts.count && times == times.sorted())
          let created = try #require((incident["createdDateTime"] as? String).flatMap(date))
          let updated = try #require((incident["lastUpdateDateTime"] as? String).flatMap(date))
          #expect(created <= updated && updated <= fixedEpoch && times.allSatisfy { $0 <= fixedEpoch })
          let changes = alerts.compactMap { ($0["lastUpdateDateTime"] as? String).flatMap(date) }
          #expect(changes.count == alerts.count && changes.allSatisfy { $0 <= updated })
          for alert in alerts {
            #expect(alert["incidentId"] as? String == incident["id"] as? String)
            #expect(alert["tenantId"] as? String == tenant.id)
            let evidence = try #require(alert["evidence"] as? [[String: Any]])
            types.formUnion(evidence.compactMap { $0["@odata.type"] as? String })
            #expect(evidence.allSatisfy { $0["verdict"] is String && $0["createdDateTime"] is String })
          }
        }
      }
      #expect(types.count >= 30)
      #expect(types.allSatisfy { $0.hasPrefix("#microsoft.graph.security.") })
      #expect(names.count >= 30)
      #expect(names.allSatisfy { !$0.contains("{") })
      #expect(statuses == ["active", "inProgress", "resolved", "redirected", "awaitingAction"])
    }
  }

  @Test(
    "Evidence lies on machines of its own incident, and each is what it says it is",
    arguments: [LabScenario.granted, .hugeIncident])
  func machines(_ scenario: LabScenario) async throws {
    var options = options(scenario)
    options.incidentsPerTenant = 40
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      for number in 1...40 {
        let path = "\(security)/incidents/\(1_000_000 + number)?$expand=alerts"
        let incident = try await lab.get(path, token).object()
        let alerts = try #require(incident["alerts"] as? [[String: Any]])
        var known: Set<String> = []
        var used: Set<String> = []
        for alert in alerts {
          let evidence = try #require(alert["evidence"] as? [[String: Any]])
          let devices = evidence.filter { ($0["@odata.type"] as? String)?.hasSuffix(".deviceEvidence") == true }
          let ids = devices.compactMap { $0["mdeDeviceId"] as? String }
          #expect(Set(ids).count == devices.count, "an alert names no machine twice")
          known.formUnion(ids)
          for device in devices {
            let release = "\(device["osPlatform"] ?? "") \(device["version"] ?? "") \(device["osBuild"] ?? "")"
            #expect(releases.contains(release))
          }
          let users = evidence.compactMap { ($0["userAccount"] as? [String: Any])?["userPrincipalName"] as? String }
          #expect(!users.contains { $0.hasSuffix("@") })
          for file in objects(in: evidence) {
            if let id = file["mdeDeviceId"] as? String { used.insert(id) }
            guard file["signer"] is String, let folder = file["filePath"] as? String else { continue }
            #expect(folder.hasPrefix(#"C:\Windows\System32"#) || folder.hasPrefix(#"C:\Program Files\"#))
          }
        }
        #expect(used.isSubset(of: known), "\(incident["displayName"] ?? "")")
      }
    }
  }

  @Test("A tenant without a domain gets one of its own")
  func madeUpDomain() {
    let tenants = ["Contoso Ltd", "全角"].map { LabTenant(id: "026C62DA-5e65-4f6d", name: $0, domain: "") }
    #expect(tenants.map(\.domain) == ["contosoltd026c62da.onmicrosoft.com", "026c62da.onmicrosoft.com"])
  }

  @Test("The same seed, epoch and requests give the same bytes; another seed does not")
  func determinism() async throws {
    var bodies: [[UInt8]] = []
    for seed in [3, 3, 4] as [UInt64] {
      var options = options(.granted, .hostileText)
      options.seed = seed
      let body = try await withLabServer(options) { lab in
        var bytes: [UInt8] = []
        for tenant in options.tenants {
          let token = try await lab.token(tenant.id)
          let list = try await lab.get("\(security)/incidents?$expand=alerts", token)
          bytes += list.body
          lab.tick(seconds: 60, newIncidents: 1, edits: 3)
          bytes += try await lab.get("\(security)/alerts_v2?$top=7&$count=true", token).body
          bytes += try await lab.get("\(security)/incidents/none", token).body
        }
        return Array(String(decoding: bytes, as: UTF8.self).replacing(lab.baseURL, with: "").utf8)
      }
      bodies.append(body)
    }
    #expect(bodies[0] == bodies[1])
    #expect(bodies[0] != bodies[2])
  }

  @Test("Customers differ, but some traces are shared between them")
  func customers() async throws {
    var options = options(.granted, .granted)
    options.incidentsPerTenant = 50
    try await withLabServer(options) { lab in
      var hashes: [Set<Substring>] = []
      var users: [Set<Substring>] = []
      for tenant in options.tenants {
        let token = try await lab.token(tenant.id)
        let text = try await lab.get("\(security)/incidents?$expand=alerts", token).text
        hashes.append(Set(text.matches(of: /"sha256":"([0-9a-f]{64})"/).map(\.output.1)))
        users.append(Set(text.matches(of: /"userPrincipalName":"([^"]+)"/).map(\.output.1)))
      }
      #expect(!hashes[0].isDisjoint(with: hashes[1]))
      #expect(hashes[0] != hashes[1])
      #expect(users[0].isDisjoint(with: users[1]))
    }
  }

  @Test("The huge incident opens by itself, and breaks an expanded list for good")
  func huge() async throws {
    let options = options(.hugeIncident)
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      for _ in 0..<2 { #expect(try await lab.get("\(security)/incidents?$expand=alerts", token).status == 500) }
      let items = try await lab.get("\(security)/incidents", token).items()
      let id = try #require(items[items.count / 2]["id"] as? String)
      let incident = try await lab.get("\(security)/incidents/\(id)?$expand=alerts", token).object()
      let alerts = try #require(incident["alerts"] as? [[String: Any]])
      #expect(alerts.count == 300)
      #expect(Set(alerts.compactMap { $0["id"] as? String }).count == 300)
      #expect(alerts.compactMap { $0["evidence"] as? [Any] }.map(\.count).reduce(0, +) > 3000)
    }
  }

  @Test("Merged incidents point to a live one")
  func merged() async throws {
    let options = options(.mergedIncidents)
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      let items = try await lab.get("\(security)/incidents", token).items()
      let live = Set(
        items.filter { $0["status"] as? String != "redirected" }.compactMap { $0["id"] as? String })
      let merged = items.filter { $0["status"] as? String == "redirected" }
      #expect(merged.count >= 6)
      #expect(merged.allSatisfy { ($0["redirectIncidentId"] as? String).map(live.contains) ?? false })
    }
  }

  @Test("Hostile text is valid JSON but for one lone surrogate; two items are malformed")
  func hostile() async throws {
    let options = options(.hostileText)
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      let answer = try await lab.get("\(security)/incidents?$expand=alerts", token)
      let text = answer.text
      #expect(text.ranges(of: #"\ud800"#).count == 1)
      let mended = text.replacing(#"\ud800"#, with: "")
      let object = try JSONSerialization.jsonObject(with: Data(mended.utf8)) as? [String: Any]
      let items = try #require(object?["value"] as? [[String: Any]])
      #expect(items.filter { $0["id"] == nil && $0["severity"] is [String: Any] }.count == 1)
      let names = items.compactMap { $0["displayName"] as? String }.joined()
      for mark in ["\u{1B}]0;", "\u{1B}]52;", "\u{1B}[2J", "\u{9B}", "\u{202E}", "\u{E0001}"] {
        #expect(names.unicodeScalars.contains { mark.unicodeScalars.last == $0 })
      }
      #expect(text.contains(#"\u0000"#) && text.contains(#"\u001b"#))
    }
  }
}

func date(_ text: String) -> Date? {
  try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains(".")))
}

private let releases: Set<String> = [
  "Windows10 22H2 19045", "Windows11 23H2 22631", "Windows11 24H2 26100", "WindowsServer2019 1809 17763",
  "WindowsServer2022 21H2 20348", "WindowsServer2025 24H2 26100",
]

/// Every object within a JSON value, itself included.
private func objects(in value: Any) -> [[String: Any]] {
  if let items = value as? [Any] { return items.flatMap(objects) }
  guard let object = value as? [String: Any] else { return [] }
  return [object] + object.values.flatMap(objects)
}
