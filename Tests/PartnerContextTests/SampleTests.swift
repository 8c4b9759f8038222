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

  @Test("Published incidents decode")
  func incidents() throws {
    for (name, answer) in try answers("graph-incidents") {
      let reader = try #require(ItemReader(tenant: contoso, limits: .standard))
      let page = try? reader.incidents(answer)
      let items = try page?.items ?? [reader.incident(answer).item]
      let incidents = values(items, name)
      #expect(!incidents.isEmpty, "\(name)")
      for incident in incidents {
        #expect(incident.displayName?.isEmpty == false, "\(name)")
        #expect(incident.createdAt != nil, "\(name)")
        for alert in incident.alerts ?? [] { #expect(alert.unreadableEvidence == 0, "\(name)") }
      }
    }
  }

  @Test("Published alerts decode, with every piece of evidence")
  func alerts() throws {
    for (name, answer) in try answers("graph-alerts") {
      let reader = try #require(ItemReader(tenant: contoso, limits: .standard))
      let page = try (try? reader.alerts(answer)) ?? wrapped(answer, reader)
      for alert in values(page.items, name) {
        #expect(alert.title?.isEmpty == false, "\(name)")
        #expect(alert.unreadableEvidence == 0, "\(name)")
        for evidence in alert.evidence {
          #expect(evidence.type.hasSuffix("Evidence"), "\(name)")
          #expect(evidence.overview.subject != "unreadable", "\(name)")
        }
      }
    }
  }

  /// Alerts that were published without the envelope: one, or a bare list.
  private func wrapped(_ answer: Answer, _ reader: ItemReader) throws -> ItemReader.Page<Alert> {
    var bare = answer
    let text = answer.text.trimmingCharacters(in: .whitespacesAndNewlines)
    bare.body = Array((text.hasPrefix("[") ? "{\"value\":\(text)}" : "{\"value\":[\(text)]}").utf8)
    return try reader.alerts(bare)
  }

  @Test("Published token answers decode, and errors give their code, message and state")
  func tokens() throws {
    var grants = 0
    var refusals: [String: ConsentState] = [:]
    for (name, answer) in try answers("token-responses") {
      if name.contains("token-ok") {
        let token = try TokenAnswer(answer, askedAt: labEpoch)
        #expect(token.expiresIn == 3600)
        #expect(token.claims == nil)
        grants += 1
      } else if name.contains("error") {
        var failed = answer
        failed.status = 400
        let refusal = try #require(TokenRefusal(failed), "\(name)")
        #expect(!refusal.error.isEmpty)
        #expect(refusal.code != nil || refusal.codes.isEmpty, "\(name)")
        #expect(!refusal.message.contains("Trace ID"), "\(name)")
        refusals[name] = refusal.consentState
      }
    }
    #expect(grants == 2)
    for (part, state) in [
      ("7000215", ConsentState.credentialProblem), ("90002-", .tenantNotFound), ("500011", .unlicensed),
      ("70011-", .appProblem), ("7000218", .credentialProblem),
    ] {
      let matching = refusals.filter { $0.key.contains(part) }
      #expect(!matching.isEmpty && matching.values.allSatisfy { $0 == state }, "\(part)")
    }
  }
}
