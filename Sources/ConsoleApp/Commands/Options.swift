import ArgumentParser
import Logging
import PartnerModel

/// What every command takes.
struct CommonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The tenants.json to use; a pipe is read once, and relative paths in it are from the current folder.",
      valueName: "FILE"))
  var config: String?
  @Flag(help: "Work on simulated customers: those of --config FILE, else the sample's.") var demo = false
  @Option(
    help: ArgumentHelp("Append the log to this file; - is standard error, for all but the console.", valueName: "FILE"))
  var logFile: String?
  @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "LEVEL"))
  var logLevel: LogLevel = .info

  enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, notice, warning, error, critical

    var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
  }
}

/// How data is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case text, json, csv }

/// How moments are printed for programs.
enum TimeForm: String, ExpressibleByArgument, CaseIterable { case received, seconds }

struct OutputOptions: ParsableArguments {
  @Option(
    help: "text for people, json or csv for programs. CSV is UTF-8 without a mark: in Excel take Data, From Text/CSV.")
  var output: OutputFormat = .text
  @Option(help: "Times in JSON and CSV: as received, or cut to whole seconds, which jq's fromdateiso8601 takes.")
  var times: TimeForm = .received

  /// Writes one JSON document.
  func write(_ node: JSONNode) throws(CommandError) { try StandardStreams.write(inForm(node).text() + "\n") }

  /// Writes one row of CSV for each of these.
  func write(_ nodes: [JSONNode], columns: [CSV.Column]) throws(CommandError) {
    try StandardStreams.write(CSV.text(nodes.map(inForm), columns: columns))
  }

  private func inForm(_ node: JSONNode) -> JSONNode { times == .seconds ? node.timesCutToSeconds : node }
}
