/// What names evidence of each type, and what else an analyst reads of it.
///
/// Source: Microsoft Graph v1.0, the published schema of `microsoft.graph.security.alertEvidence` and its derived types.
enum EvidenceTable {
  /// The rows by `@odata.type` without its namespace.
  static let types = Dictionary(rows.map { ($0.kind + "Evidence", $0) }, uniquingKeysWith: { first, _ in first })

  /// What names a thing of a kind: of evidence, or one that only stands inside of evidence.
  static func subject(of kind: String) -> [EvidenceSource]? { types[kind + "Evidence"]?.subject ?? parts[kind] }

  private static let parts = [
    "account": "userPrincipalName|accountName|displayName|userSid|azureAdUserId",
    "fileDetails": "fileName|sha256|sha1|md5",
    "loggedOnUser": #"domainName\accountName"#,
    "sender": "emailAddress|displayName|domainName",
  ].mapValues(EvidenceSource.all)

  private static let versionMark = "marks a version of it for the storage service only"
  private static let internalName = "Microsoft's internal name for it"
  private static let numberOfNamed = "the number of what a told field names"
  private static let internalID = "an id that no page and no query takes"

  static let rows: [EvidenceLayout] = people + devices + mail + cloud + containers + development
}

extension EvidenceTable {
  private static let people: [EvidenceLayout] = [
    .init(
      "user", "userAccount:account",
      [
        "name": "userAccount.displayName", "account": "userAccount.accountName", "domain": "userAccount.domainName",
        "SID": "userAccount.userSid", "Entra id": "userAccount.azureAdUserId",
        "directory id": "userAccount.activeDirectoryObjectGuid", "stream": "stream.name",
      ]),
    .init(
      "securityGroup", "displayName|friendlyName|distinguishedName|securityGroupId|sid",
      [
        "SID": "sid", "place": "distinguishedName", "friendly name": "friendlyName", "Entra id": "securityGroupId",
        "directory id": "activeDirectoryObjectGuid",
      ]),
    .init("activeDirectoryDomain", "activeDirectoryDomainName", ["trusts": "trustedDomains:activeDirectoryDomain"]),
    .init(
      "cloudLogonSession", "account:user|sessionId",
      [
        "browser": "browser", "system": "operatingSystem", "device": "deviceName", "user agent": "userAgent",
        "protocol": "protocol", "started": "startUtcDateTime", "logon before": "previousLogonDateTime",
        "session": "sessionId",
      ], apart: "sessionId"),
    .init("cloudLogonRequest", "requestId"),
    .init(
      "hostLogonSession", "account:user on host:device|sessionId",
      ["started": "startUtcDateTime", "ended": "endUtcDateTime", "session": "sessionId"], apart: "sessionId"),
    .init(
      "servicePrincipal", "servicePrincipalName|appId|servicePrincipalObjectId",
      [
        "kind": "servicePrincipalType", "app id": "appId", "object id": "servicePrincipalObjectId",
        "app's tenant": "appOwnerTenantId", "tenant": "tenantId",
      ]),
    .init(
      "oauthApplication", "displayName|appId|objectId",
      ["publisher": "publisher", "app id": "appId", "object id": "objectId"]),
    .init(
      "cloudApplication", "displayName|instanceName|appId",
      ["instance": "instanceName", "app id": "appId", "stream": "stream.name"],
      leftOut: ["instanceId": numberOfNamed, "saasAppId": numberOfNamed]),
    .init(
      "aiAgent", "agentName|agentId",
      ["platform": "hostingPlatformType", "instructions": "instructions", "agent id": "agentId"]),
  ]

