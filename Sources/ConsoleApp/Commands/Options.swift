import ArgumentParser
import Logging

/// What every command takes.
struct CommonOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The tenants.json to use.", valueName: "FILE")) var config: String?
  @Flag(help: "Work on simulated customers: those of --config FILE, else the sample's.") var demo = false
  @Option(help: ArgumentHelp("Append the log to this file.", valueName: "FILE")) var logFile: String?
  @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "LEVEL"))
  var logLevel: LogLevel = .info

  enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, notice, warning, error, critical

    var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
  }
}

/// How data is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case text, json, csv }

struct OutputOptions: ParsableArguments {
  @Option(help: "text for people, json or csv for programs.") var output: OutputFormat = .text
}
