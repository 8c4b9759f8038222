import ArgumentParser
import PartnerModel

struct IncidentUpdateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update",
    abstract: "Change one incident, or one of its alerts, or comment on it.",
    discussion: """
      What is meant, a change and the comment beside it, is on record before anything is sent; the answer is what the
      service then says. What a colleague has is not assigned to somebody else without --take-over. A comment beside a
      change is sent after it, and only when that is in effect: a comment cannot be taken back. With --dry-run nothing is changed: the requests are
      printed that would be sent now.

      A classification goes with these determinations, by either name:
      \(TriageWords.pairs)

      EXAMPLE
        partner-console incidents update contoso.onmicrosoft.com 2184 --assign me --status inProgress
        partner-console incidents update contoso.onmicrosoft.com 2184 --status resolved \\
          --classification truePositive --determination phishing --comment "Mailboxes cleaned."
      """)

  @Argument(help: "The tenant's id, domain or name.") var tenant: String
  @Argument(help: "The incident's id, with or without #.") var id: String
  @Option(help: "active, inProgress or resolved; of an alert new, inProgress or resolved.") var status: String?
  @Option(help: ArgumentHelp("A UPN, me, or none.", valueName: "UPN")) var assign: String?
  @Flag(help: "Also assign what a colleague has.") var takeOver = false
  @Option(help: "What it turned out to be; goes with --determination.") var classification: String?
  @Option(help: "Of what kind it was; goes with --classification.") var determination: String?
  @Option(help: "Add a tag; may be repeated.") var tag: [String] = []
  @Option(help: "Take a tag away; may be repeated.") var removeTag: [String] = []
  @Option(help: "high, medium, low or informational.") var severity: String?
  @Option(help: "Another name.") var name: String?
  @Option(help: "Another description; an empty one takes it away.") var description: String?
  @Option(help: "What is said of its resolution; an empty one takes it away.") var resolvingComment: String?
  @Option(help: "A comment, which stays.") var comment: String?
  @Option(help: ArgumentHelp("Do it to this alert of the incident instead.", valueName: "ID")) var alert: String?
  @Flag(help: "Change nothing: print what would be sent.") var dryRun = false
  @OptionGroup var output: OutputOptions
  @OptionGroup var common: CommonOptions

  func validate() throws { _ = try wish() }

  private func wish() throws -> TriageWish {
    try requireMeaning()
    var update = IncidentUpdate(
      status: try status.map { try TriageWords.status($0, ofAlert: alert != nil) },
      severity: try severity.map(TriageWords.severity), displayName: name, details: description,
      resolvingComment: resolvingComment, addedTags: tag, removedTags: removeTag)
    if let verdict = try TriageWords.verdict(classification, determination) {
      (update.classification, update.determination) = (verdict.classification, verdict.determination)
    }
    return TriageWish(update: update, assignee: assign, comment: comment, alert: alert)
  }

  private func requireMeaning() throws {
    let single = [
      status, assign, classification, determination, severity, name, description, resolvingComment, comment,
    ]
    guard single.contains(where: { $0 != nil }) || !tag.isEmpty || !removeTag.isEmpty else {
      throw ValidationError(
        "Say what to change: --status, --assign, --classification with --determination, --tag, --remove-tag, "
          + "--severity, --name, --description, --resolving-comment or --comment.")
    }
    guard !takeOver || assign != nil else { throw ValidationError("--take-over goes with --assign.") }
    if let assign, assign != "me", assign != "none", !assign.contains("@") {
      throw ValidationError("--assign is a UPN like ben@partner.example, me, or none.")
    }
    try TriageWords.requireText(name, "--name")
    try TriageWords.requireText(comment, "--comment")
    try TriageWords.requireText(alert, "--alert")
    for tag in tag { try TriageWords.requireText(tag, "--tag") }
    for tag in removeTag { try TriageWords.requireText(tag, "--remove-tag") }
    if let both = tag.first(where: removeTag.contains) {
      throw ValidationError("“\(both)” is to be added and taken away: name it once.")
    }
    guard alert != nil else { return }
    let others = [
      ("--severity", severity != nil), ("--name", name != nil), ("--description", description != nil),
      ("--resolving-comment", resolvingComment != nil), ("--tag", !tag.isEmpty), ("--remove-tag", !removeTag.isEmpty),
    ].filter(\.1).map(\.0)
    guard others.isEmpty else {
      throw ValidationError(
        "Of an alert --status, --assign, --classification with --determination and --comment can be given, "
          + "not \(others.joined(separator: ", ")).")
    }
  }

  func run() throws {
    let wish = try wish()
    try TriageRun(
      tenant: tenant, incident: id, takesOver: takeOver, isDry: dryRun, output: output, common: common,
      key: { session in try session.selection.incident(id, in: tenant) },
      actions: { configuration in try wish.actions(by: configuration.operatorUPN) }
    ).run()
  }
}