  private static let devices: [EvidenceLayout] = [
    .init(
      "device", "deviceDnsName|hostName|mdeDeviceId|azureAdDeviceId",
      [
        "system": "osPlatform", "version": "version", "risk": "riskScore", "health": "healthStatus",
        "address": "lastIpAddress", "outside address": "lastExternalIpAddress", "group": "rbacGroupName",
        "onboarding": "onboardingStatus", "antivirus": "defenderAvStatus", "signed in": "loggedOnUsers:loggedOnUser",
        "build": "osBuild", "host name": "hostName", "NT domain": "ntDomain", "DNS domain": "dnsDomain",
        "interfaces": "ipInterfaces", "known since": "firstSeenDateTime",
        "machine": "vmMetadata.resourceId|vmMetadata.vmId", "cloud": "vmMetadata.cloudProvider",
        "subscription": "vmMetadata.subscriptionId", "accessed": "resourceAccessEvents.resourceIdentifier",
        "device id": "mdeDeviceId", "Entra id": "azureAdDeviceId",
      ], leftOut: ["rbacGroupId": numberOfNamed]),
    .init(
      "ioTDevice", "deviceName|deviceId|ipAddress:ip|macAddress",
      [
        "kind": "deviceType", "model": "model", "address": "ipAddress:ip", "MAC": "macAddress",
        "manufacturer": "manufacturer", "system": "operatingSystem", "subkind": "deviceSubType",
        "importance": "importance", "site": "site", "zone": "zone", "Purdue layer": "purdueLayer", "sensor": "sensor",
        "protocols": "protocols", "owners": "owners", "authorized": "isAuthorized", "programming": "isProgramming",
        "scanner": "isScanner", "serial number": "serialNumber", "interfaces": "nics:nic",
        "hub": "ioTHub:azureResource", "source": "source", "source page": "sourceRef:url", "page": "devicePageLink",
        "device id": "deviceId", "agent id": "ioTSecurityAgentId",
      ]),
    .init("nic", "ipAddress:ip|macAddress", ["MAC": "macAddress", "VLANs": "vlans"]),
    .init(
      "file", "fileDetails:fileDetails",
      [
        "folder": "fileDetails.filePath", "SHA-256": "fileDetails.sha256", "SHA-1": "fileDetails.sha1",
        "size": "fileDetails.fileSize", "publisher": "fileDetails.filePublisher", "signer": "fileDetails.signer",
        "detection": "detectionStatus", "MD5": "fileDetails.md5", "issuer": "fileDetails.issuer",
        "device id": "mdeDeviceId",
      ]),
    .init("fileHash", "value", ["algorithm": "algorithm"]),
    .init(
      "process", "imageFile.fileName|processCommandLine|processId|imageFile:fileDetails",
      [
        "command line": "processCommandLine", "process id": "processId",
        "parent": "parentProcessImageFile:fileDetails", "started": "processCreationDateTime",
        "user": "userAccount:account", "SHA-256": "imageFile.sha256", "folder": "imageFile.filePath",
        "detection": "detectionStatus", "SHA-1": "imageFile.sha1", "MD5": "imageFile.md5",
        "parent id": "parentProcessId", "parent started": "parentProcessCreationDateTime", "device id": "mdeDeviceId",
      ]),
    .init("malware", "name", ["category": "category", "files": "files:file", "processes": "processes:process"]),
    .init("registryKey", "registryKey", ["hive": "registryHive"]),
    .init(
      "registryValue", "registryKey|registryValueName",
      [
        "hive": "registryHive", "name": "registryValueName", "value": "registryValue", "type": "registryValueType",
        "device id": "mdeDeviceId",
      ], apart: "registryValueName"),
    .init(
      "ip", "ipAddress",
      [
        "country": "location.countryName|countryLetterCode", "city": "location.city", "state": "location.state",
        "code": "countryLetterCode", "stream": "stream.name",
      ]),
    .init("url", "url"),
    .init(
      "dns", "domainName", ["server": "dnsServerIp:ip", "host": "hostIpAddress:ip", "leads to": "ipAddresses:ip"]),
    .init(
      "networkConnection", "destinationAddress:ip|sourceAddress:ip",
      [
        "port": "destinationPort", "protocol": "protocol", "source": "sourceAddress:ip", "source port": "sourcePort",
      ]),
  ]

  private static let mail: [EvidenceLayout] = [
    .init(
      "mailbox", "primaryAddress|upn|displayName|userAccount:account",
      [
        "name": "displayName", "UPN": "upn", "account": "userAccount.accountName", "SID": "userAccount.userSid",
        "Entra id": "userAccount.azureAdUserId",
      ]),
    .init(
      "mailboxConfiguration", "displayName|configurationId",
      [
        "kind": "configurationType", "mailbox": "mailboxPrimaryAddress", "UPN": "upn", "setting id": "configurationId",
        "Entra id": "externalDirectoryObjectId",
      ], apart: "configurationId"),
    .init(
      "analyzedMessage", "subject|internetMessageId|networkMessageId",
      [
        "from": "p2Sender:sender|p1Sender:sender", "to": "recipientEmailAddress", "sender address": "senderIp",
        "received": "receivedDateTime", "delivery": "deliveryAction", "now in": "deliveryLocation",
        "threats": "threats", "links": "urlCount", "attachments": "attachmentsCount",
        "sender's name": "p2Sender.displayName", "envelope from": "p1Sender:sender", "addresses": "urls",
        "found by": "threatDetectionMethods", "direction": "antiSpamDirection", "language": "language",
        "message id": "internetMessageId", "network id": "networkMessageId",
      ], leftOut: ["urn": internalName]),
    .init(
      "mailCluster", "clusterByValue|clusterBy",
      ["by": "clusterBy", "mails": "emailCount", "query": "query", "network ids": "networkMessageIds"],
      leftOut: ["urn": internalName]),
    .init(
      "submissionMail", "subject|submissionId",
      [
        "from": "sender", "to": "recipient", "reported by": "submitter", "reported as": "reportType",
        "sender address": "senderIp", "reported at": "submissionDateTime", "network id": "networkMessageId",
        "submission id": "submissionId",
      ]),
    .init(
      "teamsMessage", "subject|messageId",
      [
        "from": "senderFromAddress", "to": "recipients", "links": "urls:url", "delivery": "deliveryAction",
        "suspicious to": "suspiciousRecipients", "files": "files:file", "sender address": "senderIP",
        "received": "receivedDateTime", "changed": "lastModifiedDateTime", "now in": "deliveryLocation",
        "direction": "messageDirection", "from outside": "isExternal", "thread owned": "isOwned",
        "owning tenant": "owningTenantId", "app": "sourceAppName", "thread kind": "threadType", "thread": "threadId",
        "team": "groupId", "channel": "channelId", "campaign": "campaignId", "message id": "messageId",
      ], apart: "messageId", leftOut: ["parentMessageId": internalID, "sourceId": internalID]),
  ]

