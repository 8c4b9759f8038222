import Foundation
import PartnerModel
import Testing

@testable import PartnerContext

/// What the reader makes of pages that another parser reads too.
@Suite struct DecodingTests {
  @Test("Pages made at random are read as another parser reads them", arguments: UInt64(0)..<60)
  func equality(seed: UInt64) throws {
    var maker = PageMaker(chance: SplitMix(state: seed))
    let made = (0..<Int.random(in: 1..<12, using: &maker.chance)).map { maker.incident(number: $0) }
    let body = maker.object([
      ("@odata.context", maker.text()), ("value", maker.list(made.map(\.json))), ("x", maker.anything()),
    ])
    let read = try incidents(Array(body.utf8))
    #expect(read.count == made.count)
    for (incident, made) in zip(read, made) { #expect(incident == (try expected(made))) }
  }

  @Test("Words beyond those that are kept, and longer ones, are read all the same")
  func manyWords() throws {
    let words = (0..<2_500).map { "word \($0)" } + [String(repeating: "long ", count: 60), "word 4999", "wörd"]
    let list = words.map { "\"\($0)\"" }.joined(separator: ",")
    let read = try incidents(Array(page([item("1", more: #","customTags":[\#(list)]"#)]).utf8))
    #expect(read.first?.customTags == words)
    let single = try incidents(Array(page(words.map { item("1", more: #","customTags":["\#($0)"]"#) }).utf8))
    #expect(single.map(\.customTags) == words.map { [$0] })
  }

  @Test("B16: a backslash outside of quotes hides no other item")
  func strayBackslashes() throws {
    // Whoever takes a quote behind such a backslash for none finds two quotes fewer here, and one item of all.
    let bad = #"{"id":"bad","x":{"y":"2"781","z":1}}"#
    let worse = #"{"id":"worse","x":{"comment":"a \"q\" b","filePath":[]C:\\Windows"}}"#
    let reader = try #require(ItemReader(tenant: contoso, limits: .standard))
    let body = page([item("1"), bad, item("2", more: #","description":"a \"quoted\" word""#), worse, item("3")])
    let items = try reader.incidents(Answer(status: 200, headers: [], body: Array(body.utf8))).items
    let read = items.compactMap { item -> String? in
      if case .read(let incident) = item { incident.id.rawValue } else { nil }
    }
    #expect(read == ["1", "2", "3"])
    #expect(items.count == 5)
  }

  private func incidents(_ body: [UInt8]) throws -> [Incident] {
    let reader = try #require(ItemReader(tenant: contoso, limits: .standard))
    return try reader.incidents(Answer(status: 200, headers: [], body: body)).items.compactMap { item in
      if case .read(let incident) = item { incident } else { nil }
    }
  }

  private typealias Members = [String: Any]

  private func members(_ json: String) throws -> Members {
    try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? Members)
  }

  private func time(_ value: Any?) -> Timestamp? {
    guard let text = value as? String else { return nil }
    return Array(text.utf8).withUnsafeBufferPointer { Timestamp(dateOf: $0) }
  }

  private func texts(_ value: Any?) -> [String] { (value as? [Any] ?? []).compactMap { $0 as? String } }

  private func expected(_ made: PageMaker.Incident) throws -> Incident {
    let item = try members(made.json)
    var incident = Incident(tenant: contoso, id: IncidentID(try #require(item["id"] as? String)))
    incident.displayName = item["displayName"] as? String
    incident.details = item["description"] as? String
    incident.summary = item["summary"] as? String
    incident.severity = (item["severity"] as? String).map { Severity(wire: $0) } ?? .unknown
    incident.status = (item["status"] as? String).map { IncidentStatus(wire: $0) } ?? .unknown
    incident.classification = (item["classification"] as? String).map { Classification(wire: $0) }
    incident.determination = (item["determination"] as? String).map { Determination(wire: $0) }
    incident.assignedTo = item["assignedTo"] as? String
    incident.customTags = texts(item["customTags"])
    incident.systemTags = texts(item["systemTags"])
    incident.resolvingComment = item["resolvingComment"] as? String
    incident.createdAt = time(item["createdDateTime"])
    incident.updatedAt = time(item["lastUpdateDateTime"])
    incident.lastModifiedBy = item["lastModifiedBy"] as? String
    incident.webURL = item["incidentWebUrl"] as? String
    incident.priorityScore = item["priorityScore"] as? Int
    incident.comments = (item["comments"] as? [Members] ?? []).map { comment in
      IncidentComment(
        text: comment["comment"] as? String ?? "", createdBy: comment["createdByDisplayName"] as? String,
        createdAt: time(comment["createdDateTime"]))
    }
    incident.alerts = try (item["alerts"] as? [Members])?.enumerated().map { place, alert in
      try expected(alert, made.evidence[place])
    }
    return incident
  }

  private func expected(_ item: Members, _ evidence: [String]) throws -> Alert {
    var alert = Alert(id: try #require(item["id"] as? String))
    alert.title = item["title"] as? String
    alert.details = item["description"] as? String
    alert.recommendedActions = item["recommendedActions"] as? String
    alert.category = item["category"] as? String
    alert.severity = (item["severity"] as? String).map { Severity(wire: $0) } ?? .unknown
    alert.status = (item["status"] as? String).map { AlertStatus(wire: $0) } ?? .unknown
    alert.serviceSource = item["serviceSource"] as? String
    alert.detectionSource = item["detectionSource"] as? String
    alert.mitreTechniques = texts(item["mitreTechniques"])
    alert.createdAt = time(item["createdDateTime"])
    alert.updatedAt = time(item["lastUpdateDateTime"])
    alert.firstActivityAt = time(item["firstActivityDateTime"])
    alert.lastActivityAt = time(item["lastActivityDateTime"])
    alert.webURL = item["alertWebUrl"] as? String
    alert.evidence = try evidence.map { json in
      let item = try members(json)
      let type = item["@odata.type"] as? String ?? ""
      return Evidence(
        type: type.hasPrefix("#microsoft.graph.security.") ? String(type.dropFirst(26)) : type,
        verdict: (item["verdict"] as? String).map { EvidenceVerdict(wire: $0) } ?? .unknown,
        remediationStatus: item["remediationStatus"] as? String, createdAt: time(item["createdDateTime"]),
        roles: texts(item["roles"]), detailedRoles: texts(item["detailedRoles"]), tags: texts(item["tags"]), json: json)
    }
    return alert
  }
}
