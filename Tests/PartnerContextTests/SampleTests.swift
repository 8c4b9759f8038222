import Foundation
import PartnerModel
import RecordedData
import Testing

@testable import PartnerContext

/// Over real answers that others published; they are read in place and never copied here.
@Suite(.enabled(if: RecordedFolder.samples.isWanted, "\(RecordedFolder.samples.reason)"))
struct SampleTests {
  private func answers(_ folder: String) throws -> [(name: String, answer: Answer)] {
    let place = try RecordedFolder.samples.url.appending(path: folder)
    let files = try FileManager.default.contentsOfDirectory(at: place, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "json" }
    try #require(!files.isEmpty)
    return try files.map { file in
      (file.lastPathComponent, adopted(Answer(status: 200, headers: [], body: Array(try Data(contentsOf: file)))))
    }
  }

  /// The sample as our own tenant would get it: publishers put all sorts of words in place of the tenant.
  private func adopted(_ answer: Answer) -> Answer {
    var answer = answer
    let text = answer.text.replacingOccurrences(
      of: #""tenantId"\s*:\s*"[^"]*""#, with: "\"tenantId\":\"\(contoso)\"", options: .regularExpression)
    answer.body = Array(text.utf8)
    return answer
  }

  private func values<Value>(_ items: [ItemReader.Item<Value>], _ name: String) -> [Value] {
    items.compactMap { item in
      if case .read(let value) = item { return value }
      Issue.record("\(name): \(item)")
      return nil
    }
  }

  @Test("Published incidents decode to the last field that the model has")
  func incidents() throws {
    for (name, answer) in try answers("graph-incidents") {
      let reader = try #require(ItemReader(tenant: contoso, limits: .standard))
      let page = try? reader.incidents(answer)
      let items = try page?.items ?? [reader.incident(answer).item]
      let incidents = values(items, name)
      let published = try members(answer)
      #expect(!incidents.isEmpty && incidents.count == published.count, "\(name)")
      for (incident, published) in zip(incidents, published) {
        #expect(incident.displayName?.isEmpty == false, "\(name)")
        #expect(incident.createdAt != nil, "\(name)")
        for alert in incident.alerts ?? [] { #expect(alert.unreadableEvidence == 0, "\(name)") }
        var expected = try OtherParser.incident(published)
        for (index, alert) in (published["alerts"] as? [OtherParser.Members] ?? []).enumerated() {
          expected.alerts?[index].evidence = try evidence(alert, of: incident.alerts?[index], name)
        }
        #expect(incident == expected, "\(name)")
      }
    }
  }

  @Test("Published alerts decode to the last field that the model has, with every piece of evidence")
  func alerts() throws {
    for (name, answer) in try answers("graph-alerts") {
      let reader = try #require(ItemReader(tenant: contoso, limits: .standard))
      let page = try (try? reader.alerts(answer)) ?? wrapped(answer, reader)
      let alerts = values(page.items, name)
      let published = try members(answer)
      #expect(!alerts.isEmpty && alerts.count == published.count, "\(name)")
      for (alert, published) in zip(alerts, published) {
        #expect(alert.title?.isEmpty == false, "\(name)")
        #expect(alert.unreadableEvidence == 0, "\(name)")
        for evidence in alert.evidence {
          #expect(evidence.type.hasSuffix("Evidence"), "\(name)")
          #expect(evidence.overview.subject != "unreadable", "\(name)")
        }
        var expected = try OtherParser.alert(published)
        expected.evidence = try evidence(published, of: alert, name)
        #expect(alert == expected, "\(name)")
      }
    }
  }

  /// The items of an answer, be it a list with its envelope or without, or one alone.
  private func members(_ answer: Answer) throws -> [OtherParser.Members] {
    let whole = try JSONSerialization.jsonObject(with: Data(answer.body))
    if let list = whole as? [OtherParser.Members] { return list }
    let object = try #require(whole as? OtherParser.Members)
    return object["value"] as? [OtherParser.Members] ?? [object]
  }

  /// What the evidence of an alert has to be: all that was published, and its JSON as it came.
  private func evidence(_ published: OtherParser.Members, of alert: Alert?, _ name: String) throws -> [Evidence] {
    let pieces = published["evidence"] as? [OtherParser.Members] ?? []
    let read = alert?.evidence ?? []
    #expect(pieces.count == read.count, "\(name)")
    return try zip(pieces, read).map { piece, read in
      let kept = try OtherParser.members(read.json)
      #expect(NSDictionary(dictionary: kept).isEqual(to: piece), "\(name)")
      return OtherParser.evidence(piece, json: read.json)
    }
  }

  /// Alerts that were published without the envelope: one, or a bare list.
  private func wrapped(_ answer: Answer, _ reader: ItemReader) throws -> ItemReader.Page<Alert> {
    var bare = answer
    let text = answer.text.trimmingCharacters(in: .whitespacesAndNewlines)
    bare.body = Array((text.hasPrefix("[") ? "{\"value\":\(text)}" : "{\"value\":[\(text)]}").utf8)
    return try reader.alerts(bare)
  }

  /// What a published answer of the authority is.
  private enum Kind: Equatable {
    case token
    /// `nil` where none of its numbers is known.
    case refusal(Int?, ConsentState?, WhoActs?, RefusalCourse)
    /// A tenant's public document, with the cloud that it names.
    case tenant(HomeCloud)
    /// A list of the clouds' hosts.
    case clouds
  }

  private static let kinds: [String: Kind] = [
    "msal-java-token-ok.json": .token, "msal-java-token-ok-consumer.json": .token,
    "azure-rust-error-7000215.json": .refusal(7_000_215, .credentialProblem, .partner, .ask),
    "ms-docs-error-7000215-secret.json": .refusal(7_000_215, .credentialProblem, .partner, .ask),
    "msal-net-error-7000218.json": .refusal(7_000_218, .credentialProblem, .partner, .ask),
    "cli-m365-error-90002-tenant.json": .refusal(90_002, .tenantNotFound, .partner, .ask),
    "ms-docs-error-70011-scope.json": .refusal(70_011, .appProblem, .partner, .ask),
    "msal-net-error-500011-resource.json": .refusal(500_011, .unlicensed, .customer, .ask),
    "ms-docs-error-50079-claims.json": .refusal(50_079, nil, .partner, .ask),
    // Its description names another number; the list is what counts.
    "msal-java-error-65001-suberror.json": .refusal(50_076, nil, .partner, .ask),
    "msal-net-error-70002-70008-expired-grant.json": .refusal(70_008, nil, .partner, .renew),
    "cli-m365-error-70016-pending-2025.json": .refusal(70_016, nil, .partner, .poll),
    "msal-js-error-70016-pending.json": .refusal(70_016, nil, .partner, .poll),
    "msal-net-error-70016-pending.json": .refusal(70_016, nil, .partner, .poll),
    // Numbers that nobody knows: what is certain by the words, and the service's own.
    "msal-js-error-bad-token.json": .refusal(nil, nil, .partner, .renew),
    "msal-net-error-50049-instance.json": .refusal(nil, nil, nil, .ask),
    "msal-net-error-90010.json": .refusal(nil, nil, nil, .ask), "msal-js-503.json": .refusal(nil, nil, nil, .retry),
    "msal-net-OpenidConfiguration.json": .tenant(.worldwide),
    "msal-net-OpenidConfigurationCommon.json": .tenant(.worldwide), "msal-java-instance-discovery.json": .clouds,
  ]

  @Test("T11: every published answer of the authority is what it is: a token, a refusal with its meaning, a document")
  func tokens() throws {
    let answers = try answers("token-responses")
    #expect(Set(answers.map(\.name)) == Set(Self.kinds.keys))
    for (name, answer) in answers { #expect(try kind(of: answer, name) == Self.kinds[name], "\(name)") }
  }

  private func kind(of answer: Answer, _ name: String) throws -> Kind {
    let body = try JSONReader.read(utf8: answer.body)
    if body["error"] == nil, body["issuer"] != nil { return .tenant(try #require(HomeCloud.read(body), "\(name)")) }
    if body["metadata"] != nil {
      #expect(HomeCloud.read(body) == nil, "a list of all clouds is no tenant's document")
      return .clouds
    }
    guard body["error"] != nil else {
      let token = try TokenAnswer(answer, askedAt: labEpoch)
      #expect(token.expiresIn == 3600 && token.claims == nil)
      return .token
    }
    var failed = answer
    failed.status = name.contains("503") ? 503 : 400
    let refusal = try #require(TokenRefusal(failed), "\(name)")
    #expect(!refusal.error.isEmpty && !refusal.message.contains("Trace ID"), "\(name)")
    let isKnown = refusal.code.flatMap { RefusalTable.meaning(of: $0) } != nil
    #expect((refusal.ownWords == nil) == isKnown, "\(name)")
    if !isKnown { #expect(refusal.ownWords == refusal.message && !refusal.message.isEmpty, "\(name)") }
    return .refusal(isKnown ? refusal.code : nil, refusal.consentState, refusal.meaning?.whoActs, refusal.course)
  }
}
