import ArgumentParser
import FoundationEssentials
import PartnerModel
import PartnerOperations
import PartnerStore

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "The journal of what was meant, sent and seen: show it, check it.",
    subcommands: [Show.self, Verify.self])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "List the journal's entries, the newest first.",
      discussion: """
        Every action with each step of its way and the request's id (its client-request-id, which the service has on
        record too), every change of an incident that was observed, and what else is on record: sign-ins, changes of
        consent, refusals. Nobody is asked.

        EXAMPLE
          partner-console audit show contoso.onmicrosoft.com --limit 50
          partner-console audit show --limit 100000 --output csv > audit.csv
        """)

    @Argument(
      help: ArgumentHelp(
        "Ids, domains, names or @groups; none means all, with what belongs to no tenant.", valueName: "tenant"))
    var tenants: [String] = []
    @Option(help: ArgumentHelp("At most so many entries.", valueName: "N")) var limit = 1_000
    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
      guard limit > 0 else { throw ValidationError("--limit is 1 or more.") }
    }

    func run() throws {
      try CommandEnding.reported {
        let found = try PartnerSession.use(common, beginsWithStore: true) { session in
          let chosen = tenants.isEmpty ? nil : try session.selection.resolve(tenants)
          return (try await session.engine.record(of: chosen, limit: limit), session.engine.journal.mode)
        }
        let (record, mode) = found.value
        let listing = AuditOutput(
          names: Dictionary(
            found.configuration.tenants.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first }),
          width: StandardStreams.width)
        let entries = record.entries
        switch output.output {
        case .text: if !entries.isEmpty { try StandardStreams.write(listing.text(entries)) }
        case .json: try output.write(.array(entries.map(listing.json)))
        case .csv: try output.write(entries.map(listing.json), columns: AuditOutput.csvColumns)
        }
        if case .readOnly(let reason) = mode {
          let words = "what is on record may not be all: \(reason.what). \(reason.nextAction)"
          throw CommandError(entries.isEmpty ? .nothingDone : .someTenantsFailed, words)
        }
        if entries.isEmpty, record.unreadable.isEmpty {
          StandardStreams.say("Nothing is on record\(tenants.isEmpty ? "" : " of what was named") yet.")
        }
        if record.hasOlder { StandardStreams.say("There are older entries: --limit \(limit * 10) shows more.") }
        try tell(record.unreadable)
      }
    }

    private func tell(_ unreadable: [Int64]) throws {
      guard !unreadable.isEmpty else { return }
      let some = unreadable.prefix(5).map(String.init).joined(separator: ", ")
      throw CommandError(
        .someTenantsFailed,
        "\(unreadable.count == 1 ? "1 entry" : "\(unreadable.count) entries") cannot be read (\(some)"
          + "\(unreadable.count > 5 ? ", …" : "")): partner-console audit verify says why.")
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Check that no entry of the journal was changed, left out or cut off.",
      discussion: """
        Each entry holds a hash over itself and the hash of the one before. 0 when all are what was written, else 2 with
        the number of the first that is not, and what is amiss with it. Keep the last hash elsewhere, and you can tell
        later that nothing up to it was exchanged.

        EXAMPLE
          partner-console audit verify
        """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
      try CommandEnding.reported {
        let result = try PartnerSession.use(common, beginsWithStore: true) { session in
          let report = try await session.engine.journal.verify()
          // Of a broken chain the last hash proves nothing.
          let last =
            report.isIntact ? try await session.engine.journal.newestEntries(of: nil, limit: 1).entries.first : nil
          return (report, last, session.engine.journal.path)
        }
        let (report, last, path) = result.value
        let hash = last?.hash.hexadecimal
        let node = JSONNode.object([
          "file": .string(path), "intact": .number(Int(report.intact)), "isIntact": .bool(report.isIntact),
          "brokenEntry": .number(report.firstBroken.map { Int($0.sequence) }),
          "reason": .string(report.firstBroken?.reason ?? report.fileDamage),
          "lastHash": .string(hash), "lastAt": .moment(last?.entry.at),
        ])
        switch output.output {
        case .text:
          if report.isIntact {
            let count = report.intact == 1 ? "1 entry" : "\(report.intact) entries"
            let end = hash.map { ", the last hash is \($0)" } ?? ""
            try StandardStreams.write("\(count), all as written\(end)\n")
          }
        case .json: try output.write(node)
        case .csv:
          try output.write(
            [node], columns: ["file", "intact", "isIntact", "brokenEntry", "reason", "lastHash", "lastAt"])
        }
        guard !report.isIntact else { return }
        throw CommandError(.nothingDone, Self.words(report, path))
      }
    }

    private static func words(_ report: ChainReport, _ path: String) -> String {
      let before =
        report.intact == 0 ? "" : report.intact == 1 ? " The one before it is intact." : " Those before it are intact."
      let next = "Keep a copy of the file; nothing is changed as long as it stands there like this."
      if let broken = report.firstBroken {
        return "\(path): entry \(broken.sequence): \(broken.reason).\(before) \(next)"
      }
      return
        "\(path): the entries are as written, but the file around them is damaged: \(report.fileDamage ?? "?"). \(next)"
    }
  }
}

extension [UInt8] {
  fileprivate var hexadecimal: String {
    map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
