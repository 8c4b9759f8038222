import Foundation
import RecordedData
import Testing

@testable import PartnerModel

/// Over the published schema of evidence, read in place.
@Suite(
  "Evidence as its schema is published",
  .enabled(if: RecordedFolder.reference.isWanted, "\(RecordedFolder.reference.reason)"))
struct PublishedEvidenceTests {
  private let schema: EvidenceSchema

  init() throws {
    let file = try RecordedFolder.reference.url.appending(path: "evidence-types.json")
    let root = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
    schema = EvidenceSchema(types: try #require(root as? [String: [String: String]]))
  }

  private func overview(_ type: String, _ fields: [String: Any]) throws -> EvidenceOverview {
    let json = String(decoding: try JSONSerialization.data(withJSONObject: fields), as: UTF8.self)
    return Evidence(type: type, json: json).overview
  }

  /// What names each type where every field is set; each text field holds its own path.
  private static let subjects = [
    "activeDirectoryDomainEvidence": "activeDirectoryDomainName",
    "aiAgentEvidence": "agentName",
    "amazonResourceEvidence": "resourceName",
    "analyzedMessageEvidence": "subject",
    "azureResourceEvidence": "resourceName",
    "blobContainerEvidence": "name",
    "blobEvidence": "name",
    "cloudApplicationEvidence": "displayName",
    "cloudLogonRequestEvidence": "requestId",
    "cloudLogonSessionEvidence": "account.userAccount.userPrincipalName",
    "containerEvidence": "name",
    "containerImageEvidence": "imageId",
    "containerRegistryEvidence": "registry",
    "deviceEvidence": "deviceDnsName",
    "dnsEvidence": "domainName",
    "fileEvidence": "fileDetails.fileName",
    "fileHashEvidence": "value",
    "gitHubOrganizationEvidence": "login",
    "gitHubRepoEvidence": "login",
    "gitHubUserEvidence": "login",
    "googleCloudResourceEvidence": "resourceName",
    "hostLogonSessionEvidence": "account.userAccount.userPrincipalName on host.deviceDnsName",
    "ioTDeviceEvidence": "deviceName",
    "ipEvidence": "ipAddress",
    "kubernetesClusterEvidence": "name",
    "kubernetesControllerEvidence": "name",
    "kubernetesNamespaceEvidence": "name",
    "kubernetesPodEvidence": "name",
    "kubernetesSecretEvidence": "name",
    "kubernetesServiceAccountEvidence": "name",
    "kubernetesServiceEvidence": "name",
    "mailClusterEvidence": "clusterByValue",
    "mailboxConfigurationEvidence": "displayName",
    "mailboxEvidence": "primaryAddress",
    "malwareEvidence": "name",
    "networkConnectionEvidence": "destinationAddress.ipAddress",
    "nicEvidence": "ipAddress.ipAddress",
    "oauthApplicationEvidence": "displayName",
    "processEvidence": "imageFile.fileName",
    "registryKeyEvidence": "registryKey",
    "registryValueEvidence": "registryKey",
    "sasTokenEvidence": "storageResource.resourceName",
    "securityGroupEvidence": "displayName",
    "servicePrincipalEvidence": "servicePrincipalName",
    "submissionMailEvidence": "subject",
    "teamsMessageEvidence": "subject",
    "urlEvidence": "url",
    "userEvidence": "userAccount.userPrincipalName",
  ]

  /// The fields that no one is told of; each row has the reason.
  private static let leftOut: Set<String> = [
    // Marks and names that only the service takes.
    "analyzedMessageEvidence.urn", "blobEvidence.etag", "mailClusterEvidence.urn",
    "teamsMessageEvidence.parentMessageId", "teamsMessageEvidence.sourceId",
    // Numbers of what is told by its name.
    "cloudApplicationEvidence.instanceId", "cloudApplicationEvidence.saasAppId", "deviceEvidence.rbacGroupId",
  ]

  @Test("The table has one row for each published type, and no other")
  func rows() {
    #expect(schema.types.count == 48)
    #expect(EvidenceTable.rows.map { $0.kind + "Evidence" }.sorted() == schema.types.keys.sorted())
    #expect(Self.subjects.keys.sorted() == schema.types.keys.sorted())
  }

  @Test("Each published field is named by its type's row, or left out for a reason; a new one fails here")
  func fields() {
    var leftOut: Set<String> = []
    for (type, fields) in schema.types {
      guard let row = EvidenceTable.types[type] else { continue }
      #expect(row.fields.union(row.leftOut.keys) == Set(fields.keys), "\(type)")
      #expect(row.fields.isDisjoint(with: row.leftOut.keys), "\(type)")
      #expect(row.leftOut.values.allSatisfy { !$0.isEmpty }, "\(type)")
      leftOut.formUnion(row.leftOut.keys.map { "\(type).\($0)" })
    }
    #expect(leftOut == Self.leftOut)
  }

  @Test("What is told stands in fields that are published, and what holds a thing is told as a thing of its kind")
  func sources() {
    for (type, row) in EvidenceTable.types {
      for part in row.sources.flatMap(\.parts) {
        let found = schema.kind(at: part.path, in: type)
        let thing = found.flatMap(EvidenceSchema.thing)
        guard let found, let thing, schema.fields(of: thing) != nil || thing == "alertEvidence" else {
          // A plain value, or an open dictionary.
          #expect(found != nil && part.kind == nil, "\(type): \(part)")
          continue
        }
        guard let kind = part.kind else {
          #expect(thing == "kubernetesServicePort", "\(type): \(part) is \(found)")
          continue
        }
        let names = EvidenceTable.subject(of: kind) ?? []
        #expect(!names.isEmpty, "\(type): \(part)")
        let owner = thing == "alertEvidence" ? "\(kind)Evidence" : thing
        for name in names.flatMap(\.parts) {
          #expect(schema.kind(at: name.path, in: owner) != nil, "\(type): \(part) is no \(kind)")
        }
      }
    }
  }

  @Test(
    "With every field set, each type is named by what an analyst calls it, and tells each field that is not left out")
  func everyField() throws {
    for (type, fields) in schema.types {
      let row = try #require(EvidenceTable.types[type], "\(type)")
      let item = schema.item(type)
      let whole = try overview(type, item)
      #expect(whole.subject == Self.subjects[type], "\(type)")
      for field in fields.keys {
        let without = try overview(type, item.filter { $0.key != field })
        #expect((without == whole) == (row.leftOut[field] != nil), "\(type): \(field)")
      }
      // Only what has no name of its own is told member by member.
      let flat = whole.facts.filter { $0.value.contains("=") }.map(\.label)
      #expect(Set(flat).isSubset(of: ["labels", "selects", "ports"]), "\(type): \(flat)")
      #expect(Set(whole.facts.map(\.label)).count == whole.facts.count, "\(type): a label stands twice")
    }
  }

  @Test("Where every field is null, a type is `?` and tells nothing else; two of them are not one thing")
  func allNull() throws {
    for (type, fields) in schema.types {
      let item = fields.mapValues { _ in NSNull() as Any }
      let empty = try overview(type, item)
      #expect(empty.subject == "?" && empty.facts == [], "\(type)")
      let other = try overview(type, item.merging(["createdDateTime": "2026-03-01T08:00:00Z"]) { $1 })
      #expect(other.identity != empty.identity, "\(type)")
    }
  }
}

/// The published types with their fields, and the things inside of evidence that are no evidence themselves.
struct EvidenceSchema {
  var types: [String: [String: String]]

