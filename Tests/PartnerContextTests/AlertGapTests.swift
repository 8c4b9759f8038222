import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

private func alert(_ id: String, more: String = "") -> String { #"{"id":"\#(id)","title":"Alert \#(id)"\#(more)}"# }

private func incident(alerts: [String], more: String = "") -> String {
  #"{"id":"7","displayName":"x","status":"active","alerts":[\#(alerts.joined(separator: ","))]\#(more)}"#
}

/// What the client makes of an incident whose service answers like this; the answer is told the base URL.
private func reading(
  _ answer: @escaping @Sendable (WireRequest, _ base: String) -> WireAnswer
) async throws -> (incident: Incident, requests: [WireRequest]) {
  try await WireServer.serve { request in
    answer(request, "http://\(request.headers["host"] ?? "")/v1.0")
  } _: { server in
    try await withContext(server.baseURL) { context in
      let incident = try await context.getIncident(IncidentID("7"), in: contoso, withAlerts: true)
      return (incident, server.requests.filter { !$0.isToken })
    }
  }
}

@Suite struct AlertGapTests {
  @Test(
    "B09: the rest of the alerts is read by the service's own link, in either spelling and over several pages",
    arguments: ["/security/incidents/7/alerts?$skiptoken=", "/security/incidents('7')/alerts?$skip="])
  func linked(path: String) async throws {
    let (whole, requests) = try await reading { request, base in
      switch request.target.last {
      case "1": .json(200, page([alert("c"), alert("b")], next: "\(base)\(path)2"))
      case "2": .json(200, page([alert("d", more: #","incidentId":"7""#), alert("e", more: #","incidentId":"8""#)]))
      default:
        .json(
          200, incident(alerts: [alert("a"), alert("b")], more: #","alerts@odata.nextLink":"\#(base)\#(path)1""#))
      }
    }
    #expect(whole.alerts?.map(\.id) == ["a", "b", "c", "d"])
    #expect(whole.alertGaps == .none)
    #expect(whole.alertCount == 4)
    #expect(requests.count == 3)
  }

  @Test("B09: what a link does not give is looked for in the list of alerts, of this incident alone")
  func filtered() async throws {
    let (whole, requests) = try await reading { request, base in
      if request.target.contains("skiptoken") { return .json(404, #"{"error":{"code":"UnknownError"}}"#) }
      if request.target.contains("alerts_v2") {
        return .json(
          200,
          page([
            alert("a", more: #","incidentId":"7""#), alert("x", more: #","incidentId":"8""#), alert("y"),
            alert("b", more: #","incidentId":"7""#),
          ]))
      }
      let link = #","alerts@odata.nextLink":"\#(base)/security/incidents/7/alerts?$skiptoken=1""#
      return .json(200, incident(alerts: [alert("a")], more: link))
    }
    #expect(whole.alerts?.map(\.id) == ["a", "b"])
    #expect(whole.alertGaps == .none)
    #expect(unescaped(requests.last?.target ?? "")?.contains("/security/alerts_v2?$filter=incidentId eq '7'&") == true)
  }

  @Test("B09: what stays missing is counted or, without a count, said; never a plain number of alerts")
  func missing() async throws {
    for (more, gaps, count) in [
      (#","alerts@odata.count":57"#, AlertGaps(missing: 56), 57),
      (#","alerts@odata.count":1"#, .none, 1),
      (#","alerts@odata.count":1000000"#, AlertGaps(missing: 999_999), 1_000_000),
      // Of a wrong type, but something about more.
      (#","alerts@odata.count":"57""#, AlertGaps(hasMore: true), nil),
      (#","alerts@odata.nextLink":5"#, AlertGaps(hasMore: true), nil),
      (#","alerts@odata.nextLink":null,"alerts@odata.count":null"#, .none, 1),
      // No number of alerts, so it is as if none was given.
      (#","alerts@odata.count":1000001"#, .none, 1),
      (#","alerts@odata.count":-1"#, .none, 1),
      (#","alerts@odata.count":9223372036854775807"#, .none, 1),
      (#","alerts@odata.count":-9223372036854775808"#, .none, 1),
      (
        #","alerts@odata.nextLink":"https://elsewhere.example/v1.0/security/incidents/7/alerts?a""#,
        AlertGaps(hasMore: true), nil
      ),
      (#","alerts@odata.nextLink":"BASE/security/incidents/8/alerts?a""#, AlertGaps(hasMore: true), nil),
      (
        #","alerts@odata.nextLink":"BASE/security/incidents/7/alerts?a","alerts@odata.count":3"#, AlertGaps(missing: 2),
        3
      ),
    ] as [(String, AlertGaps, Int?)] {
      let (found, requests) = try await reading { request, base in
        if request.target.contains("expand") {
          return .json(200, incident(alerts: [alert("a")], more: more.replacingOccurrences(of: "BASE", with: base)))
        }
        return .json(400, #"{"error":{"code":"BadRequest","message":"no such filter"}}"#)
      }
      #expect(found.alerts?.count == 1)
      #expect(found.alertGaps == gaps, "\(more)")
      #expect(found.alertCount == count)
      #expect(IncidentSummary(found, acknowledgedAt: nil, alertCount: 9).alertCount == count)
      #expect(requests.allSatisfy { !$0.target.contains("incidents/8") })
    }
  }

  @Test("B09: links that never end are followed within bounds")
  func endless() async throws {
    let count = Mutex(0)
    let (found, requests) = try await reading { request, base in
      let number = count.withLock { count in
        count += 1
        return count
      }
      let link = "\(base)/security/incidents/7/alerts?$skiptoken=\(number)"
      guard request.target.contains("skiptoken") else {
        return request.target.contains("expand")
          ? .json(200, incident(alerts: [alert("a0")], more: #","alerts@odata.nextLink":"\#(link)""#))
          : .json(400, "{}")
      }
      return .json(200, page([alert("a\(number)")], next: link))
    }
    #expect(found.alertGaps.hasMore)
    #expect(requests.count < 20)
  }

  @Test("B09: a 206 on one incident names the product whose alerts are missing")
  func partial() async throws {
    let (found, _) = try await reading { _, _ in
      .json(
        206, incident(alerts: [alert("a")]),
        headers: [("Warning", #"199 - "Microsoft/Office 365 Security and Compliance/403/602""#)])
    }
    #expect(found.alertGaps.leftOut == [LeftOutProduct(name: "Office 365 Security and Compliance", status: 403)])
    #expect(found.alertCount == nil)
    #expect(found.alertGaps.words(shown: 1).first?.contains("Office 365 Security and Compliance") == true)
  }

  @Test("B35: an alert of another tenant is left out and counted; the incident and its own alerts are read")
  func foreign() async throws {
    let (found, _) = try await reading { _, _ in
      .json(
        200,
        incident(
          alerts: [
            alert("a", more: #","tenantId":"\#(contoso)""#),
            alert("b", more: #","tenantId":"\#(fabrikam)","category":"secret""#),
            alert("c"),
          ], more: #","alerts@odata.count":3"#))
    }
    #expect(found.alerts?.map(\.id) == ["a", "c"])
    #expect(found.alertGaps == AlertGaps(foreign: 1))
    #expect(found.alertGaps.words(shown: 2) == ["1 alert of another tenant left out"])
    #expect(!"\(found)".contains("secret"), "invariant 4")
  }

  @Test("F42: an incident that is of another tenant itself is refused as before")
  func foreignIncident() async throws {
    await #expect(throws: PartnerError.self) {
      try await reading { _, _ in .json(200, incident(alerts: [], more: #","tenantId":"\#(fabrikam)""#)) }
    }
  }

  @Test(
    "B16: an alert that is broken costs itself alone",
    arguments: [
      #"{"id":"b","title":"<a href="https://x.example/">x</a>"}"#, #"{"id":"b","title":"a "} b"}"#,
      #"{"id":"b","title":"5" disk"}"#, #"{"id":"b","title":"x"],"y"}"#, #"{"id":"b","title":"\ud800"}"#,
      #"{"id":"b","id":"c"}"#, "7",
    ])
  func broken(text: String) async throws {
    let (found, _) = try await reading { _, _ in
      .json(200, incident(alerts: [alert("a"), text, alert("c")], more: #","comments":[{"comment":"z"}]"#))
    }
    #expect(found.alerts?.map(\.id) == ["a", "c"])
    #expect(found.alertGaps == AlertGaps(unreadable: 1))
    #expect(found.alertCount == 3)
    #expect(found.comments.map(\.text) == ["z"])
  }
}
