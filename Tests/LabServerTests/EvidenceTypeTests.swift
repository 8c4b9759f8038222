import Foundation
import LabServer
import Testing

@Suite struct EvidenceTypeTests {
  private static let types = """
    activeDirectoryDomain aiAgent amazonResource analyzedMessage azureResource blobContainer blob cloudApplication
    cloudLogonRequest cloudLogonSession container containerImage containerRegistry device dns file fileHash
    gitHubOrganization gitHubRepo gitHubUser googleCloudResource hostLogonSession ioTDevice ip kubernetesCluster
    kubernetesController kubernetesNamespace kubernetesPod kubernetesSecret kubernetesServiceAccount kubernetesService
    mailCluster mailboxConfiguration mailbox malware networkConnection nic oauthApplication process registryKey
    registryValue sasToken securityGroup servicePrincipal submissionMail teamsMessage url user
    """
  private static let base = [
    "@odata.type", "createdDateTime", "verdict", "remediationStatus", "remediationStatusDetails", "roles",
    "detailedRoles", "tags",
  ]

  /// The types with their own fields, from the reference where it is there; else the types alone.
  private func wanted() throws -> [String: Set<String>?] {
    guard let folder = ProcessInfo.processInfo.environment["PARTNER_CONSOLE_REFERENCE"] else {
      let names = Self.types.split(whereSeparator: \.isWhitespace).map { "\($0)Evidence" }
      return Dictionary(uniqueKeysWithValues: names.map { ($0, nil) })
    }
    let data = try Data(contentsOf: URL(filePath: "\(folder)/evidence-types.json"))
    let types = try #require(JSONSerialization.jsonObject(with: data) as? [String: [String: Any]])
    return types.mapValues { Set($0.keys) }
  }

  @Test("Each of the 48 types of evidence is in a story, with the fields that the schema gives it")
  func types() async throws {
    let wanted = try wanted()
    #expect(wanted.count == 48)
    var seen: [String: Set<String>] = [:]
    try await withAlerts(incidents: 100) { lab, _, token in
      for alert in try await lab.get("\(security)/alerts_v2?$top=1000", token).items() {
        for evidence in alert["evidence"] as? [[String: Any]] ?? [] {
          let type = String(evidence.text("@odata.type").split(separator: ".").last ?? "")
          let own = Set(evidence.keys).subtracting(Self.base)
          #expect(own == seen[type] ?? own, "\(type) has always the same fields")
          #expect(Self.base.allSatisfy { evidence[$0] != nil }, "\(type)")
          seen[type] = own
        }
      }
    }
    #expect(Set(seen.keys) == Set(wanted.keys))
    for (type, fields) in wanted {
      guard let fields else { continue }
      #expect(seen[type] == fields, "\(type)")
    }
  }
}