  private static let things: [String: [String: String]] = [
    "userAccount": [
      "accountName": "str", "activeDirectoryObjectGuid": "uuid", "azureAdUserId": "str", "displayName": "str",
      "domainName": "str", "resourceAccessEvents": "collection_of_objects:ResourceAccessEvent",
      "userPrincipalName": "str", "userSid": "str",
    ],
    "fileDetails": [
      "fileName": "str", "filePath": "str", "filePublisher": "str", "fileSize": "int", "issuer": "str", "md5": "str",
      "sha1": "str", "sha256": "str", "sha256Ac": "str", "signer": "str",
    ],
    "emailSender": ["displayName": "str", "domainName": "str", "emailAddress": "str"],
    "fileHash": ["algorithm": "enum:FileHashAlgorithm", "value": "str"],
    "geoLocation": ["city": "str", "countryName": "str", "latitude": "int", "longitude": "int", "state": "str"],
    "kubernetesServicePort": ["name": "str", "port": "int", "protocol": "enum:ContainerPortProtocol"],
    "loggedOnUser": ["accountName": "str", "domainName": "str"],
    "resourceAccessEvent": ["accountId": "str", "ipAddress": "str", "resourceIdentifier": "str"],
    "stream": ["name": "str"],
    "vmMetadata": [
      "cloudProvider": "enum:VmCloudProvider", "resourceId": "str", "subscriptionId": "str", "vmId": "str",
    ],
  ]

  func fields(of thing: String) -> [String: String]? { types[thing] ?? Self.things[thing] }

  /// The thing that a field of `kind` holds, be it one or many.
  static func thing(_ kind: String) -> String? {
    guard kind.hasPrefix("object:") || kind.hasPrefix("collection_of_objects:") else { return nil }
    guard let name = kind.split(separator: ":").last, let first = name.first else { return nil }
    return first.lowercased() + name.dropFirst()
  }

  func kind(at path: [String], in type: String) -> String? {
    var kind: String?
    var owner = type
    for key in path {
      guard let found = fields(of: owner)?[key] else { return nil }
      kind = found
      owner = Self.thing(found) ?? ""
    }
    return kind
  }

  /// An item with every field of its type: a text holds its own path, a number is like no other.
  func item(_ type: String) -> [String: Any] {
    var number = 1000
    return object(type, "", &number)
  }

  private func object(_ thing: String, _ prefix: String, _ number: inout Int) -> [String: Any] {
    var item: [String: Any] = [:]
    for (key, kind) in (fields(of: thing) ?? [:]).sorted(by: { $0.key < $1.key }) {
      let path = prefix + key
      guard let thing = Self.thing(kind) else {
        number += 1
        switch kind {
        case "int": item[key] = number
        case "bool": item[key] = true
        case "collection_of_primitives:str": item[key] = ["\(path).1", "\(path).2"]
        default: item[key] = path
        }
        continue
      }
      // Pods have containers, which have pods.
      guard path.split(separator: ".").count < 5 else { continue }
      var inner = object(thing, path + ".", &number)
      if thing == "dictionary" { inner = ["app": path] }
      if thing == "alertEvidence" {
        inner = object("azureResourceEvidence", path + ".", &number)
        inner["@odata.type"] = "#microsoft.graph.security.azureResourceEvidence"
      }
      item[key] = kind.hasPrefix("object:") ? inner : [inner]
    }
    return item
  }
}
