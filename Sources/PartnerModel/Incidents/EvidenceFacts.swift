/// One thing to know about a piece of evidence.
public struct EvidenceFact: Hashable, Sendable {
  public var label: String
  public var value: String
}

extension Evidence {
  /// What names this evidence in a list, and the few facts an analyst reads next, as the service sent them.
  ///
  /// Types that are not known here are told by the first texts they hold. Values are outside text.
  public var overview: (subject: String, facts: [EvidenceFact]) {
    guard let item = try? JSONReader.read(json) else { return ("unreadable", []) }
    let reading = EvidenceReading(item: item)
    let (subject, labels) = EvidenceReading.layout[type] ?? ([], [])
    let facts = labels.compactMap { label, paths in
      reading.first(paths).map { EvidenceFact(label: label, value: $0) }
    }
    guard let subject = reading.first(subject) else { return reading.unknownType }
    return (subject, facts)
  }
}

struct EvidenceReading {
  var item: JSONNode

  /// The first of `paths` that holds something. A path's parts are divided by dots.
  func first(_ paths: [String]) -> String? {
    for path in paths {
      var node: JSONNode? = item
      for part in path.split(separator: ".") { node = node?[String(part)] }
      if let text = node.flatMap(text), !text.isEmpty { return text }
    }
    return nil
  }

  private func text(_ node: JSONNode) -> String? {
    switch node.value {
    case .string(let text): text
    case .number(let digits): digits
    case .bool(let flag): flag ? "yes" : "no"
    case .array(let items): items.isEmpty ? nil : items.compactMap(text).joined(separator: ", ")
    case .null, .object: nil
    }
  }

  /// What every type has is shown elsewhere.
  private static let common: Set<String> = [
    "@odata.type", "createdDateTime", "verdict", "remediationStatus", "remediationStatusDetails", "roles",
    "detailedRoles", "tags",
  ]

  var unknownType: (subject: String, facts: [EvidenceFact]) {
    let own = (item.members ?? []).filter { !Self.common.contains($0.key) }
    let facts = own.compactMap { member in
      text(member.value).flatMap { $0.isEmpty ? nil : EvidenceFact(label: member.key, value: $0) }
    }
    return (facts.first?.value ?? "–", Array(facts.dropFirst().prefix(8)))
  }

  typealias Layout = (subject: [String], facts: [(label: String, paths: [String])])

