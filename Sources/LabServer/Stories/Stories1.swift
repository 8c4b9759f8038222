extension Story {
  static let ransomware = Story(
    names: [
      "Multi-stage incident involving Execution & Ransomware on multiple endpoints",
      "Human-operated ransomware attack was launched from {device} (attack disruption)",
      "Ransomware activity involving {server} and 2 other devices",
    ],
    description: "An attacker signed in with a stolen account, moved to servers and began to encrypt files.",
    severity: .high, classification: .truePositive, determination: .multiStagedAttack,
    systemTags: ["Attack Disruption"],
    alerts: [])
  static let all = [ransomware]
}