  private static let cloud: [EvidenceLayout] = [
    .init("azureResource", "resourceName|resourceId", ["kind": "resourceType", "resource": "resourceId"]),
    .init(
      "amazonResource", "resourceName|amazonResourceId",
      ["kind": "resourceType", "account": "amazonAccountId", "resource": "amazonResourceId"]),
    .init(
      "googleCloudResource", "resourceName|fullResourceName",
      [
        "kind": "resourceType", "project": "projectId", "location": "location", "spread": "locationType",
        "resource": "fullResourceName", "project number": "projectNumber",
      ]),
    .init("blobContainer", "name|url", ["storage": "storageResource:azureResource", "URL": "url"], apart: "url"),
    .init(
      "blob", "name|url",
      [
        "container": "blobContainer:blobContainer", "storage": "blobContainer.storageResource:azureResource",
        "URL": "url", "hashes": "fileHashes:fileHash",
      ], apart: "url", leftOut: ["etag": versionMark]),
    .init(
      "sasToken", "storageResource:azureResource|signatureHash",
      [
        "permissions": "permissions", "valid until": "expiryDateTime", "valid from": "startDateTime",
        "services": "allowedServices", "resources": "allowedResourceTypes", "addresses": "allowedIpAddresses",
        "protocol": "protocol", "signed with": "signedWith", "signature": "signatureHash",
      ], apart: "signatureHash"),
  ]

  private static let containers: [EvidenceLayout] = [
    .init(
      "container", "name|containerId",
      [
        "image": "image:containerImage", "pod": "pod:kubernetesPod", "namespace": "pod.namespace:kubernetesNamespace",
        "command": "command", "arguments": "args", "privileged": "isPrivileged", "container id": "containerId",
      ], apart: "containerId"),
    .init(
      "containerImage", "imageId|digestImage:containerImage",
      ["registry": "registry:containerRegistry", "digest": "digestImage:containerImage"]),
    .init("containerRegistry", "registry"),
    .init(
      "kubernetesCluster", "name|cloudResource:azureResource",
      [
        "platform": "platform", "version": "version", "resource": "cloudResource:azureResource",
        "distribution": "distribution",
      ], apart: "cloudResource:azureResource"),
    .init(
      "kubernetesNamespace", "name", ["cluster": "cluster:kubernetesCluster", "labels": "labels"],
      apart: "cluster:kubernetesCluster"),
    .init(
      "kubernetesController", "name",
      [
        "kind": "type", "namespace": "namespace:kubernetesNamespace", "cluster": "namespace.cluster:kubernetesCluster",
        "labels": "labels",
      ], apart: "namespace:kubernetesNamespace"),
    .init(
      "kubernetesPod", "name",
      [
        "namespace": "namespace:kubernetesNamespace", "cluster": "namespace.cluster:kubernetesCluster",
        "controller": "controller:kubernetesController", "runs as": "serviceAccount:kubernetesServiceAccount",
        "address": "podIp:ip", "containers": "containers:container", "at the start": "initContainers:container",
        "for a while": "ephemeralContainers:container", "labels": "labels",
      ], apart: "namespace:kubernetesNamespace"),
    .init(
      "kubernetesSecret", "name",
      [
        "kind": "secretType", "namespace": "namespace:kubernetesNamespace",
        "cluster": "namespace.cluster:kubernetesCluster",
      ], apart: "namespace:kubernetesNamespace"),
    .init(
      "kubernetesServiceAccount", "name",
      ["namespace": "namespace:kubernetesNamespace", "cluster": "namespace.cluster:kubernetesCluster"],
      apart: "namespace:kubernetesNamespace"),
    .init(
      "kubernetesService", "name",
      [
        "kind": "serviceType", "address": "clusterIP:ip", "outside address": "externalIPs:ip", "ports": "servicePorts",
        "namespace": "namespace:kubernetesNamespace", "cluster": "namespace.cluster:kubernetesCluster",
        "selects": "selector", "labels": "labels",
      ], apart: "namespace:kubernetesNamespace"),
  ]

  private static let development: [EvidenceLayout] = [
    .init(
      "gitHubOrganization", "login|displayName|orgId",
      ["name": "displayName", "company": "company", "mail": "email", "page": "webUrl", "organization id": "orgId"]),
    .init(
      "gitHubRepo", "login|baseUrl|repoId",
      ["owner": "owner", "owner's kind": "ownerType", "page": "baseUrl", "repo id": "repoId"]),
    .init(
      "gitHubUser", "login|name|email|userId", ["name": "name", "mail": "email", "page": "webUrl", "user id": "userId"]),
  ]
}
