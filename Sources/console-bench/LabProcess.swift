import FoundationEssentials
import Glibc
import PartnerModel
import PseudoTerminal

/// A lab that runs as a process of its own, with its configuration.
struct LabProcess {
  let configurationPath: String
  let configuration: Configuration
  /// Where its app's secret is, in a file of mode 0600.
  let secretFile: String
  private let process: ChildProcess

  /// Starts a lab whose tenants are all granted, in a new folder `name` of `place`, and waits until it serves.
  /// - Parameter epoch: labs of the same moment serve the same incidents.
  static func start(
    binary: String, tenants: Int, incidents: Int, epoch: Timestamp = Timestamp(Date()), name: String,
    in place: BenchPlace
  ) throws -> LabProcess {
    let folder = try place.folder(place.path + "/" + name)
    let (configuration, ready, log) = (folder + "/tenants.json", folder + "/ready", folder + "/lab.log")
    let program = Program(
      binary,
      [
        "lab", "--port", "0", "--tenants", "\(tenants)", "--incidents", "\(incidents)", "--scenarios", "granted",
        "--epoch", "\(epoch)", "--write-config", configuration, "--ready-file", ready, "--until-input-closes",
      ], environment: place.environment)
    let process = try ChildProcess(running: program, output: log)
    for _ in 0..<6000 {
      // The ready file appears by rename; nothing else tells that the lab listens.
      if access(ready, F_OK) == 0 { break }
      usleep(10_000)
    }
    do {
      guard access(ready, F_OK) == 0 else {
        throw BenchError("the lab did not start: \((try? String(contentsOfFile: log + ".err", encoding: .utf8)) ?? "")")
      }
      let text = try String(contentsOfFile: configuration, encoding: .utf8)
      let read = try ConfigurationReader.read(text, file: configuration)
      guard case .secret(.file(let secretFile)) = read.app.credentials.first else {
        throw BenchError("the lab's configuration names no secret file")
      }
      return LabProcess(
        configurationPath: configuration, configuration: read, secretFile: secretFile, process: process)
    } catch {
      process.stop()
      throw error
    }
  }

  func stop() { process.stop() }
}