  static let layout: [String: Layout] = [
    "deviceEvidence": (
      ["deviceDnsName", "hostName", "mdeDeviceId"],
      [
        ("system", ["osPlatform"]), ("version", ["version"]), ("risk", ["riskScore"]), ("health", ["healthStatus"]),
        ("address", ["lastIpAddress"]), ("outside address", ["lastExternalIpAddress"]), ("group", ["rbacGroupName"]),
        ("onboarding", ["onboardingStatus"]), ("antivirus", ["defenderAvStatus"]), ("device id", ["mdeDeviceId"]),
      ]
    ),
    "userEvidence": (
      ["userAccount.userPrincipalName", "userAccount.accountName", "userAccount.displayName"],
      [
        ("name", ["userAccount.displayName"]), ("account", ["userAccount.accountName"]),
        ("domain", ["userAccount.domainName"]), ("SID", ["userAccount.userSid"]),
        ("Entra id", ["userAccount.azureAdUserId"]),
      ]
    ),
    "fileEvidence": (
      ["fileDetails.fileName", "fileDetails.sha256", "fileDetails.sha1"],
      [
        ("folder", ["fileDetails.filePath"]), ("SHA-256", ["fileDetails.sha256"]), ("SHA-1", ["fileDetails.sha1"]),
        ("size", ["fileDetails.fileSize"]), ("publisher", ["fileDetails.filePublisher"]),
        ("signer", ["fileDetails.signer"]), ("detection", ["detectionStatus"]), ("MD5", ["fileDetails.md5"]),
      ]
    ),
    "processEvidence": (
      ["imageFile.fileName", "processCommandLine", "processId"],
      [
        ("command line", ["processCommandLine"]), ("process id", ["processId"]),
        ("parent", ["parentProcessImageFile.fileName"]), ("started", ["processCreationDateTime"]),
        ("user", ["userAccount.userPrincipalName", "userAccount.accountName"]), ("SHA-256", ["imageFile.sha256"]),
        ("folder", ["imageFile.filePath"]), ("detection", ["detectionStatus"]), ("SHA-1", ["imageFile.sha1"]),
        ("MD5", ["imageFile.md5"]),
      ]
    ),
    "ipEvidence": (
      ["ipAddress"],
      [
        ("country", ["location.countryName", "countryLetterCode"]), ("city", ["location.city"]),
      ]
    ),
    "urlEvidence": (["url"], []),
    "dnsEvidence": (["domainName"], [("server", ["dnsServerIp"]), ("host", ["hostIpAddress"])]),
    "networkConnectionEvidence": (
      ["destinationAddress.ipAddress", "destinationAddress"],
      [
        ("port", ["destinationPort"]), ("protocol", ["protocol"]),
        ("source", ["sourceAddress.ipAddress", "sourceAddress"]),
      ]
    ),
    "registryKeyEvidence": (["registryKey"], [("hive", ["registryHive"])]),
    "registryValueEvidence": (
      ["registryKey"],
      [
        ("hive", ["registryHive"]), ("name", ["registryValueName"]), ("value", ["registryValue"]),
        ("type", ["registryValueType"]),
      ]
    ),
    "analyzedMessageEvidence": (
      ["subject", "internetMessageId", "networkMessageId"],
      [
        ("from", ["p2Sender.emailAddress", "p1Sender.emailAddress"]), ("to", ["recipientEmailAddress"]),
        ("sender address", ["senderIp"]), ("received", ["receivedDateTime"]), ("delivery", ["deliveryAction"]),
        ("now in", ["deliveryLocation"]), ("threats", ["threats"]), ("links", ["urlCount"]),
        ("attachments", ["attachmentsCount"]),
      ]
    ),
    "mailboxEvidence": (
      ["primaryAddress", "upn"], [("name", ["displayName"]), ("UPN", ["upn"])]
    ),
    "mailClusterEvidence": (
      ["clusterByValue", "clusterBy"],
      [("by", ["clusterBy"]), ("mails", ["emailCount"]), ("query", ["query"])]
    ),
    "mailboxConfigurationEvidence": (
      ["displayName", "configurationId"],
      [("kind", ["configurationType"]), ("mailbox", ["mailboxPrimaryAddress"]), ("UPN", ["upn"])]
    ),
    "submissionMailEvidence": (
      ["subject", "submissionId"],
      [("from", ["sender"]), ("to", ["recipient"]), ("reported by", ["submitter"]), ("reported as", ["reportType"])]
    ),
    "teamsMessageEvidence": (
      ["subject", "messageId"],
      [("from", ["senderFromAddress"]), ("to", ["recipients"]), ("links", ["urls"]), ("delivery", ["deliveryAction"])]
    ),
    "cloudApplicationEvidence": (
      ["displayName", "appId"], [("instance", ["instanceName"]), ("app id", ["appId"])]
    ),
    "oauthApplicationEvidence": (
      ["displayName", "appId"], [("publisher", ["publisher"]), ("app id", ["appId"]), ("object id", ["objectId"])]
    ),
    "servicePrincipalEvidence": (
      ["servicePrincipalName", "appId"], [("kind", ["servicePrincipalType"]), ("app id", ["appId"])]
    ),
    "securityGroupEvidence": (["displayName", "securityGroupId"], [("SID", ["sid"])]),
    "cloudLogonSessionEvidence": (
      ["account.userPrincipalName", "sessionId"],
      [
        ("browser", ["browser"]), ("system", ["operatingSystem"]), ("device", ["deviceName"]),
        ("user agent", ["userAgent"]), ("started", ["startUtcDateTime"]), ("session", ["sessionId"]),
      ]
    ),
    "malwareEvidence": (["name"], [("category", ["category"])]),
    "fileHashEvidence": (["value"], [("algorithm", ["algorithm"])]),
    "azureResourceEvidence": (
      ["resourceName", "resourceId"], [("kind", ["resourceType"]), ("resource", ["resourceId"])]
    ),
    "amazonResourceEvidence": (
      ["resourceName", "amazonResourceId"], [("kind", ["resourceType"]), ("account", ["amazonAccountId"])]
    ),
  ]
}
