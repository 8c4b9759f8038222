import BenchFigures
import FoundationEssentials
import Glibc
import PartnerModel
import PseudoTerminal

/// A token of each of many tenants, none known before: with a client secret, and with a certificate, whose key signs once
/// for each. What the certificate costs more is seen beside the bare signatures.
struct TokensBench {
  var ours: Contender
  var tenants: Int
  var repetitions: Int

  private var place: BenchPlace { ours.place }
  private static let bits = 2048

  func measure(into report: inout BenchReport) throws {
    guard let openssl = place.installed("openssl") else {
      return report.leaveOut("tokens", because: "openssl is not installed: apt-get install openssl")
    }
    let folder = try place.folder(place.path + "/tokens")
    let (key, certificate) = (folder + "/app.key", folder + "/app.crt")
    try ChildProcess.run(
      Program(
        openssl,
        [
          "req", "-x509", "-newkey", "rsa:\(Self.bits)", "-nodes", "-keyout", key, "-out", certificate, "-days", "30",
          "-subj", "/CN=bench",
        ], environment: place.environment), output: folder + "/made")
    let lab = try LabProcess.start(
      binary: ours.binary, tenants: tenants, incidents: 1, name: "tokens-lab", certificate: certificate, in: place)
    defer { lab.stop() }
    let secretText = try String(contentsOfFile: lab.configurationPath, encoding: .utf8)
    let proof = "{ \"type\": \"certificate\", \"certificate\": \"\(certificate)\", \"key\": \"\(key)\" }"
    let signing = lab.configurationPath + ".signing.json"
    try place.write(try Self.replacingCredential(in: secretText, by: proof), to: signing)

    var (secret, signed, bare, more) = (Costs(), Costs(), Samples(), Samples())
    for round in 0..<repetitions {
      let plain = try ours.checkConsent(lab.configurationPath, of: tenants, run: "tokens-secret-\(round)")
      let floor = try signatureMilliseconds(openssl, run: "\(folder)/speed-\(round)") * Double(tenants)
      let proven = try ours.checkConsent(signing, of: tenants, run: "tokens-certificate-\(round)")
      secret.append(plain)
      signed.append(proven)
      bare.append(floor)
      more.append(proven.processor.milliseconds - plain.processor.milliseconds)
    }
    report.figures.append(
      Figure(
        "tokens.processor", unit: "ms", signed.processor,
        beside: .init(.floor, "the same with a client secret", secret.processor)))
    report.figures.append(
      Figure(
        "tokens.processor.signing", unit: "ms", more,
        beside: .init(.floor, "openssl speed, as many RSA \(Self.bits) signatures", bare), target: .ratioAtMost(1.1)))
  }

  /// Processor time of one signature, as the library's own program measures it on every processor at once: so does ours
  /// sign, and two that share a core are slower than one. (Its own `-multi` counts the time that passes.)
  private func signatureMilliseconds(_ openssl: String, run: String) throws -> Double {
    let program = Program(
      openssl, ["speed", "-mr", "-seconds", "1", "rsa\(Self.bits)"], environment: place.environment)
    let outputs = (0..<max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))).map { "\(run)-\($0)" }
    let running = try outputs.map { try ChildProcess(running: program, output: $0) }
    for process in running { _ = process.wait() }
    let figures = try outputs.map { try Self.milliseconds(printedIn: $0) }
    return figures.reduce(0, +) / Double(figures.count)
  }

  /// The line is `+F2:2:2048:2703.3:51837.5` with the signatures of a second; other versions have the seconds of one.
  private static func milliseconds(printedIn file: String) throws -> Double {
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
    let fields = lines.last { $0.hasPrefix("+F2:") }?.split(separator: ":") ?? []
    guard fields.count >= 4, fields[2] == "\(bits)", let figure = Double(fields[3]), figure > 0 else {
      throw BenchError("openssl speed printed no RSA figure")
    }
    return (figure > 1 ? 1 / figure : figure) * 1000
  }

  /// The configuration with another credential in the place of its only one.
  private static func replacingCredential(in text: String, by credential: String) throws -> String {
    guard let list = text.firstRange(of: "\"credentials\":"),
      let start = text[list.upperBound...].firstIndex(of: "{"), let end = text[start...].firstIndex(of: "}")
    else { throw BenchError("the lab's configuration names no credential") }
    return text[..<start] + credential + text[end...].dropFirst()
  }
}

extension Contender {
  /// Gets a token of each tenant, in a new state folder.
  /// - Throws: where a tenant gave none.
  fileprivate func checkConsent(_ configuration: String, of tenants: Int, run: String) throws -> ChildProcess.Cost {
    let output = "\(place.path)/\(name)-\(run).json"
    let cost = try ChildProcess.run(
      program(["consent", "check", "--output", "json", "--config", configuration], state: try state(run)),
      output: output)
    let rows = try JSONDecoder().decode([Row].self, from: Data(contentsOf: URL(fileURLWithPath: output)))
    guard rows.count == tenants, rows.allSatisfy({ $0.consent.state == "granted" }) else {
      throw BenchError("\(run): not every tenant gave a token")
    }
    return cost
  }

  private struct Row: Decodable {
    struct Consent: Decodable { var state: String }
    var consent: Consent
  }
}
