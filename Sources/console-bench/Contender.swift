import BenchFigures
import FoundationEssentials
import PartnerModel
import PartnerStore
import PseudoTerminal

/// A build of the program with a lab and state folders of its own: programs of different commits share no store, and
/// no tenant counts the requests of two.
struct Contender {
  let name: String
  let binary: String
  let place: BenchPlace

  /// A command of it.
  func program(_ arguments: [String], state: String) -> Program {
    Program(binary, arguments, environment: place.environment(state: state))
  }

  /// A new state folder.
  func state(_ name: String) throws -> String { try place.folder("\(place.path)/state-\(self.name)-\(name)") }

  /// Reads all tenants of a lab into a state folder.
  /// - Throws: where a tenant was not read: a refresh that read nothing would be a fast one.
  func refresh(_ lab: LabProcess, state: String, run: String) throws -> ChildProcess.Cost {
    let output = output(run)
    let cost = try ChildProcess.run(refreshing(lab, state: state), output: output)
    try check(output, tenants: lab.configuration.tenants.count)
    return cost
  }

  /// The most bytes of memory that a refresh has.
  func refreshPeak(_ lab: LabProcess, state: String, run: String) throws -> Int? {
    let output = output(run)
    let peak = try ChildProcess.peakBytes(of: refreshing(lab, state: state), output: output)
    try check(output, tenants: lab.configuration.tenants.count)
    return peak
  }

  private func output(_ run: String) -> String { "\(place.path)/\(name)-\(run).json" }

  private func refreshing(_ lab: LabProcess, state: String) -> Program {
    program(["tenants", "--refresh", "--output", "json", "--config", lab.configurationPath], state: state)
  }

  private func check(_ output: String, tenants: Int) throws {
    let rows = try JSONDecoder().decode([TenantRow].self, from: Data(contentsOf: URL(fileURLWithPath: output)))
    let unread = rows.count { $0.sync.state != "ok" }
    guard rows.count == tenants, unread == 0 else {
      throw BenchError("\(name): \(unread) of \(rows.count) tenants were not read")
    }
  }

  private struct TenantRow: Decodable {
    struct Sync: Decodable { var state: String }
    var sync: Sync
  }

  /// The folder that holds the store of an app.
  func store(of app: AppRegistration, state: String) throws -> StateFolder {
    try StateFolder.open(environment: ["XDG_STATE_HOME": state], cloud: app.cloud, clientID: app.clientID)
  }
}
