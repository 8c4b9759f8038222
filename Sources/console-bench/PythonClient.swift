import FoundationEssentials
import Glibc
import PartnerModel
import PseudoTerminal

/// What a partner would write in an afternoon: `aiohttp`, as many requests at once as we, each answer parsed.
struct PythonClient {
  /// For who has none.
  static let advice =
    "no python3 has aiohttp: apt-get install python3-venv, then python3 -m venv FOLDER and FOLDER/bin/pip install aiohttp orjson, and name FOLDER/bin/python3 with --python"

  /// What it reads answers with where it stores them.
  let json: String
  private let python: String
  private let place: BenchPlace
  private let folder: String

  /// `nil` where there is no Python with `aiohttp`.
  init?(in place: BenchPlace, _ candidates: [String]) throws {
    func imports(_ module: String, _ python: String) -> Bool {
      let probe = Program(python, ["-c", "import \(module)"], environment: place.environment)
      return (try? ChildProcess.run(probe, output: place.path + "/python-probe")) != nil
    }
    guard let python = candidates.first(where: { imports("aiohttp", $0) }) else { return nil }
    self.python = python
    self.place = place
    json = imports("orjson", python) ? "orjson" : "json"
    folder = place.path + "/python"
    if access(folder, F_OK) == 0 { return }
    _ = try place.folder(folder)
    for (name, source) in [("list", Self.listScript), ("store", Self.storeScript), ("rows", Self.rowsScript)] {
      try place.write(source, to: "\(folder)/\(name).py")
    }
  }

  /// A token and a list for each tenant; nothing is kept.
  /// - Parameter starts: where each tenant's list begins.
  func list(_ lab: LabProcess, _ starts: [Timestamp], run: String) throws -> ChildProcess.Cost {
    try self.run("list", [try work(lab, starts, "list-\(run)")], output: "list-\(run)")
  }

  /// A token and all pages for each tenant, stored.
  /// - Returns: also the database that was made.
  func store(
    _ lab: LabProcess, from start: Timestamp, run: String
  ) throws -> (cost: ChildProcess.Cost, database: String) {
    let database = "\(folder)/store-\(run).db"
    let work = try work(lab, lab.configuration.tenants.map { _ in start }, "store-\(run)")
    return (try self.run("store", [work, database], output: "store-\(run)"), database)
  }

  /// How many incidents and comments a database holds, in words.
  func rows(of database: String) throws -> String {
    let output = "rows-\(database.split(separator: "/").joined(separator: "-").suffix(100))"
    try run("rows", [database], output: output)
    return try String(contentsOfFile: "\(folder)/\(output)", encoding: .utf8)
      .split(separator: "\n").first.map(String.init) ?? ""
  }

  @discardableResult
  private func run(_ script: String, _ arguments: [String], output: String) throws -> ChildProcess.Cost {
    try ChildProcess.run(
      Program(python, ["\(folder)/\(script).py"] + arguments, environment: place.environment),
      output: "\(folder)/\(output)")
  }

  /// Writes what a script is told: the lab's address, the app, its secret's file, then a tenant and a moment in each line.
  private func work(_ lab: LabProcess, _ starts: [Timestamp], _ name: String) throws -> String {
    let app = lab.configuration.app
    let lines = zip(lab.configuration.tenants, starts).map { "\($0.id) \($1)" }
    let file = "\(folder)/\(name).txt"
    try place.write(
      ([app.endpoints.authority.description, app.clientID, lab.secretFile] + lines).joined(separator: "\n"), to: file)
    return file
  }
}
