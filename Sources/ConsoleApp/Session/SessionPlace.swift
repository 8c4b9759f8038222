import FoundationEssentials
import Glibc
import Logging
import PartnerModel
import PartnerStore

/// Where a session works: a configuration and its state folder, or a demo's lab in a temporary folder.
struct SessionPlace {
  let configuration: Configuration
  let logger: Logger
  /// The demo's folder; `nil` when working on real tenants or a lab that runs alone.
  let temporary: TemporaryFolder?
  /// The demo's lab, which may not serve yet.
  let lab: LabChild?
  /// The path of the configuration that the operator has; `nil` in a demo of sample tenants.
  let configurationPath: String?

  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// Finds or makes the place, lends it, and tidies up after a demo.
  /// - Parameter ownsScreen: for the console.
  static func use<Value>(
    _ options: CommonOptions, ownsScreen: Bool = false, _ body: (SessionPlace) throws -> Value
  ) throws -> Value {
    let logger = try LogFile.logger(
      path: options.logFile, level: options.logLevel.level, ownsScreen: ownsScreen, now: { Date() })
    guard options.demo else {
      let path = try ConfigurationFile.path(option: options.config, environment: environment)
      return try body(
        SessionPlace(
          configuration: try ConfigurationFile.read(path), logger: logger, temporary: nil, lab: nil,
          configurationPath: path))
    }
    let served: Configuration
    if let path = options.config.map(ConfigurationFile.absolute) {
      served = try ConfigurationFile.read(path)
    } else {
      served = try SampleTenants.configuration()
    }
    Blocking.holdSignals()
    let temporary = try TemporaryFolder.make(environment: environment)
    defer { temporary.remove() }
    let lab = try LabChild.start(in: temporary.path, serving: served)
    defer { lab.stop() }
    return try body(
      SessionPlace(
        configuration: try ConfigurationFile.read(lab.configurationPath), logger: logger, temporary: temporary,
        lab: lab, configurationPath: options.config.map(ConfigurationFile.absolute)))
  }

  func stateFolder() throws(StoreError) -> StateFolder {
    if let temporary { return try StateFolder.open(at: temporary.path + "/state") }
    var variables: [String: String] = [:]
    for name in ["XDG_STATE_HOME", "HOME"] { variables[name] = Self.environment(name) }
    return try StateFolder.open(
      environment: variables, cloud: configuration.app.cloud, clientID: configuration.app.clientID)
  }
}
