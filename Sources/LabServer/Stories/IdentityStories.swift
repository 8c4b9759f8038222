extension Story {
  static let sessionTheft = Story(
    names: [
      "Multi-stage incident involving Initial access & Credential access involving one user",
      "Adversary-in-the-middle phishing with session theft involving {user}",
      "Stolen session cookie was used for {user} (attack disruption)",
    ],
    description: "A link led {user} to a page that passed the sign-in on and kept the session cookie.",
    severity: .high, classification: .truePositive, determination: .phishing,
    systemTags: ["Attack Disruption"],
    alerts: [
      AlertTemplate(
        "A user clicked a link that was found to be malicious",
        "The link was judged malicious after the message had been delivered.",
        "InitialAccess", ["T1566.002"], .medium, .microsoftDefenderForOffice365, "microsoftDefenderForOffice365",
        at: 0, actions: "Remove the message from all mailboxes and reset the session of those who clicked.",
        evidence: [
          .message(subject: "Action required: shared document for {company}", recipient: 1), .mailbox(1),
          .url("/s/3f9"), .mailCluster(subject: "Action required"),
        ]),
      AlertTemplate(
        "Stolen session cookie was used",
        "A session that began on the user's device went on from another country.",
        "CredentialAccess", ["T1539", "T1557"], .high, .microsoft365Defender, "microsoft365Defender", at: 11,
        actions: "Revoke all sessions of the user and require a new sign-in.",
        evidence: [.user(1), .attackerIP(1), .cloudSession(1), .cloudApp(20_893, "Microsoft Exchange Online")]),
      AlertTemplate(
        "Unfamiliar sign-in properties",
        "The sign-in had properties that were not seen for this user before.",
        "InitialAccess", ["T1078.004"], .high, .azureAdIdentityProtection, "azureAdIdentityProtection", at: 13,
        actions: "Confirm the user as compromised so that policies act on it.",
        evidence: [.user(1), .attackerIP(1), .cloudRequest]),
    ])

  static let passwordSpray = Story(
    names: [
      "Password spray attack involving multiple users", "Initial access incident involving {user} and 14 other users",
      "Impossible travel activity involving one user",
    ],
    description:
      "One address tried common passwords on many accounts; one sign-in succeeded far from the user's place.",
    severity: .medium, classification: .truePositive, determination: .compromisedAccount,
    alerts: [
      AlertTemplate(
        "Password spray",
        "Many accounts were tried with the same few passwords from one network.",
        "CredentialAccess", ["T1110.003"], .high, .azureAdIdentityProtection, "azureAdIdentityProtection", at: 0,
        actions: "Block the network and make sure that old protocols are switched off.",
        evidence: [.user(1), .user(2), .user(3), .attackerIP(1), .cloudRequest]),
      AlertTemplate(
        "Impossible travel activity",
        "Two sign-ins of one user lie further apart than anyone can travel in the time between them.",
        "InitialAccess", ["T1078"], .medium, .microsoftDefenderForCloudApps, "cloudAppSecurity", at: 95,
        actions: "Ask {user} about the second sign-in. Reset the password if it was not theirs.",
        evidence: [.user(1), .attackerIP(1), .attackerIP(2), .cloudApp(11_161, "Office 365"), .cloudSession(1)]),
    ])

  static let kerberosTheft = Story(
    names: [
      "Multi-stage incident involving Credential access & Lateral movement on multiple endpoints",
      "Suspected Kerberos ticket theft from {device}",
    ],
    description: "Service tickets were requested in bulk and one of them was used to reach a domain controller.",
    severity: .high, classification: .truePositive, determination: .multiStagedAttack,
    alerts: [
      AlertTemplate(
        "Suspected Kerberos service ticket harvesting",
        "One account asked for tickets of many services within a minute, all with weak encryption.",
        "CredentialAccess", ["T1558.003"], .high, .microsoftDefenderForIdentity, "microsoftDefenderForIdentity",
        at: 0, actions: "Reset the passwords of the service accounts named in the tickets.",
        evidence: [.user(1), .device(1), .server(1), .domain]),
      AlertTemplate(
        "Suspicious addition to a sensitive group",
        "An account was made a member of a group with rights over the whole domain.",
        "Persistence", ["T1098"], .medium, .microsoftDefenderForIdentity, "microsoftDefenderForIdentity", at: 42,
        actions: "Remove the account from the group and find out who added it.",
        evidence: [.user(2), .group("Domain Admins"), .server(1), .hostSession(user: 2)]),
      AlertTemplate(
        "Remote service was created on a domain controller",
        "A service was installed over the network and started at once.",
        "LateralMovement", ["T1021.002", "T1569.002"], .high, .microsoftDefenderForIdentity,
        "microsoftDefenderForIdentity", at: 47,
        actions: "Isolate the source device. Plan to change the key of the Kerberos service account twice.",
        evidence: [
          .server(1), .device(1), .registryKey(#"SYSTEM\CurrentControlSet\Services\PSEXESVC"#),
          .serverProcess("psexesvc.exe", command: "C:\\Windows\\PSEXESVC.exe", parent: "services.exe"),
        ]),
    ])

  static let servicePrincipalAbuse = Story(
    names: [
      "Suspicious Azure activity by a service principal", "Multi-stage incident involving Azure resources of {company}",
      "Credential added to a service principal and storage keys listed",
    ],
    description: "A new secret was added to an application, which then listed the keys of storage accounts.",
    severity: .medium, classification: .truePositive, determination: .compromisedAccount,
    alerts: [
      AlertTemplate(
        "Unusual addition of credentials to an application",
        "A secret was added by a user who has never managed applications.",
        "Persistence", ["T1098.001"], .medium, .microsoftAppGovernance, "appGovernanceDetection", at: 0,
        actions: "Remove the new secret and review who owns the application.",
        evidence: [
          .servicePrincipal("backup-automation"), .user(1), .attackerIP(1), .gitHubUser(1), .organization,
        ]),
      AlertTemplate(
        "Storage keys were listed by an unusual identity",
        "A service principal read the keys of a storage account for the first time.",
        "CredentialAccess", ["T1552", "T1078.004"], .medium, .microsoftDefenderForCloud,
        "microsoftDefenderForResourceManager", at: 26,
        actions: "Rotate the keys and check what was read since.",
        evidence: [
          .servicePrincipal("backup-automation"), .sasToken("Read,List"),
          .azureResource("prodbackup", type: "Microsoft.Storage/storageAccounts"), .attackerIP(1),
          .secret("storage-keys"), .amazonResource("prod-exports-replica", type: "AWS::S3::Bucket"),
        ]),
      AlertTemplate(
        "Unusual amount of data was read from a storage container",
        "Far more data left the container than on any day before.",
        "Exfiltration", ["T1530"], .high, .microsoftDefenderForCloud, "microsoftDefenderForStorage", at: 64,
        actions: "Disable anonymous and key access until the cause is known.",
        evidence: [
          .blobContainer("exports"), .blob("customers-2026.bak"), .attackerIP(2),
          .pod("backup-runner", image: "backup-runner:4.2"), .repository("backup-automation"),
          .aiAgent("Backup assistant"), .container("backup-runner", image: "backup-runner:4.2"),
          .containerImage("backup-runner:4.2"), .registry, .cluster, .namespace, .controller("backup-runner"),
          .serviceAccount("backup-runner"), .service("backup-gateway"),
          .googleResource("prod-exports-archive", type: "storage.googleapis.com/Bucket"),
        ]),
    ])
}
